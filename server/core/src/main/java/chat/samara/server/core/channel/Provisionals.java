package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
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
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedRecord;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Predicate;

/**
 * While a channel's hub cannot be reached: its application messages are shown to those who can be reached, before they have a place
 * in the log (DESIGN §5, Partition). A help only: what is lost here comes again with the log, and what comes twice is known by its
 * idempotency key. In memory only.
 *
 * <p>No credit covers it, and what waits for a hub may be much, in many channels: so each device and each peer, and all of them together, are sent
 * a bounded number of bytes in one round, and what is above that is left to the log.
 */
final class Provisionals {
    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Links links;
    private final Peers peers;
    private final Readers readers;
    private final SubmissionTable submissions;
    private final PeerProvisionals ofPeers = new PeerProvisionals();
    private final Allowance<SessionId> toDevices =
            new Allowance<>(Limits.PROVISIONAL_BYTES_PER_ROUND_MAX, Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);
    private final Allowance<ServerName> toPeers =
            new Allowance<>(Limits.PROVISIONAL_BYTES_PER_ROUND_MAX, Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);

    Provisionals(
            ServerIdentity identity,
            CoreConfig config,
            Journal journal,
            Links links,
            Peers peers,
            Readers readers,
            SubmissionTable submissions) {
        this.identity = identity;
        this.config = config;
        this.journal = journal;
        this.links = links;
        this.peers = peers;
        this.readers = readers;
        this.submissions = submissions;
    }

    /** A batch is durable: a round begins. */
    void beginRound() {
        toDevices.beginRound();
        toPeers.beginRound();
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
        if (links.isUp(server) && toPeers.take(server, record.getSerializedSize())) {
            links.push(
                    server,
                    PeerFrame.newBuilder()
                            .setProvisional(Provisional.newBuilder().setRecord(record)));
        }
    }

    private void show(ChannelId channel, SignedRecord record) {
        SortedSet<SessionId> following = readers.following(channel);
        if (following.isEmpty() || toDevices.isUsedUp()) {
            return;
        }
        Bytes frame = frame(record);
        toDevices.shared(frame.size());
        for (SessionId session : following) {
            if (!readers.isStalled(session) && toDevices.takeShared(session, frame.size())) {
                journal.emit(new Effect.SendToSession(session, frame));
            }
        }
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
            PeerProvisionals.Said said = new PeerProvisionals.Said(device, record.idempotencyKey());
            if (ofPeers.add(peer, channel.id(), said, message, journal.monotonicMillis())) {
                journal.whenDurable(() -> show(channel.id(), message));
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
        record.device()
                .ifPresent(device ->
                        ofPeers.remove(record.channel(), new PeerProvisionals.Said(device, record.idempotencyKey())));
    }

    /** Forgets what peers showed so long ago that its epoch is closed. */
    void prune() {
        ofPeers.expire(journal.monotonicMillis() - config.epochOpenMillisMax());
    }

    /** A session begins to follow: shows it what the logs do not have yet. Runs when durable. */
    void catchUp(SessionId session, Map<ChannelId, ServerName> hubs) {
        Predicate<SignedRecord> show = record -> {
            boolean shown = !readers.isStalled(session) && toDevices.take(session, record.getSerializedSize());
            if (shown) {
                journal.emit(new Effect.SendToSession(session, frame(record)));
            }
            return shown;
        };
        for (Map.Entry<ChannelId, ServerName> followed : hubs.entrySet()) {
            ServerName hub = followed.getValue();
            if (!links.isUp(hub) && !hub.equals(identity.name())) {
                boolean all = outbox(followed.getKey(), show)
                        && ofPeers.of(followed.getKey()).stream().allMatch(show);
                if (!all) {
                    return;
                }
            }
        }
    }

    /** The hub's link is gone: shows around what was under way to it. Runs when durable. */
    void hubDown(ChannelId channel, Iterable<ServerName> audience) {
        outbox(channel, record -> {
            show(channel, record);
            audience.forEach(server -> tell(server, record));
            return !toDevices.isUsedUp() || !toPeers.isUsedUp();
        });
    }

    /** Another follower can be reached again: shows it what the hub has not taken. Runs when durable. */
    void followerUp(ChannelId channel, ServerName follower) {
        outbox(channel, record -> {
            tell(follower, record);
            return !toPeers.isUsedUp();
        });
    }

    /** Gives what the channel's hub has not taken, in order, until it is not used any more. Returns whether all of it was. */
    private boolean outbox(ChannelId channel, Predicate<SignedRecord> use) {
        int[] left = {Limits.PROVISIONAL_PER_CHANNEL_MAX};
        boolean[] used = {true};
        OutboxTable.scan(journal.durable(), channel, Place.START, (place, stored) -> {
            if (OutboxTable.record(stored).getKind() == RecordKind.APPLICATION) {
                left[0]--;
                used[0] = use.test(OutboxTable.message(stored));
            }
            return used[0] && left[0] > 0;
        });
        return used[0];
    }
}
