package chat.samara.client.device;

import chat.samara.mls.group.Group;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.OneIdentity;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.Optional;

/** Who is in a group of this engine's, whose leaves were all accepted by Samara's authentication service when they came in. */
final class Rosters {
    private Rosters() {}

    static Roster of(Group group) {
        try {
            return Roster.of(group.members());
        } catch (RefusedException e) {
            throw new IllegalStateException("a group with a leaf that has no certificate", e);
        }
    }

    /** These leaves, in their order. */
    static List<ChannelMember> of(List<Member> members) {
        return members.stream().map(Rosters::of).toList();
    }

    static Roster of(PublicGroup group) {
        try {
            return Roster.of(group.members());
        } catch (RefusedException e) {
            throw new IllegalStateException("a group with a leaf that has no certificate", e);
        }
    }

    /** The first member that stands in a group with different identity keys; empty if none does. */
    static Optional<UserId> withTwoKeys(List<Member> members) {
        try {
            return OneIdentity.brokenIn(members);
        } catch (RefusedException e) {
            throw new IllegalStateException("a group with a leaf that has no certificate", e);
        }
    }

    static ChannelMember of(Member member) {
        try {
            return Roster.member(member);
        } catch (RefusedException e) {
            throw new IllegalStateException("leaf " + member.leafIndex() + " of a group has no certificate", e);
        }
    }
}
