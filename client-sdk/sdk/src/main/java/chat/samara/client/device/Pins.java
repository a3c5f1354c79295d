package chat.samara.client.device;

import chat.samara.client.stored.StoredPin;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import java.util.Optional;

/** Members' identity keys, pinned at first sight. A change is never silent. */
final class Pins {
    private Pins() {}

    /** What {@link #observe} found to differ. */
    record KeyChange(UserId member, Bytes before, Bytes now) {}

    /** Takes note of the identity key of a leaf that stands in a group, or is about to; tells the application if it is another than before. */
    static Optional<KeyChange> observe(Turn turn, UserId member, Bytes identityKey) {
        Optional<StoredPin> pin = find(turn.store(), member);
        if (pin.isPresent() && Stored.bytes(pin.get().getIdentityKey()).equals(identityKey)) {
            return Optional.empty();
        }
        turn.store()
                .put(
                        DeviceTable.PIN,
                        Keys.user(member),
                        StoredPin.newBuilder()
                                .setIdentityKey(Stored.bytes(identityKey))
                                .setSeenMillis(turn.wallMillis())
                                .build());
        if (pin.isEmpty()) {
            return Optional.empty();
        }
        KeyChange change = new KeyChange(member, Stored.bytes(pin.get().getIdentityKey()), identityKey);
        turn.tell(new ClientEvent.IdentityKeyChanged(change.member(), change.before(), change.now()));
        return Optional.of(change);
    }

    static Optional<StoredPin> find(StoreTransaction store, UserId member) {
        return store.get(DeviceTable.PIN, Keys.user(member)).map(row -> Stored.parse(StoredPin.parser(), row));
    }

    /** Marks the present key as compared; false if no key of this member was seen yet. */
    static boolean verify(Turn turn, UserId member) {
        Optional<StoredPin> pin = find(turn.store(), member);
        pin.ifPresent(known -> turn.store()
                .put(
                        DeviceTable.PIN,
                        Keys.user(member),
                        known.toBuilder().setVerified(true).build()));
        return pin.isPresent();
    }
}
