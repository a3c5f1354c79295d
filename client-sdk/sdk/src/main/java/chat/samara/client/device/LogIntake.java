package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.TerseEntries;
import java.util.Optional;

/**
 * Takes what the server sends of logs and hands it to {@link LogReader}, as much as one turn's transaction holds: what that leaves unread
 * is read in the next. A gap is asked for once; a server that then still withholds what lies between is not read on.
 */
final class LogIntake {
    private final Link link;
    private final ChannelBook channels;
    private final LogReader logs;
    private final WayBack wayBack;
    private final Returns returns;
    private final MessageReader messages;
    private final Welcomes welcomes;
    private final LostChannels lost;
    private final ReadingCredit reading;
    private final Backlog backlog;
    private final TerseFrames terse;

    LogIntake(
            Link link,
            ChannelBook channels,
            LogReader logs,
            WayBack wayBack,
            Returns returns,
            MessageReader messages,
            Welcomes welcomes,
            LostChannels lost,
            ReadingCredit reading,
            Backlog backlog) {
        this.link = link;
        this.channels = channels;
        this.logs = logs;
        this.wayBack = wayBack;
        this.returns = returns;
        this.messages = messages;
        this.welcomes = welcomes;
        this.lost = lost;
        this.reading = reading;
        this.backlog = backlog;
        this.terse = reading.terse();
    }

    /** This device is in: what its log holds from here on is read. */
    void joined(Turn turn, LiveChannel channel, OwnIdentity identity) {
        returns.underPresentKey(turn, channel, identity);
        returns.entered(turn, channel);
        reading.followAnew();
    }

    /** A server that has less of a log than was read here, and than the hub vouches for, knows nothing of the rest: it would never go on. */
    static void compareEnds(Turn turn, LiveChannel channel, long seqAtServer) {
        if (!channel.isFollowed() || seqAtServer >= channel.row().getSeq()) {
            return;
        }
        if (channel.isAhead()) {
            WayBack.begin(turn, channel);
        } else if (channel.row().getJoinUnvouched()) {
            WayBack.beginLeaving(turn, channel);
        }
    }

    /**
     * Where a log goes on from another entry than that by which this device has joined, and no head comes for either, its server has said two things: the true place of
     * that commit may lie elsewhere. So the device leaves, as where the log is said to be shorter, and the Welcome leads in again; not by the same place in this session.
     */
    void leaveContradicted(Turn turn) {
        for (LiveChannel channel : channels.all()) {
            boolean isContradicted = channel.isFollowed()
                    && channel.row().getJoinUnvouched()
                    && channel.reading().otherEnd.isPresent();
            if (isContradicted && ReadingCredit.isOverdue(turn, channel)) {
                welcomes.contradicted(turn, channel);
                WayBack.beginLeaving(turn, channel);
            }
        }
    }

    /** Channels in which the own server's word is being taken back; their logs are followed as soon as that is done. */
    void goBack(Turn turn, OwnIdentity identity) {
        for (LiveChannel channel : channels.all()) {
            if (!channel.row().getGoingBack()) {
                continue;
            }
            if (channel.reading().beganGoingBack) {
                channel.reading().beganGoingBack = false;
                turn.goOn();
            } else if (!turn.isFull() && wayBack.step(turn, channel, identity)) {
                reading.followAnew();
                // A Welcome that was settled by the group that is gone is so by the one that was put back.
                welcomes.settle(turn, channel);
                if (channel.is(Membership.REMOVED)) {
                    // The true one, perhaps, had to wait.
                    welcomes.fetch(turn);
                }
            }
        }
    }

    /** Channels whose provisional rows are to be looked through; in a turn that has changed nothing yet, so that all of them are durable. */
    void lookThrough(Turn turn) {
        for (LiveChannel channel : channels.all()) {
            if (ProvisionalRows.isDue(channel)) {
                if (turn.hasChanges()) {
                    turn.goOn();
                } else {
                    ProvisionalRows.step(turn, channel);
                }
            }
        }
    }

    void entries(Turn turn, OwnIdentity identity, Entries message, int frameBytes) {
        Optional<LiveChannel> found = channels.find(new ChannelId(Stored.bytes(message.getChannelId())));
        if (found.isPresent() && terse.isToBeRead(found.get(), message)) {
            take(turn, identity, found.get(), new Backlog.Unread(found.get().id(), message, frameBytes, 0));
        } else {
            reading.passedOver(frameBytes);
        }
    }

