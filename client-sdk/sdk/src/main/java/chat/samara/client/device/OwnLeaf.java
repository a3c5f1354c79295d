package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What this version lists in its leaves and KeyPackages: nothing that it does not process. Leaves of before list less; their devices make them anew with
 * their first commit. A channel can use something only when the leaves of all its members list it.
 *
 * <p>AppDataUpdate, AppEphemeral and their dictionary are processed, and not listed yet (decision 0023): a hub of an earlier version would order them of any member once all
 * leaves list them, and devices, which refuse them while there are no rules for them, would hold that against the hub. They are listed once hubs of this version are about.
 */
final class OwnLeaf {
    private static final List<Integer> EXTENSIONS = List.of();
    private static final List<Integer> PROPOSALS = List.of(Proposal.SELF_REMOVE);
    private static final RequiredCapabilities ALL =
            new RequiredCapabilities(EXTENSIONS, PROPOSALS, List.of(Credential.BASIC));

    private OwnLeaf() {}

    /** Every suite that a channel can be made with, whichever the present one is made with. */
    static Capabilities capabilities() {
        return Capabilities.of(
                        Arrays.stream(ChannelSuite.values())
                                .map(ChannelSuite::cipherSuite)
                                .toList(),
                        EXTENSIONS,
                        List.of(Credential.BASIC))
                .withProposals(PROPOSALS);
    }

    static List<Extension> extensions() {
        return List.of();
    }

    /** What a commit changes in the own leaf, so that it lists what this version does; nothing where it lists just that already. */
    static LeafChange renewal(Group group) {
        return isCurrent(group)
                ? LeafChange.NONE
                : LeafChange.NONE.withCapabilities(capabilities()).withExtensions(extensions());
    }

    private static boolean isCurrent(Group group) {
        return group.publicGroup()
                .leafNode(group.ownLeafIndex())
                .filter(leaf -> leaf.capabilities().equals(capabilities())
                        && leaf.extensions().equals(extensions()))
                .isPresent();
    }

    /** The leaves that do not list all of it. */
    static Set<Integer> lacking(PublicGroup group) {
        Set<Integer> lacking = new TreeSet<>();
        group.membersLacking(ALL, List.of()).forEach(member -> lacking.add(member.leafIndex()));
        return lacking;
    }
}
