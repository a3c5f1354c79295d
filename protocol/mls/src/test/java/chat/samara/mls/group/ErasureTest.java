package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A group erases")
class ErasureTest {
    /** What still answers once a group is destroyed. */
    private static final Set<String> ANSWERING = Set.of(
            "drainDelta",
            "isOfLaterState",
            "ownGeneration",
            "keysGivenUpBy",
            "groupContext",
            "publicGroup",
            "epoch",
            "groupId",
            "ownLeafIndex",
            "members",
            "isActive",
            "isListenOnly",
            "listenOnly",
            "hasPendingProposals",
            "pendingCommit",
            "ratchetTree",
            "reInit",
            "resumptionPsk",
            "clearPendingCommit",
            "closeEpochsThrough",
            "forgetResumptionPsksThrough",
            "destroy",
            "successor");

    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(31);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final Group a;
    private final Group b;
    private final Group c;

    ErasureTest() throws MlsException {
        a = alice.found();
        List<Group> joined = TestClient.addAll(
                a, List.of(new TestClient("bob", SUITE, random), new TestClient("carol", SUITE, random)));
        b = joined.get(0);
        c = joined.get(1);
    }

    /** Something that a group goes through. */
    private interface Step {
        void run() throws MlsException;
    }

    private void assertDroppedAreErased(String what, Step step) throws MlsException {
        Set<Secret> before = ReachableSecrets.of(a);
        assertThat(before).as(what).isNotEmpty();
        step.run();
        Set<Secret> after = ReachableSecrets.of(a);
        before.removeAll(after);
        assertThat(before).as("dropped by: %s", what).allMatch(Secret::isErased);
        assertThat(before).as("dropped by: %s", what).isNotEmpty();
    }

    @Test
    @DisplayName("every secret that it lets go of")
    void droppedIsErased() throws MlsException {
        assertDroppedAreErased("a first message sent", () -> a.protect(TEXT, TEXT));
        assertDroppedAreErased("another message sent", () -> a.protect(TEXT, TEXT));
        byte[] first = b.protect(TEXT, TEXT);
        byte[] second = b.protect(TEXT, TEXT);
        byte[] third = b.protect(TEXT, TEXT);
        assertDroppedAreErased("a late message received", () -> a.process(third));
        assertDroppedAreErased("a skipped message received", () -> a.process(first));
        Bytes commit = b.commit().build().commit();
        assertDroppedAreErased("a commit merged", () -> TestClient.mergeAll(List.of(a, b, c), commit));
        assertDroppedAreErased("a message of a past epoch received", () -> a.process(second));
        assertDroppedAreErased("a past epoch closed", () -> a.closeEpochsThrough(1));
        a.commit().build();
        assertDroppedAreErased("a pending commit replaced", () -> a.commit().build());
        assertDroppedAreErased("a pending commit dropped", a::clearPendingCommit);
        byte[] update = a.propose(new ProposalDraft.Update());
        b.process(update);
        c.process(update);
        Bytes updated = b.commit().build().commit();
        assertDroppedAreErased("an own Update committed", () -> TestClient.mergeAll(List.of(a, b, c), updated));
        byte[] unused = a.propose(new ProposalDraft.Update());
        b.process(unused);
        c.process(unused);
        Bytes removal = b.commit().remove(0).build().commit();
        assertDroppedAreErased("one's removal", () -> TestClient.mergeAll(List.of(a, b, c), removal));
    }

    @Test
    @DisplayName("every secret when it is destroyed: the bytes are zeros, and none can be reached")
    void destroyed() throws MlsException {
        everythingAtOnce();
        Set<Secret> before = ReachableSecrets.of(a);
        List<byte[]> contents = before.stream()
                .filter(secret -> !secret.isErased())
                .map(Secret::reveal)
                .toList();
        assertThat(contents).hasSizeGreaterThan(20).allMatch(bytes -> !allZero(bytes));
        a.destroy();
        assertThat(contents).allMatch(ErasureTest::allZero);
        assertThat(before).allMatch(Secret::isErased);
        assertThat(ReachableSecrets.of(a)).allMatch(Secret::isErased);
    }

    /** Past epochs, skipped keys, an own Update and a pending commit. */
    private void everythingAtOnce() throws MlsException {
        a.protect(TEXT, TEXT);
        b.protect(TEXT, TEXT);
        a.process(b.protect(TEXT, TEXT));
        TestClient.mergeAll(List.of(a, b, c), b.commit().build().commit());
        a.propose(new ProposalDraft.Update());
        a.commit().build();
    }

    private static boolean allZero(byte[] bytes) {
        return Arrays.equals(bytes, new byte[bytes.length]);
    }

    @Test
    @DisplayName("so that whatever needs a secret is refused by name once it is destroyed, and the rest still answers")
    void refusedAfterwards() throws MlsException {
        byte[] own = a.protect(TEXT, TEXT);
        everythingAtOnce();
        byte[] late = c.protect(TEXT, TEXT);
        byte[] handshake = c.propose(new ProposalDraft.Update());
        Bytes commit = c.commit().build().commit();
        StagedCommit staged = TestClient.staged(a, a.pendingCommit().orElseThrow());
        byte[] info = c.groupInfo();
        a.destroy();
        Map<String, ThrowingCallable> refused = new LinkedHashMap<>();
        refused.put("protect", () -> a.protect(TEXT, TEXT));
        refused.put("protectSigned", () -> a.protectSigned(TEXT, TEXT));
        refused.put("skipOwnKeys", () -> a.skipOwnKeys(1));
        refused.put("propose", () -> a.propose(new ProposalDraft.Update()));
        refused.put("proposeEncrypted", () -> a.proposeEncrypted(new ProposalDraft.Update(), TEXT));
        refused.put("commit", a::commit);
        refused.put("groupInfo", a::groupInfo);
        refused.put("checkGroupInfo", () -> a.checkGroupInfo(info));
        refused.put("exportSecret", () -> a.exportSecret("label", TEXT, 32));
        refused.put("safeExportSecret", () -> a.safeExportSecret(7));
        refused.put("epochAuthenticator", a::epochAuthenticator);
        refused.put("merge", () -> a.merge(staged));
        refused.put("process", () -> a.process(late));
        refused.put("process a proposal", () -> a.process(handshake));
        refused.put("process a commit", () -> a.process(commit.toByteArray()));
        refused.put("branch", a::branch);
        refused.forEach((name, call) -> assertThatExceptionOfType(MlsException.class)
                .as(name)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(MlsError.GROUP_INACTIVE));
        assertThatExceptionOfType(MlsException.class).isThrownBy(a::successor);

        assertThat(a.isActive()).isFalse();
        assertThat(a.epoch()).isEqualTo(2);
        assertThat(a.resumptionPsk(1)).isEmpty();
        assertThat(a.resumptionPsk(2)).isEmpty();
        assertThat(a.pendingCommit()).isEmpty();
        assertThat(a.isOfLaterState(late)).isFalse();
        assertThat(a.ownGeneration(own)).isEmpty();
        assertThat(a.keysGivenUpBy(late)).isZero();
        assertThat(a.groupContext(1)).isEmpty();
        a.clearPendingCommit();
        a.closeEpochsThrough(2);
        a.forgetResumptionPsksThrough(2);
        a.destroy();
        Set<String> known = new TreeSet<>(ANSWERING);
        known.addAll(refused.keySet());
        assertThat(publicMethods()).as("what this test knows of").isSubsetOf(known);
    }

    private static Set<String> publicMethods() {
        Set<String> names = new TreeSet<>();
        for (Method method : Group.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
                names.add(method.getName());
            }
        }
        return names;
    }
}
