package chat.samara.client.device;

import chat.samara.client.stored.StoredMessage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What a commit says in the history of a channel: who came, went or came back, and whose identity key is another than before. */
final class MemberRows {
    private MemberRows() {}

    static void append(Turn turn, LiveChannel channel, OwnIdentity own, Returns.Followed followed)
            throws RefusedException {
        Change.Committed commit = followed.commit();
        Entry entry = followed.entry();
        UserId author = commit.author().user();
        StoredMessage.Builder row = HistoryBook.ofServer(entry.acceptedTimeMillis())
                .setSender(author.toString())
                .setOwn(author.equals(own.user()));
        if (commit.commit().isExternal()) {
            HistoryBook.append(turn, channel, entry.seq(), row.setReturned(true).build());
        } else {
            Roster after = Roster.of(followed.observed().group().members());
            HistoryBook.append(
                    turn,
                    channel,
                    entry.seq(),
                    HistoryBook.membersChanged(
                            row, joined(followed.before(), commit.added()), left(after, commit.removed())));
        }
        Pins.observeLeaves(turn, channel, entry.seq(), entry.acceptedTimeMillis(), commit.added(), commit.removed());
    }

    /** Members that had no device in the channel before. */
    private static List<UserId> joined(Roster before, List<ChannelMember> added) {
        return users(added).stream().filter(user -> !before.hasUser(user)).toList();
    }

    /** Members that have no device in the channel any more. */
    private static List<UserId> left(Roster after, List<ChannelMember> removed) {
        List<UserId> left = new ArrayList<>(users(removed));
        left.removeIf(after::hasUser);
        return left;
    }

    private static List<UserId> users(List<ChannelMember> members) {
        TreeSet<UserId> users = new TreeSet<>();
        members.forEach(member -> users.add(member.user()));
        return List.copyOf(users);
    }
}
