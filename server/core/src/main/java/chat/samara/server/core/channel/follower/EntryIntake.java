package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.batch.RoomOfPeers;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.RecordKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes the entries that hubs give: proves them, and appends them to the {@link Replica} step by step ({@link LongWork}). However dear they are to judge, others are served
 * meanwhile. Of a channel of which some are being appended nothing else is taken.
 */
public final class EntryIntake {
    private final Journal journal;
    private final Channels channels;
    private final LongWork longWork;
    private final RoomOfPeers.Kind room;
    private final LogTable log;
    private final Proving proving;
    private final Replica replica;
    private final Dropping dropping;
    private final HubShares shares;

    /** What has come and is appended step by step. */
    private final Map<ChannelId, Appending> appending = new HashMap<>();

    public EntryIntake(
            Journal journal,
            Channels channels,
            LongWork longWork,
            Proving proving,
            Replica replica,
            Dropping dropping,
            HubShares shares) {
        this.journal = journal;
        this.channels = channels;
        this.longWork = longWork;
        this.room = longWork.room(Limits.ENTRY_BYTES_PULLED_WAITING_MAX);
        this.log = new LogTable(journal);
        this.proving = proving;
        this.replica = replica;
        this.dropping = dropping;
        this.shares = shares;
    }

    /** Whether something of the channel is being appended. */
    boolean isAppending(ChannelId channel) {
        return appending.containsKey(channel);
    }

    /** Bytes of what the hub gave and waits to be appended. */
    long bytesWaiting(ServerName hub) {
        return room.bytesOf(hub);
    }

    /** Bytes of entries that may be asked for of the hub: what they take in memory there is room for. */
    long bytesToAsk(ServerName hub) {
        return isBusyWith(hub) ? 0 : room.left(hub) / Limits.ENTRY_BYTES_IN_MEMORY_PER_BYTE;
    }

    /** Whether so much waits, of the hub or of all, that no more is asked for of it. */
    boolean isBusyWith(ServerName hub) {
        return room.bytesOf(hub) >= Limits.ENTRY_BYTES_WAITING_MAX || room.left(hub) <= 0;
    }

    /** Whether there is room for this until it is appended. */
    boolean hasRoom(FromHub from) {
        return room.isFor(from.hub(), from.bytes());
    }

    /** The link to the hub is gone: what it gave and is not appended is pulled again. */
    void forget(ServerName hub) {
        List.copyOf(appending.values()).stream()
                .filter(each -> each.from.hub().equals(hub))
                .forEach(this::waitsNoMore);
    }

    private void waits(Appending each) {
        Optional.ofNullable(appending.get(each.from.channel())).ifPresent(this::waitsNoMore);
        appending.put(each.from.channel(), each);
        room.take(each.from.hub(), each.bytes);
    }

    /** Returns false if it did not wait any more. */
    private boolean waitsNoMore(Appending each) {
        boolean waited = appending.remove(each.from.channel(), each);
        if (waited) {
            room.giveBack(each.from.hub(), each.bytes);
        }
        return waited;
    }

    /**
     * Begins to append what a hub gave, for which there is room. Nothing is taken of what does not prove, and what it proves against the hub is kept.
     *
     * @param appended runs at the end, with the channel as it is then; not if something else came between
     * @param refused runs in its place if it does not prove
     * @param late runs after that, if others had their turn meanwhile
     */
    void take(FromHub from, Consumer<Channel> appended, Consumer<RefusedException> refused, Runnable late) {
        Appending next = new Appending(from, appended, refused, late);
        waits(next);
        longWork.begin(from.hub(), next::step);
    }

    /** What was given in one frame, on its way into the log. */
    private final class Appending {
        private final FromHub from;
        private final Proving.Signatures signatures;
        private final Consumer<Channel> appended;
        private final Consumer<RefusedException> refused;
        private final Runnable late;
        private final long bytes;
        private Optional<Proving.Given> proven = Optional.empty();
        private LogPosition position;
        private boolean isLate;
        private int count;

        Appending(FromHub from, Consumer<Channel> appended, Consumer<RefusedException> refused, Runnable late) {
            this.from = from;
            this.signatures = proving.signatures(from);
            this.appended = appended;
            this.refused = refused;
            this.late = late;
            this.bytes = from.bytes();
            this.position = LogPosition.start(from.channel());
        }

        boolean step() {
            // Only what is still the newest, and follows on what is here: else it is pulled again.
            if (!waitsNoMore(this)) {
                return false;
            }
            long openBytes = journal.openBytes();
            LongWork.Budget budget = longWork.budget();
            boolean more = !signatures.verifySome(budget) || (isProven() && appendSome(budget));
            shares.took(from.hub(), journal.openBytes() - openBytes);
            if (more) {
                waits(this);
                isLate = true;
            }
            return more;
        }

        private boolean isProven() {
            if (proven.isPresent()) {
                return true;
            }
            Optional<Channel> before = channels.findAny(from.channel());
            if (channels.isSetAside(from.channel())
                    || before.filter(it -> !from.isOf(it)).isPresent()) {
                return false;
            }
            try {
                Proving.Given given = proving.verify(from, before, signatures);
                proven = Optional.of(given);
                position = given.from();
                return true;
            } catch (RefusedException e) {
                refused.accept(e);
                return false;
            }
        }

        private boolean appendSome(LongWork.Budget budget) {
            Proving.Given given = proven.orElseThrow();
            Optional<Channel> channel = channel(given);
            if (channel.isEmpty()) {
                return false;
            }
            int first = count;
            while (count < from.entries().size()) {
                if (count > first && budget.isSpent()) {
                    position = channel.get().position();
                    return true;
                }
                if (!append(channel.get(), given.verified().entries().get(count), budget)) {
                    break;
                }
            }
            given.verified()
                    .head()
                    .filter(it -> it.head().position().equals(channel.get().position()))
                    .ifPresent(log::putHeadIfNew);
            appended.accept(channel.get());
            if (isLate) {
                late.run();
            }
            return false;
        }

        private boolean append(Channel channel, Entry entry, LongWork.Budget budget) {
            EntryIn in = from.entries().get(count);
            boolean isLoaded = channel.groupBytesEncoded() > 0;
            if (!replica.append(channel, in, entry, from.head())) {
                dropping.dropIfForeign(channel);
                return false;
            }
            dropping.grew(channel, entry.encoded().size());
            count++;
            budget.spend();
            if (!isLoaded || entry.record().kind() != RecordKind.APPLICATION) {
                budget.spend(channel.groupBytesEncoded());
            }
            return true;
        }

        private Optional<Channel> channel(Proving.Given given) {
            if (count == 0 && given.genesis().isPresent()) {
                return Optional.of(channels.begin(given.genesis().get()));
            }
            return channels.isSetAside(from.channel())
                    ? Optional.empty()
                    : channels.findAny(from.channel())
                            .filter(it -> from.isOf(it) && it.position().equals(position));
        }
    }
}
