package chat.samara.server.node.ahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.tree.LeafNode;
import chat.samara.server.node.ahead.Signatures.Progress;
import chat.samara.server.node.ahead.Turn.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(30)
@DisplayName("What frames bring is verified before the core takes them,")
final class AheadTest {
    /** So many are in each frame: enough that it is worth a turn. */
    private static final int IN_A_FRAME = 60;

    private static final byte[] FRAME = new KeyPackages().published(IN_A_FRAME);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger verified = new AtomicInteger();
    private final List<String> over = new CopyOnWriteArrayList<>();
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private volatile boolean stuck;
    private volatile boolean forged;
    private volatile Optional<Error> breaks = Optional.empty();
    private volatile Optional<Error> kills = Optional.empty();
    private final Ahead ahead =
            new Ahead(this::nanos, new Signatures.Checks(this::certificate, it -> verified.incrementAndGet()));

    private final Logger log = (Logger) LoggerFactory.getLogger(Ahead.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    private long nanos() {
        kills.ifPresent(error -> {
            throw error;
        });
        return nanos.get();
    }

    private void certificate(KeyPackageIn keyPackage) throws MlsException {
        if (forged) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of a KeyPackage");
        }
        breaks.ifPresent(error -> {
            throw error;
        });
        if (stuck) {
            awaitQuietly();
        }
    }

    private void awaitQuietly() {
        try {
            goesOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @BeforeEach
    void listen() {
        said.start();
        log.addAppender(said);
        log.setAdditive(false);
    }

    @AfterEach
    void stop() {
        kills = Optional.empty();
        goesOn.countDown();
        ahead.close();
        log.detachAppender(said);
        log.setAdditive(true);
    }

    private Turn turn(String whose, String name) {
        return turn(whose, name, () -> false);
    }

    private Turn turn(String whose, String name, BooleanSupplier isGone) {
        return ahead.turn(whose, Kind.MEMBER, FRAME, isGone, () -> over.add(name))
                .orElseThrow();
    }

    private void doAll() {
        boolean more = true;
        while (more) {
            more = ahead.goOn();
        }
    }

    @Test
    @DisplayName("as long as not too much waits, whoever has sent it; what is beyond is for the core at once")
    void notTooMuch() {
        int most = Math.toIntExact(Limits.WAITING_BYTES_MAX / FRAME.length);
        for (int i = 0; i < most; i++) {
            turn("member eve" + i, "eve" + i);
        }
        assertThat(over).isEmpty();
        Turn beyond = turn("member bob", "bob");
        assertThat(beyond.isOver()).isTrue();
        assertThat(beyond.isVerified()).isFalse();
        assertThat(beyond.isDropped()).isFalse();
        while (over.size() < 2) {
            ahead.goOn();
        }
        assertThat(turn("member bob", "bob").isOver()).isFalse();
        assertThat(over).containsExactly("bob", "eve0");
    }

    @Test
    @DisplayName("one frame after the other of one sender, and it is told when each is over")
    void order() {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(turn("member alice", "a" + i));
        }
        assertThat(turns).noneMatch(Turn::isOver);
        doAll();
        assertThat(over).containsExactly("a0", "a1", "a2", "a3", "a4");
        assertThat(verified).hasValue(5 * IN_A_FRAME);
        assertThat(turns).allMatch(Turn::isVerified).noneMatch(Turn::isDropped);
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
        int most = Limits.OF_A_MEMBER.atOnceMax() / IN_A_FRAME;
        for (int i = 0; i < most + 10; i++) {
            turn("member mallory", "m" + i);
        }
        doAll();
        assertThat(over).hasSize(most + 10);
        assertThat(verified).hasValue(most * IN_A_FRAME);
        turn("member alice", "alice");
        doAll();
        assertThat(verified).hasValue((most + 1) * IN_A_FRAME);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(IN_A_FRAME * Limits.OF_A_MEMBER.everyMillis()));
        turn("member mallory", "again");
        doAll();
        assertThat(verified).hasValue((most + 2) * IN_A_FRAME);
    }

    @Test
    @DisplayName("not if its sender has gone before its turn: then it is dropped")
    void gone() {
        Turn first = turn("member alice", "first");
        Turn gone = turn("member mallory", "gone", () -> true);
        Turn last = turn("member carl", "last");
        doAll();
        assertThat(gone.isDropped()).isTrue();
        assertThat(List.of(first, last)).allMatch(Turn::isVerified);
        assertThat(over).containsExactly("first", "gone", "last");
        assertThat(verified).hasValue(2 * IN_A_FRAME);
    }

