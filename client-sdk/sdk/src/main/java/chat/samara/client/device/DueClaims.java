package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.ClaimState;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.ServerName;
import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Whose KeyPackages are asked for next, of the additions that wait for theirs. */
final class DueClaims {
    private final Claims claims;
    private final FulfilledChanges fulfilled;

    DueClaims(Claims claims, FulfilledChanges fulfilled) {
        this.claims = claims;
        this.fulfilled = fulfilled;
    }

    /**
     * Of a server that has not answered yet one at a time: of one that is away no more is asked for, and nobody else waits for it. One that answers is asked
     * for more at once each time.
     */
    void claimWhatIsDue(Turn turn, LiveChannel channel, OwnIdentity own) {
        NavigableMap<Long, StoredIntent> due = unclaimed(channel);
        due.keySet().removeIf(number -> turn.monotonicMillis() < claimMillis(channel, number));
        if (due.isEmpty() || claimedBytes(channel) >= Limits.CLAIMED_BYTES_MAX) {
            return;
        }
        Roster roster = fulfilled.roster(turn, channel, own);
        Map<ServerName, Integer> underWay = underWay(channel);
        due.forEach((number, intent) -> {
            ServerName server = serverOf(intent);
            if (underWay.getOrDefault(server, 0) < atOnce(channel, server)
                    && !isUnderWay(channel, number)
                    && !fulfilled.settleIf(turn, channel, roster, number, intent)) {
                claims.claim(turn, channel, number, intent);
                underWay.merge(server, 1, Integer::sum);
            }
        });
    }

    private static int atOnce(LiveChannel channel, ServerName server) {
        return channel.changes().claimsAtOnce.getOrDefault(server, 1);
    }

    private static boolean isUnderWay(LiveChannel channel, long number) {
        ClaimState claim = channel.changes().claims.get(number);
        return claim != null && claim.underWay;
    }

    /** A server has answered a claim: more are asked of it at once, or one only where it gave nothing. */
    static void answered(LiveChannel channel, ServerName server, boolean isOwn, boolean hasGiven) {
        int most = isOwn ? Limits.CLAIMS_AT_ONCE_MAX : Limits.CLAIMS_AT_ANOTHER_AT_ONCE_MAX;
        channel.changes().claimsAtOnce.put(server, hasGiven ? Math.min(most, 2 * atOnce(channel, server)) : 1);
    }

    /** Whether a claim is under way at a server that has answered others, for which additions wait that have theirs. */
    static boolean isOneUnderWay(LiveChannel channel) {
        return channel.changes().claims.entrySet().stream()
                .filter(claim -> claim.getValue().underWay)
                .anyMatch(claim -> {
                    StoredIntent intent = channel.intents().get(claim.getKey());
                    return intent != null && atOnce(channel, serverOf(intent)) > 1;
                });
    }

    /** Of the KeyPackages that were claimed and are in no commit. */
    private static long claimedBytes(LiveChannel channel) {
        return channel.intents().values().stream()
                .flatMap(intent -> intent.getKeyPackagesList().stream())
                .mapToLong(ByteString::size)
                .sum();
    }

    private static Map<ServerName, Integer> underWay(LiveChannel channel) {
        Map<ServerName, Integer> underWay = new TreeMap<>();
        channel.changes().claims.forEach((number, claim) -> {
            StoredIntent intent = channel.intents().get(number);
            if (claim.underWay && intent != null) {
                underWay.merge(serverOf(intent), 1, Integer::sum);
            }
        });
        return underWay;
    }

    private static ServerName serverOf(StoredIntent addition) {
        return HistoryBook.user(addition.getAdd()).server();
    }

    private static NavigableMap<Long, StoredIntent> unclaimed(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> unclaimed = Intents.inTurn(channel);
        unclaimed.values().removeIf(intent -> !Intents.awaitsClaim(intent));
        return unclaimed;
    }

    /** When there is something to be claimed; empty if only events can tell. */
    static Optional<Long> nextMillis(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> unclaimed = unclaimed(channel);
        if (unclaimed.isEmpty() || claimedBytes(channel) >= Limits.CLAIMED_BYTES_MAX) {
            return Optional.empty();
        }
        Map<ServerName, Integer> underWay = underWay(channel);
        return unclaimed.entrySet().stream()
                .filter(waiting -> !isUnderWay(channel, waiting.getKey()))
                .filter(waiting -> {
                    ServerName server = serverOf(waiting.getValue());
                    return underWay.getOrDefault(server, 0) < atOnce(channel, server);
                })
                .map(waiting -> claimMillis(channel, waiting.getKey()))
                .min(Long::compare);
    }

    private static long claimMillis(LiveChannel channel, long number) {
        ClaimState claim = channel.changes().claims.get(number);
        return claim == null ? 0 : claim.notBeforeMillis;
    }
}
