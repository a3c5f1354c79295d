package chat.samara.client.device;

import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Follow;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the server may push: which channels from where, and how many bytes ahead. Pull is the truth: whenever there is a gap, or another
 * channel to read, the whole of it is said anew.
 */
final class ReadingCredit {
    /**
     * How long the server waits to hear what was read. It needs that only to forget something, so that one word does for all that comes
     * within the time: in a busy channel every member would else answer every message.
     */
    private static final long ACKNOWLEDGED_AFTER_MILLIS = 10_000;

    private final EngineConfig config;
    private final Link link;
    private final ChannelBook channels;
    private final Welcomes welcomes;
    private final LostChannels lost;
    private final Backlog backlog;
    private final TerseFrames terse;
    private final SilentChannels silent;

    private boolean held;
    private boolean followAnew;
    private int follows;
    private boolean followAnswered;
    private long consumedBytes;
    private boolean caughtUpTold;

    /** The channels that have moved since the server was last told so. */
    private final Set<ChannelId> moved = new TreeSet<>();

    /** When it is told of those. */
    private long acknowledgeAtMillis;

    ReadingCredit(
            EngineConfig config,
            Link link,
            ChannelBook channels,
            Welcomes welcomes,
            LostChannels lost,
            Backlog backlog,
            TerseFrames terse) {
        this.backlog = backlog;
        this.terse = terse;
        this.config = config;
        this.link = link;
        this.channels = channels;
        this.welcomes = welcomes;
        this.lost = lost;
        this.silent = new SilentChannels(link, channels);
    }

    /** What of the logs it asks for in the fewest bytes. */
    TerseFrames terse() {
        return terse;
    }

    void beginSession() {
        followAnew = true;
        followAnswered = false;
        consumedBytes = 0;
        caughtUpTold = false;
        terse.beginSession();
        moved.clear();
    }

    /** While it is held, the server is not asked for more than it was before. */
    void hold(boolean hold) {
        held = hold;
    }

    void followAnew() {
        followAnew = true;
    }

    /** The server has answered a Follow, be it with an error; answers to earlier ones say nothing. */
    void answered(Pending.Following follow) {
        if (follow.number() == follows) {
            followAnswered = true;
            if (!followAnew) {
                terse.followed();
            }
        }
    }

    /** A frame with entries was dealt with. Its whole size counts, so that no counting of the server's is ever larger. */
    void consumed(Turn turn, LiveChannel channel, int frameBytes) {
        consumedBytes += frameBytes;
        moved(turn, channel);
    }

    /** A frame with entries was not read: what it took of the credit the server may use for others. */
    void passedOver(int frameBytes) {
        consumedBytes += frameBytes;
    }

    /** A frame was applied in part. */
    void moved(Turn turn, LiveChannel channel) {
        if (moved.isEmpty()) {
            acknowledgeAtMillis = turn.monotonicMillis() + ACKNOWLEDGED_AFTER_MILLIS;
        }
        moved.add(channel.id());
    }

    /** Says what is to be said, at the end of a turn. */
    void flush(Turn turn) {
        if (!link.isOnline()) {
            return;
        }
        silent.ask(turn);
        if (turn.monotonicMillis() >= acknowledgeAtMillis) {
            acknowledge(turn);
        }
        if (followAnew && !held) {
            follow(turn);
        } else if (!followAnew && !held && consumedBytes >= config.creditBytes() / 2) {
            link.say(
                    turn,
                    ClientFrame.newBuilder()
                            .setCredit(Credit.newBuilder()
                                    .setCreditBytes(consumedBytes)
                                    .setQuiet(true)));
            consumedBytes = 0;
        }
        if (!caughtUpTold
                && followAnswered
                && welcomes.isIdle()
                && lost.isIdle()
                && backlog.isEmpty()
                && channels.all().stream().allMatch(channel -> isCaughtUp(turn, channel))) {
            caughtUpTold = true;
            link.works();
            turn.tell(new ClientEvent.CaughtUp());
        }
    }

