package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The watch over what devices encrypt")
class SealingWatchTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final String CHANNEL = "ab".repeat(32);
    private static final long NOW_SECONDS = 1_700_000_000;

    private final Seed seed = new Seed(5);
    private final GroupEnvironment environment =
            new GroupEnvironment((credential, key) -> true, seed, () -> Instant.ofEpochSecond(NOW_SECONDS));
    private final MembershipBook noLog = new MembershipBook(new LogBook());
    private Group impostors;
    private Group victims;

    @BeforeEach
    void aVictimIsInAForgedGroup() throws MlsException {
        Credential.Basic credential = new Credential.Basic(Bytes.ofHex("01"));
        Capabilities capabilities = Capabilities.of(List.of(SUITE), List.of(), List.of(Credential.BASIC));
        Lifetime lifetime = new Lifetime(NOW_SECONDS - 1, NOW_SECONDS + 1);
        impostors = Group.create(
                new GroupConfig(SUITE, Bytes.ofHex(CHANNEL), List.of(), capabilities, lifetime),
                credential,
                Ed25519.generate(seed),
                environment);
        SignatureKeyPair victimKey = Ed25519.generate(seed);
        KeyPackageBundle victim =
                KeyPackageBundle.generate(SUITE, victimKey, credential, capabilities, lifetime, List.of(), seed);
        CommitBundle commit = impostors.commit().add(victim.keyPackage()).build();
        impostors.merge(
                ((Processed.CommitReceived) impostors.process(commit.commit().toByteArray())).commit());
        victims = Group.join(
                commit.welcome().orElseThrow().toByteArray(),
                victim,
                victimKey,
                Optional.of(impostors.ratchetTree()),
                environment);
    }

    private Submit sealed() throws MlsException {
        return Submit.newBuilder()
                .setKind(RecordKind.APPLICATION)
                .setEpoch(victims.epoch())
                .setPayload(ByteString.copyFrom(victims.protect(new byte[] {1}, new byte[0])))
                .build();
    }

    @Test
    @DisplayName("notices what an impostor can read")
    void forgedGroup() throws MlsException {
        Submit sealed = sealed();
        assertThatCode(() -> new SealingWatch(noLog, List::of).requireUnreadable("device-victim", sealed))
                .doesNotThrowAnyException();
        assertThatThrownBy(() ->
                        new SealingWatch(noLog, () -> List.of(impostors)).requireUnreadable("device-victim", sealed))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("for a forged group");
    }

    @Test
    @DisplayName("notices leaves that the hub's log does not show")
    void foreignLeaves() {
        assertThatThrownBy(
                        () -> new SealingWatch(noLog, List::of).requireLeavesOfLog("device-victim", CHANNEL, victims))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("leaves that are not those of the hub's log");
    }
}
