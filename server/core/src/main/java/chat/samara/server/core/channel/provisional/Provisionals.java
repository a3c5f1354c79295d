package chat.samara.server.core.channel.provisional;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.log.VerifiedBatches;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While a channel's hub cannot be reached: its application messages are shown to those who can be reached, before they have a place
 * in the log (DESIGN §5, Partition). Members' devices are shown all of them ({@link Showing}), and so are the other servers with members
 * ({@link Telling}), whose own devices are shown as many as these servers keep. A help only: what is lost here comes again with the log, and what
 * comes twice is known by its idempotency key. In memory only.
 */
public final class Provisionals {
    private static final Logger LOG = LoggerFactory.getLogger(Provisionals.class);

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Links links;
    private final Peers peers;
    private final SubmissionTable submissions;
    private final PeerProvisionals ofPeers = new PeerProvisionals();
    private final VerifiedBatches verified = new VerifiedBatches();
    private final Outbox outbox;
    private final Showing showing;
    private final Telling telling;

    public Provisionals(
            ServerIdentity identity,
            CoreConfig config,
            Journal journal,
            Links links,
            Peers peers,
            Channels channels,
            Outbox outbox,
            Readers readers) {
        this.identity = identity;
        this.config = config;
        this.journal = journal;
        this.links = links;
        this.peers = peers;
        this.outbox = outbox;
        this.submissions = new SubmissionTable(journal);
        Unordered unordered = new Unordered(journal, links, outbox, ofPeers);
        this.showing = new Showing(journal, readers, unordered);
        this.telling = new Telling(journal, links, channels, unordered);
    }

    /** To devices. */
    public Showing showing() {
        return showing;
    }

    /** A batch is durable: a round begins. */
    public void beginRound() {
        showing.beginRound();
        telling.beginRound();
    }

    /** A record went into the outbox: shows it around if the hub cannot be reached. */
    public void stored(Channel channel, Record record) {
        if (record.kind() == RecordKind.APPLICATION && !links.isUp(channel.hub())) {
            ChannelId id = channel.id();
            // Only peers among the servers with members, and never the hub.
            List<ServerName> audience = channel.servers().keySet().stream()
                    .filter(server -> !server.equals(identity.name()) && !server.equals(channel.hub()))
                    .toList();
            journal.whenDurable(() -> {
                showing.grown(List.of(id));
                telling.grown(id, audience);
            });
        }
    }

    /** There is a link to the peer. */
    public void up(ServerName peer) {
        telling.up(peer);
    }

    /** The link to the peer is gone: shows around what waits for it as a hub. */
    public void down(ServerName peer) {
        telling.down(peer);
        List<ChannelId> waiting = outbox.waitingFor(peer);
        if (!waiting.isEmpty()) {
            telling.sweep();
            journal.whenDurable(() -> showing.grown(waiting));
        }
    }

    /** Looks at due times. */
    public void tick() {
        telling.tick();
    }

    /** A peer shows a message that the hub has not ordered. Whatever does not fit is ignored, before its signature is verified. */
    public void received(ServerName peer, Channel channel, RecordIn in, SignedRecord message) {
        if (!in.claimedOrigin().equals(peer) || !fits(peer, channel, in.claimed())) {
            return;
        }
        try {
            Record record =
                    in.verify(peers.rootKey(peer).orElseThrow(), verified).record();
            if (ofPeers.add(peer, channel.id(), channel.hub(), said(record), message, journal.monotonicMillis())) {
                journal.whenDurable(() -> showing.grown(List.of(channel.id())));
            }
        } catch (RefusedException e) {
            LOG.debug("{} shows what it has not signed: {}", peer, e.refusal());
        }
    }

    /** The cheapest first: to know its members a channel's group may have to be read. */
    private boolean fits(ServerName peer, Channel channel, Record record) {
        return channel.isActive()
                && !channel.hub().equals(identity.name())
                && record.kind() == RecordKind.APPLICATION
                && record.device().isPresent()
                && !ofPeers.has(channel.id(), said(record))
                && submissions
                        .ordered(channel.id(), said(record).device(), record.idempotencyKey())
                        .isEmpty()
                && record.epoch() >= channel.row().getFirstOpenEpoch()
                && record.epoch() <= channel.epoch()
                && channel.member(said(record).device())
                        .filter(member -> member.user().server().equals(peer))
                        .isPresent();
    }

    private static PeerProvisionals.Said said(Record record) {
        return new PeerProvisionals.Said(record.device().orElseThrow(), record.idempotencyKey());
    }

    /** A message has its place in the log. */
    public void ordered(ChannelId channel, DeviceId device, IdempotencyKey key) {
        ofPeers.remove(channel, new PeerProvisionals.Said(device, key));
    }

    /** Forgets what peers showed so long ago that its epoch is closed, and how far anybody was shown what is settled. */
    public void prune() {
        ofPeers.expire(journal.monotonicMillis() - config.epochOpenMillisMax());
        showing.prune();
        telling.prune();
    }
}
