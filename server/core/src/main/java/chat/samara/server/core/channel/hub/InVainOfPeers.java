package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.rule.VerifiedInVain;
import chat.samara.server.core.rate.Shares;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;

/**
 * How much this hub has verified to no avail of what other servers, and each of their members, have sent ({@link VerifiedInVain}). Of what is allowed to
 * a server nobody is given more who has had more of it lately than is left ({@link Shares}). In memory only.
 */
final class InVainOfPeers {
    private final Journal journal;
    private final VerifiedInVain<ServerName> ofServers;
    private final VerifiedInVain<Author> ofMembers;
    private final Shares<Author> shares;

    InVainOfPeers(Journal journal) {
        this.journal = journal;
        this.ofServers = VerifiedInVain.ofOrigins(journal);
        this.ofMembers = VerifiedInVain.ofMembers(journal);
        this.shares = new Shares<>(ofServers.rate(), Limits.QUOTAS_KEPT_MAX);
    }

    /** A record of the server is about to be verified. Refused with {@code LIMIT_REACHED}; then it is to come again later. */
    void begins(ServerName origin, RecordKind kind, int bytes) throws RefusedException {
        ofServers.begins(origin, kind, bytes);
    }

    /** The same of a member, whose record is refused for good; or what others of its server need of what is left for all of them. */
    void begins(Author author, RecordKind kind, int bytes) throws RefusedException {
        ofMembers.begins(author, kind, bytes);
        boolean isHandshake = kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL;
        if (isHandshake && shares.hasHadMore(author, ofServers.left(author.server()), journal.monotonicMillis())) {
            throw Refusal.limitReached(
                            "too many changes by " + author
                                    + " were refused after their signatures had been verified, and"
                                    + " what is left is for members of " + author.server()
                                    + " of whom fewer were; try again later",
                            "verified-in-vain-share",
                            Limits.VERIFIED_IN_VAIN_SHARE_RETRY_MILLIS)
                    .asException();
        }
    }

    /** The record was refused. */
    void refused(Author author, Record record, Refusal why) {
        ofServers.refused(author.server(), record, why);
        shares.had(author, ofMembers.refused(author, record, why), journal.monotonicMillis());
    }
}
