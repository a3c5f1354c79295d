package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** What a person does with an own message that is not in the log: drops it, while that is sure to take it back, or sends it again if it was refused, or waits for a removal. */
final class RefusedMessages {
    private final ChannelBook channels;
    private final OutgoingRows outgoing;

    RefusedMessages(ChannelBook channels, OutgoingRows outgoing) {
        this.channels = channels;
        this.outgoing = outgoing;
    }

    void dismiss(Turn turn, DeviceEvent.DismissMessage command) {
        Optional<OutgoingHead> found = findWaiting(command.channel(), command.message());
        if (found.isEmpty()) {
            turn.refuse(
                    command.command(),
                    RefusalCode.UNKNOWN_MESSAGE,
                    "no message " + command.message() + " of this device waits in the channel");
            return;
        }
        OutgoingHead head = found.get();
        LiveChannel channel = channels.find(command.channel()).orElseThrow();
        if (head.state == StoredOutgoingState.REFUSED) {
            outgoing.forget(turn, channel, head);
            turn.complete(command.command(), new Outcome.Done());
        } else if (OutgoingRows.neverSealed(OutgoingRows.row(turn.store(), channel, head))) {
            outgoing.drop(turn, channel, head, "it was dropped before it was sent");
            turn.complete(command.command(), new Outcome.Done());
        } else if (channel.isSaidToBeOver() && head.state != StoredOutgoingState.AT_SERVER) {
            // That the channel is over is nobody's but its server's word, and so is that it has not taken the message.
            outgoing.drop(
                    turn, channel, head, "it was given up; others read it all the same if the server has taken it");
            turn.complete(command.command(), new Outcome.Done());
        } else {
            turn.refuse(command.command(), RefusalCode.ALREADY_SENT, whyNot(channel, head));
        }
    }

    /** Whoever has it can still give it to others, whatever is said of the channel: so it is not taken for dropped here. */
    private static String whyNot(LiveChannel channel, OutgoingHead head) {
        if (head.state != StoredOutgoingState.AT_SERVER) {
            return "it was encrypted to be sent, and the server has it perhaps; it cannot be taken back any more";
        }
        return channel.isSaidToBeOver()
                ? "the server has it already, and others read it if the channel goes on after all; it is let go of when the channel is forgotten"
                : "the server has it already; it cannot be taken back any more";
    }

    /** Under the same id: who has read it provisionally knows it again. One that waits for a removal goes out without. */
    void sendAgain(Turn turn, DeviceEvent.SendAgain command) {
        Optional<OutgoingHead> held = findHeld(command.channel(), command.message());
        if (held.isPresent()) {
            AwaitedRemovals.sendAllTheSame(
                    turn, channels.find(command.channel()).orElseThrow(), held.get());
            turn.complete(command.command(), new Outcome.Queued(command.channel(), command.message()));
            return;
        }
        Optional<OutgoingHead> head = findRefused(command.channel(), command.message());
        Optional<Refusal> refusal = head.isEmpty()
                ? Optional.of(notRefused(command.message()))
                : channels.find(command.channel()).flatMap(OutgoingRows::sendingRefused);
        if (refusal.isPresent()) {
            turn.complete(command.command(), new Outcome.Refused(refusal.get()));
            return;
        }
        turn.complete(command.command(), new Outcome.Queued(command.channel(), command.message()));
        outgoing.composeAgain(turn, channels.find(command.channel()).orElseThrow(), head.orElseThrow());
    }

    private Optional<OutgoingHead> findHeld(ChannelId channel, MessageId message) {
        return findWaiting(channel, message)
                .filter(head -> AwaitedRemovals.isHeld(channels.find(channel).orElseThrow(), head));
    }

    private Optional<OutgoingHead> findRefused(ChannelId channel, MessageId message) {
        return findWaiting(channel, message).filter(head -> head.state == StoredOutgoingState.REFUSED);
    }

    private Optional<OutgoingHead> findWaiting(ChannelId channel, MessageId message) {
        return channels.find(channel)
                .flatMap(found -> found.outgoing(message.key()))
                .filter(head -> head.kind == StoredOutgoingKind.MESSAGE);
    }

    private static Refusal notRefused(MessageId message) {
        return new Refusal(
                RefusalCode.UNKNOWN_MESSAGE, "no message " + message + " of this device was refused in the channel");
    }
}
