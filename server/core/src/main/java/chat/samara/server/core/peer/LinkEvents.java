package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.frame.PeerFrames;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pong;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's link events: handshakes, keep-alive, and the end of links. What a proved peer says beside that is handed back. */
public final class LinkEvents {
    private static final Logger LOG = LoggerFactory.getLogger(LinkEvents.class);
    private static final int SILENT_PINGS_MAX = 3;

    private final CoreConfig config;
    private final Journal journal;
    private final Remarks remarks;
    private final Peers peers;
    private final Links links;
    private final Handshakes handshakes;
    private final BiConsumer<ServerName, Contained> whenDown;

    /** @param whenDown what else happens when the link to a peer is gone; another may come. Each part of what is forgotten then is work of its own */
    public LinkEvents(
            ServerIdentity identity,
            CoreConfig config,
            Journal journal,
            RandomSource random,
            Peers peers,
            Links links,
            BiConsumer<ServerName, Contained> whenDown) {
        this.config = config;
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.peers = peers;
        this.links = links;
        this.handshakes = new Handshakes(identity, journal, random, peers, links);
        this.whenDown = whenDown;
    }

    /** A connection stands. */
    public void opened(Event.LinkOpened event) {
        handshakes.opened(event);
    }

    /** The connection is gone. */
    public void closed(LinkId id, Contained contained) {
        links.remove(id).ifPresent(link -> {
            links.retire(link, contained);
            ended(link, "the connection was lost", contained);
        });
    }

    /** Part of a frame came. */
    public void heard(LinkId id) {
        links.find(id).ifPresent(link -> link.heard(journal.monotonicMillis()));
    }

    /** A dial came to nothing. */
    public void dialFailed(ServerName peer, String reason) {
        peers.failed(peer, reason);
    }

    /** The operator no longer accepts a peer. */
    public void remove(ServerName name) throws RefusedException {
        Optional<Link> link = peers.remove(name);
        link.ifPresent(it -> close(it, Refusal.of(ErrorCode.NOT_A_PEER, "the operator has ended the peering")));
    }

    /** The server is about to stop. */
    public void stopping(Refusal why) {
        links.all().forEach(link -> links.close(link, why));
    }

    /**
     * An event of this link was undone. What it changed in memory, of requests, pulls and what was given back so far, is not: so the link ends, and
     * with the next all of that begins anew. Part by part, so that what one of them meets keeps the link from nothing else.
     */
    public void fault(LinkId id, Contained contained) {
        links.find(id).ifPresent(link -> {
            Refusal why = Refusal.of(ErrorCode.INTERNAL, "something broke inside");
            contained.run("closing a link", () -> links.cut(link, why));
            links.retire(link, contained);
            ended(link, why.toString(), contained);
        });
    }

    /** The same of the link to a peer, if there is one. */
    public void fault(ServerName peer, Contained contained) {
        peers.find(peer).flatMap(Peer::ready).ifPresent(link -> fault(link.id(), contained));
    }

    /** The work under way was undone, whoever's it was. */
    public void undone() {
        links.undone();
    }

    /** What follows for links from work that was undone. */
    public void afterUndone(Contained contained) {
        links.afterUndone(contained).forEach(link -> fault(link, contained));
    }

    /** Looks at due times: silent links, unanswered requests. */
    public void tick(Contained contained) {
        long now = journal.monotonicMillis();
        links.expire(now - config.retryMillis(), now - Limits.PULL_PATIENCE_MILLIS, contained);
        links.all().forEach(link -> contained.run("the link " + link.id(), () -> tick(link, now)));
    }

    private void tick(Link link, long now) {
        boolean ready = link.state() instanceof Link.State.Ready;
        long silentMillis = now - link.heardAtMillis();
        if (ready && silentMillis > SILENT_PINGS_MAX * config.keepAliveMillis()) {
            close(link, Refusal.of(ErrorCode.PEER_UNREACHABLE, "nothing came for " + silentMillis + " ms"));
        } else if (ready && now - link.sentAtMillis() >= config.keepAliveMillis()) {
            links.keepAlive(link);
        } else if (!ready && silentMillis > Limits.AUTHENTICATION_MILLIS_MAX) {
            close(link, Refusal.of(ErrorCode.UNAUTHENTICATED, "no proof came in time"));
        }
    }

