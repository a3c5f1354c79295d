package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.framing.SignedApplicationData;
import chat.samara.mls.schedule.GroupContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a member has signed by a message (RFC 9420 §6.1)")
class SignedApplicationDataTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Bytes TEXT = Bytes.ofUtf8("text");
    private static final Bytes OPEN = Bytes.ofUtf8("in the clear");

    private final SeededRandom random = new SeededRandom(41);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final Group a;
    private final Group b;

    SignedApplicationDataTest() throws MlsException {
        a = alice.found();
        b = TestClient.addAll(a, List.of(bob)).get(0);
    }

    private static SignedApplicationData signed(Processed.ApplicationMessage message) {
        return new SignedApplicationData(
                message.senderLeaf(), message.authenticatedData(), message.plaintext(), message.signature());
    }

    private static GroupContext context(Group group, long epoch) throws MlsException {
        return TlsReader.decode(group.groupContext(epoch).orElseThrow().toByteArray(), GroupContext::readFrom);
    }

    @Test
    @DisplayName("is the same for its receiver and its sender, and proved by the sender's key to anybody")
    void proved() throws MlsException {
        SignedMessage sent = a.protectSigned(TEXT.toByteArray(), OPEN.toByteArray());
        Processed.ApplicationMessage received =
                TestClient.open(b, sent.message().toByteArray());
        assertThat(signed(received))
                .isEqualTo(new SignedApplicationData(sent.senderLeaf(), OPEN, TEXT, sent.signature()));
        signed(received).verify(context(b, received.epoch()), alice.signer.publicKey());
    }

    @Test
    @DisplayName("is proved of a past epoch, too, until that is closed")
    void ofAPastEpoch() throws MlsException {
        byte[] late = a.protect(TEXT.toByteArray(), OPEN.toByteArray());
        long epoch = a.epoch();
        TestClient.mergeAll(List.of(a, b), b.commit().build().commit());
        signed(TestClient.open(b, late)).verify(context(b, epoch), alice.signer.publicKey());
        b.closeEpochsThrough(epoch);
        assertThat(b.groupContext(epoch)).isEmpty();
        assertThat(b.groupContext(epoch + 1)).isEqualTo(a.groupContext(epoch + 1));
        assertThat(b.groupContext(epoch + 2)).isEmpty();
    }

    @Test
    @DisplayName("proves nothing else: no other author, leaf, text, data in the clear, signature, epoch or group")
    void lies() throws MlsException {
        Processed.ApplicationMessage received = TestClient.open(b, a.protect(TEXT.toByteArray(), OPEN.toByteArray()));
        SignedApplicationData said = signed(received);
        GroupContext context = context(b, received.epoch());
        Bytes author = alice.signer.publicKey();
        byte[] broken = said.signature().toByteArray();
        broken[0] ^= 1;
        Group other = TestClient.addAll(alice.found(), List.of(bob)).get(0);
        TestClient.mergeAll(List.of(a, b), b.commit().build().commit());

        Map<String, Lie> lies = new LinkedHashMap<>();
        lies.put("author", new Lie(said, context, bob.signer.publicKey()));
        lies.put("leaf", new Lie(new SignedApplicationData(1, OPEN, said.data(), said.signature()), context, author));
        lies.put(
                "text",
                new Lie(new SignedApplicationData(0, OPEN, Bytes.ofUtf8("tax"), said.signature()), context, author));
        lies.put(
                "data in the clear",
                new Lie(new SignedApplicationData(0, TEXT, said.data(), said.signature()), context, author));
        lies.put(
                "signature",
                new Lie(new SignedApplicationData(0, OPEN, said.data(), Bytes.of(broken)), context, author));
        lies.put("epoch", new Lie(said, context(b, received.epoch() + 1), author));
        lies.put("group", new Lie(said, context(other, other.epoch()), author));
        lies.forEach((what, lie) -> assertThatExceptionOfType(MlsException.class)
                .as(what)
                .isThrownBy(() -> lie.said.verify(lie.context, lie.author))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.INVALID_SIGNATURE));
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() ->
                        new SignedApplicationData(-1, OPEN, said.data(), said.signature()).verify(context, author))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.INVALID_SENDER);
        said.verify(context, author);
    }

    private record Lie(SignedApplicationData said, GroupContext context, Bytes author) {}
}
