package chat.samara.server.node.ahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.tree.LeafNode;
import chat.samara.server.node.ahead.Ahead.Kind;
import chat.samara.server.node.ahead.Ahead.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@DisplayName("What frames bring is verified before the core takes them,")
final class AheadTest {
    /** So many are in each frame: enough that it is worth a turn. */
    private static final int IN_A_FRAME = 60;

    private static final byte[] FRAME = new KeyPackages().published(IN_A_FRAME);

    private final AtomicLong nanos = new AtomicLong();
    private final Semaphore mayVerify = new Semaphore(0);
    private final List<Integer> verified = new CopyOnWriteArrayList<>();
    private final List<String> over = new CopyOnWriteArrayList<>();
    private volatile Optional<Error> breaks = Optional.empty();
    private final Ahead ahead = new Ahead(nanos::get, this::verify);

    private boolean verify(List<KeyPackageIn> brought, BooleanSupplier isGone) {
        mayVerify.acquireUninterruptibly();
        breaks.ifPresent(error -> {
            throw error;
        });
        verified.add(brought.size());
        return !isGone.getAsBoolean();
    }

    @BeforeEach
    void start() {
        ahead.start();
    }

    @AfterEach
    void stop() {
        mayVerify.release(1_000);
        ahead.close();
    }

    private Turn turn(String whose, String name) {
        return turn(whose, name, () -> false);
    }

    private Turn turn(String whose, String name, BooleanSupplier isGone) {
        return ahead.turn(whose, Kind.MEMBER, FRAME, isGone, () -> over.add(name))
                .orElseThrow();
    }

    @Test
    @DisplayName("as long as not too much waits, whoever has sent it; what is beyond is for the core at once")
    void notTooMuch() {
        int most = Math.toIntExact(Limits.WAITING_BYTES_MAX / FRAME.length);
        // One is being verified.
        Turn first = turn("member alice", "a");
        await().until(() -> ahead.waiting() == 0);
        for (int i = 0; i < most; i++) {
            turn("member eve" + i, "e" + i);
        }
        Turn beyond = turn("member bob", "bob");
        assertThat(beyond.isOver()).isTrue();
        assertThat(beyond.isVerified()).isFalse();
        mayVerify.release(2);
        await().until(() -> first.isOver() && ahead.waiting() < most);
        assertThat(first.isVerified()).isTrue();
        assertThat(turn("member bob", "bob").isOver()).isFalse();
    }

