package chat.samara.wire.channel;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TUNIS;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.Member;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelTest {
    private static final Credential ALICES = credential(ALICE_IDENTITY, ALICE, ALICE_DEVICE);
    private static final Credential BOBS = credential(BOB_IDENTITY, BOB, BOB_DEVICE);
    private static final SignatureKeyPair BOB_TABLET = Samples.key(20);

    private final DeviceAuthentication authentication = new DeviceAuthentication();

    @Test
    void aLeafIsAcceptedWithTheKeyThatItsCertificateIsFor() throws RefusedException {
        assertThat(authentication.accepts(ALICES, ALICE_DEVICE.publicKey())).isTrue();
        assertThat(DeviceAuthentication.verify(ALICES, ALICE_DEVICE.publicKey()).user())
                .isEqualTo(ALICE);
    }

    @Test
    void aLeafIsRefusedWithAnotherKey() {
        assertThat(authentication.accepts(ALICES, BOB_DEVICE.publicKey())).isFalse();
        assertThat(authentication.accepts(ALICES, Bytes.EMPTY)).isFalse();
    }

    @Test
    void aCredentialOfAnotherTypeOrWithOtherBytesIsRefused() {
        assertThat(authentication.accepts(new Credential.X509(List.of(ALICES.content())), ALICE_DEVICE.publicKey()))
                .isFalse();
        assertThat(authentication.accepts(Credential.basic(Bytes.ofUtf8("alice")), ALICE_DEVICE.publicKey()))
                .isFalse();
        assertThat(authentication.accepts(Credential.basic(Bytes.EMPTY), ALICE_DEVICE.publicKey()))
                .isFalse();
    }

    @Test
    void aLeafMayChangeItsDeviceKeyButNeitherMemberNorIdentityKey() {
        assertThat(authentication.acceptsSuccessor(BOBS, credential(BOB_IDENTITY, BOB, BOB_TABLET)))
                .isTrue();
        assertThat(authentication.acceptsSuccessor(BOBS, credential(ALICE_IDENTITY, BOB, BOB_DEVICE)))
                .isFalse();
        assertThat(authentication.acceptsSuccessor(BOBS, credential(BOB_IDENTITY, ALICE, BOB_DEVICE)))
                .isFalse();
        assertThat(authentication.acceptsSuccessor(BOBS, Credential.basic(Bytes.EMPTY)))
                .isFalse();
    }

    @Test
    void aRosterTellsServersMembersAndDevices() throws RefusedException {
        Roster roster = Roster.of(List.of(
                member(0, ALICES, ALICE_DEVICE),
                member(2, BOBS, BOB_DEVICE),
                member(3, credential(BOB_IDENTITY, BOB, BOB_TABLET), BOB_TABLET)));

        assertThat(roster.servers()).containsExactly(BERLIN, TUNIS);
        assertThat(roster.usersOf(TUNIS)).containsExactly(BOB);
        assertThat(roster.usersOf(new ServerName("paris.example"))).isEmpty();
        assertThat(roster.hasMembersOf(TUNIS)).isTrue();
        assertThat(roster.hasMembersOf(new ServerName("paris.example"))).isFalse();
        assertThat(roster.hasUser(ALICE)).isTrue();
        assertThat(roster.hasUser(new UserId("carol", BERLIN))).isFalse();
        assertThat(roster.devicesOf(BOB)).extracting(ChannelMember::leafIndex).containsExactly(2, 3);
        assertThat(roster.device(DeviceId.ofSignatureKey(BOB_TABLET.publicKey()))
                        .orElseThrow()
                        .leafIndex())
                .isEqualTo(3);
        assertThat(roster.device(new DeviceId(Samples.filled(16, 0)))).isEmpty();
    }

    @Test
    void aRosterOfAnotherKindOfGroupIsRefused() {
        Member stranger = member(0, Credential.basic(Bytes.ofUtf8("x")), ALICE_DEVICE);

        assertThat(Refused.by(() -> Roster.of(List.of(stranger))).code()).isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    void theGroupOfAGenesisHasItsIdItsSuiteAndItsCreatorOnly() throws RefusedException {
        Bytes groupId = GENESIS.channel().mlsGroupId();
        List<Member> alice = List.of(member(0, ALICES, ALICE_DEVICE));

        GenesisGroup.requireFits(GENESIS, groupId, 1, 0, alice);
        refused("group id", groupId.slice(0, 15), 1, 0, alice);
        refused("cipher suite", groupId, 3, 0, alice);
        refused("epoch", groupId, 1, 1, alice);
        refused("0 members", groupId, 1, 0, List.of());
        refused("2 members", groupId, 1, 0, List.of(alice.get(0), member(1, BOBS, BOB_DEVICE)));
        refused("its member", groupId, 1, 0, List.of(member(0, BOBS, BOB_DEVICE)));
    }

    private static void refused(String problem, Bytes groupId, int suite, long epoch, List<Member> members) {
        assertThat(Refused.by(() -> GenesisGroup.requireFits(GENESIS, groupId, suite, epoch, members))
                        .reason())
                .contains(problem);
    }

    private static Member member(int leaf, Credential credential, SignatureKeyPair device) {
        return new Member(leaf, credential, device.publicKey(), Samples.filled(32, leaf));
    }

    private static Credential credential(SignatureKeyPair identity, UserId user, SignatureKeyPair device) {
        return MemberCredential.of(DeviceCertificate.issue(identity, user, device.publicKey()));
    }
}
