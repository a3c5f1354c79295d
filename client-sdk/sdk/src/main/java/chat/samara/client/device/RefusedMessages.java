package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** What a person does with an own message that was refused: drops it, or sends it again. */
final class RefusedMessages {
    private final ChannelBook channels;
    private final OutgoingRows outgoing;

    RefusedMessages(ChannelBook channels, OutgoingRows outgoing) {
        this.channels = channels;
        this.outgoing = outgoing;
    }

    void dismiss(Turn turn, DeviceEvent.DismissMessage command) {
        Optional<OutgoingHead> head = find(command.channel(), command.message());
        if (head.isEmpty()) {
            turn.complete(command.command(), new Outcome.Refused(notRefused(command.message())));
            return;
        }
        outgoing.forget(turn, channels.find(command.channel()).orElseThrow(), head.get());
        turn.complete(command.command(), new Outcome.Done());
    }

    /** Under the same id: who has read it provisionally knows it again. */
    void sendAgain(Turn turn, DeviceEvent.SendAgain command) {
        Optional<OutgoingHead> head = find(command.channel(), command.message());
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

    private Optional<OutgoingHead> find(ChannelId channel, MessageId message) {
        return channels.find(channel)
                .flatMap(found -> found.outgoing(message.key()))
                .filter(head -> head.kind == StoredOutgoingKind.MESSAGE && head.state == StoredOutgoingState.REFUSED);
    }

    private static Refusal notRefused(MessageId message) {
        return new Refusal(
                RefusalCode.UNKNOWN_MESSAGE, "no message " + message + " of this device was refused in the channel");
    }
}