    @Test
    @DisplayName("one frame after the other of one sender, and it is told when each is over")
    void order() {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(turn("member alice", "a" + i));
        }
        assertThat(turns).noneMatch(Turn::isOver);
        mayVerify.release(5);
        await().until(() -> over.size() == 5);
        assertThat(over).containsExactly("a0", "a1", "a2", "a3", "a4");
        assertThat(verified).containsOnly(IN_A_FRAME).hasSize(5);
        assertThat(turns).allMatch(Turn::isOver).noneMatch(Turn::isDropped);
    }

    @Test
    @DisplayName("in turns: who has sent many frames does not keep another one's waiting")
    void turns() {
        for (int i = 0; i < 10; i++) {
            turn("member mallory", "m" + i);
        }
        turn("member alice", "alice");
        mayVerify.release(20);
        await().until(() -> over.size() == 11);
        assertThat(over.indexOf("alice")).isLessThanOrEqualTo(2);
    }

    @Test
    @DisplayName(
            "but for small frames, those that bring none, and what is no frame at all: these are for the core at once")
    void others() {
        assertThat(ahead.turn("a", Kind.MEMBER, new KeyPackages().published(2), () -> false, () -> {}))
                .isEmpty();
        assertThat(ahead.turn("a", Kind.MEMBER, new byte[1 << 20], () -> false, () -> {}))
                .isEmpty();
        assertThat(ahead.turn("a", Kind.PEER, FRAME, () -> false, () -> {}))
                .as("a device's frame that a peer has sent")
                .isEmpty();
    }

    @Test
    @DisplayName(
            "no more of one sender than it may add to channels; the rest is for the core, which refuses it without")
    void rate() {
        mayVerify.release(1_000);
        int most = Limits.OF_A_MEMBER.atOnceMax() / IN_A_FRAME;
        for (int i = 0; i < most + 10; i++) {
            turn("member mallory", "m" + i);
        }
        await().until(() -> over.size() == most + 10);
        assertThat(verified).hasSize(most);
        turn("member alice", "alice");
        await().until(() -> verified.size() == most + 1);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(IN_A_FRAME * Limits.OF_A_MEMBER.everyMillis()));
        turn("member mallory", "again");
        await().until(() -> verified.size() == most + 2);
    }

    @Test
    @DisplayName("not if its sender has gone before its turn: then it is dropped")
    void gone() {
        AtomicInteger asked = new AtomicInteger();
        Turn first = turn("member alice", "first");
        Turn gone = turn("member mallory", "gone", () -> asked.incrementAndGet() > 0);
        Turn last = turn("member carl", "last");
        mayVerify.release(2);
        await().until(() -> over.size() == 3);
        assertThat(gone.isDropped()).isTrue();
        assertThat(List.of(first, last)).noneMatch(Turn::isDropped);
        assertThat(verified).hasSize(2);
    }

    @Test
    @DisplayName("and whatever breaks there, the frame is for the core, and so are those behind it")
    void breaks() {
        breaks = Optional.of(new StackOverflowError("planted"));
        Turn broken = turn("member alice", "broken");
        mayVerify.release();
        await().until(broken::isOver);
        assertThat(broken.isDropped()).isFalse();
        breaks = Optional.empty();
        Turn next = turn("member alice", "next");
        mayVerify.release();
        await().until(next::isOver);
        assertThat(verified).hasSize(1);
    }

    @Test
    @DisplayName("and if the thread itself dies, all that waits is for the core, and so is all that comes")
    void dies() {
        Turn deadly = ahead.turn("member alice", Kind.MEMBER, FRAME, () -> false, () -> {
                    throw new IllegalStateException("planted");
                })
                .orElseThrow();
        Turn behind = turn("member alice", "behind");
        Turn other = turn("member carl", "other");
        mayVerify.release();
        await().dontCatchUncaughtExceptions().until(() -> over.size() == 2);
        assertThat(List.of(deadly, behind, other)).allMatch(Turn::isOver).noneMatch(Turn::isDropped);
        assertThat(ahead.turn("member alice", Kind.MEMBER, FRAME, () -> false, () -> {}))
                .isEmpty();
    }

    @Test
    @DisplayName("and at the end all that waits is for the core, also while one is being verified")
    void close() {
        Turn under = turn("member alice", "under way");
        await().until(() -> ahead.waiting() == 0);
        Turn behind = turn("member alice", "behind");
        ahead.close();
        assertThat(behind.isOver()).isTrue();
        mayVerify.release();
        await().until(under::isOver);
        assertThat(ahead.turn("member alice", Kind.MEMBER, FRAME, () -> false, () -> {}))
                .isEmpty();
    }

    @Test
    @DisplayName("until the first that is not valid, certificates first: as the core does")
    void firstInvalid() {
        KeyPackages alice = new KeyPackages();
        List<KeyPackageIn> good = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            good.add(KeyPackages.in(alice.encoded()));
        }
        assertThat(steps(good)).isEqualTo(20);
        List<KeyPackageIn> badSignature = new ArrayList<>(good);
        badSignature.set(3, spoiled(good.get(3), good.get(4).signature(), good.get(3)));
        assertThat(steps(badSignature)).isEqualTo(10 + 4);
        List<KeyPackageIn> badCertificate = new ArrayList<>(good);
        badCertificate.set(
                3, spoiled(good.get(3), good.get(3).signature(), KeyPackages.in(new KeyPackages().encoded())));
        assertThat(steps(badCertificate)).isEqualTo(4);
    }

    /** With another signature, and with the signature key of another's leaf. */
    private static KeyPackageIn spoiled(KeyPackageIn good, Bytes signature, KeyPackageIn other) {
        LeafNode leaf = good.leafNode();
        return new KeyPackageIn(
                good.version(),
                good.cipherSuite(),
                good.initKey(),
                new LeafNode(
                        leaf.encryptionKey(),
                        other.leafNode().signatureKey(),
                        leaf.credential(),
                        leaf.capabilities(),
                        leaf.source(),
                        leaf.extensions(),
                        leaf.signature()),
                good.extensions(),
                signature);
    }

    /** How many certificates and KeyPackages are looked at. */
    private static int steps(List<KeyPackageIn> brought) {
        AtomicInteger asked = new AtomicInteger();
        assertThat(Ahead.verify(brought, () -> {
                    asked.incrementAndGet();
                    return false;
                }))
                .isTrue();
        return asked.get();
    }

    @Test
    @DisplayName("and no further than its sender is there")
    void goesMeanwhile() {
        KeyPackages alice = new KeyPackages();
        AtomicInteger asked = new AtomicInteger();
        List<KeyPackageIn> brought = List.of(KeyPackages.in(alice.encoded()), KeyPackages.in(alice.encoded()));
        assertThat(Ahead.verify(brought, () -> asked.incrementAndGet() == 3)).isFalse();
        assertThat(asked).hasValue(3);
    }
}
