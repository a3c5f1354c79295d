package chat.samara.server.core.peer;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.wire.identity.Fingerprint;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.PeerProof;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Ping;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Accepting peers, proving who is at the other end, and keeping one link. */
final class PeersTest {
    private final World world = new World(10);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");

    private static long linksUp(TestServer server) {
        return server.core().figures().linksUp();
    }

    private static List<AdminResult.Peer> peers(TestServer server) {
        return ((AdminResult.Peers) server.admin(new AdminCommand.ListPeers())).peers();
    }

    @Test
    @DisplayName("when both operators accept each other there is one link")
    void mutual() {
        world.peer(berlin, tunis);
        assertThat(linksUp(berlin)).isEqualTo(1);
        assertThat(linksUp(tunis)).isEqualTo(1);
        assertThat(peers(berlin)).singleElement().satisfies(it -> {
            assertThat(it.name()).isEqualTo(tunis.name());
            assertThat(it.linkUp()).isTrue();
            assertThat(it.problem()).isEmpty();
        });
    }

    @Test
    @DisplayName(
            "strangers who open more links than there may be keep no peer out: the eldest of theirs makes room (I7)")
    void linksOfStrangers() {
        long first = -Limits.LINKS_MAX;
        for (int i = 0; i < Limits.LINKS_MAX; i++) {
            berlin.queue(new Event.LinkOpened(new LinkId(first + i), false, Optional.empty(), Bytes.of(new byte[32])));
        }
        world.settle();
        berlin.takeEffects();
        world.peer(tunis, berlin);
        assertThat(linksUp(berlin)).isEqualTo(1);
        List<LinkId> closed = berlin.takeEffects().stream()
                .filter(Effect.CloseLink.class::isInstance)
                .map(effect -> ((Effect.CloseLink) effect).link())
                .toList();
        assertThat(closed).startsWith(new LinkId(first));
    }

    @Test
    @DisplayName("one side alone gets NOT_A_PEER, and the operator is told why")
    void oneSided() {
        berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
        world.settle();
        assertThat(linksUp(berlin)).isZero();
        assertThat(linksUp(tunis)).isZero();
        assertThat(peers(berlin))
                .singleElement()
                .satisfies(it -> assertThat(it.problem()).contains("NOT_A_PEER"));
    }

    @Test
    @DisplayName("a link to this server itself is refused, also under another name")
    void ownKey() {
        PeerLink own = berlin.peerLink();
        assertThat(refused(berlin.admin(new AdminCommand.AddPeer(own)))).isEqualTo(ErrorCode.MALFORMED);
        PeerLink renamed = new PeerLink(own.addresses(), tunis.name(), own.rootKey());
        assertThat(refused(berlin.admin(new AdminCommand.AddPeer(renamed)))).isEqualTo(ErrorCode.INVALID_PROOF);
        assertThat(peers(berlin)).isEmpty();
    }

    @Test
    @DisplayName("a peer's link is refused under another name, and taken under its own again")
    void keyOfAPeer() {
        PeerLink link = tunis.peerLink();
        berlin.admin(new AdminCommand.AddPeer(link));
        PeerLink renamed = new PeerLink(link.addresses(), new ServerName("tunes.example"), link.rootKey());
        assertThat(refused(berlin.admin(new AdminCommand.AddPeer(renamed)))).isEqualTo(ErrorCode.INVALID_PROOF);
        berlin.admin(new AdminCommand.AddPeer(link));
        assertThat(peers(berlin))
                .singleElement()
                .satisfies(it -> assertThat(it.name()).isEqualTo(tunis.name()));
    }

    @Test
    @DisplayName("acceptance later is enough: dialling goes on")
    void acceptedLater() {
        berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
        world.pass(120_000);
        assertThat(linksUp(berlin)).isZero();
        tunis.admin(new AdminCommand.AddPeer(berlin.peerLink()));
        world.pass(1_000);
        assertThat(linksUp(berlin)).isEqualTo(1);
    }

