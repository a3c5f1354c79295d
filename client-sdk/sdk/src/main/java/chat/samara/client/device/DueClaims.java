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
        Map<ServerName, Integer> underWay = underWay(channel);
        NavigableMap<Long, StoredIntent> due = claimable(channel, underWay);
        due.keySet().removeIf(number -> turn.monotonicMillis() < claimMillis(channel, number));
        if (due.isEmpty()) {
            return;
        }
        Roster roster = fulfilled.roster(turn, channel, own);
        due.forEach((number, intent) -> {
            ServerName server = serverOf(intent);
            if (underWay.getOrDefault(server, 0) < atOnce(channel, server)
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

    /** Whose KeyPackages can be asked for now or later without anything else happening before. */
    private static NavigableMap<Long, StoredIntent> claimable(LiveChannel channel, Map<ServerName, Integer> underWay) {
        NavigableMap<Long, StoredIntent> claimable = Intents.inTurn(channel);
        claimable.entrySet().removeIf(intent -> {
            if (!Intents.awaitsClaim(intent.getValue()) || isUnderWay(channel, intent.getKey())) {
                return true;
            }
            ServerName server = serverOf(intent.getValue());
            return underWay.getOrDefault(server, 0) >= atOnce(channel, server);
        });
        if (!claimable.isEmpty() && claimedBytes(channel) >= Limits.CLAIMED_BYTES_MAX) {
            claimable.clear();
        }
        return claimable;
    }

    /** When there is something to be claimed; empty if only events can tell. */
    static Optional<Long> nextMillis(LiveChannel channel) {
        return claimable(channel, underWay(channel)).keySet().stream()
                .map(number -> claimMillis(channel, number))
                .min(Long::compare);
    }

    private static long claimMillis(LiveChannel channel, long number) {
        ClaimState claim = channel.changes().claims.get(number);
        return claim == null ? 0 : claim.notBeforeMillis;
    }
}
