package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchHandshakes;
import java.util.Optional;

/**
 * Channels that the own server has not named at login, and of which nothing comes: it was restored from a copy that is older than they are, or
 * than this device's membership, or it lies. It is asked whether it knows them; a Follow does not say so. That it does not is its word
 * alone: nothing is given up for it. The person is told why nothing is sent, and as soon as anything comes all goes on.
 */
final class SilentChannels {
    /** After how long without anything of a channel its server is asked, and for how long the answer is waited for. */
    static final long PATIENCE_MILLIS = 3_000;

    private static final int ASKED_AT_ONCE_MAX = 16;

    private final Link link;
    private final ChannelBook channels;

    SilentChannels(Link link, ChannelBook channels) {
        this.link = link;
        this.channels = channels;
    }

    private static boolean isSilent(LiveChannel channel) {
        LiveChannel.ReadingState reading = channel.reading();
        return channel.isFollowed()
                && !channel.is(Membership.FOUNDING)
                && !reading.heard
                && reading.seqAtLogin.isEmpty()
                && reading.followedAtMillis > 0
                && reading.askedAtMillis == 0;
    }

    /** Asks the server of those that have been silent for long enough, some at a time. */
    void ask(Turn turn) {
        long underWay = channels.all().stream()
                .filter(channel -> isAwaited(turn, channel))
                .count();
        for (LiveChannel channel : channels.all()) {
            if (underWay < ASKED_AT_ONCE_MAX && isSilent(channel) && askAtMillis(channel) <= turn.monotonicMillis()) {
                channel.reading().askedAtMillis = turn.monotonicMillis();
                underWay++;
                link.request(
                        turn,
                        ClientFrame.newBuilder()
                                .setFetchHandshakes(FetchHandshakes.newBuilder()
                                        .setChannelId(Stored.bytes(channel.id().bytes()))
                                        .setAfterSeq(channel.row().getSeq())
                                        .setThroughSeq(channel.row().getSeq() + 1)),
                        new Pending.IsKnown(channel.id()));
            }
        }
    }

    private static long askAtMillis(LiveChannel channel) {
        return channel.reading().followedAtMillis + PATIENCE_MILLIS;
    }

    /** Whether the server has been asked and may still answer. */
    static boolean isAwaited(Turn turn, LiveChannel channel) {
        LiveChannel.ReadingState reading = channel.reading();
        return reading.askedAtMillis > 0
                && !reading.askAnswered
                && !reading.heard
                && turn.monotonicMillis() < reading.askedAtMillis + PATIENCE_MILLIS;
    }

    /** When the next one is to be asked about, or is not waited for any more. */
    Optional<Long> nextMillis(Turn turn) {
        return channels.all().stream()
                .filter(channel -> isSilent(channel) || isAwaited(turn, channel))
                .map(channel ->
                        isSilent(channel) ? askAtMillis(channel) : channel.reading().askedAtMillis + PATIENCE_MILLIS)
                .filter(at -> at > turn.monotonicMillis())
                .min(Long::compare);
    }

    /** The server knows the channel: what it has of it comes, or there is nothing. */
    void known(ChannelId id) {
        channels.find(id).ifPresent(channel -> channel.reading().askAnswered = true);
    }

    /** The server has not given what it was asked for. */
    void failed(Turn turn, ChannelId id, Refusal refusal) {
        channels.find(id).ifPresent(channel -> {
            channel.reading().askAnswered = true;
            if (refusal.code() == ErrorCode.UNKNOWN_CHANNEL && channel.isFollowed() && !channel.reading().heard) {
                Dispatch.held(turn, channel, refusal);
            }
        });
    }

    /** Something of the channel came: the server knows it, whatever it has said before. */
    static void heard(Turn turn, LiveChannel channel) {
        channel.reading().heard = true;
        if (channel.isUnknownToServer()) {
            Dispatch.released(turn, channel);
        }
    }
}