    private void acknowledge(Turn turn) {
        Acknowledge.Builder acknowledge = Acknowledge.newBuilder();
        for (ChannelId id : moved) {
            channels.find(id).ifPresent(channel -> acknowledge.addCursors(cursor(channel)));
        }
        moved.clear();
        if (acknowledge.getCursorsCount() > 0) {
            link.say(turn, ClientFrame.newBuilder().setAcknowledge(acknowledge.setQuiet(true)));
        }
    }

    private void follow(Turn turn) {
        followAnew = false;
        followAnswered = false;
        follows++;
        consumedBytes = 0;
        Follow.Builder follow =
                Follow.newBuilder().setCreditBytes(config.creditBytes()).setSlim(true);
        List<LiveChannel> followed =
                channels.all().stream().filter(LiveChannel::isFollowed).toList();
        terse.follow(followed);
        for (LiveChannel channel : followed) {
            follow.addCursors(cursor(channel).setTerse(terse.takes(channel)));
            if (channel.reading().followedAtMillis == 0) {
                channel.reading().followedAtMillis = turn.monotonicMillis();
            }
        }
        link.request(turn, ClientFrame.newBuilder().setFollow(follow), new Pending.Following(follows));
    }

    private static ChannelCursor.Builder cursor(LiveChannel channel) {
        return ChannelCursor.newBuilder()
                .setChannelId(Stored.bytes(channel.id().bytes()))
                .setAfterSeq(channel.row().getSeq());
    }

    private static boolean isCaughtUp(Turn turn, LiveChannel channel) {
        LiveChannel.ReadingState reading = channel.reading();
        if (!channel.isFollowed() || reading.isRead()) {
            return true;
        }
        return isToBeRead(reading)
                ? channel.row().getSeq() >= reading.seqAtLogin.orElse(0L)
                : isOverdue(turn, channel) && !SilentChannels.isAwaited(turn, channel);
    }

    /** Whether a channel of which nothing more may come has been waited for long enough. */
    static boolean isOverdue(Turn turn, LiveChannel channel) {
        long since = channel.reading().followedAtMillis;
        return since > 0 && turn.monotonicMillis() >= since + SilentChannels.PATIENCE_MILLIS;
    }

    /** The server has said how much there is, and shows no other log in its place, of which nothing is applied. */
    private static boolean isToBeRead(LiveChannel.ReadingState reading) {
        return reading.seqAtLogin.isPresent() && reading.otherEnd.isEmpty();
    }

    /** The server knows a channel of which it had said nothing. */
    void known(ChannelId channel) {
        silent.known(channel);
    }

    /** The server was asked whether it knows a channel, and answered with this. */
    void notKnown(Turn turn, ChannelId channel, Refusal refusal) {
        silent.failed(turn, channel, refusal);
    }

    /** When there is next something to ask, to say or to give up; empty if never. */
    Optional<Long> nextMillis(Turn turn) {
        if (!link.isOnline()) {
            return Optional.empty();
        }
        Optional<Long> acknowledge = moved.isEmpty() ? Optional.empty() : Optional.of(acknowledgeAtMillis);
        return Stream.of(acknowledge, silent.nextMillis(turn), givenUpMillis(turn))
                .flatMap(Optional::stream)
                .min(Long::compare);
    }

    private Optional<Long> givenUpMillis(Turn turn) {
        if (caughtUpTold) {
            return Optional.empty();
        }
        return channels.all().stream()
                .filter(channel -> channel.isFollowed()
                        && !channel.reading().isRead()
                        && !isToBeRead(channel.reading())
                        && channel.reading().followedAtMillis > 0)
                .map(channel -> channel.reading().followedAtMillis + SilentChannels.PATIENCE_MILLIS)
                .filter(at -> at > turn.monotonicMillis())
                .min(Long::compare);
    }
}
