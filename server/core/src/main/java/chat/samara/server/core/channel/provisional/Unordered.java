package chat.samara.server.core.channel.provisional;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.outbox.OutboxTable;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.peer.Links;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of channels and has no place in their logs yet: the application messages that wait in this server's own outbox, and those
 * that peers have shown. Read on from a place, in order.
 */
final class Unordered {
    private final Journal journal;
    private final Links links;
    private final Outbox outbox;
    private final PeerProvisionals ofPeers;

    /** A message that waits here, and its place in the outbox. */
    record Own(Place place, SignedRecord record) {}

    Unordered(Journal journal, Links links, Outbox outbox, PeerProvisionals ofPeers) {
        this.journal = journal;
        this.links = links;
        this.outbox = outbox;
        this.ofPeers = ofPeers;
    }

    /** Whether there is any of the channel. */
    boolean has(ChannelId channel) {
        return outbox.hub(channel).isPresent() || ofPeers.hub(channel).isPresent();
    }

    /** Whether there is some of the channel, and its hub cannot be reached. */
    boolean isHubAway(ChannelId channel) {
        return outbox.hub(channel)
                .or(() -> ofPeers.hub(channel))
                .filter(hub -> !links.isUp(hub))
                .isPresent();
    }

    /** The next channel by id of which something waits here. */
    Optional<ChannelId> channelBehind(Optional<ChannelId> channel) {
        return outbox.channelBehind(channel);
    }

    /** The next message that waits here durably, behind a place. */
    Optional<Own> ownAfter(ChannelId channel, Place after) {
        List<Own> found = new ArrayList<>(1);
        OutboxTable.scan(journal.durable(), channel, after, (place, stored) -> {
            if (isMessage(channel, stored)) {
                found.add(new Own(place, OutboxTable.message(channel, stored)));
            }
            return found.isEmpty();
        });
        return found.stream().findFirst();
    }

    private static boolean isMessage(ChannelId channel, Bytes stored) {
        return OutboxTable.record(channel, stored).getKind() == RecordKind.APPLICATION;
    }

    /** The next message that a peer has shown, behind a number. */
    Optional<PeerProvisionals.Numbered> ofPeersAfter(ChannelId channel, long number) {
        return ofPeers.after(channel, number);
    }
}
