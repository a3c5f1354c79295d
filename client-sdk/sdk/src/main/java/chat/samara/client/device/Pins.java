package chat.samara.client.device;

import chat.samara.client.channel.KnownKey;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.stored.StoredPinnedKey;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.SafetyNumber;
import chat.samara.wire.identity.UserId;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Members' identity keys: rows of PIN. A device goes by one key of a member, that of first sight, until a person accepts another:
 * no server, and no other member's commit, changes it. Every key that was seen is kept with its dates; a mark that it was compared is
 * the key's own.
 */
final class Pins {
    private Pins() {}

    /**
     * A leaf that came into a channel with another key than the member had.
     *
     * @param accepted whether a person has accepted the new one
     */
    record KeyChange(UserId member, Bytes before, Bytes now, boolean accepted) {}

    /**
     * Takes note of the leaves that came into a group, and shows each key that changed in the channel's history, once; and members who
     * can be taken for others.
     *
     * @param seq place of what brought them
     * @param millis when, for the history
     * @param gone who left by the same commit
     */
    static void observeLeaves(
            Turn turn,
            LiveChannel channel,
            long seq,
            long millis,
            Collection<ChannelMember> come,
            Collection<ChannelMember> gone) {
        Set<KeyChange> changes = new LinkedHashSet<>();
        for (ChannelMember leaf : come) {
            observe(turn, leaf.user(), leaf.identityKey())
                    .or(() -> acceptance(turn, leaf))
                    .or(() -> replaced(leaf, gone))
                    .ifPresent(changes::add);
        }
        for (KeyChange change : changes) {
            HistoryBook.append(turn, channel, seq, HistoryBook.keyChanged(change, millis));
        }
        Set<UserId> newcomers = new TreeSet<>();
        come.forEach(leaf -> newcomers.add(leaf.user()));
        gone.forEach(leaf -> newcomers.remove(leaf.user()));
        turn.lookAlikes().appeared(turn, channel, seq, millis, newcomers);
    }

    /** An accepted key that takes the place of another in this very group. */
    private static Optional<KeyChange> replaced(ChannelMember leaf, Collection<ChannelMember> gone) {
        return gone.stream()
                .filter(old ->
                        old.user().equals(leaf.user()) && !old.identityKey().equals(leaf.identityKey()))
                .findFirst()
                .map(old -> new KeyChange(leaf.user(), old.identityKey(), leaf.identityKey(), true));
    }

    /** Takes note of a key; pins it at first sight. Another than the one that the device goes by is told, and changes nothing. */
    static Optional<KeyChange> observe(Turn turn, UserId member, Bytes identityKey) {
        Optional<StoredPin> known = find(turn.store(), member);
        if (known.isEmpty()) {
            pinAtFirstSight(turn, member, identityKey);
            return Optional.empty();
        }
        StoredPin pin = known.get();
        Bytes current = Stored.bytes(pin.getIdentityKey());
        if (!current.equals(identityKey)) {
            if (indexOf(pin, identityKey) < 0) {
                write(turn, member, withNewKey(pin, identityKey, turn.wallMillis()));
            }
            turn.tell(new ClientEvent.IdentityKeyChanged(member, current, identityKey));
            return Optional.of(new KeyChange(member, current, identityKey, false));
        }
        return Optional.empty();
    }

    /** The first time that a key which a person accepted stands in a channel, its history says so. */
    private static Optional<KeyChange> acceptance(Turn turn, ChannelMember leaf) {
        UserId member = leaf.user();
        StoredPin pin = find(turn.store(), member).orElseThrow();
        int index = indexOf(pin, leaf.identityKey());
        StoredPinnedKey key = pin.getKeys(index);
        if (key.getTookPlaceOf().isEmpty()) {
            return Optional.empty();
        }
        write(
                turn,
                member,
                pin.toBuilder()
                        .setKeys(index, key.toBuilder().clearTookPlaceOf())
                        .build());
        return Optional.of(
                new KeyChange(member, Stored.bytes(key.getTookPlaceOf()), Stored.bytes(key.getIdentityKey()), true));
    }

    private static void pinAtFirstSight(Turn turn, UserId member, Bytes identityKey) {
        write(
                turn,
                member,
                StoredPin.newBuilder()
                        .setIdentityKey(Stored.bytes(identityKey))
                        .setSeenMillis(turn.wallMillis())
                        .addKeys(StoredPinnedKey.newBuilder()
                                .setIdentityKey(Stored.bytes(identityKey))
                                .setSeenMillis(turn.wallMillis())
                                .setAcceptedMillis(turn.wallMillis()))
                        .build());
    }

    /** Whoever can make up keys for a member does not fill the disk by it. */
    private static StoredPin withNewKey(StoredPin pin, Bytes identityKey, long nowMillis) {
        List<StoredPinnedKey> keys = new ArrayList<>(pin.getKeysList());
        if (keys.size() >= Limits.KEYS_PER_PIN_MAX) {
            StoredPinnedKey forgotten = keys.stream()
                    .filter(key -> !key.getVerified()
                            && key.getAcceptedMillis() == 0
                            && !key.getIdentityKey().equals(pin.getIdentityKey()))
                    .findFirst()
                    .or(() -> keys.stream()
                            .filter(key -> !key.getIdentityKey().equals(pin.getIdentityKey()))
                            .findFirst())
                    .orElseThrow();
            keys.remove(forgotten);
        }
        keys.add(StoredPinnedKey.newBuilder()
                .setIdentityKey(Stored.bytes(identityKey))
                .setSeenMillis(nowMillis)
                .build());
        return pin.toBuilder().clearKeys().addAllKeys(keys).build();
    }

