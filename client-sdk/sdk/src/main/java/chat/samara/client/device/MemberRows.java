package chat.samara.client.device;

import chat.samara.client.stored.StoredMemberBarred;
import chat.samara.client.stored.StoredMessage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a commit says in the history of a channel: who came, went or came back, whose devices were changed by somebody else, and whose identity key is
 * another than before.
 */
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
            boolean underNewKey = isUnderNewKey(commit);
            HistoryBook.append(
                    turn,
                    channel,
                    entry.seq(),
                    row.setReturned(true).setUnderNewKey(underNewKey).build());
        } else {
            appendChanged(turn, channel, followed, row);
        }
        Pins.observeLeaves(
                turn,
                channel,
                entry.seq(),
                entry.acceptedTimeMillis(),
                commit.added(),
                commit.removed(),
                author,
                false);
        if (commit.commit().isExternal() && isUnderNewKey(commit)) {
            commit.added().forEach(device -> Pins.deviceRenewed(turn, device));
        }
    }

    private static void appendChanged(
            Turn turn, LiveChannel channel, Returns.Followed followed, StoredMessage.Builder row)
            throws RefusedException {
        Change.Committed commit = followed.commit();
        Roster after = Roster.of(followed.observed().group().members());
        long seq = followed.entry().seq();
        List<UserId> joined = joined(followed.before(), commit.added());
        List<UserId> left = left(after, commit.removed());
        List<UserId> stay = stay(followed.before(), after, commit);
        if (stay.isEmpty() || !joined.isEmpty() || !left.isEmpty()) {
            HistoryBook.append(turn, channel, seq, HistoryBook.membersChanged(row.clone(), joined, left));
        }
        if (!stay.isEmpty()) {
            HistoryBook.append(turn, channel, seq, HistoryBook.devicesChanged(row, stay));
        }
    }

    /** Whoever returns takes the place of a leaf of its own: that of another device key, if it was put back to an old state. */
    private static boolean isUnderNewKey(Change.Committed commit) {
        return commit.added().stream()
                .noneMatch(come ->
                        commit.removed().stream().anyMatch(gone -> gone.device().equals(come.device())));
    }

    /** Who may not commit any more since this commit, told to everybody, also to whom it is about. */
    static void appendBarred(
            Turn turn, LiveChannel channel, OwnIdentity own, Returns.Followed followed, Set<Bytes> barredBefore) {
        Entry entry = followed.entry();
        Blame blame = followed.observed().blame();
        for (Bytes identityKey : new TreeSet<>(blame.barred())) {
            // All devices of a user have one identity key.
            Optional<UserId> member = followed.before().members().stream()
                    .filter(it -> it.identityKey().equals(identityKey) && !barredBefore.contains(identityKey))
                    .map(ChannelMember::user)
                    .findFirst();
            if (member.isPresent()) {
                boolean isOwn = member.get().equals(own.user());
                int accusers = blame.voicesAgainst(identityKey);
                HistoryBook.append(
                        turn,
                        channel,
                        entry.seq(),
                        HistoryBook.ofServer(entry.acceptedTimeMillis())
                                .setSender(member.get().toString())
                                .setOwn(isOwn)
                                .setMemberBarred(StoredMemberBarred.newBuilder()
                                        .setMember(member.get().toString())
                                        .setAccusers(accusers))
                                .build());
                turn.tellOnce(
                        channel,
                        new ClientEvent.MemberBarred(channel.id(), entry.seq(), member.get(), isOwn, accusers));
            }
        }
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

    /** Members that were there and are, and have other devices in the channel than before. */
    private static List<UserId> stay(Roster before, Roster after, Change.Committed commit) {
        List<ChannelMember> changed = new ArrayList<>(commit.added());
        changed.addAll(commit.removed());
        return users(changed).stream()
                .filter(user -> before.hasUser(user) && after.hasUser(user))
                .toList();
    }

    private static List<UserId> users(List<ChannelMember> members) {
        TreeSet<UserId> users = new TreeSet<>();
        members.forEach(member -> users.add(member.user()));
        return List.copyOf(users);
    }
}
