package chat.samara.client.device;

import chat.samara.client.stored.StoredLookAlike;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredPin;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.name.LookAlike;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /**
     * Members are in a channel now who were not before, or whom this device finds there when it joins. One row and one event for each of
     * them, however many they resemble; those first who resemble somebody that was known before, so that a crowd of newcomers who
     * resemble each other hides nobody.
     */
    void appeared(Turn turn, LiveChannel channel, long seq, long millis, Set<UserId> members) {
        Map<UserId, UserId> told = new LinkedHashMap<>();
        for (UserId member : members) {
            known(turn.store(), member).ifPresent(known -> told.put(member, known));
        }
        for (UserId member : members) {
            if (!told.containsKey(member)) {
                known(turn.store(), member).ifPresent(known -> told.put(member, known));
            }
            add(member);
        }
        told.entrySet().stream()
                .limit(Limits.LOOK_ALIKES_PER_ENTRY_MAX)
                .forEach(pair -> tell(turn, channel, seq, millis, pair.getKey(), pair.getValue()));
    }

    private static void tell(Turn turn, LiveChannel channel, long seq, long millis, UserId member, UserId known) {
        turn.tell(new ClientEvent.LookAlikeAppeared(channel.id(), member, known));
        HistoryBook.append(turn, channel, seq, row(member, known, millis));
    }

    /** Whom this member is most likely to be taken for: one whose key was compared, or is gone by, or else whom this device has seen first. */
    private Optional<UserId> known(StoreTransaction store, UserId member) {
        return ofDoubtful(store, member).stream()
                .limit(Limits.LOOK_ALIKES_WEIGHED_MAX)
                .min(Comparator.comparing((UserId known) -> !isVerified(store, known))
                        .thenComparing(known ->
                                Pins.find(store, known).filter(Pins::isPinned).isEmpty())
                        .thenComparing(known -> Pins.find(store, known)
                                .map(StoredPin::getSeenMillis)
                                .orElse(Long.MAX_VALUE))
                        .thenComparing(Comparator.naturalOrder()));
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
