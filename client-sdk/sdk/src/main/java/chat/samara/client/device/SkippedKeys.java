package chat.samara.client.device;

import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.MlsException;
import chat.samara.mls.group.Group;

/**
 * Own keys that a later state of this device may have used, though it is not enough of a sign to change the device key: they are used up
 * before the next message is encrypted. That a server can have it done for nothing costs a bounded number of keys an epoch.
 */
final class SkippedKeys {
    private SkippedKeys() {}

    /** So many records may have been sent that this state knows nothing of. To be called together with {@link LiveChannel#save}. */
    static void add(LiveChannel channel, long count) {
        long all = channel.row().getOwnKeysToSkip() + Math.max(0, Math.min(count, Limits.OWN_KEYS_SKIPPED_MAX));
        channel.row().setOwnKeysToSkip((int) Math.min(all, Limits.OWN_KEYS_SKIPPED_MAX));
    }

    /** Before a message is encrypted. */
    static void skip(Turn turn, LiveChannel channel, GroupVault vault, Group group) throws MlsException {
        StoredChannel.Builder row = channel.row();
        if (row.getOwnKeysToSkip() == 0) {
            return;
        }
        int before = row.getOwnKeysSkippedEpoch() == group.epoch() ? row.getOwnKeysSkipped() : 0;
        int count = Math.min(row.getOwnKeysToSkip(), Limits.OWN_KEYS_SKIPPED_MAX - before);
        group.skipOwnKeys(count);
        row.clearOwnKeysToSkip().setOwnKeysSkippedEpoch(group.epoch()).setOwnKeysSkipped(before + count);
        vault.save(turn, channel, group);
        channel.save(turn);
    }

    /** The row is put back to an earlier one: what is to be skipped is not forgotten. */
    static void keep(StoredChannel now, StoredChannel.Builder back) {
        back.setOwnKeysToSkip(now.getOwnKeysToSkip())
                .setOwnKeysSkippedEpoch(now.getOwnKeysSkippedEpoch())
                .setOwnKeysSkipped(now.getOwnKeysSkipped());
    }
}
