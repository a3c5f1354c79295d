package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What other servers, and each of their members, have had ordered lately by this hub: how much their own operators allow them is no concern of this
 * server's disk. A member of a peer may have as much as one of this server's own, and a peer as much as some of them. In memory only:
 * after a start everybody begins anew.
 */
public final class PeerQuotas {
    private final Journal journal;
    private final MemberQuota ofMember;
    private final MemberQuota ofPeer;
    private final Rates<ServerName> peerRecords = new Rates<>(Limits.PEERS_MAX);
    private final Rates<ServerName> peerKibibytes = new Rates<>(Limits.PEERS_MAX);
    private final Rates<UserId> memberRecords = new Rates<>(Limits.QUOTAS_KEPT_MAX);
    private final Rates<UserId> memberKibibytes = new Rates<>(Limits.QUOTAS_KEPT_MAX);

    public PeerQuotas(MemberQuota ofMember, Journal journal) {
        this.journal = journal;
        this.ofMember = ofMember;
        this.ofPeer = ofMember.times(Limits.PEER_QUOTA_MEMBERS);
    }

    /** What a server has none of left for a record of so many bytes, in the same words each time: whoever waits for it is told once. */
    Optional<Refusal> ofServer(ServerName origin, int bytes) {
        return lacks(
                        peerRecords,
                        origin,
                        1,
                        ofPeer.records(),
                        "server",
                        records(ofPeer),
                        "what waits goes on by itself, as time passes")
                .or(() -> lacks(
                        peerKibibytes,
                        origin,
                        MemberQuota.kibibytesOf(bytes),
                        ofPeer.kibibytes(),
                        "server",
                        mebibytes(ofPeer),
                        "what waits goes on by itself, as time passes"));
    }

    /** The same of a member. */
    Optional<Refusal> ofMember(UserId author, int bytes) {
        return lacks(memberRecords, author, 1, ofMember.records(), "member", records(ofMember), "send it again later")
                .or(() -> lacks(
                        memberKibibytes,
                        author,
                        MemberQuota.kibibytesOf(bytes),
                        ofMember.kibibytes(),
                        "member",
                        mebibytes(ofMember),
                        "send it again later"));
    }

    /**
     * A record of so many bytes was ordered, of which there was enough left.
     *
     * @param author the member whose device has made it, if the channel knows the device
     */
    void ordered(ServerName origin, Optional<UserId> author, int bytes) {
        int kibibytes = MemberQuota.kibibytesOf(bytes);
        take(peerRecords, origin, 1, ofPeer.records());
        take(peerKibibytes, origin, kibibytes, ofPeer.kibibytes());
        author.ifPresent(user -> {
            take(memberRecords, user, 1, ofMember.records());
            take(memberKibibytes, user, kibibytes, ofMember.kibibytes());
        });
    }

    /** A sentence for the operator on each server, and each member of one, that has used up what it may. */
    public Stream<String> usedUp() {
        return Stream.of(
                        usedUp(peerRecords, ofPeer.records(), "server", records(ofPeer)),
                        usedUp(peerKibibytes, ofPeer.kibibytes(), "server", mebibytes(ofPeer)),
                        usedUp(memberRecords, ofMember.records(), "member of another server", records(ofMember)),
                        usedUp(memberKibibytes, ofMember.kibibytes(), "member of another server", mebibytes(ofMember)))
                .flatMap(it -> it);
    }

    private <K> Stream<String> usedUp(Rates<K> rates, Rate rate, String kind, Allowed allowed) {
        return rates.usedUp(rate, journal.monotonicMillis()).stream()
                .map(who -> who + " has used up what each " + kind + " may in the channels of this one: "
                        + allowed.perDay() + " a day; it goes on as time passes, and --member-records and --member-mib"
                        + " set how much that is");
    }

    private record Allowed(String perDay, String limit) {}

    private static Allowed records(MemberQuota quota) {
        return new Allowed(
                quota.recordsPerDay() + " messages and changes", "records-per-day<=" + quota.recordsPerDay());
    }

    private static Allowed mebibytes(MemberQuota quota) {
        return new Allowed(quota.mebibytesPerDay() + " MiB", "mebibytes-per-day<=" + quota.mebibytesPerDay());
    }

    private <K> Optional<Refusal> lacks(
            Rates<K> rates, K who, int wanted, Rate rate, String kind, Allowed allowed, String remedy) {
        return rates.has(who, Math.min(wanted, rate.atOnceMax()), rate, journal.monotonicMillis())
                ? Optional.empty()
                : Optional.of(Refusal.of(
                        ErrorCode.LIMIT_REACHED,
                        "too much comes of " + who + ": the operator of the channel's server allows each other " + kind
                                + " " + allowed.perDay() + " a day; " + remedy,
                        kind + "-" + allowed.limit()));
    }

    private <K> void take(Rates<K> rates, K who, int wanted, Rate rate) {
        if (!rates.tryTake(who, Math.min(wanted, rate.atOnceMax()), rate, journal.monotonicMillis())) {
            throw new IllegalStateException(who + " has no " + wanted + " left, expected to be asked before");
        }
    }
}
