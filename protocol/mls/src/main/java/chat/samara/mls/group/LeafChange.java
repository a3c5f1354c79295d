package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.List;
import java.util.Optional;

/**
 * What a member changes in its own leaf beside its encryption key, by an Update or by a commit with a path (RFC 9420 §7.2, §12.1.2).
 * What is empty stays as it is.
 *
 * @param credential the authentication service must accept it after the old one
 * @param capabilities must list the types of the credential and the extensions, and what the group demands of its members
 * @param extensions all of the leaf's
 * @param signer another signature key pair, which no member has: the message is signed with the old one, the leaf and all that comes after
 *     the merge with this one. From then on {@link Group#restore} takes it; until it is known whether the change comes about, both
 */
public record LeafChange(
        Optional<Credential> credential,
        Optional<Capabilities> capabilities,
        Optional<List<Extension>> extensions,
        Optional<SignatureKeyPair> signer) {
    /** Changes nothing. */
    public static final LeafChange NONE =
            new LeafChange(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public LeafChange {
        extensions = extensions.map(List::copyOf);
    }

    /** The same with another credential. */
    public LeafChange withCredential(Credential fresh) {
        return new LeafChange(Optional.of(fresh), capabilities, extensions, signer);
    }

    /** The same with other capabilities. */
    public LeafChange withCapabilities(Capabilities fresh) {
        return new LeafChange(credential, Optional.of(fresh), extensions, signer);
    }

    /** The same with other extensions, in place of all. */
    public LeafChange withExtensions(List<Extension> fresh) {
        return new LeafChange(credential, capabilities, Optional.of(fresh), signer);
    }

    /** The same with another signature key. */
    public LeafChange withSigner(SignatureKeyPair fresh) {
        return new LeafChange(credential, capabilities, extensions, Optional.of(fresh));
    }

    /** The leaf with the changes and another encryption key, not signed yet. */
    LeafNode appliedTo(LeafNode now, Bytes encryptionKey, LeafNodeSource source) {
        return new LeafNode(
                encryptionKey,
                signer.map(SignatureKeyPair::publicKey).orElse(now.signatureKey()),
                credential.orElse(now.credential()),
                capabilities.orElse(now.capabilities()),
                source,
                extensions.orElse(now.extensions()),
                Bytes.EMPTY);
    }
}