    @Test
    @DisplayName("a link comes back by itself after a cut, and after restarts")
    void comesBack() {
        world.peer(berlin, tunis);
        world.cut(berlin, tunis);
        assertThat(linksUp(berlin)).isZero();
        world.pass(600_000);
        world.heal(berlin, tunis);
        world.pass(CoreConfig.standard().dialMillisMax() + 2_000);
        assertThat(linksUp(berlin)).isEqualTo(1);
        tunis.restart();
        world.pass(CoreConfig.standard().dialMillisMax() + 2_000);
        assertThat(linksUp(berlin)).isEqualTo(1);
        assertThat(linksUp(tunis)).isEqualTo(1);
    }

    @Test
    @DisplayName("the wait between dials grows to its bound, and not beyond")
    void backOff() {
        world.peer(berlin, tunis);
        world.cut(berlin, tunis);
        berlin.takeEffects();
        world.pass(3_600_000);
        long dials = berlin.takeEffects().stream()
                .filter(Effect.Dial.class::isInstance)
                .count();
        assertThat(dials).isBetween(50L, 140L);
    }

    @Test
    @DisplayName("a removed peer loses its link and does not get it back")
    void removed() {
        world.peer(berlin, tunis);
        assertThat(berlin.admin(new AdminCommand.RemovePeer(tunis.name()))).isInstanceOf(AdminResult.Done.class);
        world.pass(600_000);
        assertThat(linksUp(berlin)).isZero();
        assertThat(linksUp(tunis)).isZero();
        assertThat(peers(berlin)).isEmpty();
        assertThat(refused(berlin.admin(new AdminCommand.RemovePeer(tunis.name()))))
                .isEqualTo(ErrorCode.NOT_A_PEER);
    }

    @Test
    @DisplayName(
            "whoever answers in a peer's place with another key is told to the operator with the remedy, until the peer itself answers")
    void somebodyInBetween() {
        world.peer(berlin, tunis);
        world.cut(berlin, tunis);
        TestServer impostor = world.server("tunis.example");
        impostor.admin(new AdminCommand.AddPeer(berlin.peerLink()));
        world.heal(berlin, tunis);
        world.pass(120_000);
        assertThat(linksUp(berlin)).isZero();
        assertThat(warnings(berlin))
                .anySatisfy(it -> assertThat(it)
                        .contains("tunis.example", "remove the peer")
                        .containsOnlyOnce("in the middle"));
        world.answers(tunis);
        world.pass(2 * CoreConfig.standard().dialMillisMax());
        assertThat(linksUp(berlin)).isEqualTo(1);
        assertThat(warnings(berlin)).isEmpty();
    }

    @Test
    @DisplayName(
            "who was accepted under another key than its own is told that by its own server, with what to give the other operator")
    void acceptedUnderAnotherKey() {
        TestServer impostor = world.server("tunis.example");
        berlin.admin(new AdminCommand.AddPeer(impostor.peerLink()));
        world.answers(tunis);
        tunis.admin(new AdminCommand.AddPeer(berlin.peerLink()));
        world.pass(120_000);
        assertThat(linksUp(tunis)).isZero();
        assertThat(peers(tunis))
                .singleElement()
                .satisfies(peer -> assertThat(peer.problem())
                        .contains(
                                "NOT_A_PEER", "under another name than tunis.example or another root key than its own")
                        .contains(Fingerprint.of(tunis.identity().rootPublicKey()), "samara server peer link")
                        .doesNotContain("in the middle"));
        assertThat(warnings(berlin))
                .singleElement()
                .satisfies(it -> assertThat(it)
                        .containsOnlyOnce("in the middle")
                        .contains(
                                Fingerprint.of(tunis.identity().rootPublicKey()),
                                Fingerprint.of(impostor.identity().rootPublicKey())));
    }

