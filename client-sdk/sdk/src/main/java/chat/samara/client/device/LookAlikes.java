package chat.samara.client.device;

import chat.samara.client.stored.StoredLookAlike;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredPin;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.name.LookAlike;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Notices when a member comes into a channel who can be taken for somebody that this device knows, on the same server or on one whose name
 * looks the same. Known is whose identity key was ever seen, the own member's too. Whoever is the real one, both are named: the device cannot
 * tell. A server keeps its own members apart; one that does not, or another server, is what this is for.
 */
final class LookAlikes {
    private final DeviceStore store;

    // Only looked up by key, never walked: its order decides nothing. Filled when it is needed first.
    private final Map<String, List<UserId>> knownByKey = new HashMap<>();
    private boolean loaded;

    LookAlikes(DeviceStore store) {
        this.store = store;
    }

    /** As {@link #of}, but nobody for a member whose key was compared: there is no doubt who that is. */
    List<UserId> ofDoubtful(StoreTransaction store, UserId member) {
        return isVerified(store, member) ? List.of() : of(member);
    }

    /** Whoever is known and can be taken for this member, in the order of their ids. */
    private List<UserId> of(UserId member) {
        load();
        return knownByKey.getOrDefault(key(member), List.of()).stream()
                .filter(member::looksLike)
                .sorted()
                .toList();
    }

    /** Members are in a channel now who were not before, or whom this device finds there when it joins. */
    void appeared(Turn turn, LiveChannel channel, long seq, long millis, Set<UserId> members) {
        for (UserId member : members) {
            for (UserId known : ofDoubtful(turn.store(), member)) {
                turn.tell(new ClientEvent.LookAlikeAppeared(channel.id(), member, known));
                HistoryBook.append(turn, channel, seq, row(member, known, millis));
            }
            add(member);
        }
    }

    private static StoredMessage row(UserId member, UserId known, long millis) {
        return HistoryBook.ofServer(millis)
                .setSender(member.toString())
                .setLookAlike(StoredLookAlike.newBuilder()
                        .setMember(member.toString())
                        .setKnown(known.toString()))
                .build();
    }

    private static boolean isVerified(StoreTransaction store, UserId member) {
        return Pins.find(store, member).filter(StoredPin::getVerified).isPresent();
    }

    private void load() {
        if (!loaded) {
            loaded = true;
            store.scan(DeviceTable.PIN, Keys.FIRST, Keys.LAST, (key, row) -> {
                add(HistoryBook.user(new String(key.toByteArray(), StandardCharsets.UTF_8)));
                return true;
            });
        }
    }

    private void add(UserId user) {
        List<UserId> known = knownByKey.computeIfAbsent(key(user), any -> new ArrayList<>());
        if (!known.contains(user)) {
            known.add(user);
        }
    }

    /** Equal for any two that look alike. */
    private static String key(UserId user) {
        return user.look().coarse() + "@" + LookAlike.of(user.server().value()).coarse();
    }
}