    /** Entries without what is known here. What cannot be told from them is asked for. */
    void terseEntries(Turn turn, OwnIdentity identity, TerseEntries message, int frameBytes) {
        Optional<LiveChannel> channel = terse.channel(message).filter(LiveChannel::isFollowed);
        if (channel.isEmpty()) {
            reading.passedOver(frameBytes);
            return;
        }
        terse.read(turn, identity, channel.get(), message)
                .ifPresentOrElse(
                        found -> take(
                                turn,
                                identity,
                                channel.get(),
                                new Backlog.Unread(channel.get().id(), found.entries(), frameBytes, found.ownBytes())),
                        reading::followAnew);
    }

    private void take(Turn turn, OwnIdentity identity, LiveChannel channel, Backlog.Unread frame) {
        SilentChannels.heard(turn, channel);
        if (!backlog.holds(frame.channel())) {
            apply(turn, identity, channel, frame);
        } else if (!backlog.add(frame)) {
            backlog.clear();
            link.giveUp(
                    turn,
                    "more entries than it was given credit for",
                    Optional.of(
                            new Refusal(RefusalCode.PROTOCOL, "the server sent more than it was given credit for")));
        }
    }

    /** What one turn could not hold, in the next. */
    void goOn(Turn turn, OwnIdentity identity) {
        backlog.next()
                .ifPresent(frame -> channels.find(frame.channel())
                        .ifPresentOrElse(
                                channel -> apply(turn, identity, channel, frame),
                                () -> reading.passedOver(frame.frameBytes())));
        if (!backlog.isEmpty()) {
            turn.goOn();
        }
        channels.all().stream()
                .filter(channel -> channel.queue().firstComposed().isPresent())
                .forEach(turn::touch);
    }

    private void apply(Turn turn, OwnIdentity identity, LiveChannel channel, Backlog.Unread frame) {
        boolean wasMember = channel.hasGroup();
        boolean wasFounding = channel.is(Membership.FOUNDING);
        LogReader.Result result = logs.read(turn, channel, identity, frame.entries());
        welcomes.settle(turn, channel);
        if (result == LogReader.Result.PARTLY) {
            backlog.putBack(frame);
            reading.moved(turn, channel);
            turn.goOn();
            return;
        }
        reading.consumed(turn, channel, frame.frameBytes());
        if (wasFounding) {
            returns.underPresentKey(turn, channel, identity);
        }
        if (result != LogReader.Result.APPLIED || !channel.hasGroup()) {
            reading.passedOver(backlog.drop(channel.id()));
        }
        switch (result) {
            case PARTLY, APPLIED -> {
                if (wasMember && !channel.hasGroup()) {
                    HubsWord.remindOfFork(turn, link, identity, channel);
                    reading.followAnew();
                    // Perhaps this device was added again meanwhile: that Welcome had to wait for the log.
                    welcomes.removed(channel);
                    welcomes.fetch(turn);
                    lost.removed(channel);
                }
            }
            case GAP -> gap(turn, channel);
            case BROKEN ->
                link.giveUp(
                        turn,
                        "entries that no server may send",
                        Optional.of(new Refusal(
                                RefusalCode.PROTOCOL,
                                "the server sent entries of " + channel.id() + " that are not valid")));
        }
    }

    /**
     * Entries that are on their way when the log is followed anew overlap; twice the same gap does not go away by asking. That what
     * lies between is missing proves nothing, least of all that this device was removed: it reads no further, and says so.
     */
    private void gap(Turn turn, LiveChannel channel) {
        Optional<Long> at = Optional.of(channel.row().getSeq());
        if (!channel.reading().gapAtSeq.equals(at)) {
            channel.reading().gapAtSeq = at;
            reading.followAnew();
        } else if (!channel.reading().withheld) {
            channel.reading().withheld = true;
            channel.reading().caughtUp = false;
            turn.tell(new ClientEvent.LogWithheld(channel.id(), channel.row().getSeq() + 1));
        }
    }

    void provisional(Turn turn, OwnIdentity identity, Provisional message) {
        try {
            RecordIn record = RecordIn.of(message.getRecord());
            Optional<LiveChannel> channel =
                    channels.find(record.claimedChannel()).filter(LiveChannel::isFollowed);
            if (channel.isPresent()) {
                // The origin's key is not known here in general; what is inside is authenticated by MLS.
                messages.provisional(turn, channel.get(), identity, record.unverified());
            }
        } catch (RefusedException e) {
            link.giveUp(turn, "a malformed provisional record", Optional.of(Refusal.of(e.refusal())));
        }
    }
}