    /**
     * Whether a member's devices may be added under these identity keys, one of each KeyPackage that a server handed out: it must be
     * one key, and the one that this device goes by. Pins it at first sight.
     */
    static Optional<Refusal> admit(Turn turn, UserId member, Collection<Bytes> identityKeys) {
        Set<Bytes> keys = new LinkedHashSet<>(identityKeys);
        Optional<StoredPin> pin = find(turn.store(), member);
        boolean foreign = false;
        if (pin.isPresent() || keys.size() == 1) {
            for (Bytes key : keys) {
                foreign |= observe(turn, member, key).isPresent();
            }
        }
        if (keys.size() > 1) {
            return Optional.of(
                    new Refusal(
                            RefusalCode.IDENTITY_KEYS_DIFFER,
                            "the KeyPackages of " + member + "'s devices have " + keys.size()
                                    + " different identity keys; a server has mixed in a foreign one, and none of them was added"));
        }
        return foreign ? Optional.of(changed(member)) : Optional.empty();
    }

    private static Refusal changed(UserId member) {
        return new Refusal(
                RefusalCode.IDENTITY_KEY_CHANGED,
                "the identity key of " + member + " is not the one that this device knows: they have a new profile, or"
                        + " somebody is pretending to be them; compare the new safety number with them, accept the new key, and add"
                        + " them again");
    }

    /** The row, with its keys: one from before they were kept had seen one only. */
    static Optional<StoredPin> find(StoreTransaction store, UserId member) {
        return store.get(DeviceTable.PIN, Keys.user(member)).map(row -> {
            StoredPin pin = Stored.parse(StoredPin.parser(), row);
            return pin.getKeysCount() > 0
                    ? pin
                    : pin.toBuilder()
                            .addKeys(StoredPinnedKey.newBuilder()
                                    .setIdentityKey(pin.getIdentityKey())
                                    .setSeenMillis(pin.getSeenMillis())
                                    .setAcceptedMillis(pin.getSeenMillis())
                                    .setVerified(pin.getVerified()))
                            .build();
        });
    }

    /** Whether this is the key that the device goes by, and marked as compared. */
    static boolean isVerified(StoredPin pin, Bytes identityKey) {
        return isCurrent(pin, identityKey) && pin.getVerified();
    }

    static boolean isCurrent(StoredPin pin, Bytes identityKey) {
        return Stored.bytes(pin.getIdentityKey()).equals(identityKey);
    }

    /** Marks the present key as compared; false if no key of this member was seen yet. */
    static boolean verify(Turn turn, UserId member) {
        Optional<StoredPin> pin = find(turn.store(), member);
        pin.ifPresent(known -> {
            int index = indexOf(known, Stored.bytes(known.getIdentityKey()));
            StoredPinnedKey key = known.getKeys(index).toBuilder()
                    .setVerified(true)
                    .setVerifiedMillis(turn.wallMillis())
                    .build();
            write(
                    turn,
                    member,
                    known.toBuilder().setVerified(true).setKeys(index, key).build());
        });
        return pin.isPresent();
    }

    /** A person takes this key, which was seen, as the member's from now on; false if it was never seen. */
    static boolean accept(Turn turn, UserId member, Bytes identityKey) {
        Optional<StoredPin> known = find(turn.store(), member);
        int index = known.map(pin -> indexOf(pin, identityKey)).orElse(-1);
        if (index < 0) {
            return false;
        }
        StoredPin pin = known.orElseThrow();
        if (isCurrent(pin, identityKey)) {
            return true;
        }
        StoredPinnedKey key = pin.getKeys(index).toBuilder()
                .setAcceptedMillis(turn.wallMillis())
                .setTookPlaceOf(pin.getIdentityKey())
                .build();
        write(
                turn,
                member,
                pin.toBuilder()
                        .setKeys(index, key)
                        // Older versions know these three only.
                        .setIdentityKey(key.getIdentityKey())
                        .setSeenMillis(key.getSeenMillis())
                        .setVerified(key.getVerified())
                        .build());
        return true;
    }

    /** All keys of the member that were seen, in the order of first sight. */
    static List<KnownKey> known(StoreTransaction store, OwnIdentity own, UserId member) {
        return find(store, member)
                .map(pin -> pin.getKeysList().stream()
                        .map(key -> known(own, member, pin.getIdentityKey(), key))
                        .toList())
                .orElse(List.of());
    }

    private static KnownKey known(OwnIdentity own, UserId member, ByteString current, StoredPinnedKey key) {
        Bytes identityKey = Stored.bytes(key.getIdentityKey());
        return new KnownKey(
                identityKey,
                SafetyNumber.of(own.user(), own.identityPublicKey(), member, identityKey)
                        .toString(),
                key.getSeenMillis(),
                key.getIdentityKey().equals(current),
                date(key.getAcceptedMillis()),
                key.getVerified(),
                date(key.getVerifiedMillis()));
    }

    private static OptionalLong date(long millis) {
        return millis == 0 ? OptionalLong.empty() : OptionalLong.of(millis);
    }

    private static int indexOf(StoredPin pin, Bytes identityKey) {
        ByteString wanted = Stored.bytes(identityKey);
        for (int i = 0; i < pin.getKeysCount(); i++) {
            if (pin.getKeys(i).getIdentityKey().equals(wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static void write(Turn turn, UserId member, StoredPin pin) {
        turn.store().put(DeviceTable.PIN, Keys.user(member), pin);
    }
}
