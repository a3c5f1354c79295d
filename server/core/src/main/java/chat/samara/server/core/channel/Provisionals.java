package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.OutboxTable.Place;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedRecord;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * While a channel's hub cannot be reached: its application messages are shown to those who can be reached, before they have a place
 * in the log (DESIGN §5, Partition). A help only: what is lost here comes again with the log, and what comes twice is known by its
 * idempotency key. In memory only.
 */
final class Provisionals {
    private final ServerIdentity identity;
    private final Journal journal;
    private final Links links;
    private final Peers peers;
    private final Readers readers;
    private final SubmissionTable submissions;
    private final Map<ChannelId, Map<Said, SignedRecord>> ofPeers = new TreeMap<>();

    /** What names a message. */
    private record Said(DeviceId device, IdempotencyKey key) {}

    Provisionals(
            ServerIdentity identity,
            Journal journal,
            Links links,
            Peers peers,
            Readers readers,
            SubmissionTable submissions) {
        this.identity = identity;
        this.journal = journal;
        this.links = links;
        this.peers = peers;
        this.readers = readers;
        this.submissions = submissions;
    }

    /** A record went into the outbox: shows it around if the hub cannot be reached. */
    void stored(Channel channel, Record record) {
        if (record.kind() == RecordKind.APPLICATION && !links.isUp(channel.hub())) {
            ChannelId id = channel.id();
            Place place = new Place(record.originIncarnation(), record.originSeq());
            // Only peers among the servers with members, and never the hub.
            var audience = channel.servers().keySet().stream()
                    .filter(server -> !server.equals(identity.name()) && !server.equals(channel.hub()))
                    .toList();
            journal.whenDurable(() -> OutboxTable.scan(
                    journal.durable(), id, new Place(place.incarnation(), place.originSeq() - 1), (at, stored) -> {
                        if (at.equals(place)) {
                            SignedRecord message = OutboxTable.message(stored);
                            show(id, message);
                            audience.forEach(server -> tell(server, message));
                        }
                        return false;
                    }));
        }
    }

    private void tell(ServerName server, SignedRecord record) {
        links.push(
                server,
                PeerFrame.newBuilder().setProvisional(Provisional.newBuilder().setRecord(record)));
    }

    private void show(ChannelId channel, SignedRecord record) {
        Bytes frame = frame(record);
        readers.following(channel).forEach(session -> journal.emit(new Effect.SendToSession(session, frame)));
    }

    private static Bytes frame(SignedRecord record) {
        return Protobuf.encode(ServerFrame.newBuilder()
                .setProvisional(Provisional.newBuilder().setRecord(record))
                .build());
    }

    /** A peer shows a message that the hub has not ordered. Whatever does not fit is ignored. */
    void received(ServerName peer, Optional<Channel> found, SignedRecord message) {
        Optional<ProvenRecord> proven = verify(peer, message);
        if (found.isEmpty() || proven.isEmpty() || !found.get().isActive()) {
            return;
        }
        Channel channel = found.get();
        Record record = proven.get().record();
        DeviceId device = record.device().orElseThrow();
        boolean fits = record.kind() == RecordKind.APPLICATION
                && record.epoch() >= channel.row().getFirstOpenEpoch()
                && record.epoch() <= channel.epoch()
                && !channel.hub().equals(identity.name())
                && channel.member(device)
                        .filter(member -> member.user().server().equals(peer))
                        .isPresent()
                && submissions
                        .ordered(channel.id(), device, record.idempotencyKey())
                        .isEmpty();
        if (fits) {
            Map<Said, SignedRecord> kept = ofPeers.computeIfAbsent(channel.id(), it -> new LinkedHashMap<>());
            if (kept.put(new Said(device, record.idempotencyKey()), message) == null) {
                journal.whenDurable(() -> show(channel.id(), message));
            }
            if (kept.size() > Limits.PROVISIONAL_PER_CHANNEL_MAX) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
    }

    private Optional<ProvenRecord> verify(ServerName peer, SignedRecord message) {
        try {
            RecordIn in = RecordIn.of(message);
            Optional<Bytes> key = peers.rootKey(peer);
            return in.claimedOrigin().equals(peer) && key.isPresent()
                    ? Optional.of(in.verify(key.get()))
                            .filter(it -> it.record().device().isPresent())
                    : Optional.empty();
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }

    /** The record has its place in the log. */
    void ordered(Record record) {
        Map<Said, SignedRecord> kept = ofPeers.get(record.channel());
        if (kept != null) {
            kept.remove(new Said(record.device().orElseThrow(), record.idempotencyKey()));
            if (kept.isEmpty()) {
                ofPeers.remove(record.channel());
            }
        }
    }

    /** A session begins to follow a channel: shows it what the log does not have yet. Runs when durable. */
    void catchUp(SessionId session, ChannelId channel, ServerName hub) {
        if (!links.isUp(hub) && !hub.equals(identity.name())) {
            outbox(channel, record -> journal.emit(new Effect.SendToSession(session, frame(record))));
            Optional.ofNullable(ofPeers.get(channel))
                    .ifPresent(kept -> kept.values()
                            .forEach(record -> journal.emit(new Effect.SendToSession(session, frame(record)))));
        }
    }

    /** The hub's link is gone: shows around what was under way to it. Runs when durable. */
    void hubDown(ChannelId channel, Iterable<ServerName> audience) {
        outbox(channel, record -> {
            show(channel, record);
            audience.forEach(server -> tell(server, record));
        });
    }

    /** Another follower can be reached again: shows it what the hub has not taken. Runs when durable. */
    void followerUp(ChannelId channel, ServerName follower) {
        outbox(channel, record -> tell(follower, record));
    }

    private void outbox(ChannelId channel, Consumer<SignedRecord> use) {
        int[] left = {Limits.PROVISIONAL_PER_CHANNEL_MAX};
        OutboxTable.scan(journal.durable(), channel, Place.START, (place, stored) -> {
            if (OutboxTable.record(stored).getKind() == RecordKind.APPLICATION) {
                use.accept(OutboxTable.message(stored));
                left[0]--;
            }
            return left[0] > 0;
        });
    }

    /** Whether a session's device is told of anything here: for tests of bounds. */
    int kept(ChannelId channel) {
        return ofPeers.getOrDefault(channel, Map.of()).size();
    }
}