    @Test
    @DisplayName("and whatever breaks there, it is said, the frame is for the core, and what comes then is verified")
    void breaks() {
        ahead.start();
        breaks = Optional.of(new StackOverflowError("planted"));
        Turn broken = turn("member alice", "broken");
        await().until(broken::isOver);
        assertThat(broken.isDropped()).isFalse();
        assertThat(broken.isVerified()).isFalse();
        breaks = Optional.empty();
        Turn next = turn("member alice", "next");
        await().until(next::isOver);
        assertThat(next.isVerified()).isTrue();
        assertThat(said.list)
                .singleElement()
                .satisfies(it -> assertThat(it.getFormattedMessage()).contains("number 1", "member alice"))
                .satisfies(it -> assertThat(it.getThrowableProxy().getMessage()).isEqualTo("planted"));
        assertThat(ahead.isWell()).isTrue();
    }

    @Test
    @DisplayName("and what was read of a frame is forgotten before it is for the core, however its turn ends")
    void forgets() {
        List<Turn> read = new ArrayList<>();
        Turn verified = turnThatForgets(read, () -> false);
        doAll();
        assertThat(verified.isVerified()).isTrue();
        AtomicBoolean isGone = new AtomicBoolean();
        Turn gone = turnThatForgets(read, isGone::get);
        isGone.set(true);
        doAll();
        assertThat(gone.isDropped()).isTrue();
        Turn refused = turnThatForgets(read, () -> false);
        forged = true;
        doAll();
        assertThat(refused.isVerified()).isTrue();
        forged = false;
        Turn broken = turnThatForgets(read, () -> false);
        breaks = Optional.of(new StackOverflowError("planted"));
        doAll();
        assertThat(List.of(broken)).noneMatch(Turn::isVerified).noneMatch(Turn::isDropped);
        assertThat(over).containsExactly("forgotten", "forgotten", "forgotten", "forgotten");
    }

    /** One that was read, and of which a part was verified. */
    private Turn turnThatForgets(List<Turn> read, BooleanSupplier isGone) {
        Turn turn = ahead.turn(
                        "member alice",
                        Kind.MEMBER,
                        FRAME,
                        isGone,
                        () -> over.add(read.get(read.size() - 1).signatures() == null ? "forgotten" : "kept"))
                .orElseThrow();
        read.add(turn);
        ahead.goOn();
        assertThat(turn.signatures()).isNotNull();
        return turn;
    }

