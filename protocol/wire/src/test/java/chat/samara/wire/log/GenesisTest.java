package chat.samara.wire.log;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.GENESIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisBody;
import chat.samara.wire.proto.SignedGenesis;
import org.junit.jupiter.api.Test;

class GenesisTest {
    @Test
    void survivesTheWire() throws RefusedException {
        Genesis read = GenesisIn.decode(GENESIS.encoded()).verify(GENESIS.channel());

        assertThat(read).isEqualTo(GENESIS);
        assertThat(read.content()).isEqualTo(GENESIS.content());
        assertThat(read.creator()).isEqualTo(new UserDevice(ALICE, DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey())));
    }

    @Test
    void itsHashIsTheChannelsIdAndTheStartOfThatTheGroups() {
        assertThat(GENESIS.channel().bytes())
                .isEqualTo(Sha256.of(GENESIS.encoded().toByteArray()));
        assertThat(GENESIS.channel().mlsGroupId())
                .isEqualTo(GENESIS.channel().bytes().slice(0, 16));
    }

    @Test
    void isRefusedWithAnySingleBitFlipped() throws RefusedException {
        Refused.forEveryBitFlip(
                GENESIS.encoded(), changed -> GenesisIn.decode(changed).verify());
    }

    @Test
    void ofAnotherChannelIsRefused() {
        ChannelId other = new ChannelId(Samples.filled(32, 1));

        assertThat(Refused.by(() -> GenesisIn.decode(GENESIS.encoded()).verify(other))
                        .code())
                .isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void thatNamesAnotherDeviceThanItsSignersIsRefused() throws Exception {
        GenesisBody body =
                GenesisBody.parseFrom(SignedGenesis.parseFrom(GENESIS.encoded().toByteArray())
                                .getBody())
                        .toBuilder()
                        .setCreatorDevice(Protobuf.toByteString(
                                DeviceId.ofSignatureKey(BOB_DEVICE.publicKey()).bytes()))
                        .build();
        Bytes encodedBody = Protobuf.encode(body);
        Bytes encoded = Genesis.encode(
                encodedBody, ALICE_DEVICE.publicKey(), SigningLabel.GENESIS.sign(ALICE_DEVICE, encodedBody));

        assertThat(Refused.by(() -> GenesisIn.decode(encoded).verify()).code()).isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void hasOneEncodingOnlySoThatOneSignatureGivesOneChannel() {
        Bytes unknownField = Bytes.concat(GENESIS.encoded(), Bytes.ofHex("7801"));

        assertThat(Refused.by(() -> GenesisIn.decode(unknownField)).reason()).contains("one encoding");
    }

    @Test
    void withAnotherNonceIsAnotherChannel() {
        Genesis other = Genesis.sign(
                ALICE_DEVICE,
                new Genesis.Content(
                        ALICE, BERLIN, BERLIN_KEY.publicKey(), 1, Samples.filled(32, 8), Samples.TIME_MILLIS, 0));

        assertThat(other.channel()).isNotEqualTo(GENESIS.channel());
    }

    @Test
    void thatNobodyCouldReadIsNotMade() {
        assertThatThrownBy(() -> Genesis.sign(
                        ALICE_DEVICE,
                        new Genesis.Content(ALICE, BERLIN, BERLIN_KEY.publicKey(), 0, Samples.filled(32, 8), 0, 0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(9, 20_000, GENESIS.encoded(), changed -> GenesisIn.decode(changed));
    }
}
