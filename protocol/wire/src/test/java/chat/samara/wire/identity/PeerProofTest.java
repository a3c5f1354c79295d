package chat.samara.wire.identity;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.TLS_KEY_HASH;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import org.junit.jupiter.api.Test;

class PeerProofTest {
    private static final Bytes CHALLENGE = Samples.filled(32, 9);

    private final PeerProof proof = new PeerProof(CHALLENGE, BERLIN, TUNIS, TLS_KEY_HASH);

    @Test
    void provesTheRootKeyOnThisConnection() throws RefusedException {
        proof.verify(proof.sign(BERLIN_KEY), BERLIN_KEY.publicKey());
    }

    @Test
    void isRefusedIfAnyOfItIsNotAsExpected() {
        refused(new PeerProof(Samples.filled(32, 1), BERLIN, TUNIS, TLS_KEY_HASH));
        refused(new PeerProof(CHALLENGE, new ServerName("paris.example"), TUNIS, TLS_KEY_HASH));
        refused(new PeerProof(CHALLENGE, BERLIN, new ServerName("paris.example"), TLS_KEY_HASH));
    }

    @Test
    void isRefusedIfSomebodyInTheMiddleShowsAnotherTlsKey() {
        Refusal refusal = refused(new PeerProof(CHALLENGE, BERLIN, TUNIS, Samples.filled(32, 1)));

        assertThat(refusal.reason()).contains("in the middle");
    }

    @Test
    void isRefusedIfSignedByAnotherKey() {
        assertThat(Refused.by(() -> proof.verify(proof.sign(TUNIS_KEY), BERLIN_KEY.publicKey()))
                        .code())
                .isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void isRefusedWithAnySingleBitFlipped() throws RefusedException {
        Refused.forEveryBitFlip(
                Protobuf.encode(proof.sign(BERLIN_KEY)),
                changed -> proof.verify(
                        Protobuf.decode("proof", chat.samara.wire.proto.PeerProof.parser(), changed, 4096),
                        BERLIN_KEY.publicKey()));
    }

    private Refusal refused(PeerProof expected) {
        Refusal refusal = Refused.by(() -> expected.verify(proof.sign(BERLIN_KEY), BERLIN_KEY.publicKey()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_PROOF);
        return refusal;
    }
}
