package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Member;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rule {@value #RULE}: all leaves of a member in a channel carry one identity key. Otherwise a server could add a device of its own
 * under a member's name beside the member's, and nobody could say which of the two a safety number is about. Who has a new identity
 * key comes in with it only when all leaves with the old one are gone, at the latest by the same commit.
 *
 * <p>Judged are the leaves that come, against those that stay and against one another. Leaves that stood before are never judged
 * against each other: a log from before this rule may hold two keys of one member, and what neither adds to it nor changes a
 * key there stays as good as it was. Nobody joins by a Welcome while it holds two ({@link #brokenIn}). The hub, followers and devices call this for every commit, before it changes anything. Pure; any
 * thread.
 */
public final class OneIdentity {
    /** The rule's id: the {@code detail} of what {@link #require} refuses. */
    public static final String RULE = "one-identity";

    private OneIdentity() {}

    /** Of the members of a group the first, by leaf, that stands in it with different identity keys; empty if none does. */
    public static Optional<UserId> brokenIn(Collection<Member> members) throws RefusedException {
        Map<UserId, Bytes> keys = new HashMap<>();
        for (ChannelMember member : Roster.read(members)) {
            Bytes first = keys.putIfAbsent(member.user(), member.identityKey());
            if (first != null && !first.equals(member.identityKey())) {
                return Optional.of(member.user());
            }
        }
        return Optional.empty();
    }

    /**
     * Judges a commit that was verified.
     *
     * @param before who stood in the group before it, by leaf
     * @param added whose leaves it adds
     * @param removed whose leaves it removes
     * @param updated whose leaves it replaces, as they will stand
     * @throws RefusedException {@code INVALID_HANDSHAKE} with {@link #RULE} as detail, naming the member
     */
    public static void require(
            Collection<Member> before, Collection<Member> added, Collection<Member> removed, Collection<Member> updated)
            throws RefusedException {
        List<ChannelMember> coming = coming(before, added, updated);
        if (coming.isEmpty()) {
            return;
        }
        Map<UserId, List<ChannelMember>> devices = byUser(before);
        Set<Integer> leaving = removed.stream().map(Member::leafIndex).collect(Collectors.toSet());
        updated.forEach(member -> leaving.add(member.leafIndex()));
        Map<UserId, ChannelMember> standing = new HashMap<>();
        for (ChannelMember leaf : coming) {
            ChannelMember first = standing.putIfAbsent(leaf.user(), leaf);
            if (first == null) {
                for (ChannelMember stays : devices.getOrDefault(leaf.user(), List.of())) {
                    if (!leaving.contains(stays.leafIndex())) {
                        requireSame(stays, leaf);
                    }
                }
            } else {
                requireSame(first, leaf);
            }
        }
    }

    /** Leaves that are new, or have another identity key than before. */
    private static List<ChannelMember> coming(
            Collection<Member> before, Collection<Member> added, Collection<Member> updated) throws RefusedException {
        List<ChannelMember> coming = new ArrayList<>(Roster.read(added));
        if (updated.isEmpty()) {
            return coming;
        }
        Map<Integer, Member> standing = new HashMap<>();
        before.forEach(member -> standing.put(member.leafIndex(), member));
        for (Member member : updated) {
            ChannelMember fresh = Roster.member(member);
            Member old = standing.get(member.leafIndex());
            if (old == null || !Roster.member(old).identityKey().equals(fresh.identityKey())) {
                coming.add(fresh);
            }
        }
        return coming;
    }

    private static Map<UserId, List<ChannelMember>> byUser(Collection<Member> members) throws RefusedException {
        Map<UserId, List<ChannelMember>> devices = new HashMap<>();
        for (ChannelMember member : Roster.read(members)) {
            devices.computeIfAbsent(member.user(), it -> new ArrayList<>(1)).add(member);
        }
        return devices;
    }

    private static void requireSame(ChannelMember one, ChannelMember other) throws RefusedException {
        if (!one.identityKey().equals(other.identityKey())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    "two leaves of " + one.user() + " would have different identity keys ("
                            + one.identityKey().hex() + " in leaf " + one.leafIndex() + ", "
                            + other.identityKey().hex() + " in leaf " + other.leafIndex()
                            + "); a new key comes when all leaves with the old one are gone",
                    RULE);
        }
    }
}