    /** A frame came. Returns what is not about the link. */
    public Optional<FromPeer> frame(LinkId id, Bytes bytes) {
        Link link = links.find(id).orElse(null);
        if (link == null || link.state() instanceof Link.State.Closing) {
            return Optional.empty();
        }
        link.heard(journal.monotonicMillis());
        PeerFrameIn in;
        try {
            in = PeerFrames.read(bytes.arrayUnsafe());
        } catch (MalformedFrameException e) {
            if (e.requestId() == 0 || link.peer().isEmpty()) {
                close(link, e.refusal());
            } else {
                links.answer(
                        link,
                        e.requestId(),
                        PeerFrame.newBuilder().setError(e.refusal().toProto()));
            }
            return Optional.empty();
        }
        if (link.peer().isEmpty()) {
            return unproved(link, in.frame());
        }
        if (in.frame().getAnswer()) {
            answer(link, in);
            return Optional.empty();
        }
        return proved(link, link.peer().get(), in);
    }

    private Optional<FromPeer> unproved(Link link, PeerFrame frame) {
        try {
            return handshakes.frame(link, frame)
                    ? Optional.of(new FromPeer.CameUp(link.peer().orElseThrow()))
                    : Optional.empty();
        } catch (RefusedException e) {
            remarks.info(
                    link.expected().map(ServerName::value).orElse(Remarks.STRANGERS), "link refused: {}", e.refusal());
            // Where this server dialled itself, not where somebody claims to be a peer.
            if (link.outbound() && e.code() == ErrorCode.INVALID_PROOF) {
                link.expected().ifPresent(peer -> peers.mistrusted(peer, e.refusal()));
            }
            close(link, e.refusal());
            if (link.outbound() && frame.hasError()) {
                Refusal said = Refusal.of(frame.getError());
                link.expected()
                        .filter(peer -> !links.isUp(peer) && !said.detail().equals(Handshakes.ANOTHER_LINK))
                        .ifPresent(peer -> peers.refusedBy(peer, said));
            }
            return Optional.empty();
        }
    }

    private static void answer(Link link, PeerFrameIn in) {
        PeerFrame frame = in.frame();
        link.end(frame.getRequestId()).ifPresent(answers -> {
            if (frame.getBodyCase() == PeerFrame.BodyCase.ERROR) {
                answers.refused(Refusal.of(frame.getError()));
            } else {
                answers.answered(in);
            }
        });
    }

    private Optional<FromPeer> proved(Link link, ServerName peer, PeerFrameIn in) {
        PeerFrame frame = in.frame();
        switch (frame.getBodyCase()) {
            case PING -> {
                journal.emitNow(Links.frame(
                        link, frame.getRequestId(), true, PeerFrame.newBuilder().setPong(Pong.getDefaultInstance())));
                return Optional.empty();
            }
            case ERROR -> {
                Refusal refusal = Refusal.of(frame.getError());
                if (refusal.detail().equals(Handshakes.ANOTHER_LINK)) {
                    return Optional.empty();
                }
                remarks.warn(peer.value(), "{} says {}", peer, refusal);
                peers.find(peer).ifPresent(it -> it.problem("it says " + refusal));
                return Optional.empty();
            }
            case HELLO, PROOF, ENTRIES, CLAIMED_KEY_PACKAGES, PONG, DONE, BODY_NOT_SET -> {
                // Nothing of this is due: an honest peer of this version does not send it, and it harms nobody.
                return Optional.empty();
            }
            case SHARED_CHANNELS,
                    SUBMIT_RECORDS,
                    RECORD_RECEIPTS,
                    HEAD_HINT,
                    FOLLOWER_STATE,
                    PROVISIONAL,
                    PULL,
                    CLAIM -> {
                return Optional.of(new FromPeer.Said(peer, in, new PeerReply(links, link, frame.getRequestId())));
            }
        }
        throw new IllegalStateException(frame.getBodyCase() + ", expected a body that is known here");
    }

    private void close(Link link, Refusal why) {
        links.close(link, why);
        ended(link, why.toString(), (what, work) -> work.run());
    }

    /** A link is of no more use: the peer is dialled again later. */
    private void ended(Link link, String why, Contained contained) {
        if (link.hasEnded()) {
            return;
        }
        if (link.wasReady()) {
            ServerName peer = link.peer().orElseThrow();
            peers.find(peer).ifPresent(it -> it.ready(Optional.empty()));
            remarks.info(peer.value(), "link to {} is down: {}", peer, why);
            peers.failed(peer, why);
            whenDown.accept(peer, contained);
        } else if (link.outbound() && link.expected().filter(links::isUp).isEmpty()) {
            link.expected().flatMap(peers::find).ifPresent(Peer::beginElsewhere);
            link.expected().ifPresent(peer -> peers.failed(peer, why));
        }
        link.end();
    }
}
