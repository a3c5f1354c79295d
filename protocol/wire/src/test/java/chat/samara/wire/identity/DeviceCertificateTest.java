package chat.samara.wire.identity;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import org.junit.jupiter.api.Test;

class DeviceCertificateTest {
    private final DeviceCertificate certificate =
            DeviceCertificate.issue(ALICE_IDENTITY, ALICE, ALICE_DEVICE.publicKey());

    @Test
    void isVerifiedAgainstTheDevicesKeyBesideIt() throws RefusedException {
        DeviceCertificate verified =
                DeviceCertificateIn.decode(certificate.encoded()).verify(ALICE_DEVICE.publicKey());

        assertThat(verified).isEqualTo(certificate);
        assertThat(verified.user()).isEqualTo(ALICE);
        assertThat(verified.identityKey()).isEqualTo(ALICE_IDENTITY.publicKey());
        assertThat(verified.device()).isEqualTo(DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey()));
    }

    @Test
    void isRefusedForAnotherDevicesKey() {
        assertThat(Refused.by(() -> DeviceCertificateIn.decode(certificate.encoded())
                                .verify(BOB_DEVICE.publicKey()))
                        .code())
                .isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void isRefusedForAKeyOfTheWrongSize() {
        assertThat(Refused.by(() -> DeviceCertificateIn.decode(certificate.encoded())
                                .verify(Bytes.EMPTY))
                        .code())
                .isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    void isRefusedWithAnySingleBitFlipped() throws RefusedException {
        Refused.forEveryBitFlip(
                certificate.encoded(),
                changed -> DeviceCertificateIn.decode(changed).verify(ALICE_DEVICE.publicKey()));
    }

    @Test
    void hasOneEncodingOnly() {
        Bytes repeatedVersion = Bytes.concat(certificate.encoded(), Bytes.ofHex("0801"));
        Bytes unknownField = Bytes.concat(certificate.encoded(), Bytes.ofHex("7801"));

        assertThat(Refused.by(() -> DeviceCertificateIn.decode(repeatedVersion)).reason())
                .contains("one encoding");
        assertThat(Refused.by(() -> DeviceCertificateIn.decode(unknownField)).reason())
                .contains("one encoding");
    }

    @Test
    void ofALaterVersionIsUnsupported() throws Exception {
        Bytes later = Protobuf.encode(
                chat.samara.wire.proto.DeviceCertificate.parseFrom(
                                certificate.encoded().toByteArray())
                        .toBuilder()
                        .setVersion(2)
                        .build());

        assertThat(Refused.by(() -> DeviceCertificateIn.decode(later)).code()).isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void withANameThatBreaksTheRulesIsRefusedThoughItsSignatureIsRight() throws Exception {
        Bytes spoofed = Protobuf.encode(
                chat.samara.wire.proto.DeviceCertificate.parseFrom(
                                certificate.encoded().toByteArray())
                        .toBuilder()
                        .setUserId("\u0430lice@berlin.example")
                        .build());

        assertThat(Refused.by(() -> DeviceCertificateIn.decode(spoofed)).code()).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @Test
    void tooLargeIsRefusedBeforeItIsDecoded() {
        assertThat(Refused.by(() -> DeviceCertificateIn.decode(Bytes.wrapUnsafe(new byte[100_000])))
                        .code())
                .isEqualTo(ErrorCode.TOO_LARGE);
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(1, 20_000, certificate.encoded(), changed -> DeviceCertificateIn.decode(changed));
    }
}
