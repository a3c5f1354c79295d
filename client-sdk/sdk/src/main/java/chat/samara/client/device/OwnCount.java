package chat.samara.client.device;

import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredChannelOrBuilder;
import chat.samara.client.stored.StoredForgotten;
import chat.samara.client.stored.StoredForgottenOrBuilder;
import java.util.Optional;

/**
 * How many records this device has handed over in a channel under its present key, as far as it knows. Its server counts them, too: a state that knows of
 * fewer is an old one ({@link Succession#compareCount}). A number that is too high would blind it to that; so what it has by somebody else's word is
 * kept apart, and holds only until its server says less.
 *
 * @param claimed what it has not counted itself: its server's word, where it did not count before, or the count of a version that kept no two
 * @param counted what it has counted itself since, one for each record; no word of its server's lowers that
 */
record OwnCount(long claimed, long counted) {
    static final OwnCount NOTHING = new OwnCount(0, 0);

    /** Empty in a row of a version that did not count. */
    static Optional<OwnCount> of(StoredChannelOrBuilder row) {
        return row.hasHandedOverClaimed()
                ? Optional.of(new OwnCount(row.getHandedOverClaimed(), row.getHandedOverCounted()))
                : Optional.empty();
    }

    /** What was known of a channel when it was forgotten; empty if it had no count, or none was kept. */
    static Optional<OwnCount> of(StoredForgottenOrBuilder row) {
        return row.hasHandedOverClaimed()
                ? Optional.of(new OwnCount(row.getHandedOverClaimed(), row.getHandedOverCounted()))
                : Optional.empty();
    }

    /** To be called together with {@link LiveChannel#save}. */
    void keep(StoredChannel.Builder row) {
        row.setHandedOverClaimed(claimed).setHandedOverCounted(counted);
    }

    void keep(StoredForgotten.Builder row) {
        row.setHandedOverClaimed(claimed).setHandedOverCounted(counted);
    }

    long all() {
        return claimed + counted;
    }

    /** One more is handed over. */
    OwnCount withNext() {
        return new OwnCount(claimed, counted + 1);
    }

    /** The server has this many in all, which is less than what was claimed. */
    OwnCount withClaimUpTo(long atServer) {
        return new OwnCount(Math.max(0, atServer - counted), counted);
    }
}
