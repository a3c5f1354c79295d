package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.util.List;

/**
 * What the creator of a group chooses (RFC 9420 §11).
 *
 * @param groupId unique among all groups that any member is in
 * @param groupContextExtensions what all members agree on; the creator's capabilities must list their types
 * @param capabilities of the creator's leaf
 * @param lifetime of the creator's leaf, until its first commit with a path
 */
public record GroupConfig(
        CipherSuite suite,
        Bytes groupId,
        List<Extension> groupContextExtensions,
        Capabilities capabilities,
        Lifetime lifetime) {
    public GroupConfig {
        groupContextExtensions = List.copyOf(groupContextExtensions);
    }
}
