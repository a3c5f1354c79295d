package chat.samara.server.node.ahead;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.server.node.ahead.Turn.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whose signatures are verified when, counted in signatures. The test is the thread that verifies. */
@DisplayName("Of what is verified ahead")
final class AheadSharesTest {
    private static final KeyPackages DEVICE = new KeyPackages();
    private static final KeyPackageIn KEY_PACKAGE = KeyPackages.in(DEVICE.encoded());
    private static final byte[] PUBLICATION = DEVICE.published(100);
    private static final int SIGNATURES_OF_A_PUBLICATION = 300;

    /** As many as a member may add at once, and as fit into a frame. */
    private static final byte[] LARGEST = Commits.ofMember(KEY_PACKAGE, 1_500);

    private static final int SIGNATURES_OF_THE_LARGEST = 4_500;

    /** What is done beside signatures: reading a frame counts as a hundred of these at the most, a part may be begun. */
    private static final int SOME = 300;

    private long nanos;
    private int signatures;
    private boolean forged;
    private final List<String> over = new ArrayList<>();
    private final Ahead ahead = new Ahead(() -> nanos, new Signatures.Checks(it -> signatures++, it -> {
        signatures += 2;
        if (forged) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of a KeyPackage");
        }
    }));

    private Turn turn(Kind kind, String whose, byte[] frame) {
        return turn(kind, whose, frame, () -> false);
    }

    private Turn turn(Kind kind, String whose, byte[] frame, BooleanSupplier isGone) {
        return ahead.turn(whose, kind, frame, isGone, () -> over.add(whose)).orElseThrow();
    }

    /** How many signatures are verified until the turn is over. */
    private int signaturesUntilOver(Turn turn) {
        int before = signatures;
        while (!turn.isOver()) {
            assertThat(ahead.goOn()).as("something is left to do").isTrue();
        }
        assertThat(turn.isVerified()).isTrue();
        return signatures - before;
    }

    private void doAll() {
        boolean more = true;
        while (more) {
            more = ahead.goOn();
        }
    }

    @Test
    @DisplayName("a publication waits for little beside its own, also behind the largest commits of 32 members")
    void smallAmongLarge() {
        // No more fit into what may wait.
        int fit = Math.min(32, Math.toIntExact(Limits.WAITING_BYTES_MAX / LARGEST.length) - 1);
        for (int i = 0; i < fit; i++) {
            turn(Kind.MEMBER, "member mallory" + i, LARGEST);
        }
        ahead.goOn();
        ahead.goOn();
        Turn publication = turn(Kind.MEMBER, "member alice", PUBLICATION);
        assertThat(signaturesUntilOver(publication)).isLessThan(2 * SIGNATURES_OF_A_PUBLICATION);
        assertThat(over).containsExactly("member alice");
    }

    @Test
    @DisplayName("a large commit goes on all the same, however many small frames come")
    void largeAmongSmall() {
        Turn large = turn(Kind.MEMBER, "member alice", LARGEST);
        int before = signatures;
        for (int i = 0; !large.isOver(); i++) {
            if (ahead.waiting() < 10) {
                turn(Kind.MEMBER, "member mallory" + i, PUBLICATION);
            }
            ahead.goOn();
            assertThat(signatures - before).isLessThan(6 * SIGNATURES_OF_THE_LARGEST);
        }
    }

    @Test
    @DisplayName("whoever has sent many small ones has one of them before another member's")
    void sendersAmongSmall() {
        for (int i = 0; i < 10; i++) {
            turn(Kind.MEMBER, "member mallory", PUBLICATION);
        }
        ahead.goOn();
        turn(Kind.MEMBER, "member alice", PUBLICATION);
        doAll();
        assertThat(over.indexOf("member alice")).isEqualTo(1);
    }

    @Test
    @DisplayName("who had nothing for long has no more than its share afterwards")
    void savesNothingUp() {
        for (int i = 0; i < 10; i++) {
            signaturesUntilOver(turn(Kind.MEMBER, "member early" + i, LARGEST));
        }
        // Peers have paid nothing so far.
        Turn large = turn(Kind.MEMBER, "member alice", LARGEST);
        for (int i = 0; i < 3; i++) {
            turn(Kind.PEER, "peer " + i, Commits.ofPeer(KEY_PACKAGE, 1_000, 5));
        }
        assertThat(signaturesUntilOver(large)).isLessThan(SIGNATURES_OF_THE_LARGEST * 4 / 3 + SOME);
    }

    @Test
    @DisplayName(
            "the largest frames of peers, one behind the other and forged or not, leave three parts of four to members")
    void hostilePeers() {
        byte[] endless = Commits.ofPeer(KEY_PACKAGE, 1_000, 9);
        assertThat(endless.length).isGreaterThan(3 << 20);
        for (boolean isForged : new boolean[] {false, true}) {
            forged = isForged;
            for (int i = 0; i < 4; i++) {
                turn(Kind.PEER, "peer mallory" + i, endless);
            }
            ahead.goOn();
            forged = false;
            assertThat(signaturesUntilOver(turn(Kind.MEMBER, "member alice", PUBLICATION)))
                    .isLessThan(SIGNATURES_OF_A_PUBLICATION * 4 / 3 + SOME);
            assertThat(signaturesUntilOver(turn(Kind.MEMBER, "member alice", LARGEST)))
                    .isLessThan(SIGNATURES_OF_THE_LARGEST * 4 / 3 + SOME);
            forged = isForged;
            doAll();
            nanos += TimeUnit.HOURS.toNanos(1);
        }
    }

    @Test
    @DisplayName("a peer that goes in the middle of its frame has no more of it verified")
    void peerGoes() {
        Set<String> gone = new HashSet<>();
        Turn left = turn(
                Kind.PEER, "peer mallory", Commits.ofPeer(KEY_PACKAGE, 1_000, 9), () -> gone.contains("peer mallory"));
        for (int i = 0; i < 10; i++) {
            ahead.goOn();
        }
        assertThat(left.isOver()).isFalse();
        gone.add("peer mallory");
        int before = signatures;
        doAll();
        assertThat(left.isDropped()).isTrue();
        assertThat(signatures).isEqualTo(before);
        assertThat(over).containsExactly("peer mallory");
    }

    @Test
    @DisplayName("a peer's first forged signature is the last one that is looked at")
    void forgedByAPeer() {
        forged = true;
        byte[] frame = Commits.ofPeer(KEY_PACKAGE, 100, 1);
        for (int i = 0; i < 10; i++) {
            assertThat(signaturesUntilOver(turn(Kind.PEER, "peer mallory", frame)))
                    .isEqualTo(100 + 2);
        }
    }

    @Test
    @DisplayName("members' and peers' frames that fill what may wait make room for those of who has less")
    void fills() {
        byte[] endless = Commits.ofPeer(KEY_PACKAGE, 1_000, 9);
        List<Turn> flood = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            flood.add(turn(Kind.PEER, "peer mallory", endless));
        }
        List<Turn> commits = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            commits.add(turn(Kind.MEMBER, "member alice" + i, LARGEST));
        }
        assertThat(commits).noneMatch(Turn::isOver);
        assertThat(flood.get(3).isOver())
                .as("what would fit without the members'")
                .isTrue();
        assertThat(flood.get(0).isOver()).as("the peer's first").isFalse();
        assertThat(flood.get(19).isOver()).as("the peer's last").isTrue();
        assertThat(flood).filteredOn(Turn::isOver).noneMatch(Turn::isDropped).noneMatch(Turn::isVerified);
        signaturesUntilOver(commits.get(0));
        assertThat(over)
                .filteredOn("peer mallory"::equals)
                .hasSameSizeAs(flood.stream().filter(Turn::isOver).toList());
    }

    @Test
    @DisplayName(
            "a peer that has had what is verified of it has the rest left to the core, and no member waits for that")
    void peerBeyondItsRate() {
        byte[] frame = Commits.ofPeer(KEY_PACKAGE, 1_000, 9);
        int most = Limits.OF_A_PEER.atOnceMax() / 9_000;
        List<Turn> flood = new ArrayList<>();
        for (int i = 0; i < most + 2; i++) {
            flood.add(turn(Kind.PEER, "peer mallory", frame));
            doAll();
        }
        assertThat(flood).allMatch(Turn::isOver).filteredOn(Turn::isVerified).hasSize(most);
        assertThat(signatures).isEqualTo(3 * 9_000 * most);
    }
}