    @Test
    @DisplayName("and so is what was read only to find that it is too much")
    void forgetsWhatIsTooMuch() {
        int most = Limits.OF_A_MEMBER.atOnceMax() / IN_A_FRAME;
        assertThat(Limits.OF_A_MEMBER.atOnceMax() % IN_A_FRAME)
                .as("left of the last, which is read")
                .isPositive();
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < most + 1; i++) {
            turns.add(turn("member mallory", "m" + i));
        }
        doAll();
        assertThat(turns.get(most).isVerified()).isFalse();
        assertThat(turns).allMatch(Turn::isOver).allMatch(turn -> turn.signatures() == null);
    }

    @Test
    @DisplayName("and if each frame breaks something, all are counted and one a minute is said")
    void breaksOften() {
        breaks = Optional.of(new StackOverflowError("planted"));
        for (int i = 0; i < 30; i++) {
            turn("member mallory", "m" + i);
        }
        doAll();
        assertThat(over).hasSize(30);
        assertThat(ahead.faults()).isEqualTo(30);
        assertThat(said.list).hasSize(1);
        nanos.addAndGet(Limits.FAULT_SAID_EVERY_NANOS);
        turn("member mallory", "again");
        doAll();
        assertThat(said.list).hasSize(2);
    }

    @Test
    @DisplayName("and if whoever is told of its end breaks, the thread goes on")
    void breaksWhenTold() {
        ahead.start();
        Turn broken = ahead.turn("member alice", Kind.MEMBER, FRAME, () -> false, () -> {
                    throw new IllegalStateException("planted");
                })
                .orElseThrow();
        Turn behind = turn("member alice", "behind");
        Turn other = turn("member carl", "other");
        await().until(() -> over.size() == 2);
        assertThat(List.of(broken, behind, other)).allMatch(Turn::isVerified);
        assertThat(said.list)
                .singleElement()
                .satisfies(it -> assertThat(it.getFormattedMessage()).contains("may come later"));
    }

    @Test
    @DisplayName("and if the thread itself dies, it is said, all that waits is for the core, and so is all that comes")
    void dies() {
        Turn first = turn("member alice", "first");
        Turn behind = turn("member alice", "behind");
        Turn other = turn("member carl", "other");
        ahead.goOn();
        assertThat(first.signatures()).as("what was read").isNotNull();
        kills = Optional.of(new OutOfMemoryError("planted"));
        ahead.start();
        await().until(() -> over.size() == 3);
        assertThat(List.of(first, behind, other)).allMatch(Turn::isOver).noneMatch(Turn::isDropped);
        assertThat(first.signatures()).isNull();
        assertThat(turn("member alice", "later"))
                .matches(Turn::isOver)
                .matches(turn -> !turn.isVerified() && !turn.isDropped());
        assertThat(over).endsWith("later");
        assertThat(said.list)
                .singleElement()
                .satisfies(it -> assertThat(it.getFormattedMessage()).contains("died", "restart the server"));
        kills = Optional.empty();
        assertThat(ahead.isWell()).isFalse();
    }

    @Test
    @DisplayName("and it is not well while one part takes longer than any can")
    void stuck() {
        stuck = true;
        ahead.start();
        Turn under = turn("member alice", "under way");
        await().until(() -> ahead.waiting() == 0);
        assertThat(ahead.isWell()).isTrue();
        await().untilAsserted(() -> {
            nanos.addAndGet(Limits.PART_NANOS_PATIENCE + 1);
            assertThat(ahead.isWell()).isFalse();
        });
        stuck = false;
        goesOn.countDown();
        await().until(under::isOver);
        await().until(ahead::isWell);
    }

    @Test
    @DisplayName("and at the end all that waits is for the core, also what is being verified")
    void close() {
        stuck = true;
        ahead.start();
        Turn under = turn("member alice", "under way");
        await().until(() -> ahead.waiting() == 0);
        Turn behind = turn("member alice", "behind");
        ahead.close();
        assertThat(List.of(under, behind)).allMatch(Turn::isOver).noneMatch(Turn::isDropped);
        goesOn.countDown();
        assertThat(turn("member alice", "later"))
                .matches(Turn::isOver)
                .matches(turn -> !turn.isVerified() && !turn.isDropped());
        assertThat(over).containsExactlyInAnyOrder("under way", "behind", "later");
        assertThat(ahead.isWell()).isTrue();
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
        Signatures signatures = new Signatures(brought, Signatures.Checks.REAL);
        Progress progress = Progress.MORE;
        while (progress == Progress.MORE) {
            progress = signatures.verify(() -> {
                asked.incrementAndGet();
                return false;
            });
        }
        assertThat(progress).isEqualTo(Progress.DONE);
        return asked.get();
    }

    @Test
    @DisplayName("so many signatures at a time")
    void parts() {
        KeyPackageIn keyPackage = KeyPackages.in(new KeyPackages().encoded());
        AtomicInteger signatures = new AtomicInteger();
        Signatures parts = new Signatures(
                Collections.nCopies(60, keyPackage),
                new Signatures.Checks(it -> signatures.incrementAndGet(), it -> signatures.addAndGet(2)));
        int before = 0;
        while (parts.verify(() -> false) == Progress.MORE) {
            assertThat(signatures.get() - before)
                    .isBetween(Limits.SIGNATURES_OF_A_PART, Limits.SIGNATURES_OF_A_PART + 1);
            before = signatures.get();
        }
        assertThat(signatures).hasValue(180);
    }

    @Test
    @DisplayName("and no further than its sender is there")
    void goesMeanwhile() {
        KeyPackages alice = new KeyPackages();
        AtomicInteger asked = new AtomicInteger();
        List<KeyPackageIn> brought = List.of(KeyPackages.in(alice.encoded()), KeyPackages.in(alice.encoded()));
        assertThat(new Signatures(brought, Signatures.Checks.REAL).verify(() -> asked.incrementAndGet() == 3))
                .isEqualTo(Progress.GONE);
        assertThat(asked).hasValue(3);
    }
}
