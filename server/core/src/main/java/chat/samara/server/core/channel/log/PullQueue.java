package chat.samara.server.core.channel.log;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.peer.Answers;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.rate.Pace;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pull;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Which channels are to be pulled, and which are being pulled, by hub. A channel is pulled by one request at a time, a link carries
 * a few, as large together as its line carries in some seconds ({@link Pace}), and whoever has had its turn goes to the end of the queue:
 * so no channel starves another. In memory only.
 */
public final class PullQueue {
    private final Links links;
    private final Journal journal;
    private final OptionalInt bytesPerPull;
    private final Map<ServerName, Queue> queues = new TreeMap<>();

    private static final class Queue {
        private final Pace pace = new Pace((long) Limits.PULLS_PER_LINK_MAX * Limits.PULL_BYTES_MAX);
        private final Set<ChannelId> waiting = new LinkedHashSet<>();
        private final Map<ChannelId, Asked> underWay = new TreeMap<>();
        // Wanted again while a pull was under way: what that brings may not be all.
        private final Set<ChannelId> again = new TreeSet<>();
        // Asked for in vain: not to be asked for again before this monotonic time.
        private final Map<ChannelId, Long> resting = new LinkedHashMap<>();

        boolean hasRoom(int more, long bytesMax) {
            long bytes = underWay.values().stream().mapToLong(Asked::bytes).sum();
            return underWay.isEmpty()
                    || (underWay.size() < Limits.PULLS_PER_LINK_MAX
                            && bytes + more <= Math.min(pace.bytes(), bytesMax));
        }
    }

    private record Asked(int bytes, long atMillis) {}

    private PullQueue(Links links, Journal journal, OptionalInt bytesPerPull) {
        this.links = links;
        this.journal = journal;
        this.bytesPerPull = bytesPerPull;
    }

    /** With pulls that are as large as the line to the hub allows. */
    public static PullQueue asTheLineAllows(Links links, Journal journal) {
        return new PullQueue(links, journal, OptionalInt.empty());
    }

    /** With pulls that are always as large, of which the line allows so many. */
    public static PullQueue alwaysOf(int bytesPerPull, Links links, Journal journal) {
        return new PullQueue(links, journal, OptionalInt.of(bytesPerPull));
    }

    private Queue of(ServerName hub) {
        return queues.computeIfAbsent(hub, it -> new Queue());
    }

    /** Whether the channel is being pulled. */
    public boolean isPulled(ServerName hub, ChannelId channel) {
        return of(hub).underWay.containsKey(channel);
    }

    /** There is something to pull. */
    public void want(ServerName hub, ChannelId channel) {
        Queue queue = of(hub);
        if (queue.underWay.containsKey(channel)) {
            queue.again.add(channel);
        } else if (!queue.resting.containsKey(channel)
                && queue.waiting.size() + queue.resting.size() < Limits.CHANNELS_PER_PEER_MAX) {
            queue.waiting.add(channel);
        }
    }

    /** The next channel to pull from the hub, if it is its turn; counts as being pulled from now on. */
    private Optional<ChannelId> next(ServerName hub, long bytesMax) {
        Queue queue = of(hub);
        int bytes = bytesOfNext(queue, bytesMax);
        if (queue.waiting.isEmpty() || bytesMax <= 0 || !queue.hasRoom(bytes, bytesMax)) {
            return Optional.empty();
        }
        ChannelId channel = queue.waiting.iterator().next();
        queue.waiting.remove(channel);
        queue.underWay.put(channel, new Asked(bytes, journal.monotonicMillis()));
        return Optional.of(channel);
    }

    private int bytesOfNext(Queue queue, long bytesMax) {
        long share = Math.min(queue.pace.bytes(), bytesMax) / Limits.PULLS_PER_LINK_MAX;
        return bytesPerPull.orElse((int) Math.max(Limits.PULL_BYTES_MIN, Math.min(Limits.PULL_BYTES_MAX, share)));
    }

    /** Begins as many pulls from the hub as it is the turn of; none while there is no link to it, or while that is full of other requests. */
    public void pump(ServerName hub, Consumer<ChannelId> pull) {
        pump(hub, Long.MAX_VALUE, pull);
    }

