package chat.samara.client.device;

import java.util.Optional;

/** Who this device is: the row of ACCOUNT, in memory and on disk. */
final class OwnAccount {
    private Optional<OwnIdentity> own = Optional.empty();

    void load(DeviceStore store) {
        own = store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).map(OwnIdentity::of);
    }

    /** Empty before the first join. */
    Optional<OwnIdentity> own() {
        return own;
    }

    void keep(Turn turn, OwnIdentity changed) {
        own = Optional.of(changed);
        turn.store().put(DeviceTable.ACCOUNT, Keys.ACCOUNT, changed.row());
    }

    void forget(Turn turn) {
        own = Optional.empty();
        turn.store().delete(DeviceTable.ACCOUNT, Keys.ACCOUNT);
    }
}
