package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Channels with a row that cannot be read, as a failing disk leaves them. Such a channel is set aside: nothing is added to it, nothing of it is
 * sent, and nothing of it is deleted; its members and the operator are told, and everything else goes on (I9). That stands in its row, and at
 * each start it is tried whether what it stands on can be read again, by a newer version or since the rows are back: its row, its group with the
 * handshakes since the snapshot, and its head. Any other row is looked at when it is needed, and sets the channel aside again.
 */
public final class Damage {
    private static final Logger LOG = LoggerFactory.getLogger(Damage.class);

    private final ServerName own;
    private final Journal journal;
    private final ChannelTable table;
    private final GroupTable groups;
    private final SortedMap<ChannelId, String> reasons = new TreeMap<>();
    private boolean isTried;

    Damage(ServerName own, Journal journal, ChannelTable table, GroupTable groups) {
        this.own = own;
        this.journal = journal;
        this.table = table;
        this.groups = groups;
    }

    /** Reads which channels are set aside, and sets those aside whose own row cannot be read. The first time, what can be read again goes on. */
    public void load() {
        reasons.clear();
        for (ChannelId id : ChannelTable.all(journal)) {
            try {
                ChannelTable.find(journal, id).ifPresent(row -> look(id, row));
            } catch (StoreException e) {
                if (!setAside(e)) {
                    throw e;
                }
            }
        }
        isTried = true;
    }

    private void look(ChannelId id, StoredChannel row) {
        if (row.getState() != StoredChannelState.CHANNEL_DAMAGED) {
            requireSound(id, row);
            return;
        }
        Optional<StoredChannel> mended = isTried ? Optional.empty() : mended(id, row);
        if (mended.isPresent()) {
            LOG.warn("channel {} can be read again, and goes on", id);
            table.put(id, mended.get());
        } else {
            reasons.put(id, row.getStateReason());
        }
    }

    /** Some bits of a row can be others, and it still parses: what every start needs of it is looked at. */
    private static void requireSound(ChannelId id, StoredChannel row) {
        try {
            ServerName.fromWire(row.getHub());
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.CHANNEL, id, e);
        }
    }

    private Optional<StoredChannel> mended(ChannelId id, StoredChannel row) {
        try {
            if (row.getRowBeforeDamage().isEmpty()) {
                return Optional.empty();
            }
            StoredChannel before = StoredChannel.parseFrom(row.getRowBeforeDamage());
            requireSound(id, before);
            groups.load(id, before);
            LogTable.head(journal, id);
            return Optional.of(before);
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            return Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }

    /** A row could not be read. Returns false if it is no channel's, or that channel is set aside already. */
    public boolean setAside(StoreException e) {
        Optional<ChannelId> channel = e.channel().filter(id -> e.isDamage() && !reasons.containsKey(id));
        channel.ifPresent(id -> setAside(id, String.valueOf(e.getMessage()), e));
        return channel.isPresent();
    }

    private void setAside(ChannelId id, String reason, StoreException e) {
        LOG.error("ALARM: channel {} is set aside, everything else goes on: {}", id, reason, e);
        reasons.put(id, reason);
        Bytes before = stored(id);
        table.put(
                id,
                readable(id, before)
                        .setState(StoredChannelState.CHANNEL_DAMAGED)
                        .setStateReason(reason)
                        .setRowBeforeDamage(Protobuf.toByteString(before))
                        .build());
    }

    /** The channel's row as it is stored; empty if the disk does not give it back. */
    private Bytes stored(ChannelId id) {
        try {
            return journal.get(Table.CHANNEL, id.bytes()).orElse(Bytes.EMPTY);
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            return Bytes.EMPTY;
        }
    }

    /** The channel's row; if that is what cannot be read, one that says of the channel what else is known. */
    private StoredChannel.Builder readable(ChannelId id, Bytes stored) {
        try {
            if (stored.isEmpty()) {
                throw new InvalidProtocolBufferException("the row is gone");
            }
            return StoredChannel.parseFrom(stored.arrayUnsafe()).toBuilder();
        } catch (InvalidProtocolBufferException e) {
            StoredChannel.Builder row = StoredChannel.newBuilder();
            table.hubOf(id).ifPresent(hub -> row.setHub(hub.value()));
            head(id).ifPresent(head -> row.setTerm(head.position().term())
                    .setSeq(head.seq())
                    .setEntryHash(Protobuf.toByteString(head.position().entryHash())));
            return row;
        }
    }

    private Optional<Head> head(ChannelId id) {
        try {
            return LogTable.head(journal, id).map(ProvenHead::head);
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Whether the channel is set aside. */
    boolean contains(ChannelId channel) {
        return reasons.containsKey(channel);
    }

    /** How many are. */
    public int count() {
        return reasons.size();
    }

    /**
     * What to say to a member's device, or to another server; empty if the channel can be read. It is no {@code CHANNEL_FROZEN}, which says that the
     * channel is over and that what is there of it may go: after this the devices' copies are the ones that are left.
     */
    public Optional<Refusal> refusal(ChannelId channel) {
        return Optional.ofNullable(reasons.get(channel))
                .map(reason -> new Refusal(
                        ErrorCode.HUB_BEHIND,
                        own
                                + " cannot read its own copy of this channel, and takes nothing new in it until its operator, who has been told, has"
                                + " brought that back from a backup; what is said meanwhile waits, and nobody else has to do anything",
                        "damaged",
                        0,
                        Limits.BEHIND_RETRY_MILLIS));
    }

    /** A sentence for the operator on each, at most so many. */
    public List<String> sentences(int countMax) {
        return reasons.entrySet().stream().limit(countMax).map(Damage::sentence).toList();
    }

    private static String sentence(Map.Entry<ChannelId, String> each) {
        return "channel " + each.getKey() + " is set aside, since part of it cannot be read: " + each.getValue()
                + ". Everything else goes on; look after the disk, and restore the data folder from a backup (see \"A damaged channel\" in"
                + " docs/operating)";
    }
}
