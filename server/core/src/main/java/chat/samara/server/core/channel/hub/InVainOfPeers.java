package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.rule.VerifiedInVain;
import chat.samara.server.core.rate.CommonRates;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Shares;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;

/**
 * How much this hub has verified to no avail of what other servers, and each of their members, have sent ({@link VerifiedInVain}). Of what is allowed to
 * a server nobody is given more who has had more of it lately than is left ({@link Shares}); who has had none goes on when it is used up, until as much again is owed. Whatever is too much is refused for good, and
 * nothing but changes of channels: what others of that server say does not wait behind it. In memory only.
 */
final class InVainOfPeers {
    private static final Rate OF_A_SERVER = new Rate(
            Limits.VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX,
            Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_AN_ORIGIN_EVERY_MILLIS);

    private final Journal journal;
    private final CommonRates<ServerName, Author> ofServers =
            new CommonRates<>(OF_A_SERVER, Limits.PEERS_MAX, Limits.QUOTAS_KEPT_MAX);
    private final VerifiedInVain<Author> ofMembers;

    InVainOfPeers(Journal journal) {
        this.journal = journal;
        this.ofMembers = VerifiedInVain.ofMembers(journal);
    }

    /** A record of the author is about to be verified. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    void begins(Author author, RecordKind kind, int bytes) throws RefusedException {
        int wanted = VerifiedInVain.kibibytes(kind, bytes);
        if (wanted == 0) {
            return;
        }
        ofMembers.begins(author, kind, bytes);
        long now = journal.monotonicMillis();
        long left = ofServers.left(author.server(), now);
        if (ofServers.hasHadMore(author, left, now)) {
            throw Refusal.limitReached(
                            "too many changes by " + author
                                    + " were refused after their signatures had been verified, and"
                                    + " what is left is for members of " + author.server()
                                    + " of whom fewer were; try again later",
                            "verified-in-vain-share",
                            Limits.VERIFIED_IN_VAIN_SHARE_RETRY_MILLIS)
                    .asException();
        }
        long missing = wanted - left - OF_A_SERVER.atOnceMax();
        if (missing > 0) {
            throw Refusal.limitReached(
                            "too many changes by members of " + author.server()
                                    + " were refused after their signatures had been verified; try again later",
                            "verified-in-vain-of-a-server-kib<=" + OF_A_SERVER.atOnceMax(),
                            missing * OF_A_SERVER.everyMillis())
                    .asException();
        }
    }

    /**
     * The record was refused.
     *
     * @param verified whether signatures had been verified by then
     */
    void refused(Author author, Record record, Refusal why, boolean verified) {
        int kibibytes = ofMembers.refused(author, record, why, verified);
        if (kibibytes > 0) {
            ofServers.owe(author.server(), author, kibibytes, journal.monotonicMillis());
        }
    }
}
