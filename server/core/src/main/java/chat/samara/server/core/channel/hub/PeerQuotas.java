package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.rate.CommonRates;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.server.core.rate.Shares;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What other servers, and each of their members, have had judged lately by this hub, be it ordered or refused: how much their own operators allow them is no
 * concern of this server's disk. A member of a peer may have as much as one of this server's own, and a peer as much as some of them. In memory only:
 * after a start everybody begins anew.
 *
 * <p>What a peer may have is open to all its members until it grows short: nobody is given more of it who has had more of it lately than is left
 * ({@link Shares}). So ten who take all that they can, however long they go on, leave about an eleventh of it for everybody else.
 *
 * <p>What is not judged, since its author has had too much, or since it stands in the log already, is on nobody's account: else a few would use up what others of
 * their server have. Of that the answers are counted instead, as many as records; the hub does not remember more of them.
 */
public final class PeerQuotas {
    private static final String OF_A_SERVER = "what waits goes on by itself, as time passes";
    private static final String OF_A_SHARE = "send it again later";
    private static final long MINUTE_MILLIS = 60_000;

    private final Journal journal;
    private final Counted records;
    private final Counted kibibytes;
    private final Rate answers;
    private final Rates<ServerName> answersOfServers = new Rates<>(Limits.PEERS_MAX);

    public PeerQuotas(MemberQuota ofMember, Journal journal) {
        MemberQuota ofPeer = ofMember.times(Limits.PEER_QUOTA_MEMBERS);
        this.journal = journal;
        this.answers = ofPeer.records();
        this.records = new Counted(
                new Allowed(
                        ofPeer.records(), ofPeer.recordsInWords(), "server-records-per-day<=" + ofPeer.recordsPerDay()),
                new Allowed(
                        ofMember.records(),
                        ofMember.recordsInWords(),
                        "member-records-per-day<=" + ofMember.recordsPerDay()),
                "member-share-of-records");
        this.kibibytes = new Counted(
                new Allowed(
                        ofPeer.kibibytes(),
                        ofPeer.kibibytesInWords(),
                        "server-mebibytes-per-day<=" + ofPeer.mebibytesPerDay()),
                new Allowed(
                        ofMember.kibibytes(),
                        ofMember.kibibytesInWords(),
                        "member-mebibytes-per-day<=" + ofMember.mebibytesPerDay()),
                "member-share-of-mebibytes");
    }

    /** What a server has none of left for a record of so many bytes, in the same words each time: whoever waits for it is told once. */
    Optional<Refusal> ofServer(ServerName origin, int bytes) {
        return records.ofServer(origin, 1).or(() -> kibibytes.ofServer(origin, MemberQuota.kibibytesOf(bytes)));
    }

    /** The same of a member, or what others of its server need of what is left for all of them. */
    Optional<Refusal> ofMember(Author author, int bytes) {
        return records.ofMember(author, 1).or(() -> kibibytes.ofMember(author, MemberQuota.kibibytesOf(bytes)));
    }

    /**
     * A record of so many bytes was ordered or refused, of which there was enough left.
     *
     * @param more bytes that are kept beside it, and that nobody knew of before: if there were not so many left, they are owed
     */
    void judged(Author author, int bytes, int more) {
        records.take(author, 1);
        kibibytes.take(author, MemberQuota.kibibytesOf(bytes));
        if (more > 0) {
            kibibytes.owe(author, MemberQuota.kibibytesOf(more));
        }
    }

    /** Whether one more answer to a record that was not judged is remembered. */
    boolean remembersAnswer(ServerName origin) {
        return answersOfServers.tryTake(origin, answers, journal.monotonicMillis());
    }

    /** A sentence for the operator on each server, and each member of one, that has used up what it may. */
    public Stream<String> usedUp() {
        return Stream.concat(records.usedUp(), kibibytes.usedUp());
    }

    /** @param words how much that is a day, and at once */
    private record Allowed(Rate rate, String words, String limit) {}

    /** One thing that is counted, of servers and of members. */
    private final class Counted {
        private final Allowed toServer;
        private final Allowed toMember;
        private final String shareLimit;
        private final CommonRates<ServerName, Author> ofServers;
        private final Rates<Author> ofMembers = new Rates<>(Limits.QUOTAS_KEPT_MAX);

