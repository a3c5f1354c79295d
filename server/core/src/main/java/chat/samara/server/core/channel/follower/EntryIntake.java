package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
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
        return appending.values().stream()
                .filter(each -> each.from.hub().equals(hub))
                .mapToLong(each -> each.bytes)
                .sum();
    }

    /** Whether so much waits, of the hub or of all, that no more is taken of it. */
    boolean isBusyWith(ServerName hub) {
        long ofHub = bytesWaiting(hub);
        long ofAll = appending.values().stream().mapToLong(each -> each.bytes).sum();
        return ofHub >= Limits.ENTRY_BYTES_WAITING_MAX || (ofHub > 0 && ofAll >= Limits.ENTRY_BYTES_OF_ALL_WAITING_MAX);
    }

    /** The link to the hub is gone: what it gave and is not appended is pulled again. */
    void forget(ServerName hub) {
        appending.values().removeIf(each -> each.from.hub().equals(hub));
    }

    /**
     * Begins to append what a hub gave. Refused if it does not prove; then nothing is taken, and what it proves against the hub is kept.
     *
     * @param before the channel, if it is here
     * @param appended runs at the end, with the channel as it is then; not if something else came between
     * @param late runs after that, if others had their turn meanwhile
     */
    void take(FromHub from, Optional<Channel> before, Consumer<Channel> appended, Runnable late)
            throws RefusedException {
        Appending next = new Appending(from, proving.verify(from, before), appended, late);
        appending.put(from.channel(), next);
        longWork.begin(from.hub(), next::step);
    }

    /** What was given in one frame, on its way into the log. */
    private final class Appending {
        private final FromHub from;
        private final Proving.Given given;
        private final Consumer<Channel> appended;
        private final Runnable late;
        private final long bytes;
        private LogPosition position;
        private int count;

        Appending(FromHub from, Proving.Given given, Consumer<Channel> appended, Runnable late) {
            this.from = from;
            this.given = given;
            this.appended = appended;
            this.late = late;
            this.bytes = from.bytes();
            this.position = given.from();
        }

        boolean step() {
            long openBytes = journal.openBytes();
            boolean more = appendSome();
            shares.took(from.hub(), journal.openBytes() - openBytes);
            return more;
        }

        private boolean appendSome() {
            // Only what is still the newest, and follows on what is here: else it is pulled again.
            if (!appending.remove(from.channel(), this)) {
                return false;
            }
            boolean isFirst = count == 0;
            Optional<Channel> channel = channel(isFirst);
            if (channel.isEmpty()) {
                return false;
            }
            LongWork.Budget budget = longWork.budget();
            while (count < from.entries().size()) {
                if (budget.isSpent()) {
                    position = channel.get().position();
                    appending.put(from.channel(), this);
                    return true;
                }
                if (!append(channel.get(), budget)) {
                    break;
                }
            }
            given.verified()
                    .head()
                    .filter(it -> it.head().position().equals(channel.get().position()))
                    .ifPresent(log::putHeadIfNew);
            appended.accept(channel.get());
            if (!isFirst) {
                late.run();
            }
            return false;
        }

        private boolean append(Channel channel, LongWork.Budget budget) {
            EntryIn in = from.entries().get(count);
            Entry entry = given.verified().entries().get(count);
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

        private Optional<Channel> channel(boolean isFirst) {
            if (isFirst && given.genesis().isPresent()) {
                return Optional.of(channels.begin(given.genesis().get()));
            }
            return channels.isSetAside(from.channel())
                    ? Optional.empty()
                    : channels.findAny(from.channel())
                            .filter(it -> from.isOf(it) && it.position().equals(position));
        }
    }
}
