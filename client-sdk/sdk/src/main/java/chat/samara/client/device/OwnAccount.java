package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import java.util.List;
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

    /**
     * What to show the server that is dialled now; empty if nothing is left. Each is shown once: whoever listens on two of this device's lines would see that it
     * is one device.
     */
    Bytes takeReturnToken(Turn turn) {
        List<Bytes> left = own.map(OwnIdentity::returnTokens).orElse(List.of());
        if (left.isEmpty()) {
            return Bytes.EMPTY;
        }
        keep(turn, own.orElseThrow().withReturnTokens(left.subList(1, left.size())));
        return left.get(0);
    }

    void forget(Turn turn) {
        own = Optional.empty();
        turn.store().delete(DeviceTable.ACCOUNT, Keys.ACCOUNT);
    }
}