        Counted(Allowed toServer, Allowed toMember, String shareLimit) {
            this.toServer = toServer;
            this.toMember = toMember;
            this.shareLimit = shareLimit;
            this.ofServers = new CommonRates<>(toServer.rate(), Limits.PEERS_MAX, Limits.QUOTAS_KEPT_MAX);
        }

        Optional<Refusal> ofServer(ServerName origin, int wanted) {
            return lacks(ofServers.groups(), origin, wanted, toServer, "server", OF_A_SERVER);
        }

        Optional<Refusal> ofMember(Author author, int wanted) {
            long millis = ofMembers.waitMillis(author, wanted, toMember.rate(), journal.monotonicMillis());
            return lacks(ofMembers, author, wanted, toMember, "member", "send it again after " + minutes(millis))
                    .or(() -> hasItsShare(author, wanted));
        }

        /** Never less than it is. */
        private static String minutes(long millis) {
            long minutes = (millis + MINUTE_MILLIS - 1) / MINUTE_MILLIS;
            return minutes == 1 ? "1 minute" : minutes + " minutes";
        }

        private Optional<Refusal> hasItsShare(Author author, int wanted) {
            long now = journal.monotonicMillis();
            long left = ofServers.left(author.server(), now)
                    - Math.min(wanted, toServer.rate().atOnceMax());
            // Whoever has had little may have what is left, or waits for it with everybody: a large server that is at
            // its
            // limit has many such.
            long little = toServer.rate().atOnceMax() / Limits.PEER_QUOTA_PARTS_OF_LITTLE;
            return !ofServers.hasHadMore(author, Math.max(left, little), now)
                    ? Optional.empty()
                    : Optional.of(Refusal.of(
                            ErrorCode.LIMIT_REACHED,
                            "too much comes of " + author
                                    + ", and what is left of what the operator of the channel's server allows "
                                    + author.server() + ", " + toServer.words()
                                    + ", is for members of it who have had less; " + OF_A_SHARE,
                            shareLimit));
        }

        private <K> Optional<Refusal> lacks(
                Rates<K> rates, K who, int wanted, Allowed allowed, String kind, String remedy) {
            return rates.has(
                            who,
                            Math.min(wanted, allowed.rate().atOnceMax()),
                            allowed.rate(),
                            journal.monotonicMillis())
                    ? Optional.empty()
                    : Optional.of(Refusal.of(
                            ErrorCode.LIMIT_REACHED,
                            "too much comes of " + who + ": the operator of the channel's server allows each other "
                                    + kind + " " + allowed.words() + "; " + remedy,
                            allowed.limit()));
        }

        void take(Author author, int wanted) {
            long now = journal.monotonicMillis();
            int atOnce = Math.min(wanted, toMember.rate().atOnceMax());
            if (!ofServers.tryTake(author.server(), author, wanted, now)) {
                throw lacking(author.server(), wanted);
            }
            if (!ofMembers.tryTake(author, atOnce, toMember.rate(), now)) {
                throw lacking(author, atOnce);
            }
        }

        private static IllegalStateException lacking(Object who, int wanted) {
            return new IllegalStateException(who + " has no " + wanted + " left, expected to be asked before");
        }

        Stream<String> usedUp() {
            return Stream.concat(
                    usedUp(ofServers.groups(), toServer, "server"),
                    usedUp(ofMembers, toMember, "member of another server"));
        }

        private <K> Stream<String> usedUp(Rates<K> rates, Allowed allowed, String kind) {
            return rates.usedUp(allowed.rate(), journal.monotonicMillis()).stream()
                    .map(who -> who + " has used up what each " + kind + " may in the channels of this one: "
                            + allowed.words()
                            + "; it goes on as time passes, and --member-records and --member-mib set how much"
                            + " that is");
        }

        void owe(Author author, int wanted) {
            ofServers.owe(author.server(), author, wanted, journal.monotonicMillis());
            ofMembers.owe(author, wanted, toMember.rate(), journal.monotonicMillis());
        }
    }
}