    @Test
    @DisplayName(
            "who was accepted under a wrong name, by its right key, is named with the remedy, whoever of the two dials")
    void acceptedUnderAnotherName() {
        ServerName tunes = new ServerName("tunes.example");
        PeerLink link = tunis.peerLink();
        berlin.admin(new AdminCommand.AddPeer(new PeerLink(link.addresses(), tunes, link.rootKey())));
        LinkId dialled = new LinkId(9_001);
        berlin.queue(new Event.LinkOpened(dialled, true, Optional.of(tunes), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(dialled, hello(tunis, berlin.name())));
        world.settle();
        requireMisnamed();
        berlin.crash();
        berlin.start();
        assertThat(warnings(berlin)).isEmpty();
        tunis.admin(new AdminCommand.AddPeer(berlin.peerLink()));
        world.pass(CoreConfig.standard().dialMillisMax());
        requireMisnamed();
        assertThat(peers(tunis))
                .singleElement()
                .satisfies(peer -> assertThat(peer.problem()).contains("under another name than tunis.example"));
    }

    private void requireMisnamed() {
        assertThat(warnings(berlin))
                .singleElement()
                .satisfies(it -> assertThat(it)
                        .contains("accepted as tunes.example is called tunis.example", "peer remove tunes.example")
                        .doesNotContain("in the middle"));
    }

    private static java.util.List<String> warnings(TestServer server) {
        return ((AdminResult.Status) server.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private static ErrorCode refused(AdminResult result) {
        return ((AdminResult.Refused) result).refusal().code();
    }

    @Test
    @DisplayName("another root key for an accepted name is refused until the peer was removed")
    void otherKey() {
        world.peer(berlin, tunis);
        Bytes otherKey = Ed25519.generate(world.random()).publicKey();
        PeerLink link = new PeerLink(tunis.peerLink().addresses(), tunis.name(), otherKey);
        assertThat(refused(berlin.admin(new AdminCommand.AddPeer(link)))).isEqualTo(ErrorCode.INVALID_PROOF);
        berlin.admin(new AdminCommand.RemovePeer(tunis.name()));
        assertThat(berlin.admin(new AdminCommand.AddPeer(link))).isInstanceOf(AdminResult.Done.class);
        world.settle();
        assertThat(linksUp(berlin)).isZero();
        assertThat(peers(berlin).get(0).problem()).contains("root key");
    }

    @Test
    @DisplayName("a server cannot be its own peer")
    void self() {
        assertThat(refused(berlin.admin(new AdminCommand.AddPeer(berlin.peerLink()))))
                .isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    @DisplayName("a server that shows another name than was dialled is refused")
    void otherName() {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, tunis);
        berlin.admin(new AdminCommand.AddPeer(hanoi.peerLink()));
        LinkId link = new LinkId(9_001);
        berlin.takeEffects();
        berlin.queue(new Event.LinkOpened(link, true, Optional.of(hanoi.name()), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(link, hello(tunis, berlin.name())));
        world.settle();
        assertClosed(link);
    }

    @Test
    @DisplayName("a TLS key that is not in the manifest is refused by who dialled")
    void otherTlsKey() {
        world.peer(berlin, tunis);
        LinkId link = new LinkId(9_002);
        berlin.takeEffects();
        berlin.queue(new Event.LinkOpened(link, true, Optional.of(tunis.name()), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(link, hello(tunis, berlin.name())));
        world.settle();
        assertClosed(link);
    }

    @Test
    @DisplayName("anything but hello and proof before the proof ends the link")
    void unproved() {
        world.peer(berlin, tunis);
        LinkId link = new LinkId(9_003);
        berlin.takeEffects();
        berlin.queue(new Event.LinkOpened(link, false, Optional.empty(), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(
                link,
                Bytes.of(PeerFrame.newBuilder()
                        .setRequestId(1)
                        .setPing(Ping.getDefaultInstance())
                        .build()
                        .toByteArray())));
        world.settle();
        assertClosed(link);
    }

    @Test
    @DisplayName("a hello that is meant for another server ends the link")
    void otherAudience() {
        world.peer(berlin, tunis);
        LinkId link = new LinkId(9_004);
        berlin.takeEffects();
        berlin.queue(new Event.LinkOpened(link, false, Optional.empty(), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(link, hello(tunis, new ServerName("cairo.example"))));
        world.settle();
        assertClosed(link);
    }

    private Bytes hello(TestServer from, ServerName to) {
        return Bytes.of(PeerFrame.newBuilder()
                .setHello(chat.samara.wire.proto.PeerHello.newBuilder()
                        .setManifest(from.identity().manifest().toProto())
                        .setChallenge(com.google.protobuf.ByteString.copyFrom(new byte[32]))
                        .setExpectedName(to.value()))
                .build()
                .toByteArray());
    }

    private void assertClosed(LinkId link) {
        assertThat(berlin.takeEffects())
                .anyMatch(it ->
                        it instanceof Effect.CloseLink close && close.link().equals(link));
        assertThat(linksUp(berlin)).isEqualTo(1);
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("a link on which nothing is proved, or nothing comes, is closed in time")
    void silent() {
        LinkId link = new LinkId(9_005);
        berlin.queue(new Event.LinkOpened(link, false, Optional.empty(), Bytes.of(new byte[32])));
        world.settle();
        berlin.takeEffects();
        world.pass(30_000);
        assertThat(berlin.takeEffects())
                .anyMatch(it ->
                        it instanceof Effect.CloseLink close && close.link().equals(link));

        world.peer(berlin, tunis);
        tunis.tamper(frame -> PeerFrame.newBuilder().setRequestId(-1).build());
        berlin.takeEffects();
        world.pass(10 * CoreConfig.standard().keepAliveMillis());
        assertThat(berlin.takeEffects()).anyMatch(Effect.CloseLink.class::isInstance);
        tunis.tamper(frame -> frame);
        world.pass(120_000);
        assertThat(linksUp(berlin)).isEqualTo(1);
    }

    @Test
    @DisplayName("an idle link stays up: both sides ping")
    void idle() {
        world.peer(berlin, tunis);
        berlin.takeEffects();
        world.pass(3_600_000);
        assertThat(berlin.takeEffects()).noneMatch(Effect.CloseLink.class::isInstance);
        assertThat(linksUp(berlin)).isEqualTo(1);
    }

    @Test
    @DisplayName("of two links between two servers one stays, on both sides the same")
    void oneLink() {
        berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
        tunis.queue(new Event.Admin(1, new AdminCommand.AddPeer(berlin.peerLink())));
        world.pass(5_000);
        for (int i = 0; i < 5; i++) {
            world.cut(berlin, tunis);
            world.heal(berlin, tunis);
            world.pass(120_000);
            assertThat(linksUp(berlin)).isEqualTo(1);
            assertThat(linksUp(tunis)).isEqualTo(1);
        }
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("random bytes from a proved peer never throw, and other links go on (I9, seed 98)")
    void fuzz() {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, tunis);
        world.peer(berlin, hanoi);
        Random random = new Random(98);
        for (int i = 0; i < 500; i++) {
            tunis.tamper(frame -> {
                byte[] bytes = frame.toByteArray();
                for (int flips = random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
                try {
                    return PeerFrame.parseFrom(bytes);
                } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                    return PeerFrame.newBuilder()
                            .setRequestId(random.nextLong())
                            .build();
                }
            });
            world.pass(1_000);
        }
        tunis.tamper(frame -> frame);
        world.pass(120_000);
        assertThat(linksUp(berlin)).isEqualTo(2);
        Expect.sound(berlin, hanoi);
    }

    @Test
    @DisplayName("a peer that opens link after link is not told each time all that the two share")
    void linkAfterLink() {
        world.peer(berlin, tunis);
        world.pass(CoreConfig.standard().dialMillisMax());
        tunis.takeSentToPeers();
        for (int i = 0; i < 20; i++) {
            openAsBerlin(new LinkId(9_100 + i));
        }
        assertThat(toldAll()).isEqualTo(Limits.LINKS_BEGUN_AT_ONCE_MAX);
        world.pass(Limits.LINK_BEGUN_EVERY_MILLIS + CoreConfig.standard().tickMillis());
        assertThat(toldAll()).isBetween(1L, 2L);
    }

    @Test
    @DisplayName(
            "of two servers with one identity one keeps the link, and the operator is told; when that one is gone the other has it")
    void twins() {
        world.peer(berlin, tunis);
        world.pass(CoreConfig.standard().dialMillisMax());
        // The first takes the place of the one that tunis has dialled.
        for (int i = 0; i <= Limits.LINKS_REPLACED_AT_ONCE_MAX; i++) {
            openAsBerlin(new LinkId(9_100 + i));
        }
        assertThat(warnings()).isEmpty();
        LinkId refused = new LinkId(9_200);
        openAsBerlin(refused);
        assertThat(tunis.takeEffects())
                .anyMatch(it ->
                        it instanceof Effect.CloseLink close && close.link().equals(refused));
        assertThat(warnings()).singleElement().asString().contains("two servers seem to run as berlin.example");
        // Nothing comes on that link any more.
        world.pass(Limits.LINK_STANDS_MILLIS + CoreConfig.standard().dialMillisMax());
        assertThat(linksUp(berlin)).isEqualTo(1);
        world.pass(Limits.TWIN_TOLD_MILLIS);
        assertThat(warnings()).isEmpty();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "two servers that dial at once, again and again, are no twins, and keep the link that the smaller name dialled")
    void bothDialAtOnce() {
        world.peer(berlin, tunis);
        world.cut(berlin, tunis);
        for (int i = 0; i <= 2 * Limits.LINKS_REPLACED_AT_ONCE_MAX; i++) {
            answerAsBerlin(new LinkId(9_300 + i));
            LinkId dialled = new LinkId(9_100 + i);
            openAsBerlin(dialled);
            assertThat(warnings()).isEmpty();
            tunis.queue(new Event.LinkClosed(dialled));
            world.settle();
        }
    }

    /** Tunis has dialled berlin, which proves who it is. */
    private void answerAsBerlin(LinkId link) {
        Bytes tlsKey = berlin.identity().manifest().content().tlsSpkiSha256().get(0);
        tunis.takeEffects();
        tunis.queue(new Event.LinkOpened(link, true, Optional.of(berlin.name()), tlsKey));
        tunis.queue(new Event.LinkFrame(link, hello(berlin, new ServerName("tunis.example"))));
        world.settle();
        Bytes challenge = challenge(heard(tunis, link));
        tunis.queue(new Event.LinkFrame(link, proof(berlin, berlin, tunis, challenge, tlsKey)));
        world.settle();
        assertThat(linksUp(tunis)).isEqualTo(1);
    }

    private List<String> warnings() {
        return ((AdminResult.Status) tunis.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private long toldAll() {
        return tunis.takeSentToPeers().stream()
                .filter(PeerFrame::hasSharedChannels)
                .count();
    }

    /** Berlin proves who it is on another link to tunis, which takes that instead of the one before. */
    private void openAsBerlin(LinkId link) {
        tunis.queue(new Event.LinkOpened(link, false, Optional.empty(), Bytes.of(new byte[32])));
        tunis.queue(new Event.LinkFrame(link, hello(berlin, tunis.name())));
        tunis.takeEffects();
        world.settle();
        tunis.queue(new Event.LinkFrame(link, proof(berlin, berlin, tunis, challenge(heard(tunis, link)))));
        world.settle();
        assertThat(linksUp(tunis)).isEqualTo(1);
    }

    private static List<PeerFrame> heard(TestServer from, LinkId link) {
        return from.takeEffects().stream()
                .filter(it ->
                        it instanceof Effect.SendToLink sent && sent.link().equals(link))
                .map(it -> frame((Effect.SendToLink) it))
                .toList();
    }

    private static Bytes challenge(List<PeerFrame> heard) {
        return heard.stream()
                .filter(PeerFrame::hasHello)
                .map(it -> Bytes.of(it.getHello().getChallenge().toByteArray()))
                .findFirst()
                .orElseThrow();
    }

    /** What says that it comes from one server, signed by the key of the other. */
    private static Bytes proof(TestServer shown, TestServer signer, TestServer to, Bytes challenge) {
        return proof(shown, signer, to, challenge, Bytes.of(new byte[32]));
    }

    /** The same on a link whose acceptor has this TLS key. */
    private static Bytes proof(
            TestServer shown, TestServer signer, TestServer to, Bytes challenge, Bytes acceptorsTlsKey) {
        PeerProof proof = new PeerProof(challenge, shown.name(), to.name(), acceptorsTlsKey);
        return Bytes.of(PeerFrame.newBuilder()
                .setProof(proof.sign(signer.identity().rootKey()))
                .build()
                .toByteArray());
    }

    private int dials;

    /** What berlin says to somebody who dials it with the manifest of one server and the key of another. */
    private List<PeerFrame> saidTo(TestServer shown, TestServer signer) {
        LinkId link = new LinkId(9_200 + dials++);
        berlin.takeEffects();
        berlin.queue(new Event.LinkOpened(link, false, Optional.empty(), Bytes.of(new byte[32])));
        berlin.queue(new Event.LinkFrame(link, hello(shown, berlin.name())));
        world.settle();
        List<PeerFrame> said = new ArrayList<>(heard(berlin, link));
        berlin.queue(new Event.LinkFrame(link, proof(shown, signer, berlin, challenge(said))));
        world.settle();
        said.addAll(heard(berlin, link));
        return said;
    }

    private static String error(List<PeerFrame> said, TestServer shown) {
        assertThat(said).noneMatch(PeerFrame::hasProof);
        assertThat(said).filteredOn(PeerFrame::hasError).hasSize(1);
        return said.get(said.size() - 1)
                .getError()
                .toString()
                .replace(Fingerprint.of(shown.identity().rootPublicKey()), "(its key)")
                .replace(shown.name().value(), "(its name)");
    }

    @Test
    @DisplayName(
            "whoever dials and is no peer hears the same, whether it claims to be a peer or not, and sees no proof")
    void whoIsAPeer() {
        world.peer(berlin, tunis);
        TestServer cairo = world.server("cairo.example");
        TestServer impostor = world.server("tunis.example");
        world.answers(tunis);
        // With a key that was made up, as anybody can.
        String stranger = error(saidTo(cairo, cairo), cairo);
        assertThat(stranger).contains("NOT_A_PEER", "(its key)");
        assertThat(error(saidTo(impostor, impostor), impostor)).isEqualTo(stranger);
        // With a manifest that anybody can have, and no key.
        assertThat(error(saidTo(tunis, impostor), tunis)).isEqualTo(error(saidTo(cairo, impostor), cairo));
        assertThat(linksUp(berlin)).isEqualTo(1);

        assertThat(saidTo(tunis, tunis)).anyMatch(PeerFrame::hasProof).noneMatch(PeerFrame::hasError);
        Expect.sound(berlin);
    }

    private static PeerFrame frame(Effect.SendToLink sent) {
        try {
            return PeerFrame.parseFrom(sent.frame().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private List<ServerAddress> dialledFirst() {
        return berlin.takeEffects().stream()
                .filter(Effect.Dial.class::isInstance)
                .map(it -> ((Effect.Dial) it).addresses().get(0))
                .distinct()
                .toList();
    }

    @Test
    @DisplayName(
            "where something answers at a peer's first address and lets nothing through, the next dial begins with another")
    void frozenAddress() {
        ServerAddress first = new ServerAddress("first.example", 7443);
        ServerAddress second = new ServerAddress("second.example", 7443);
        ServerName cairo = new ServerName("cairo.example");
        Bytes key = Ed25519.generate(world.random()).publicKey();
        berlin.admin(new AdminCommand.AddPeer(new PeerLink(List.of(first, second), cairo, key)));
        world.pass(120_000);
        assertThat(dialledFirst()).as("nobody answers at either").containsExactly(first);
        LinkId link = new LinkId(9_006);
        berlin.queue(new Event.LinkOpened(link, true, Optional.of(cairo), Bytes.of(new byte[32])));
        world.pass(30_000);
        dialledFirst();
        world.pass(120_000);
        assertThat(dialledFirst()).containsExactly(second);
    }

    @Test
    @DisplayName(
            "a peer whose row cannot be read has no link and is told of; all other peers have theirs, and with its link it is accepted again")
    void rowThatCannotBeRead() {
        TestServer oran = world.server("oran.example");
        world.peer(berlin, tunis);
        world.peer(berlin, oran);
        Bytes key = Key.of(tunis.name().value()).bytes();
        berlin.crash();
        WriteBatch damage = new WriteBatch();
        damage.put(Table.PEER, key, Bytes.ofHex("ffffffffffffffffffff07"));
        berlin.disk().write(damage);
        berlin.start();
        world.pass(120_000);
        assertThat(peers(berlin)).singleElement().satisfies(it -> {
            assertThat(it.name()).isEqualTo(oran.name());
            assertThat(it.linkUp()).isTrue();
        });
        assertThat(((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings())
                .singleElement()
                .satisfies(it -> assertThat(it).contains(tunis.name().value(), "peer add"));
        berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
        world.pass(120_000);
        assertThat(linksUp(berlin)).isEqualTo(2);
        assertThat(((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings())
                .isEmpty();
        Expect.sound(berlin, tunis, oran);
    }
}
