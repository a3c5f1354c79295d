package chat.samara.wire.channel;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.Member;
import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.Samples;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Rule one-identity: a commit")
class OneIdentityTest {
    private static final SignatureKeyPair BOB_TABLET = Samples.key(7);
    private static final List<Member> NOBODY = List.of();
    private static final Member ALICE_0 = leaf(0, ALICE, ALICE_IDENTITY, ALICE_DEVICE);
    private static final Member BOB_1 = leaf(1, BOB, BOB_IDENTITY, BOB_DEVICE);
    private static final Member BOB_TABLET_2 = leaf(2, BOB, BOB_IDENTITY, BOB_TABLET);
    /** Bob's name with another identity key: his new one, or somebody else's. */
    private static final Member OTHER_BOB_3 = leaf(3, BOB, ALICE_IDENTITY, ALICE_DEVICE);

    private static Member leaf(int index, UserId user, SignatureKeyPair identity, SignatureKeyPair device) {
        return new Member(
                index,
                MemberCredential.of(DeviceCertificate.issue(identity, user, device.publicKey())),
                device.publicKey(),
                Samples.filled(32, index));
    }

    private static void allowed(List<Member> before, List<Member> added, List<Member> removed, List<Member> updated) {
        assertThatCode(() -> OneIdentity.require(before, added, removed, updated))
                .doesNotThrowAnyException();
    }

    private static void refused(List<Member> before, List<Member> added, List<Member> removed, List<Member> updated) {
        Refusal refusal = Refused.by(() -> OneIdentity.require(before, added, removed, updated));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_HANDSHAKE);
        assertThat(refusal.detail()).isEqualTo(OneIdentity.RULE);
        assertThat(refusal.reason()).contains(BOB.toString());
    }

    @Test
    @DisplayName("may add members, and devices of a member under the key that the member's others have")
    void sameKey() {
        allowed(List.of(ALICE_0), List.of(BOB_1, BOB_TABLET_2), NOBODY, NOBODY);
        allowed(List.of(ALICE_0, BOB_1), List.of(BOB_TABLET_2), NOBODY, NOBODY);
    }

    @Test
    @DisplayName("must not add a device beside others of the member that have another key")
    void besideAnother() {
        refused(List.of(ALICE_0, BOB_1), List.of(OTHER_BOB_3), NOBODY, NOBODY);
    }

    @Test
    @DisplayName("must not add two devices of a member with different keys, in whichever order")
    void twoAtOnce() {
        refused(List.of(ALICE_0), List.of(BOB_1, OTHER_BOB_3), NOBODY, NOBODY);
        refused(List.of(ALICE_0), List.of(OTHER_BOB_3, BOB_1), NOBODY, NOBODY);
    }

    @Test
    @DisplayName("may bring a member's new key if it removes all that have the old one, and not if one stays")
    void keyChange() {
        allowed(List.of(ALICE_0, BOB_1, BOB_TABLET_2), List.of(OTHER_BOB_3), List.of(BOB_1, BOB_TABLET_2), NOBODY);
        refused(List.of(ALICE_0, BOB_1, BOB_TABLET_2), List.of(OTHER_BOB_3), List.of(BOB_1), NOBODY);
    }

    @Test
    @DisplayName("may put the new key into the very leaf that the old one leaves")
    void sameLeaf() {
        Member inHisPlace = leaf(1, BOB, ALICE_IDENTITY, ALICE_DEVICE);
        allowed(List.of(ALICE_0, BOB_1), List.of(inHisPlace), List.of(BOB_1), NOBODY);
        refused(List.of(ALICE_0, BOB_1, BOB_TABLET_2), List.of(inHisPlace), List.of(BOB_1), NOBODY);
    }

    @Test
    @DisplayName("must not change the key of one leaf of several by an update")
    void update() {
        Member changed = leaf(1, BOB, ALICE_IDENTITY, BOB_DEVICE);
        refused(List.of(ALICE_0, BOB_1, BOB_TABLET_2), NOBODY, NOBODY, List.of(changed));
        allowed(List.of(ALICE_0, BOB_1, BOB_TABLET_2), NOBODY, NOBODY, List.of(BOB_1, BOB_TABLET_2));
    }

    @Test
    @DisplayName("is not judged by what stood before: a log from before the rule goes on, and can be put right")
    void oldLog() {
        List<Member> broken = List.of(ALICE_0, BOB_1, OTHER_BOB_3);
        Member carol = leaf(4, new UserId("carol", ALICE.server()), ALICE_IDENTITY, BOB_TABLET);
        allowed(broken, List.of(carol), NOBODY, NOBODY);
        allowed(broken, NOBODY, NOBODY, List.of(BOB_1));
        allowed(broken, NOBODY, NOBODY, List.of(OTHER_BOB_3));
        allowed(broken, NOBODY, List.of(OTHER_BOB_3), NOBODY);
        allowed(broken, List.of(BOB_TABLET_2), List.of(OTHER_BOB_3), NOBODY);
        refused(broken, List.of(BOB_TABLET_2), NOBODY, NOBODY);
    }
}
