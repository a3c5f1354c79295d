package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Why nothing new comes into a channel for longer than a moment, for the devices of this server: since this server takes nothing, or the hub elsewhere,
 * which then says so of each record that is sent to it again. That is in memory only.
 */
final class Standstill {
    private final Journal journal;
    private final Channels channels;
    private final Readiness readiness;
    private final Map<ChannelId, OfHub> ofHubs = new TreeMap<>();

    private record OfHub(Refusal why, long heardAtMillis) {}

    Standstill(Journal journal, Channels channels, Readiness readiness) {
        this.journal = journal;
        this.channels = channels;
        this.readiness = readiness;
    }

    /** Why this server takes nothing new in a channel of which this is the row. */
    Optional<Refusal> here(ChannelId id, StoredChannel row) {
        if (channels.isSetAside(id)) {
            return channels.damage().refusal(id);
        }
        if (row.getState() != StoredChannelState.CHANNEL_ACTIVE) {
            return Optional.of(notActive(row));
        }
        return readiness.mayRefuse(id)
                ? channels.find(id)
                        .filter(channels::isHub)
                        .flatMap(readiness::refusal)
                        .filter(why -> why.code() != ErrorCode.HUB_ASKING)
                : Optional.empty();
    }

    /**
     * The hub has not taken a record of the channel.
     *
     * @return whether its devices are to be told: not of what passes, nor what they know, nor whenever a hub finds other words
     */
    boolean isNews(ChannelId id, Refusal why) {
        boolean lasts = why.code() == ErrorCode.HUB_BEHIND
                || why.code() == ErrorCode.CHANNEL_FROZEN
                || why.code() == ErrorCode.DISK_FULL;
        OfHub before = ofHubs.get(id);
        long now = journal.monotonicMillis();
        boolean isNews = lasts
                && (before == null
                        || (!before.why().equals(why)
                                && now - before.heardAtMillis() >= Limits.HUBS_REASON_STANDS_MILLIS));
        if (isNews) {
            ofHubs.put(id, new OfHub(why, now));
        }
        return isNews;
    }

    /** The hub decides about records of the channel. */
    void isOver(ChannelId id) {
        ofHubs.remove(id);
    }

    /** Why the hub of a channel that this server follows takes nothing. */
    Optional<Refusal> atHub(ChannelId id) {
        return Optional.ofNullable(ofHubs.get(id)).map(OfHub::why);
    }

    /** What a device is told of a record, with the reason why it is not in the log yet. */
    Receipt.Builder withReason(Receipt.Builder receipt, ChannelId id) {
        if (receipt.getStatus() == ReceiptStatus.STORED) {
            atHub(id).ifPresent(why -> receipt.setUnordered(why.toProto()));
        }
        return receipt;
    }

    /** Of a channel that is stopped here. */
    static Refusal notActive(StoredChannel row) {
        return Refusal.of(
                ErrorCode.CHANNEL_FROZEN,
                "nothing is added to this channel here: " + row.getStateReason(),
                row.getState().name());
    }
}
