package chat.samara.wire.identity;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.MovedBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import org.junit.jupiter.api.Test;

class MovedTest {
    private static final UserId AWAY = new UserId("alice", new ServerName("paris.example"));
    private static final Moved MOVED = Moved.say(ALICE_IDENTITY, ALICE, AWAY, 7);

    private static DeviceCertificate certificate(SignatureKeyPair identity, UserId user, SignatureKeyPair device) {
        return DeviceCertificate.issue(identity, user, device.publicKey());
    }

    @Test
    void whatAMemberSaysIsReadAndProved() throws RefusedException {
        Moved read = MovedIn.decode(MOVED.encoded()).verify();
        assertThat(read.from()).isEqualTo(ALICE);
        assertThat(read.to()).isEqualTo(AWAY);
        assertThat(read.identityKey()).isEqualTo(ALICE_IDENTITY.publicKey());
        assertThat(read.movedAtMillis()).isEqualTo(7);
        assertThat(read.encoded()).isEqualTo(MOVED.encoded());
    }

    @Test
    void itLeadsFromThatMemberToThatIdUnderThatKeyAndNowhereElse() {
        DeviceCertificate before = certificate(ALICE_IDENTITY, ALICE, ALICE_DEVICE);
        DeviceCertificate after = certificate(ALICE_IDENTITY, AWAY, ALICE_DEVICE);
        assertThat(MOVED.leads(before, after)).isTrue();
        assertThat(MOVED.leads(after, before)).as("back").isFalse();
        assertThat(MOVED.leads(before, before)).as("nowhere").isFalse();
        assertThat(MOVED.leads(before, certificate(BOB_IDENTITY, AWAY, ALICE_DEVICE)))
                .as("another key")
                .isFalse();
        assertThat(MOVED.leads(certificate(BOB_IDENTITY, ALICE, ALICE_DEVICE), after))
                .as("another key before")
                .isFalse();
        assertThat(MOVED.leads(before, certificate(ALICE_IDENTITY, BOB, BOB_DEVICE)))
                .as("another id")
                .isFalse();
        assertThat(MOVED.leads(certificate(ALICE_IDENTITY, BOB, BOB_DEVICE), after))
                .as("another member")
                .isFalse();
    }

    @Test
    void nobodyElseCanSayItAndNoOtherSignatureOfTheKeyServes() throws RefusedException, InvalidProtocolBufferException {
        chat.samara.wire.proto.Moved message =
                chat.samara.wire.proto.Moved.parseFrom(MOVED.encoded().toByteArray());
        Bytes body = Protobuf.toBytes(message.getBody());
        refusedToVerify(message.toBuilder()
                .setSignature(Protobuf.toByteString(SigningLabel.MOVED.sign(BOB_IDENTITY, body)))
                .build());
        refusedToVerify(message.toBuilder()
                .setSignature(Protobuf.toByteString(SigningLabel.DEVICE_CERTIFICATE.sign(ALICE_IDENTITY, body)))
                .build());
        refusedToVerify(message.toBuilder()
                .setBody(MovedBody.parseFrom(message.getBody()).toBuilder()
                        .setToUserId(BOB.toString())
                        .build()
                        .toByteString())
                .build());
    }

    private static void refusedToVerify(chat.samara.wire.proto.Moved message) {
        assertThat(Refused.by(() -> MovedIn.decode(Protobuf.encode(message)).verify()))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_PROOF);
                    assertThat(refusal.detail()).isEqualTo("moved-signature");
                });
    }

    @Test
    void aMalformedOneIsRefusedByTheNameOfItsField() throws InvalidProtocolBufferException {
        MovedBody good = MovedBody.parseFrom(
                chat.samara.wire.proto.Moved.parseFrom(MOVED.encoded().toByteArray())
                        .getBody());
        assertRefused("MovedBody.version", good.toBuilder().setVersion(2));
        assertRefused("MovedBody.to_user_id", good.toBuilder().setToUserId(ALICE.toString()));
        assertRefused("MovedBody.identity_key", good.toBuilder().setIdentityKey(ByteString.copyFrom(new byte[31])));
        assertRefused("MovedBody.moved_at_millis", good.toBuilder().setMovedAtMillis(-1));
        assertThat(refusal(good.toBuilder().setFromUserId("Alice@Home")).code()).isEqualTo(ErrorCode.NAME_INVALID);
        assertThatIllegalArgumentException().isThrownBy(() -> Moved.say(ALICE_IDENTITY, ALICE, ALICE, 7));
    }

    private static void assertRefused(String field, MovedBody.Builder body) {
        assertThat(refusal(body).reason()).contains(field);
    }

    private static chat.samara.wire.Refusal refusal(MovedBody.Builder body) {
        return Refused.by(() -> MovedIn.decode(Protobuf.encode(chat.samara.wire.proto.Moved.newBuilder()
                .setBody(body.build().toByteString())
                .setSignature(ByteString.copyFrom(new byte[64]))
                .build())));
    }
}
