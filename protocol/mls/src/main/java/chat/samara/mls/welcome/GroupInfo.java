package chat.samara.mls.welcome;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.schedule.GroupContext;
import java.util.List;
import java.util.Optional;

/**
 * A GroupInfo whose signature was verified, or that was made here (RFC 9420 §12.4.3). That its tree and confirmation tag are
 * right is for whoever uses it to verify.
 */
public final class GroupInfo {
    private final GroupInfoIn content;

    GroupInfo(GroupInfoIn content) {
        this.content = content;
    }

    /** Decodes a bare {@code GroupInfo} struct; {@link GroupInfoIn#verify} makes it one of these. */
    public static GroupInfoIn decode(byte[] bytes) throws MlsException {
        return TlsReader.decode(bytes, GroupInfoIn::readFrom);
    }

    /** Signs a GroupInfo as the member at the leaf index. */
    public static GroupInfo sign(
            GroupContext groupContext,
            List<Extension> extensions,
            Bytes confirmationTag,
            int signer,
            SignatureKeyPair key)
            throws MlsException {
        GroupInfoIn unsigned = new GroupInfoIn(groupContext, extensions, confirmationTag, signer, Bytes.EMPTY);
        Bytes signature = groupContext.suite().signWithLabel(key, GroupInfoIn.SIGNATURE_LABEL, unsigned.toBeSigned());
        return new GroupInfo(new GroupInfoIn(groupContext, extensions, confirmationTag, signer, signature));
    }

    /** The struct. */
    public GroupInfoIn content() {
        return content;
    }

    public GroupContext groupContext() {
        return content.groupContext();
    }

    public List<Extension> extensions() {
        return content.extensions();
    }

    public Bytes confirmationTag() {
        return content.confirmationTag();
    }

    /** The leaf index of the member who signed it. */
    public int signer() {
        return content.signer();
    }

    /** The encoded tree, where the {@code ratchet_tree} extension holds it (RFC 9420 §12.4.3.3). */
    public Optional<Bytes> ratchetTree() {
        return Extension.find(content.extensions(), Extension.RATCHET_TREE);
    }

    /** The bare {@code GroupInfo} struct. */
    public byte[] encode() {
        return content.encode();
    }
}
