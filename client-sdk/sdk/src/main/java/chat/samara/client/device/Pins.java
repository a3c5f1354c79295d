package chat.samara.client.device;

import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.SeenDevice;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIdentityKeyChanged;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.stored.StoredPinnedDevice;
import chat.samara.client.stored.StoredPinnedKey;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.DeviceId;
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
import java.util.stream.Collectors;

/**
 * Members' identity keys: rows of PIN. A device goes by one key of a member: that which its server gave out when the member was added from
 * here, until a person accepts another. No other member's commit makes, or changes, such a pin: a leaf in a channel is a sighting, kept
 * with who brought it in, and refuses nothing. Where keys were seen that differ, and this device goes by none of them, a person decides.
 * Every key that was seen is kept with its dates; a mark that it was compared is the key's own.
 */
final class Pins {
    /** Keys of one member that a sentence names, each by so many digits. */
    private static final int KEYS_NAMED_MAX = 4;

    private static final int KEY_DIGITS_NAMED = 12;

    private Pins() {}

    /** What is wrong about a key that was seen. */
    sealed interface Difference {
        UserId member();
    }

    /**
     * A leaf that came into a channel with another key than the one that this device goes by.
     *
     * @param accepted whether a person has accepted the new one
     */
    record KeyChange(UserId member, Bytes before, Bytes now, boolean accepted) implements Difference {}

    /** A key of a member was seen who was seen with another, and this device goes by neither. */
    record KeysDiffer(UserId member, SeenKey before, SeenKey now) implements Difference {}

    /**
     * Takes note of the leaves that came into a group, and shows each key that differs from the known ones in the channel's history, once; and
     * members who can be taken for others.
     *
     * @param seq place of what brought them
     * @param millis when, for the history
     * @param gone who left by the same commit
     * @param through whose commit brought them, or added this device, which found them there
     */
    static void observeLeaves(
            Turn turn,
            LiveChannel channel,
            long seq,
            long millis,
            Collection<ChannelMember> come,
            Collection<ChannelMember> gone,
            UserId through,
            boolean foundThere) {
        if (channel.reading().again) {
            // They were seen, and what differs was told, when this was read the first time.
            return;
        }
        KeySighting seen = new KeySighting.InChannel(channel.id(), through, foundThere, turn.wallMillis());
        Set<Difference> differences = new LinkedHashSet<>();
        for (ChannelMember leaf : come) {
            observe(turn, leaf.user(), leaf.identityKey(), Optional.of(leaf.device()), seen)
                    .or(() -> acceptance(turn, leaf))
                    .or(() -> replaced(turn, leaf, gone))
                    .ifPresent(differences::add);
        }
        for (Difference difference : differences) {
            HistoryBook.append(turn, channel, seq, HistoryBook.keysDiffer(difference, millis));
        }
        Set<UserId> newcomers = new TreeSet<>();
        come.forEach(leaf -> newcomers.add(leaf.user()));
        gone.forEach(leaf -> newcomers.remove(leaf.user()));
        turn.lookAlikes().appeared(turn, channel, seq, millis, newcomers);
    }

    /** An accepted key that takes the place of another in this very group. */
    private static Optional<KeyChange> replaced(Turn turn, ChannelMember leaf, Collection<ChannelMember> gone) {
        return gone.stream()
                .filter(old ->
                        old.user().equals(leaf.user()) && !old.identityKey().equals(leaf.identityKey()))
                .findFirst()
                .filter(old -> isPinned(turn.store(), leaf.user()))
                .map(old -> new KeyChange(leaf.user(), old.identityKey(), leaf.identityKey(), true));
    }

    /** Takes note of a key that was seen. One that differs from what is known is told, and changes nothing. */
    static Optional<Difference> observe(Turn turn, UserId member, Bytes identityKey, KeySighting seen) {
        return observe(turn, member, identityKey, Optional.empty(), seen);
    }

