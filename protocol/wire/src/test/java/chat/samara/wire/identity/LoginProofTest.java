package chat.samara.wire.identity;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static chat.samara.wire.encoding.Protobuf.toByteString;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.proto.ErrorCode;
import org.junit.jupiter.api.Test;

class LoginProofTest {
    private static final Bytes CHALLENGE = Samples.filled(32, 9);

    private final LoginProof proof = LoginProof.sign(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), ALICE, ALICE_DEVICE);

    @Test
    void provesTheDeviceToItsServer() throws RefusedException {
        LoginProof.In in = LoginProof.in(toByteString(proof.body()), toByteString(proof.signature()));

        assertThat(in.claimed().user()).isEqualTo(ALICE);
        assertThat(in.verify(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey()))
                .isEqualTo(new UserDevice(ALICE, DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey())));
    }

    @Test
    void failsForAnotherChallengeServerRootKeyOrDevice() throws RefusedException {
        LoginProof.In in = LoginProof.in(toByteString(proof.body()), toByteString(proof.signature()));

        failed(Refused.by(
                () -> in.verify(Samples.filled(32, 1), BERLIN, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey())));
        failed(Refused.by(() -> in.verify(CHALLENGE, TUNIS, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey())));
        failed(Refused.by(() -> in.verify(CHALLENGE, BERLIN, TUNIS_KEY.publicKey(), ALICE_DEVICE.publicKey())));
        failed(Refused.by(() -> in.verify(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), BOB_DEVICE.publicKey())));
    }

    @Test
    void failsIfSignedForAnotherPurpose() throws RefusedException {
        Bytes signature = SigningLabel.GENESIS.sign(ALICE_DEVICE, proof.body());
        LoginProof.In in = LoginProof.in(toByteString(proof.body()), toByteString(signature));

        failed(Refused.by(() -> in.verify(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey())));
    }

    @Test
    void isRefusedWithAnySingleBitFlipped() throws RefusedException {
        Refused.forEveryBitFlip(
                proof.body(),
                changed -> LoginProof.in(toByteString(changed), toByteString(proof.signature()))
                        .verify(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey()));
        Refused.forEveryBitFlip(
                proof.signature(),
                changed -> LoginProof.in(toByteString(proof.body()), toByteString(changed))
                        .verify(CHALLENGE, BERLIN, BERLIN_KEY.publicKey(), ALICE_DEVICE.publicKey()));
    }

    private static void failed(Refusal refusal) {
        assertThat(refusal.code()).isEqualTo(ErrorCode.LOGIN_FAILED);
    }
}
