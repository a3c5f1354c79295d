package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.util.List;
import java.util.Optional;

/**
 * What the creator of a group chooses (RFC 9420 §11). {@link #of} makes the usual choices.
 *
 * @param groupId unique among all groups that any member is in
 * @param groupContextExtensions what all members agree on; the creator's capabilities must list their types
 * @param capabilities of the creator's leaf
 * @param lifetime of the creator's leaf, until its first commit with a path; by default {@link GroupEnvironment#leafLifetime}
 * @param leafExtensions of the creator's leaf; its capabilities must list their types
 */
public record GroupConfig(
        CipherSuite suite,
        Bytes groupId,
        List<Extension> groupContextExtensions,
        Capabilities capabilities,
        Optional<Lifetime> lifetime,
        List<Extension> leafExtensions) {
    public GroupConfig {
        groupContextExtensions = List.copyOf(groupContextExtensions);
        leafExtensions = List.copyOf(leafExtensions);
    }

    /** Without leaf extensions. */
    public GroupConfig(
            CipherSuite suite,
            Bytes groupId,
            List<Extension> groupContextExtensions,
            Capabilities capabilities,
            Lifetime lifetime) {
        this(suite, groupId, groupContextExtensions, capabilities, Optional.of(lifetime), List.of());
    }

    /** A group without extensions, and a creator who supports what this library does by itself. */
    public static GroupConfig of(CipherSuite suite, Bytes groupId) {
        return new GroupConfig(
                suite, groupId, List.of(), Capabilities.of(List.of(), List.of()), Optional.empty(), List.of());
    }

    /** The same with these extensions of the GroupContext. */
    public GroupConfig withGroupContextExtensions(List<Extension> extensions) {
        return new GroupConfig(suite, groupId, extensions, capabilities, lifetime, leafExtensions);
    }

    /** The same with these capabilities of the creator. */
    public GroupConfig withCapabilities(Capabilities other) {
        return new GroupConfig(suite, groupId, groupContextExtensions, other, lifetime, leafExtensions);
    }

    /** The same with these extensions of the creator's leaf. */
    public GroupConfig withLeafExtensions(List<Extension> extensions) {
        return new GroupConfig(suite, groupId, groupContextExtensions, capabilities, lifetime, extensions);
    }
}
