package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Work on many items")
class BatchTest {
    private static final List<Integer> ITEMS = IntStream.range(0, 500).boxed().toList();

    private static int refusingSevens(int item) throws MlsException {
        if (item % 7 == 6) {
            throw new MlsException(MlsError.MALFORMED, "item " + item);
        }
        return item * item;
    }

    @Test
    @DisplayName("gives the results in the order of the items")
    void keepsOrder() throws MlsException {
        assertThat(Batch.map(ITEMS, item -> item * item))
                .isEqualTo(ITEMS.stream().map(item -> item * item).toList());
    }

    @Test
    @DisplayName("fails with the error of the first item that has one, whichever comes first in time")
    void firstErrorWins() {
        for (int round = 0; round < 50; round++) {
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> Batch.map(ITEMS, BatchTest::refusingSevens))
                    .withMessageContaining("item 6")
                    .satisfies(error -> assertThat(error.getMessage()).doesNotContain("item 69"));
        }
    }

    @Test
    @DisplayName("is not done on most items behind the first that is refused")
    void stops() {
        AtomicInteger looked = new AtomicInteger();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> Batch.forEach(ITEMS, item -> {
                    looked.incrementAndGet();
                    refusingSevens(item);
                }))
                .withMessageContaining("item 6")
                .satisfies(error -> assertThat(error.getMessage()).doesNotContain("item 69"));
        assertThat(looked.get()).isLessThan(ITEMS.size() / 5);
    }

    @Test
    @DisplayName("is done on each where none is refused")
    void checksAll() throws MlsException {
        Set<Integer> looked = ConcurrentHashMap.newKeySet();
        Batch.forEach(ITEMS, looked::add);
        assertThat(looked).hasSameSizeAs(ITEMS);
    }

    @Test
    @DisplayName("of no items is nothing")
    void nothing() throws MlsException {
        Batch.forEach(List.of(), item -> {
            throw new MlsException(MlsError.MALFORMED, "expected not to be asked");
        });
    }

    static List<CipherSuite> suites() {
        return CipherSuite.all();
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("encrypts to many just as one encryption after the other does, out of the same randomness")
    void encryptsAsOneAfterTheOther(CipherSuite suite) throws MlsException {
        byte[] context = {1, 2, 3};
        SeededRandom keys = new SeededRandom(1);
        List<CipherSuite.Sealing> sealings = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sealings.add(new CipherSuite.Sealing(
                    suite.generateKeyPair(keys).publicKey(), Secret.random(suite.hashBytes(), keys)));
        }
        SeededRandom one = new SeededRandom(2);
        List<HpkeCiphertext> expected = new ArrayList<>();
        for (CipherSuite.Sealing sealing : sealings) {
            expected.add(suite.encryptWithLabel(
                    sealing.publicKey(), "a label", context, sealing.plaintext().reveal(), one));
        }
        SeededRandom same = new SeededRandom(2);
        assertThat(suite.encryptAllWithLabel(sealings, "a label", context, same))
                .isEqualTo(expected);
        assertThat(Bytes.of(same.bytes(8))).as("what is drawn next").isEqualTo(Bytes.of(one.bytes(8)));
    }
}
