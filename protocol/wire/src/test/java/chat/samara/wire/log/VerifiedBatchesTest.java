package chat.samara.wire.log;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.identity.SigningLabel;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class VerifiedBatchesTest {
    private static final int FRAME = 4_096;

    private final SignatureKeyPair key = Ed25519.generate(RandomSource.secure());
    private final Bytes root = key.publicKey();
    private final VerifiedBatches batches = new VerifiedBatches();

    private Proof.Statement statement(int number) {
        Bytes body = Proof.signedBody(1, Sha256.of(new byte[] {(byte) number, (byte) (number >> 8)}));
        return new Proof.Statement(body, SigningLabel.BATCH.sign(key, body));
    }

    @Test
    @DisplayName("a batch's signature is verified once, whatever number of its items is looked at")
    void once() {
        Proof.Statement statement = statement(1);
        for (int i = 0; i < 10; i++) {
            assertThat(batches.signedBy(root, statement)).isTrue();
        }
        assertThat(batches.verifications()).isEqualTo(1);
    }

    @Test
    @DisplayName("what was good under one key, body or signature says nothing of another")
    void nothingElse() {
        Proof.Statement good = statement(1);
        Proof.Statement other = statement(2);
        assertThat(batches.signedBy(root, good)).isTrue();
        Bytes stranger = Ed25519.generate(RandomSource.secure()).publicKey();
        assertThat(List.of(
                        batches.signedBy(stranger, good),
                        batches.signedBy(root, new Proof.Statement(good.body(), other.signature())),
                        batches.signedBy(root, new Proof.Statement(other.body(), good.signature()))))
                .containsOnly(false);
    }

    @Test
    @DisplayName("a bad signature is never remembered as good")
    void bad() {
        Proof.Statement bad =
                new Proof.Statement(statement(1).body(), statement(2).signature());
        assertThat(batches.signedBy(root, bad)).isFalse();
        assertThat(batches.signedBy(root, bad)).isFalse();
    }

    @Test
    @DisplayName("only so many are remembered: the first is verified again when as many others were seen since")
    void bounded() {
        Proof.Statement first = statement(0);
        assertThat(batches.signedBy(root, first)).isTrue();
        for (int i = 1; i <= VerifiedBatches.KEPT_MAX; i++) {
            assertThat(batches.signedBy(root, statement(i))).isTrue();
        }
        long before = batches.verifications();
        assertThat(batches.signedBy(root, first)).isTrue();
        assertThat(batches.verifications()).isEqualTo(before + 1);
    }

    @Test
    @DisplayName(
            "where as many are remembered as a frame has, each is verified once, though all are gone through twice")
    void asLargeAsAFrame() {
        VerifiedBatches ofFrame = new VerifiedBatches(FRAME);
        List<Proof.Statement> statements =
                IntStream.range(0, FRAME).mapToObj(this::statement).toList();
        for (int i = 0; i < 2; i++) {
            assertThat(statements).allMatch(it -> ofFrame.signedBy(root, it));
        }
        assertThat(ofFrame.verifications()).isEqualTo(FRAME);
    }
}
