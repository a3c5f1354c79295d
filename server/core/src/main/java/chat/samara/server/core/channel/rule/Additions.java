package chat.samara.server.core.channel.rule;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.server.core.rate.Shares;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many devices members add to channels: each takes three signatures, for which everybody else waits. A member of another server may add as many as one of
 * this server's own, and all of one other server together as many as some of them. Of what is left for these nobody is given more who has had more
 * lately ({@link Shares}); who has had none goes on when it is used up, until as much again is owed. What is too much is refused for good: if it waited, all that
 * others of that server say in the channel would wait behind it. In memory only: after a start everybody begins anew. What was
 * counted by work that is undone is not.
 *
 * <p>What counts is what is ordered. At the hub that shows at once; an origin takes it when it keeps the commit, or a member could have any number of them verified, and gives three quarters of it
 * back, of up to three devices all, if the hub does not order it: whoever commits in the same moment as another has lost little, and who does so again and again gets no further than with four
 * times as many.
 */
public final class Additions {
    /** The refusals' detail. */
    static final String LIMIT = "additions<=" + Limits.ADDITIONS_AT_ONCE_MAX;

    /** Of what a commit that the hub does not order had taken, this part stays taken: whoever loses races on purpose comes to an end. */
    private static final int LOST_WITH_A_RACE_PART = 4;

    private static final Rate OF_A_MEMBER =
            new Rate(Limits.ADDITIONS_AT_ONCE_MAX, Limits.ADDITION_BY_A_MEMBER_EVERY_MILLIS);
    private static final Rate OF_A_SERVER = new Rate(
            Limits.PEER_QUOTA_MEMBERS * Limits.ADDITIONS_AT_ONCE_MAX,
            Limits.ADDITION_BY_A_MEMBER_EVERY_MILLIS / Limits.PEER_QUOTA_MEMBERS);

    private final ServerName own;
    private final Journal journal;
    private final Rates<UserId> ofMembers = new Rates<>(Limits.QUOTAS_KEPT_MAX);
    private final Rates<ServerName> ofServers = new Rates<>(Limits.PEERS_MAX);
    private final Shares<UserId> shares = new Shares<>(OF_A_SERVER, Limits.QUOTAS_KEPT_MAX);

    /** What members of this server have taken for the last commits that it has kept and that are not in the log yet, in the order in which these came. */
    private final Map<Kept, Taken> taken = new LinkedHashMap<>();

    private record Kept(ChannelId channel, Optional<DeviceId> device, IdempotencyKey commit) {}

    private record Taken(UserId author, int count) {}

    /** @param own of whose members all together nothing is counted */
    public Additions(ServerName own, Journal journal) {
        this.own = own;
        this.journal = journal;
    }

    /** A commit that adds so many devices is about to be verified. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    public void begins(UserId author, int count) throws RefusedException {
        if (count == 0) {
            return;
        }
        long now = journal.monotonicMillis();
        int wanted = wanted(count);
        ofMembers.require(author, wanted, OF_A_MEMBER, now, "devices added to channels by " + author, LIMIT);
        if (!author.server().equals(own)) {
            requireShare(author, wanted, now);
        }
    }

    /** The commit is ordered, of which {@link #begins} was asked. */
    public void ordered(UserId author, int count) {
        if (count == 0) {
            return;
        }
        long now = journal.monotonicMillis();
        int wanted = wanted(count);
        if (!author.server().equals(own)) {
            journal.onUndo(ofServers.standing(author.server()));
            journal.onUndo(shares.standing(author));
            ofServers.owe(author.server(), wanted, OF_A_SERVER, now);
            shares.had(author, wanted, now);
        }
        spend(author, wanted);
    }

    private void spend(UserId author, int wanted) {
        journal.onUndo(ofMembers.standing(author));
        ofMembers.spend(author, wanted, OF_A_MEMBER, journal.monotonicMillis());
    }

    /** The commit of a member of this server is kept for its hub, of which {@link #begins} was asked. */
    public void kept(UserId author, int count, Record commit) {
        if (count > 0) {
            spend(author, wanted(count));
            Kept kept = new Kept(commit.channel(), commit.device(), commit.idempotencyKey());
            taken.put(kept, new Taken(author, wanted(count)));
            journal.onUndo(() -> taken.remove(kept));
            if (taken.size() > Limits.COMMITS_WITH_ADDITIONS_KEPT_MAX) {
                Taken unused = takeOut(taken.keySet().iterator().next());
            }
        }
    }

    /** A record that was kept for its hub is in the log, and that is durable: what it has taken, if it is such a commit, stays taken. */
    public void inTheLog(ChannelId channel, DeviceId device, IdempotencyKey key) {
        taken.remove(new Kept(channel, Optional.of(device), key));
    }

    /** A record that was kept for its hub will not be in the log: what it has taken, if it is such a commit, is given back. */
    public void notOrdered(ChannelId channel, DeviceId device, IdempotencyKey key) {
        Taken back = takeOut(new Kept(channel, Optional.of(device), key));
        if (back != null) {
            journal.onUndo(ofMembers.standing(back.author()));
            int givenBack = back.count() - back.count() / LOST_WITH_A_RACE_PART;
            ofMembers.giveBack(back.author(), givenBack, OF_A_MEMBER, journal.monotonicMillis());
        }
    }

    private @Nullable Taken takeOut(Kept kept) {
        Taken out = taken.remove(kept);
        if (out != null) {
            journal.onUndo(() -> taken.put(kept, out));
        }
        return out;
    }

    private static int wanted(int count) {
        return Math.min(count, OF_A_MEMBER.atOnceMax());
    }

    private void requireShare(UserId author, int wanted, long now) throws RefusedException {
        long left = ofServers.left(author.server(), OF_A_SERVER, now) - wanted;
        if (shares.hasHadMore(author, left, now)) {
            throw Refusal.limitReached(
                            "too many devices are added to channels by members of " + author.server()
                                    + ", and what is left is for those who have added fewer than " + author
                                    + "; try again later",
                            "additions-share",
                            Limits.ADDITIONS_SHARE_RETRY_MILLIS)
                    .asException();
        }
        long missing = -left - OF_A_SERVER.atOnceMax();
        if (missing > 0) {
            throw Refusal.limitReached(
                            "too many devices are added to channels by members of " + author.server()
                                    + "; try again later",
                            "additions-of-a-server<=" + OF_A_SERVER.atOnceMax(),
                            missing * OF_A_SERVER.everyMillis())
                    .asException();
        }
    }
}
