package chat.samara.server.core.channel.submit;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.hub.Readiness;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Why nothing new comes into a channel for longer than a moment, for the devices of this server: since this server takes nothing, or the hub elsewhere,
 * which then says so of each record that is sent to it again. That is in memory only.
 */
public final class Standstill {
    private final Journal journal;
    private final Channels channels;
    private final Readiness readiness;
    private final Outbox outbox;
    private final Sessions sessions;
    private final SubmissionTable submissions;
    private final Map<ChannelId, OfHub> ofHubs = new TreeMap<>();

    /**
     * What the devices know of a hub.
     *
     * @param why why it takes nothing; empty if it has taken something since
     * @param toldAtMillis when they were last told a reason
     */
    private record OfHub(Optional<Refusal> why, long toldAtMillis) {
        /** In whatever words: a hub may choose others each time. */
        boolean says(Refusal other) {
            return why.filter(it -> it.code() == other.code() && it.detail().equals(other.detail()))
                    .isPresent();
        }
    }

    public Standstill(Journal journal, Channels channels, Readiness readiness, Outbox outbox, Sessions sessions) {
        this.journal = journal;
        this.channels = channels;
        this.readiness = readiness;
        this.outbox = outbox;
        this.sessions = sessions;
        this.submissions = new SubmissionTable(journal);
    }

    /** Why this server takes nothing new in a channel of which this is the row. */
    public Optional<Refusal> here(ChannelId id, StoredChannel row) {
        if (channels.isSetAside(id)) {
            return channels.damage().refusal(id);
        }
        if (row.getState() != StoredChannelState.CHANNEL_ACTIVE) {
            return Optional.of(ChannelRefusal.stopped(row));
        }
        return readiness.mayRefuse(id)
                ? channels.find(id)
                        .filter(channels::isHub)
                        .flatMap(readiness::refusal)
                        .filter(why -> why.code() != ErrorCode.HUB_ASKING)
                : Optional.empty();
    }

    /** The hub has not taken a record of the channel: devices of which something waits are told, unless it is no news. */
    void notTaken(ChannelId id, Refusal why) {
        if (isNews(id, why)) {
            tellWhoWaits(id);
        }
    }

    /** One record of each device is enough: they all wait for the same. */
    private void tellWhoWaits(ChannelId channel) {
        outbox.firstOfEachDevice(channel)
                .forEach((device, key) -> submissions
                        .find(channel, device, key)
                        .ifPresent(row -> sessions.push(
                                device,
                                ServerFrame.newBuilder()
                                        .setReceipt(withReason(SubmissionTable.receipt(channel, key, row), channel)))));
    }

    /** Whether devices are to be told: not of what is over in a moment, nor what they know, nor more often than once in a while, whatever a hub says. */
    private boolean isNews(ChannelId id, Refusal why) {
        boolean lasts = why.code() == ErrorCode.HUB_BEHIND
                || why.code() == ErrorCode.CHANNEL_FROZEN
                || why.code() == ErrorCode.DISK_FULL
                || why.code() == ErrorCode.LIMIT_REACHED;
        OfHub before = ofHubs.get(id);
        boolean isNews = lasts && (before == null || (!before.says(why) && isLongAgo(before)));
        if (isNews) {
            ofHubs.put(id, new OfHub(Optional.of(why), journal.monotonicMillis()));
        }
        return isNews;
    }

    private boolean isLongAgo(OfHub told) {
        return journal.monotonicMillis() - told.toldAtMillis() >= Limits.HUBS_REASON_STANDS_MILLIS;
    }

    /** The hub decides about records of the channel. When a reason was last told stays known: a hub may find a new one at once. */
    void isOver(ChannelId id) {
        OfHub told = ofHubs.get(id);
        if (told != null && isLongAgo(told)) {
            ofHubs.remove(id);
        } else if (told != null) {
            ofHubs.put(id, new OfHub(Optional.empty(), told.toldAtMillis()));
        }
    }

    /** Why the hub of a channel that this server follows takes nothing of what waits for it. */
    public Optional<Refusal> atHub(ChannelId id) {
        return Optional.ofNullable(ofHubs.get(id)).filter(told -> isWaiting(id)).flatMap(OfHub::why);
    }

    /** Nothing waits in a channel that was frozen or dropped meanwhile. */
    private boolean isWaiting(ChannelId id) {
        return outbox.hub(id).isPresent();
    }

    /** Forgets what nobody is told any more. */
    public void prune() {
        ofHubs.entrySet()
                .removeIf(entry -> isLongAgo(entry.getValue())
                        && (entry.getValue().why().isEmpty() || !isWaiting(entry.getKey())));
    }

    /** What a device is told of a record, with the reason why it is not in the log yet. */
    Receipt.Builder withReason(Receipt.Builder receipt, ChannelId id) {
        if (receipt.getStatus() == ReceiptStatus.STORED) {
            atHub(id).ifPresent(why -> receipt.setUnordered(why.toProto()));
        }
        return receipt;
    }
}
