package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.refusal.Refusal;
import chat.samara.mls.crypto.RandomSource;
import java.util.Optional;

/** Composes what is to be said in a channel: a person's texts, and the channel's name for those who come. */
final class Speech {
    private final RandomSource random;
    private final OwnAccount account;
    private final ChannelBook channels;
    private final OutgoingRows outgoing;

    Speech(RandomSource random, OwnAccount account, ChannelBook channels, OutgoingRows outgoing) {
        this.random = random;
        this.account = account;
        this.channels = channels;
        this.outgoing = outgoing;
    }

    void send(Turn turn, OwnIdentity own, DeviceEvent.SendText send) {
        Optional<Refusal> refusal = channels.find(send.channel())
                .map(OutgoingRows::sendingRefused)
                .orElseGet(() -> Optional.of(Refusals.unknownChannel(send.channel())));
        if (refusal.isPresent()) {
            turn.complete(send.command(), new Outcome.Refused(refusal.get()));
            return;
        }
        try {
            ComposedContent content = ContentCodec.text(send.text(), send.attributes(), turn.wallMillis(), random);
            LiveChannel channel = channels.find(send.channel()).orElseThrow();
            channel.row().setSpokenIn(true);
            MessageId id = outgoing.compose(turn, channel, own, content, false);
            turn.complete(send.command(), new Outcome.Queued(channel.id(), id));
        } catch (ContentException e) {
            turn.refuse(send.command(), e.code(), String.valueOf(e.getMessage()));
        }
    }

    /** Who was just added learns what the channel is called; in the transaction that merges the commit. */
    void sendProfile(Turn turn, LiveChannel channel) {
        if (channel.row().getName().isBlank()) {
            return;
        }
        try {
            ComposedContent content =
                    ContentCodec.profile(channel.row().getName(), channel.row().getTopic(), turn.wallMillis(), random);
            account.own().ifPresent(own -> outgoing.compose(turn, channel, own, content, true));
        } catch (ContentException e) {
            throw new IllegalStateException("a name that was accepted before is refused now", e);
        }
    }
}
