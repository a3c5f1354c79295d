package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.Fingerprint;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.PeerProof;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.PeerHello;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a connection to a link whose two ends have proved their root keys: hello both ways, then proof both ways. If there are two links to one
 * peer, the one stays that the server with the smaller name dialled; of two in the same direction, the newer.
 *
 * <p>Who is a peer of this server is nobody else's business. So whoever dials proves the key that it shows first, and is answered one and the same
 * NOT_A_PEER if it is none, whether the operator has accepted nobody of that name or another key under it: anybody can make up a key, and the
 * manifest of a peer is public. Only the holder of the accepted key sees a proof of this server, or any other reason. The one who dials
 * has always proved itself first, in the versions before, too.
 */
final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);

    /** The detail of what is said on the one of two links that goes: nothing is wrong. */
    static final String ANOTHER_LINK = "another-link";

    private static final Rate REPLACED = new Rate(Limits.LINKS_REPLACED_AT_ONCE_MAX, Limits.LINK_REPLACED_EVERY_MILLIS);

    private final ServerIdentity identity;
    private final Journal journal;
    private final Remarks remarks;
    private final RandomSource random;
    private final Peers peers;
    private final Links links;
    private final Rates<ServerName> replaced = new Rates<>(Limits.PEERS_MAX);

    Handshakes(ServerIdentity identity, Journal journal, RandomSource random, Peers peers, Links links) {
        this.identity = identity;
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.random = random;
        this.peers = peers;
        this.links = links;
    }

    /** A connection stands: says hello. */
    void opened(Event.LinkOpened event) {
        Bytes challenge = Bytes.wrapUnsafe(random.bytes(PeerProof.CHALLENGE_BYTES));
        Link link = new Link(
                event.link(),
                event.outbound(),
                event.expected(),
                event.acceptorSpkiSha256(),
                new Link.State.Greeting(challenge),
                journal.monotonicMillis());
        links.add(link);
        if (links.count() > Limits.LINKS_MAX) {
            // Anybody can open as many as there may be, so it is never a newcomer that is in the way: it may be a peer.
            links.close(
                    links.eldestUnproved().orElse(link),
                    Refusal.limitReached("too many links; try again later", "links<=" + Limits.LINKS_MAX, 60_000));
        }
        if (link.state() instanceof Link.State.Closing) {
            return;
        }
        journal.emitNow(Links.frame(
                link,
                0,
                false,
                PeerFrame.newBuilder()
                        .setHello(PeerHello.newBuilder()
                                .setManifest(identity.manifest().toProto())
                                .setChallenge(Protobuf.toByteString(challenge))
                                .setExpectedName(
                                        event.expected().map(ServerName::value).orElse("")))));
    }

    /** A frame on a link that is not ready. Returns the peer if the link is ready now. */
    boolean frame(Link link, PeerFrame frame) throws RefusedException {
        if (frame.getBodyCase() == PeerFrame.BodyCase.HELLO && link.state() instanceof Link.State.Greeting greeting) {
            hello(link, greeting, frame.getHello());
            return false;
        }
        if (frame.getBodyCase() == PeerFrame.BodyCase.PROOF && link.state() instanceof Link.State.Proving proving) {
            return proofOfDialled(link, proving, frame);
        }
        if (frame.getBodyCase() == PeerFrame.BodyCase.PROOF && link.state() instanceof Link.State.Shown shown) {
            return proofOfWhoDialled(link, shown, frame);
        }
        if (frame.getBodyCase() == PeerFrame.BodyCase.ERROR) {
            Refusal refusal = Refusal.of(frame.getError());
            throw RefusedException.of(ErrorCode.UNAUTHENTICATED, "the other side refused: " + refusal);
        }
        throw RefusedException.of(
                ErrorCode.UNAUTHENTICATED, "hello and proof come first; this was " + frame.getBodyCase());
    }

    private void hello(Link link, Link.State.Greeting greeting, PeerHello hello) throws RefusedException {
        ManifestIn shown = ManifestIn.of(hello.getManifest());
        ServerName name = shown.claimedName();
        if (!hello.getExpectedName().isEmpty()
                && !hello.getExpectedName().equals(identity.name().value())) {
            throw RefusedException.of(
                    ErrorCode.NOT_A_PEER,
                    "this is " + identity.name() + ", not " + hello.getExpectedName() + "; check the address");
        }
        if (link.expected().isPresent() && !link.expected().get().equals(name)) {
            throw otherName(link.expected().get(), shown);
        }
        if (!link.outbound()) {
            link.enter(new Link.State.Shown(greeting.ownChallenge(), shown, Protobuf.toBytes(hello.getChallenge())));
            return;
        }
        Peer peer = peers.find(name)
                .orElseThrow(() -> RefusedException.of(ErrorCode.NOT_A_PEER, name + " was removed meanwhile"));
        Manifest manifest = shown.verify(name, peer.rootKey());
        if (!manifest.listsTlsKey(link.acceptorSpkiSha256())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the TLS key of this connection is not in the manifest of " + name,
                    "manifest-tls-key");
        }
        link.enter(new Link.State.Proving(greeting.ownChallenge(), manifest));
        prove(link, name, Protobuf.toBytes(hello.getChallenge()));
    }

    /** Whoever holds the key that was accepted says by a signature how it is called: then no address is wrong, and nobody is in the middle. */
    private RefusedException otherName(ServerName dialled, ManifestIn shown) throws RefusedException {
        Optional<Peer> misnamed =
                peers.find(dialled).filter(peer -> peer.rootKey().equals(shown.claimedRootKey()));
        if (misnamed.isPresent()) {
            Manifest unused = shown.verify();
            return Peers.misnamed(dialled, shown.claimedName()).asException();
        }
        return RefusedException.of(
                ErrorCode.INVALID_PROOF,
                "dialled " + dialled + ", but " + shown.claimedName() + " answered; check the address",
                "manifest-name");
    }

    private void prove(Link link, ServerName to, Bytes challenge) {
        PeerProof proof = new PeerProof(challenge, identity.name(), to, link.acceptorSpkiSha256());
        journal.emitNow(Links.frame(link, 0, false, PeerFrame.newBuilder().setProof(proof.sign(identity.rootKey()))));
    }

    private boolean proofOfDialled(Link link, Link.State.Proving proving, PeerFrame frame) throws RefusedException {
        ServerName name = proving.manifest().serverName();
        Peer peer = peers.find(name)
                .orElseThrow(() -> RefusedException.of(ErrorCode.NOT_A_PEER, name + " was removed meanwhile"));
        requireProof(link, proving.ownChallenge(), name, frame, peer.rootKey());
        peer.dialling(false);
        return ready(link, peer, proving.manifest());
    }

    private boolean proofOfWhoDialled(Link link, Link.State.Shown shown, PeerFrame frame) throws RefusedException {
        ServerName name = shown.manifest().claimedName();
        Bytes rootKey = shown.manifest().claimedRootKey();
        requireProof(link, shown.ownChallenge(), name, frame, rootKey);
        Optional<Peer> peer = peers.find(name);
        if (peer.isPresent() && !peer.get().rootKey().equals(rootKey)) {
            remarks.warn(
                    Remarks.STRANGERS,
                    "somebody dials and shows root key {} for {}, of which {} was accepted; it is told no more than a stranger",
                    Fingerprint.of(rootKey),
                    name,
                    Fingerprint.of(peer.get().rootKey()));
            throw notAPeer(name, rootKey);
        }
        if (peer.isEmpty()) {
            peers.withKey(rootKey)
                    .ifPresent(other -> peers.mistrusted(other.name(), Peers.misnamed(other.name(), name)));
            throw notAPeer(name, rootKey);
        }
        Manifest manifest = shown.manifest().verify(name, rootKey);
        prove(link, name, shown.challenge());
        return ready(link, peer.get(), manifest);
    }

    /** The same to everybody: nothing in it depends on whom this server has accepted. */
    private RefusedException notAPeer(ServerName name, Bytes rootKey) {
        return RefusedException.of(
                ErrorCode.NOT_A_PEER,
                identity.name() + " has not accepted " + name + " with root key " + Fingerprint.of(rootKey)
                        + " as a peer; both operators must run `peer add` with the other's link");
    }

    private void requireProof(Link link, Bytes ownChallenge, ServerName name, PeerFrame frame, Bytes rootKey)
            throws RefusedException {
        new PeerProof(ownChallenge, name, identity.name(), link.acceptorSpkiSha256()).verify(frame.getProof(), rootKey);
    }

    private boolean ready(Link link, Peer peer, Manifest manifest) {
        link.enter(new Link.State.Ready(peer.name()));
        peers.seen(peer.name(), manifest);
        return settle(peer, link);
    }

    private boolean stands(Link link) {
        return journal.monotonicMillis() - link.heardAtMillis() <= Limits.LINK_STANDS_MILLIS;
    }

    private static Refusal twin(ServerName name) {
        return Refusal.of(
                ErrorCode.LIMIT_REACHED,
                "another server with the identity of " + name
                        + " is linked already, again and again: stop the one that runs in a"
                        + " copy of the data folder");
    }

    /**
     * One link per pair: the newer one, since who dials anew has lost the older one, as a rule. Where that was never lost, two servers with one identity take it
     * from each other, for ever; then it is left where it is. Returns whether the new one stays.
     */
    private boolean settle(Peer peer, Link fresh) {
        if (peer.ready().isPresent()) {
            Link older = peer.ready().get();
            boolean sameDirection = older.outbound() == fresh.outbound();
            boolean freshIsPreferred = fresh.outbound() == identity.name().compareTo(peer.name()) < 0;
            Refusal another =
                    Refusal.of(ErrorCode.LIMIT_REACHED, "there is another link between the two servers", ANOTHER_LINK);
            if (!sameDirection && !freshIsPreferred) {
                links.close(fresh, another);
                return false;
            }
            // Two that dial at once have two links for a moment, one in each direction, which says nothing of a twin.
            if (sameDirection
                    && stands(older)
                    && (peers.isSaidToRunTwice(peer)
                            || !replaced.tryTake(peer.name(), REPLACED, journal.monotonicMillis()))) {
                peers.runsTwice(peer);
                links.close(fresh, twin(peer.name()));
                return false;
            }
            links.close(older, another);
            // Nobody is told of its end: the peer has a link.
            older.end();
        }
        peer.ready(Optional.of(fresh));
        peer.reached();
        links.setReady(peer.name(), fresh);
        remarks.info(peer.name().value(), "link to {} is up", peer.name());
        journal.emit(new Effect.LinkAuthenticated(fresh.id(), peer.name()));
        return true;
    }
}
