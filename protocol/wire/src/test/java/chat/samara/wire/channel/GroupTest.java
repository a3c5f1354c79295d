package chat.samara.wire.channel;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static chat.samara.wire.Samples.GENESIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.proto.GenesisControl;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Real MLS groups under {@link DeviceAuthentication}, as members and as an observing server hold them. */
class GroupTest {
    private static final CipherSuite SUITE = suite();
    private static final long NOW_SECONDS = Samples.TIME_MILLIS / 1000;
    private static final Lifetime LIFETIME = new Lifetime(NOW_SECONDS - 60, NOW_SECONDS + 3600);
    private static final Credential ALICES =
            MemberCredential.of(DeviceCertificate.issue(ALICE_IDENTITY, ALICE, ALICE_DEVICE.publicKey()));
    private static final Credential BOBS =
            MemberCredential.of(DeviceCertificate.issue(BOB_IDENTITY, BOB, BOB_DEVICE.publicKey()));

    private final Random random = new Random(42);
    private final DeviceAuthentication authentication = new DeviceAuthentication();
    private Group group;

    GroupTest() throws MlsException {
        this.group = found(GENESIS.channel().mlsGroupId(), authentication, ALICES, ALICE_DEVICE);
    }

    @Test
    void theObserverOfAGenesisSeesItsCreatorsGroup() throws Exception {
        GenesisGroup.requireFits(GENESIS, observe(group));
    }

    @Test
    void theObserverRefusesAGroupWithAnotherId() throws Exception {
        group = found(Bytes.ofUtf8("another"), authentication, ALICES, ALICE_DEVICE);

        assertThatThrownBy(() -> GenesisGroup.requireFits(GENESIS, observe(group)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("group id");
    }

    @Test
    void anAddedMemberAppearsInTheObserversRoster() throws Exception {
        PublicGroup before = observe(group);
        CommitBundle commit = group.commit().add(keyPackage(BOBS).keyPackage()).build();

        PublicGroup after = before.verify(commit.commit().toByteArray()).after();

        assertThat(Roster.of(after.members()).usersOf(BOB.server())).containsExactly(BOB);
        assertThat(Roster.of(after.members()).servers()).containsExactly(ALICE.server(), BOB.server());
    }

    @Test
    void theObserverRefusesAMemberWhoseCertificateIsForAnotherKey() throws Exception {
        // A founder who accepts everybody, and Bob's device with the certificate of Alice's.
        group = found(GENESIS.channel().mlsGroupId(), (credential, key) -> true, ALICES, ALICE_DEVICE);
        PublicGroup observed = observe(group);
        CommitBundle commit =
                group.commit().add(keyPackage(ALICES).keyPackage()).build();

        assertThatThrownBy(() -> observed.verify(commit.commit().toByteArray())).isInstanceOf(MlsException.class);
        assertThat(observed.memberCount()).isEqualTo(1);
    }

    @Test
    void ofAGenesisWithSeveralLeavesNoneIsVerified() throws Exception {
        // Whoever verified the second leaf would find that its certificate is for another key.
        group = found(GENESIS.channel().mlsGroupId(), (credential, key) -> true, ALICES, ALICE_DEVICE);
        CommitBundle commit =
                group.commit().add(keyPackage(ALICES).keyPackage()).build();
        GenesisControl control = GenesisControl.newBuilder()
                .setSignedGenesis(Protobuf.toByteString(GENESIS.encoded()))
                .setGroupInfo(Protobuf.toByteString(commit.groupInfo()))
                .setRatchetTree(ByteString.copyFrom(commit.after().ratchetTree()))
                .build();

        assertThat(Refused.by(() -> HandshakeRules.judgeGenesis(control)).reason())
                .contains("it has 2 members");
    }

    private Group found(Bytes groupId, AuthenticationService judge, Credential credential, SignatureKeyPair signer)
            throws MlsException {
        GroupConfig config = new GroupConfig(SUITE, groupId, List.of(), capabilities(), LIFETIME);
        GroupEnvironment environment =
                new GroupEnvironment(judge, random::nextBytes, () -> Instant.ofEpochSecond(NOW_SECONDS));
        return Group.create(config, credential, signer, environment);
    }

    private KeyPackageBundle keyPackage(Credential credential) {
        return KeyPackageBundle.generate(
                SUITE, BOB_DEVICE, credential, capabilities(), LIFETIME, List.of(), random::nextBytes);
    }

    private PublicGroup observe(Group founded) throws MlsException {
        return PublicGroup.of(founded.groupInfo(), founded.ratchetTree(), authentication);
    }

    private static Capabilities capabilities() {
        return Capabilities.of(List.of(), List.of(Credential.BASIC));
    }

    private static CipherSuite suite() {
        try {
            return CipherSuite.of(GENESIS.cipherSuite());
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }
}
