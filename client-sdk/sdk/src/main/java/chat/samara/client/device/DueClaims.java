package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.ClaimState;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.identity.ServerName;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/** Whose KeyPackages are asked for next, of the additions that wait for theirs. */
final class DueClaims {
    private final Claims claims;
    private final FulfilledChanges fulfilled;

    DueClaims(Claims claims, FulfilledChanges fulfilled) {
        this.claims = claims;
        this.fulfilled = fulfilled;
    }

    /** Of each server one at a time: of one that is away no more is asked for, and nobody else waits for it. */
    void claimWhatIsDue(Turn turn, LiveChannel channel, OwnIdentity own) {
        Set<ServerName> asked = serversAsked(channel);
        unclaimed(channel).forEach((number, intent) -> {
            ServerName server = HistoryBook.user(intent.getAdd()).server();
            if (turn.monotonicMillis() >= claimMillis(channel, number)
                    && !asked.contains(server)
                    && !fulfilled.settleIf(turn, channel, own, number, intent)) {
                claims.claim(turn, channel, number, intent);
                asked.add(server);
            }
        });
    }

    private static Set<ServerName> serversAsked(LiveChannel channel) {
        Set<ServerName> asked = new HashSet<>();
        unclaimed(channel).forEach((number, intent) -> {
            ClaimState claim = channel.changes().claims.get(number);
            if (claim != null && claim.underWay) {
                asked.add(HistoryBook.user(intent.getAdd()).server());
            }
        });
        return asked;
    }

    private static NavigableMap<Long, StoredIntent> unclaimed(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> unclaimed = Intents.inTurn(channel);
        unclaimed.values().removeIf(intent -> !Intents.awaitsClaim(intent));
        return unclaimed;
    }

    static Optional<Long> nextMillis(LiveChannel channel) {
        Set<ServerName> asked = serversAsked(channel);
        return unclaimed(channel).entrySet().stream()
                .filter(waiting -> !asked.contains(
                        HistoryBook.user(waiting.getValue().getAdd()).server()))
                .map(waiting -> claimMillis(channel, waiting.getKey()))
                .min(Long::compare);
    }

    private static long claimMillis(LiveChannel channel, long number) {
        ClaimState claim = channel.changes().claims.get(number);
        return claim == null ? 0 : claim.notBeforeMillis;
    }
}
