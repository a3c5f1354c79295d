package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.tree.LeafNode;

/** A member as it stands in the tree of an epoch. */
public record Member(int leafIndex, Credential credential, Bytes signatureKey, Bytes encryptionKey) {
    static Member of(int leafIndex, LeafNode leaf) {
        return new Member(leafIndex, leaf.credential(), leaf.signatureKey(), leaf.encryptionKey());
    }
}
