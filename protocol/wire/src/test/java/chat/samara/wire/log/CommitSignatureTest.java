package chat.samara.wire.log;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.CommitSignature.Parts;
import chat.samara.wire.proto.CommitPayload;
import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The author's signature over a commit's payload")
class CommitSignatureTest {
    private static final SignatureKeyPair AUTHOR = Samples.ALICE_DEVICE;
    private static final ChannelId CHANNEL = Samples.GENESIS.channel();
    private static final IdempotencyKey KEY = new IdempotencyKey(Samples.filled(16, 5));

    private static CommitPayload signed() throws RefusedException {
        return Payload.commit(CommitSignature.sign(
                AUTHOR,
                CHANNEL,
                KEY,
                new Parts(Bytes.ofUtf8("commit"), Bytes.ofUtf8("welcome"), Bytes.ofUtf8("group info"), 7)));
    }

    private static boolean holds(CommitPayload payload) {
        return CommitSignature.verify(AUTHOR.publicKey(), CHANNEL, KEY, payload);
    }

    @Test
    @DisplayName("holds for what was signed, and says that there is one")
    void holdsForWhatWasSigned() throws RefusedException {
        assertThat(holds(signed())).isTrue();
        assertThat(CommitSignature.isSigned(signed())).isTrue();
    }

    @Test
    @DisplayName("breaks with a change of the commit, the Welcome, the GroupInfo or the epoch that was refused")
    void coversEveryPart() throws RefusedException {
        ByteString other = ByteString.copyFromUtf8("other");
        List<CommitPayload> changed = List.of(
                signed().toBuilder().setCommit(other).build(),
                signed().toBuilder().setWelcome(other).build(),
                signed().toBuilder().clearWelcome().build(),
                signed().toBuilder().setGroupInfo(other).build(),
                signed().toBuilder().setRefused(7).build(),
                signed().toBuilder().clearRefused().build(),
                signed().toBuilder().clearAuthorSignature().build());
        assertThat(changed).noneMatch(CommitSignatureTest::holds);
    }

    @Test
    @DisplayName("is for one channel, one record and one device")
    void isForOnePlace() throws RefusedException {
        ChannelId otherChannel = new ChannelId(Samples.filled(32, 9));
        IdempotencyKey otherKey = new IdempotencyKey(Samples.filled(16, 6));
        assertThat(CommitSignature.verify(AUTHOR.publicKey(), otherChannel, KEY, signed()))
                .isFalse();
        assertThat(CommitSignature.verify(AUTHOR.publicKey(), CHANNEL, otherKey, signed()))
                .isFalse();
        assertThat(CommitSignature.verify(Samples.BERLIN_KEY.publicKey(), CHANNEL, KEY, signed()))
                .isFalse();
    }

    @Test
    @DisplayName("is 64 bytes or not there, and what is refused is none below 0")
    void form() throws RefusedException {
        CommitPayload cut = signed().toBuilder()
                .setAuthorSignature(ByteString.copyFrom(new byte[63]))
                .build();
        CommitPayload negative = signed().toBuilder().setRefused(-1).build();
        assertThat(Refused.by(() -> Payload.commit(Bytes.of(cut.toByteArray()))).detail())
                .isEqualTo("CommitPayload.author_signature");
        assertThat(Refused.by(() -> Payload.commit(Bytes.of(negative.toByteArray())))
                        .detail())
                .isEqualTo("CommitPayload.refused");
    }

    @Test
    @DisplayName("names an epoch by a number that is no place of any log, and none if none was refused")
    void namesAnEpoch() throws RefusedException {
        assertThat(signed().getRefused()).isEqualTo((1L << 62) + 7);
        assertThat(CommitSignature.refusedEpoch(signed())).isEqualTo(7);
        CommitPayload none = Payload.commit(CommitSignature.sign(
                AUTHOR, CHANNEL, KEY, new Parts(Bytes.ofUtf8("commit"), Bytes.EMPTY, Bytes.ofUtf8("group info"), 0)));
        assertThat(none.getRefused()).isZero();
        assertThat(CommitSignature.refusedEpoch(none)).isZero();
    }

    @Test
    @DisplayName("stays what it is: the bytes that a version of before has signed, with a place, which names no epoch")
    void golden() throws RefusedException {
        // Made by OpenSSL over the bytes that the class lists.
        Bytes signature = Bytes.ofHex("7c1398ed33cd1b653103e1c1dcb6a512f4b713ebf27f109b7aaa239f9863ec1a"
                + "743c2f4ce03c43fc482cb64d00292227f4018054c73a1fffd4de9d3dbf16590e");
        CommitPayload before = signed().toBuilder()
                .setRefused(7)
                .setAuthorSignature(Protobuf.toByteString(signature))
                .build();
        assertThat(holds(before)).isTrue();
        assertThat(CommitSignature.refusedEpoch(before)).isZero();
    }
}
