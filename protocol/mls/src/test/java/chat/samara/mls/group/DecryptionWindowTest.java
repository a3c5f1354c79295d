package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Effort;
import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A sender's messages reach a receiver in any order, late, twice or never, while epochs begin and are closed. A model as
 * simple as the rule (RFC 9420 §9.2, §15.3 with {@link Limits}) says of each message whether it opens, and if not, why.
 */
@DisplayName("Whether a message can still be opened")
class DecryptionWindowTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final int STEPS = 400;

    private record Sent(long epoch, int generation, Bytes message) {}

    /** What the receiver may hold of an epoch: which generation is next, and which before it are unused. */
    private static final class Window {
        private int next;
        private int givenUpBelow;
        private final TreeSet<Integer> skipped = new TreeSet<>();

        Optional<MlsError> refusal(int generation) {
            if (generation < next) {
                MlsError gone = generation < givenUpBelow ? MlsError.KEY_GIVEN_UP : MlsError.KEY_CONSUMED;
                return skipped.contains(generation) ? Optional.empty() : Optional.of(gone);
            }
            return generation - next > Limits.RATCHET_FORWARD_STEPS_MAX
                    ? Optional.of(MlsError.GENERATION_TOO_FAR)
                    : Optional.empty();
        }

        void consume(int generation) {
            if (!skipped.remove(generation)) {
                for (; next < generation; next++) {
                    skipped.add(next);
                }
                next++;
            }
            while (skipped.size() > Limits.SKIPPED_KEYS_MAX) {
                givenUpBelow = skipped.first() + 1;
                skipped.pollFirst();
            }
        }
    }

    private static final class Play {
        private final SeededRandom random;
        private final TestClient receiver;
        private Group receiving;
        private final Group sending;
        private final TreeMap<Long, Window> open = new TreeMap<>();
        private final List<Sent> sent = new ArrayList<>();
        private int generation;
        private int opened;
        private int refused;

        Play(long seed) throws MlsException {
            random = new SeededRandom(seed);
            receiver = new TestClient("receiver", SUITE, random);
            receiving = receiver.found();
            sending = TestClient.addAll(receiving, List.of(new TestClient("sender", SUITE, random)))
                    .get(0);
            // The founding epoch, which the sender was not in, is past as well.
            open.put(0L, new Window());
            open.put(1L, new Window());
        }

        void step() throws MlsException {
            switch (random.below(20)) {
                case 0, 1 -> commit();
                case 2 -> close();
                case 3 -> receiving = receiver.reloaded(receiving);
                case 4 -> send(1 + random.below(300));
                case 5, 6, 7, 8 -> send(1 + random.below(4));
                default -> receive(sent.isEmpty() ? sendOne() : sent.get(random.below(sent.size())));
            }
        }

        private Sent sendOne() throws MlsException {
            byte[] text =
                    new TlsWriter().uint64(sending.epoch()).uint32(generation).toByteArray();
            Sent one = new Sent(sending.epoch(), generation++, Bytes.of(sending.protect(text, new byte[0])));
            sent.add(one);
            return one;
        }

        void send(int count) throws MlsException {
            for (int i = 0; i < count; i++) {
                sendOne();
            }
        }

        void commit() throws MlsException {
            Group committer = random.below(2) == 0 ? sending : receiving;
            TestClient.mergeAll(
                    List.of(sending, receiving), committer.commit().build().commit());
            generation = 0;
            open.put(sending.epoch(), new Window());
            while (open.size() > Limits.PAST_EPOCHS_MAX + 1) {
                open.pollFirstEntry();
            }
        }

        private void close() {
            long through = open.firstKey() + random.below(4);
            receiving.closeEpochsThrough(through);
            // The present epoch stays open whatever is closed.
            open.headMap(Math.min(through + 1, receiving.epoch())).clear();
        }

        void receive(Sent message) {
            Window window = open.get(message.epoch);
            Optional<MlsError> expected =
                    window == null ? Optional.of(MlsError.EPOCH_CLOSED) : window.refusal(message.generation);
            Optional<MlsError> actual;
            try {
                Bytes text = TestClient.open(receiving, message.message.toByteArray())
                        .plaintext();
                assertThat(text)
                        .isEqualTo(new TlsWriter()
                                .uint64(message.epoch)
                                .uint32(message.generation)
                                .toBytes());
                actual = Optional.empty();
            } catch (MlsException e) {
                actual = Optional.of(e.code());
            }
            assertThat(actual)
                    .as("epoch %d, generation %d", message.epoch, message.generation)
                    .isEqualTo(expected);
            if (window != null && expected.isEmpty()) {
                window.consume(message.generation);
                opened++;
            } else {
                refused++;
            }
        }

        void receiveAll() {
            List<Sent> all = new ArrayList<>(sent);
            while (!all.isEmpty()) {
                receive(all.remove(random.below(all.size())));
            }
        }
    }

    @Test
    @DisplayName("is as the model says, in whatever order messages come, through commits, closed epochs and reloads")
    void asTheModelSays() {
        Effort.play(3, seed -> {
            Play play = new Play(seed);
            for (int step = 0; step < STEPS; step++) {
                play.step();
            }
            play.receiveAll();
            assertThat(play.opened).isPositive();
            assertThat(play.refused).isPositive();
        });
    }

    @Test
    @DisplayName("together with all before it is told beforehand, of this epoch or one before, and telling it changes"
            + " nothing")
    void keysGivenUp() throws MlsException {
        Play play = new Play(0);
        play.send(Limits.SKIPPED_KEYS_MAX + 3);
        byte[] harmless = play.sent.get(Limits.SKIPPED_KEYS_MAX).message().toByteArray();
        byte[] costly = play.sent.get(Limits.SKIPPED_KEYS_MAX + 2).message().toByteArray();
        play.receiving.drainDelta();
        assertThat(play.receiving.keysGivenUpBy(harmless)).isZero();
        assertThat(play.receiving.keysGivenUpBy(costly)).isEqualTo(2);
        assertThat(play.receiving.keysGivenUpBy(new byte[9])).isZero();
        play.commit();
        play.receiving.drainDelta();
        assertThat(play.receiving.keysGivenUpBy(costly)).isEqualTo(2);
        assertThat(play.receiving.drainDelta().isEmpty()).isTrue();
        play.receive(play.sent.get(Limits.SKIPPED_KEYS_MAX + 2));
        assertThat(play.receiving.keysGivenUpBy(costly)).isZero();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(
                        () -> play.receiving.process(play.sent.get(1).message().toByteArray()))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.KEY_GIVEN_UP);
    }

    @Test
    @DisplayName("ends at the named limits: steps forward, keys skipped, epochs past")
    void limits() throws MlsException {
        Play play = new Play(0);
        int steps = Limits.RATCHET_FORWARD_STEPS_MAX;
        play.send(steps + 2);
        List<Sent> sent = play.sent;
        play.receive(sent.get(steps + 1));
        assertThat(play.refused).isOne();
        play.receive(sent.get(steps));
        play.receive(sent.get(steps - Limits.SKIPPED_KEYS_MAX));
        play.receive(sent.get(steps - Limits.SKIPPED_KEYS_MAX - 1));
        assertThat(play.opened).isEqualTo(2);
        assertThat(play.refused).isEqualTo(2);
        for (int i = 0; i < Limits.PAST_EPOCHS_MAX; i++) {
            play.commit();
        }
        play.receive(sent.get(steps - 1));
        assertThat(play.opened).isEqualTo(3);
        play.commit();
        play.receive(sent.get(steps - 2));
        assertThat(play.refused).isEqualTo(3);
    }
}