    /** @param device whose leaf shows it; empty where no leaf does */
    private static Optional<Difference> observe(
            Turn turn, UserId member, Bytes identityKey, Optional<DeviceId> device, KeySighting seen) {
        StoredPin pin = find(turn.store(), member)
                .orElseGet(() ->
                        StoredPin.newBuilder().setSeenMillis(turn.wallMillis()).build());
        boolean goneBy = isCurrent(pin, identityKey);
        StoredPin sighted = goneBy ? pin : withSighting(pin, identityKey, seen, turn.wallMillis());
        StoredPin noted = device.map(it -> withDevice(sighted, identityKey, it, turn.wallMillis()))
                .orElse(sighted);
        if (!noted.equals(pin)) {
            write(turn, member, noted);
        }
        if (goneBy) {
            return Optional.empty();
        }
        if (isPinned(pin)) {
            Bytes current = Stored.bytes(pin.getIdentityKey());
            turn.tell(new ClientEvent.IdentityKeyChanged(member, current, identityKey));
            return Optional.of(new KeyChange(member, current, identityKey, false));
        }
        SeenKey now = KeySightings.first(noted.getKeys(indexOf(noted, identityKey)));
        Optional<SeenKey> other = noted.getKeysList().stream()
                .map(KeySightings::first)
                .filter(key -> !key.identityKey().equals(identityKey))
                .findFirst();
        other.ifPresent(before -> turn.tell(new ClientEvent.IdentityKeysDiffer(member, before, now)));
        return other.map(before -> new KeysDiffer(member, before, now));
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

    /** The line that said so is taken back: it comes where the key stands the next time. */
    static void tellAgain(Turn turn, StoredIdentityKeyChanged line) {
        UserId member = HistoryBook.user(line.getMember());
        find(turn.store(), member).ifPresent(pin -> {
            int index = indexOf(pin, Stored.bytes(line.getNow()));
            if (index >= 0 && pin.getKeys(index).getTookPlaceOf().isEmpty()) {
                write(
                        turn,
                        member,
                        pin.toBuilder()
                                .setKeys(index, pin.getKeys(index).toBuilder().setTookPlaceOf(line.getBefore()))
                                .build());
            }
        });
    }

    private static StoredPin withSighting(StoredPin pin, Bytes identityKey, KeySighting seen, long nowMillis) {
        StoredPin holding = indexOf(pin, identityKey) < 0 ? withNewKey(pin, identityKey, nowMillis) : pin;
        int index = indexOf(holding, identityKey);
        return holding.toBuilder()
                .setKeys(index, KeySightings.with(holding.getKeys(index), seen))
                .build();
    }

    /** Of very many devices the first stays, and the latest. */
    private static StoredPin withDevice(StoredPin pin, Bytes identityKey, DeviceId device, long nowMillis) {
        int index = indexOf(pin, identityKey);
        StoredPinnedKey key = pin.getKeys(index);
        ByteString id = Stored.bytes(device.bytes());
        if (key.getDevicesList().stream().anyMatch(seen -> seen.getDevice().equals(id))) {
            return pin;
        }
        List<StoredPinnedDevice> kept = new ArrayList<>(key.getDevicesList());
        if (kept.size() >= Limits.DEVICES_PER_KEY_MAX) {
            kept.remove(1);
        }
        kept.add(StoredPinnedDevice.newBuilder()
                .setDevice(id)
                .setSeenMillis(nowMillis)
                .build());
        return pin.toBuilder()
                .setKeys(index, key.toBuilder().clearDevices().addAllDevices(kept))
                .build();
    }

    /** Whoever can make up keys for a member does not fill the disk by it, nor push out the one that was seen first. */
    private static StoredPin withNewKey(StoredPin pin, Bytes identityKey, long nowMillis) {
        List<StoredPinnedKey> keys = new ArrayList<>(pin.getKeysList());
        if (keys.size() >= Limits.KEYS_PER_PIN_MAX) {
            List<StoredPinnedKey> behindFirst = keys.subList(1, keys.size());
            StoredPinnedKey forgotten = behindFirst.stream()
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

    /** This device's own member, whose key needs nobody's word. */
    static void pinOwn(Turn turn, OwnIdentity own) {
        StoredPin pin = find(turn.store(), own.user())
                .orElseGet(() -> StoredPin.newBuilder().build());
        if (!isCurrent(pin, own.identityPublicKey())) {
            pin(turn, own.user(), pin, own.identityPublicKey());
        }
    }

    /** From now on this device goes by that key of the member. */
    private static void pin(Turn turn, UserId member, StoredPin before, Bytes identityKey) {
        StoredPin holding =
                indexOf(before, identityKey) < 0 ? withNewKey(before, identityKey, turn.wallMillis()) : before;
        int index = indexOf(holding, identityKey);
        StoredPinnedKey.Builder key = holding.getKeys(index).toBuilder().setAcceptedMillis(turn.wallMillis());
        if (isPinned(before)) {
            key.setTookPlaceOf(before.getIdentityKey());
        }
        write(
                turn,
                member,
                holding.toBuilder()
                        .setKeys(index, key)
                        .setIdentityKey(key.getIdentityKey())
                        .setSeenMillis(key.getSeenMillis())
                        .setVerified(key.getVerified())
                        .build());
    }

    /**
     * Whether a member's devices may be added under these identity keys, one of each KeyPackage that the own server handed out: it must be
     * one key, and the one that this device goes by. If it goes by none yet and has seen no other, it goes by this one from now on.
     */
    static Optional<Refusal> admit(Turn turn, UserId member, Collection<Bytes> identityKeys) {
        Set<Bytes> keys = new LinkedHashSet<>(identityKeys);
        Optional<StoredPin> pin = find(turn.store(), member);
        Optional<Difference> difference = Optional.empty();
        if (pin.isPresent() || keys.size() == 1) {
            KeySighting seen = new KeySighting.FromDirectory(turn.wallMillis());
            for (Bytes key : keys) {
                Optional<Difference> found = observe(turn, member, key, seen);
                difference = difference.or(() -> found);
            }
        }
        if (keys.size() > 1) {
            return Optional.of(new Refusal(
                    RefusalCode.IDENTITY_KEYS_DIFFER,
                    "the KeyPackages of " + member + "'s devices have " + keys.size()
                            + " different identity keys; a server has mixed in a foreign one, and none of them"
                            + " was added"));
        }
        if (difference.isEmpty() && !isPinned(turn.store(), member)) {
            pin(
                    turn,
                    member,
                    find(turn.store(), member).orElseThrow(),
                    keys.iterator().next());
        }
        return difference.map(it -> refusal(turn.store(), it));
    }

    /** The same of devices that somebody else has added meanwhile: no directory has answered for them, so nothing is pinned by it. */
    static Optional<Refusal> admitOfOthers(Turn turn, UserId member, Collection<Bytes> identityKeys) {
        return find(turn.store(), member)
                .filter(pin -> identityKeys.stream()
                        .anyMatch(key -> isPinned(pin) ? !isCurrent(pin, key) : pin.getKeysCount() > 1))
                .map(pin -> isPinned(pin) ? changed(member) : undecided(member, pin));
    }

    private static Refusal refusal(StoreTransaction store, Difference difference) {
        UserId member = difference.member();
        return difference instanceof KeyChange
                ? changed(member)
                : undecided(member, find(store, member).orElseThrow());
    }

    private static Refusal changed(UserId member) {
        return new Refusal(
                RefusalCode.IDENTITY_KEY_CHANGED,
                "the identity key of " + member + " is not the one that this device knows: they have a new profile, or"
                        + " somebody is pretending to be them; compare the new safety number"
                        + " with them, accept the new key, and add them again");
    }

    private static Refusal undecided(UserId member, StoredPin pin) {
        String seen = pin.getKeysList().stream()
                .limit(KEYS_NAMED_MAX)
                .map(KeySightings::first)
                .map(key -> key.identityKey().hex().substring(0, KEY_DIGITS_NAMED) + " ("
                        + KeySightings.sentence(key.first()) + ")")
                .collect(Collectors.joining(", "));
        return new Refusal(
                RefusalCode.IDENTITY_KEY_UNDECIDED,
                member + " was seen with " + pin.getKeysCount() + " different identity keys: " + seen
                        + "; they have a new profile, or somebody is pretending to be them, and only the two of you can tell which:"
                        + " compare the safety numbers, accept the key that is theirs, and add them again");
    }

    static Optional<StoredPin> find(StoreTransaction store, UserId member) {
        return store.get(DeviceTable.PIN, Keys.user(member)).map(row -> Stored.parse(StoredPin.parser(), row));
    }

    /** Whether this device goes by a key of the member. */
    static boolean isPinned(StoredPin pin) {
        return !pin.getIdentityKey().isEmpty();
    }

    private static boolean isPinned(StoreTransaction store, UserId member) {
        return find(store, member).filter(Pins::isPinned).isPresent();
    }

    private static boolean isCurrent(StoredPin pin, Bytes identityKey) {
        return Stored.bytes(pin.getIdentityKey()).equals(identityKey);
    }

    /** What this device makes of a key that a leaf shows. */
    static KeyStanding standing(StoredPin pin, Bytes identityKey) {
        if (!isPinned(pin)) {
            return pin.getKeysCount() > 1 ? KeyStanding.DISPUTED : KeyStanding.SEEN;
        } else if (!isCurrent(pin, identityKey)) {
            return KeyStanding.CHANGED;
        }
        return pin.getVerified() ? KeyStanding.COMPARED : KeyStanding.KNOWN;
    }

    /** Marks the present key as compared, or the only one that was seen; refused where there is none, or several. */
    static Optional<Refusal> verify(Turn turn, UserId member) {
        Optional<StoredPin> seen = find(turn.store(), member);
        if (seen.isEmpty()) {
            return Optional.of(neverSeen("no key of " + member));
        }
        if (!isPinned(seen.get())) {
            if (seen.get().getKeysCount() > 1) {
                return Optional.of(undecided(member, seen.get()));
            }
            pin(turn, member, seen.get(), Stored.bytes(seen.get().getKeys(0).getIdentityKey()));
        }
        StoredPin known = find(turn.store(), member).orElseThrow();
        int index = indexOf(known, Stored.bytes(known.getIdentityKey()));
        StoredPinnedKey key = known.getKeys(index).toBuilder()
                .setVerified(true)
                .setVerifiedMillis(turn.wallMillis())
                .build();
        write(
                turn,
                member,
                known.toBuilder().setVerified(true).setKeys(index, key).build());
        return Optional.empty();
    }

    /** A person takes this key, which was seen, as the member's from now on; refused if it was never seen. */
    static Optional<Refusal> accept(Turn turn, UserId member, Bytes identityKey) {
        Optional<StoredPin> known = find(turn.store(), member).filter(pin -> indexOf(pin, identityKey) >= 0);
        if (known.isEmpty()) {
            return Optional.of(neverSeen("this key of " + member));
        }
        if (!isCurrent(known.get(), identityKey)) {
            pin(turn, member, known.get(), identityKey);
        }
        return Optional.empty();
    }

    private static Refusal neverSeen(String what) {
        return new Refusal(RefusalCode.UNKNOWN_MEMBER, what + " was never seen; share a channel first");
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
                date(key.getVerifiedMillis()),
                date(key.getDeviceRenewedMillis()),
                KeySightings.of(key),
                key.getDevicesList().stream()
                        .map(seen -> new SeenDevice(new DeviceId(Stored.bytes(seen.getDevice())), seen.getSeenMillis()))
                        .toList());
    }

    /** A device of this key has gone on under another device key. */
    static void deviceRenewed(Turn turn, ChannelMember renewed) {
        find(turn.store(), renewed.user()).ifPresent(pin -> {
            int index = indexOf(pin, renewed.identityKey());
            if (index >= 0) {
                StoredPinnedKey key = pin.getKeys(index).toBuilder()
                        .setDeviceRenewedMillis(turn.wallMillis())
                        .build();
                write(turn, renewed.user(), pin.toBuilder().setKeys(index, key).build());
            }
        });
    }

    /** When a device of one of these keys did so last. */
    static OptionalLong deviceRenewedMillis(StoredPin pin, Collection<Bytes> identityKeys) {
        return pin.getKeysList().stream()
                .filter(key -> identityKeys.contains(Stored.bytes(key.getIdentityKey())))
                .mapToLong(StoredPinnedKey::getDeviceRenewedMillis)
                .filter(millis -> millis > 0)
                .max();
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
