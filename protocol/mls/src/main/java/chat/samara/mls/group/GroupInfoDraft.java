package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.welcome.GroupInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * What a GroupInfo shall have in it, alone or in a Welcome, beside what it must (RFC 9420 §12.4.3).
 *
 * @param externalPub whether somebody may join by an external commit with it (§12.4.3.2)
 * @param ratchetTree whether the tree is inside (§12.4.3.3): about as large as all members' leaves. Whoever gets a GroupInfo without it
 *     needs it from elsewhere
 * @param extensions of other types, which whoever does not know them ignores (§13.4)
 */
public record GroupInfoDraft(boolean externalPub, boolean ratchetTree, List<Extension> extensions) {
    /** With {@code external_pub}, the tree outside. */
    public static final GroupInfoDraft USUAL = new GroupInfoDraft(true, false, List.of());

    public GroupInfoDraft {
        extensions = List.copyOf(extensions);
    }

    /** The same with the tree inside. */
    public GroupInfoDraft withRatchetTree() {
        return new GroupInfoDraft(externalPub, true, extensions);
    }

    /** The same without {@code external_pub}. */
    public GroupInfoDraft withoutExternalPub() {
        return new GroupInfoDraft(false, ratchetTree, extensions);
    }

    /** The same with these extensions of other types. */
    public GroupInfoDraft withExtensions(List<Extension> others) {
        return new GroupInfoDraft(externalPub, ratchetTree, others);
    }

    /** Signs it as the member at a leaf; {@code DUPLICATE_EXTENSION} where one type would be there twice (RFC 9420 §13.4). */
    GroupInfo signed(
            GroupContext context,
            RatchetTree tree,
            EpochSecrets secrets,
            Bytes confirmationTag,
            int leafIndex,
            SignatureKeyPair signer)
            throws MlsException {
        List<Extension> all = new ArrayList<>();
        if (externalPub) {
            all.add(ExternalPub.toExtension(secrets.externalPublicKey()));
        }
        if (ratchetTree) {
            all.add(new Extension(Extension.RATCHET_TREE, Bytes.wrapUnsafe(tree.encode())));
        }
        all.addAll(extensions);
        Extension.requireDistinct(all);
        return GroupInfo.sign(context, all, confirmationTag, leafIndex, signer);
    }
}
