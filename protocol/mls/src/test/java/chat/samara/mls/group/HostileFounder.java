package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.schedule.Psk;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The only member of a group, who welcomes others into an epoch that no commit could have led to. */
final class HostileFounder {
    private HostileFounder() {}

    /** A Welcome into the epoch after the group's, with a PSK that links it to an old group. The commit in it is empty. */
    static CommitBundle linked(
            Group group, TestClient founder, Group old, int usage, List<KeyPackage> members, RandomSource random)
            throws MlsException {
        CipherSuite suite = founder.suite;
        RatchetTree tree = group.publicGroup().tree();
        for (KeyPackage member : members) {
            tree = tree.withAddedLeaf(member.leafNode()).tree();
        }
        GroupContext now = group.publicGroup().context();
        GroupContext context =
                now.provisional(tree.hash(), now.extensions()).withConfirmedTranscriptHash(Bytes.of(new byte[32]));
        PreSharedKeyId psk = new PreSharedKeyId.Resumption(
                usage, old.groupId(), old.epoch(), Bytes.wrapUnsafe(random.bytes(suite.hashBytes())));
        Secret secret = Psk.combine(
                suite, List.of(new Psk(psk, old.resumptionPsk(old.epoch()).orElseThrow())));
        Secret joiner = Secret.random(suite.hashBytes(), random);
        EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, secret, context);
        Bytes tag = secrets.confirmationTag(context.confirmedTranscriptHash());
        GroupInfo info = GroupInfo.sign(context, List.of(), tag, 0, founder.signer);
        Bytes sealedInfo = KeySchedule.sealGroupInfo(suite, joiner, secret, info.encode());
        byte[] groupSecrets = new GroupSecrets(joiner, Optional.empty(), List.of(psk)).encode();
        List<EncryptedGroupSecrets> sealed = new ArrayList<>();
        for (KeyPackage member : members) {
            HpkeCiphertext forMember =
                    suite.encryptWithLabel(member.initKey(), "Welcome", sealedInfo.toByteArray(), groupSecrets, random);
            sealed.add(new EncryptedGroupSecrets(member.ref(), forMember));
        }
        byte[] welcome = new MlsMessage.OfWelcome(new Welcome(suite.code(), sealed, sealedInfo)).encode();
        PublicGroup after = PublicGroup.founded(tree, context, tag, founder.environment.authentication());
        return new CommitBundle(Bytes.EMPTY, Optional.of(Bytes.of(welcome)), Bytes.EMPTY, after);
    }
}