    /**
     * The same, of no more bytes together than these; none if that is 0 or less. The fewer they are, the less one pull asks for, so that many channels have their
     * turn.
     */
    public void pump(ServerName hub, long bytesMax, Consumer<ChannelId> pull) {
        boolean isAny = true;
        // A link without room refuses at once, and that says nothing of who is at its other end: what waits, waits on.
        while (isAny && links.hasRoomForRequest(hub)) {
            Optional<ChannelId> next = next(hub, bytesMax);
            next.ifPresent(id -> begin(hub, id, pull));
            isAny = next.isPresent();
        }
    }

    /** What keeps a pull from being asked for leaves nothing under way that would never end. */
    private void begin(ServerName hub, ChannelId channel, Consumer<ChannelId> pull) {
        boolean asked = false;
        try {
            pull.accept(channel);
            asked = true;
        } finally {
            if (!asked) {
                ended(hub, channel);
            }
        }
    }

    /**
     * Asks for the entries after a place of a channel that is being pulled, and waits as long as a slow line takes. The request leaves when what was written so far is durable.
     * An answer ends the pull before it is handed on; where none comes, whoever waits says how it has ended.
     */
    public void ask(ServerName hub, ChannelId channel, long afterSeq, Answers answers) {
        Asked asked = of(hub).underWay.get(channel);
        if (asked == null) {
            throw new IllegalStateException(channel + " is not being pulled from " + hub + ", expected it to be");
        }
        PeerFrame.Builder frame = PeerFrame.newBuilder()
                .setPull(Pull.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setAfterSeq(afterSeq)
                        .setCreditBytes(asked.bytes));
        links.requestPatiently(hub, frame, new Answers() {
            @Override
            public void answered(PeerFrameIn answer) {
                PullQueue.this.answered(hub, channel, answer.frame().getSerializedSize());
                answers.answered(answer);
            }

            @Override
            public void refused(Refusal why) {
                answers.refused(why);
            }

            @Override
            public void lost(Refusal why) {
                answers.lost(why);
            }
        });
    }

    private void answered(ServerName hub, ChannelId channel, int bytes) {
        Queue queue = of(hub);
        Asked asked = queue.underWay.get(channel);
        if (asked != null) {
            queue.pace.answered(bytes, bytes >= asked.bytes / 2, asked.atMillis, journal.monotonicMillis());
        }
        ended(hub, channel);
    }

    /** A pull has ended. */
    public void ended(ServerName hub, ChannelId channel) {
        Queue queue = of(hub);
        queue.underWay.remove(channel);
        if (queue.again.remove(channel)) {
            queue.waiting.add(channel);
        }
    }

    /**
     * A pull has ended and brought nothing: whoever wants the channel, it is not asked for again before so much time has passed. Where the link is gone nothing
     * rests: with the next one all begins anew.
     */
    public void endedInVain(ServerName hub, ChannelId channel, long restsMillis) {
        if (!links.isUp(hub)) {
            ended(hub, channel);
            return;
        }
        Queue queue = of(hub);
        queue.underWay.remove(channel);
        queue.again.remove(channel);
        // What was wanted while it was being pulled waits already.
        queue.waiting.remove(channel);
        queue.resting.put(channel, journal.monotonicMillis() + restsMillis);
    }

    /** Wants again what has rested for long enough: as much as a link carries at once, so that this is no flood either. */
    public void wantDue(ServerName hub) {
        Queue queue = of(hub);
        List<ChannelId> due = queue.resting.entrySet().stream()
                .filter(each -> each.getValue() <= journal.monotonicMillis())
                .limit(Limits.PULLS_PER_LINK_MAX)
                .map(Map.Entry::getKey)
                .toList();
        due.forEach(queue.resting::remove);
        queue.waiting.addAll(due);
    }

    /** Whether a channel waits to be pulled from the hub, which there is a link to. */
    public boolean isAnyWaiting(ServerName hub) {
        return links.isUp(hub) && !of(hub).waiting.isEmpty();
    }

    /** The hubs of which something is wanted. */
    public List<ServerName> hubs() {
        return List.copyOf(queues.keySet());
    }

    /** The link is gone: whoever wants something says so again. */
    public void clear(ServerName hub) {
        queues.remove(hub);
    }

    /** How many pulls are under way. */
    public long underWay() {
        return queues.values().stream()
                .mapToLong(queue -> queue.underWay.size())
                .sum();
    }
}
