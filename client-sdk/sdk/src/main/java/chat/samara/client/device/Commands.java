package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** Brings what a person wants to the part that does it. Each command is completed once, now or when its end is known. */
final class Commands {
    private final OwnAccount account;
    private final ChannelBook channels;
    private final Session session;
    private final Succession succession;
    private final Founding founding;
    private final Changes changes;
    private final Speech speech;
    private final RefusedMessages refused;
    private final ForgottenChannels forgotten;

    Commands(
            OwnAccount account,
            ChannelBook channels,
            Session session,
            Succession succession,
            Founding founding,
            Changes changes,
            Speech speech,
            RefusedMessages refused,
            ForgottenChannels forgotten) {
        this.account = account;
        this.channels = channels;
        this.session = session;
        this.succession = succession;
        this.founding = founding;
        this.changes = changes;
        this.speech = speech;
        this.refused = refused;
        this.forgotten = forgotten;
    }

    void take(Turn turn, DeviceEvent.Command command) {
        if (command instanceof DeviceEvent.Join join) {
            session.join(turn, join);
            return;
        }
        if (command instanceof DeviceEvent.TakeOver takeOver) {
            succession.takeOver(turn, takeOver.command());
            return;
        }
        Optional<OwnIdentity> own = account.own().filter(OwnIdentity::isRegistered);
        if (own.isEmpty()) {
            turn.complete(command.command(), new Outcome.Refused(Refusals.notJoined()));
        } else if (command instanceof DeviceEvent.CreateChannel create) {
            founding.create(turn, own.get(), create);
        } else if (command instanceof DeviceEvent.AddMember add) {
            change(turn, own.get(), add.channel(), new Change.Add(add.member()), add.command());
        } else if (command instanceof DeviceEvent.AddMembers add) {
            addAll(turn, own.get(), add);
        } else if (command instanceof DeviceEvent.RemoveMember remove) {
            change(turn, own.get(), remove.channel(), new Change.Remove(remove.member()), remove.command());
        } else if (command instanceof DeviceEvent.UpdateKeys update) {
            change(turn, own.get(), update.channel(), new Change.Update(), update.command());
        } else if (command instanceof DeviceEvent.TakeBackChange back) {
            takeBack(turn, own.get(), back);
        } else if (command instanceof DeviceEvent.SendText send) {
            speech.send(turn, own.get(), send);
        } else if (command instanceof DeviceEvent.DismissMessage dismiss) {
            refused.dismiss(turn, dismiss);
        } else if (command instanceof DeviceEvent.SendAgain again) {
            refused.sendAgain(turn, again);
        } else if (command instanceof DeviceEvent.ForgetChannel forget) {
            forgotten.forget(turn, own.get(), forget);
            founding.forgotten(turn, forget.channel());
        } else if (command instanceof DeviceEvent.MarkRead read) {
            done(turn, command, markRead(turn, read));
        } else if (command instanceof DeviceEvent.MuteChannel mute) {
            done(turn, command, mute(turn, mute));
        } else if (command instanceof DeviceEvent.MarkVerified verified) {
            done(turn, command, Pins.verify(turn, verified.member()));
        } else if (command instanceof DeviceEvent.AcceptKey accept
                && accept.member().equals(own.get().user())) {
            turn.refuse(
                    command.command(),
                    RefusalCode.IDENTITY_KEY_CHANGED,
                    "a key under your own name that this profile did not make is somebody else's, and is never"
                            + " accepted");
        } else if (command instanceof DeviceEvent.AcceptKey accept) {
            done(turn, command, Pins.accept(turn, accept.member(), accept.identityKey()));
        } else {
            throw new IllegalStateException("a command of a kind that nobody takes: " + command);
        }
    }

    private Optional<Refusal> markRead(Turn turn, DeviceEvent.MarkRead read) {
        Optional<LiveChannel> channel = channels.find(read.channel());
        if (channel.isEmpty()) {
            return Optional.of(Refusals.unknownChannel(read.channel()));
        }
        return ReadMark.set(turn, channel.get(), read.item())
                ? Optional.empty()
                : Optional.of(Refusals.unknownItem(read.item()));
    }

    private Optional<Refusal> mute(Turn turn, DeviceEvent.MuteChannel mute) {
        Optional<LiveChannel> channel = channels.find(mute.channel());
        channel.ifPresent(it -> {
            it.row().setMuted(mute.muted());
            it.save(turn);
        });
        return channel.isPresent() ? Optional.empty() : Optional.of(Refusals.unknownChannel(mute.channel()));
    }

    private static void done(Turn turn, DeviceEvent.Command command, Optional<Refusal> refusal) {
        turn.complete(
                command.command(), refusal.<Outcome>map(Outcome.Refused::new).orElseGet(Outcome.Done::new));
    }

    private void takeBack(Turn turn, OwnIdentity own, DeviceEvent.TakeBackChange back) {
        channels.find(back.channel())
                .ifPresentOrElse(
                        channel -> changes.takeBack(turn, channel, own, back.change(), back.command()),
                        () -> turn.complete(
                                back.command(), new Outcome.Refused(Refusals.unknownChannel(back.channel()))));
    }

    private void addAll(Turn turn, OwnIdentity own, DeviceEvent.AddMembers add) {
        Optional<LiveChannel> channel = channels.find(add.channel());
        if (channel.isEmpty()) {
            turn.complete(add.command(), new Outcome.Refused(Refusals.unknownChannel(add.channel())));
        } else {
            changes.askForAll(turn, channel.get(), own, add.additions());
            turn.complete(add.command(), new Outcome.Done());
        }
    }

    private void change(Turn turn, OwnIdentity own, ChannelId id, Change change, long command) {
        Optional<LiveChannel> channel = channels.find(id);
        if (channel.isEmpty()) {
            turn.complete(command, new Outcome.Refused(Refusals.unknownChannel(id)));
        } else {
            changes.ask(turn, channel.get(), own, change, command);
        }
    }
}
