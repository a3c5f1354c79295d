package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Welcomes that its server has given in this session and that lead nowhere: nothing proves them, or they cannot be read. Perhaps only this delivery was bent, or
 * only what was to prove it; so the server is asked again, after a while that doubles each time, and then each is looked at as if it had never come. It goes
 * on as long as the server lies, at the cost of one asking in {@link Limits#WELCOMES_ASKED_AGAIN_MILLIS_MAX}. A person is told of each once, and of a channel
 * once a session.
 */
final class UnprovenWelcomes {
    /** Of each kind, so many are remembered; more than that, and they are looked at and told again. */
    private static final int REMEMBERED_MAX = 1_000;

    // All of these are only looked up by key.

    /** What is not looked at before the server is asked again. */
    private final Set<Claim> putAside = new HashSet<>();

    /** What the server itself has contradicted in this session. */
    private final Set<Claim> contradicted = new HashSet<>();

    /** Channels of which such a Welcome has come since the server has last answered anew; behind it the true one may wait. */
    private final Set<ChannelId> channels = new HashSet<>();

    private final Set<Claim> told = new HashSet<>();
    private final Set<Bytes> unreadableTold = new HashSet<>();
    private final Set<ChannelId> channelsTold = new HashSet<>();

    private long askAgainAtMillis;
    private long waitMillis = Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN;
    private long askedAtMillis;
    private boolean isAskedAnew;

    /** What makes a Welcome another than the next. */
    record Claim(LogPosition position, Bytes keyPackageRef) {
        static Claim of(WelcomeIn welcome) {
            return new Claim(welcome.position(), welcome.keyPackageRef());
        }
    }

    void beginSession() {
        putAside.clear();
        contradicted.clear();
        channels.clear();
        channelsTold.clear();
        askAgainAtMillis = 0;
        waitMillis = Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN;
        askedAtMillis = 0;
        isAskedAnew = false;
    }

    /** Whether it is not to be looked at now. */
    boolean isPutAside(WelcomeIn welcome) {
        Claim claim = Claim.of(welcome);
        return putAside.contains(claim) || contradicted.contains(claim);
    }

    /** Whether the server has contradicted what names this place. */
    boolean isContradicted(LogPosition place) {
        return contradicted.stream().anyMatch(claim -> claim.position().equals(place));
    }

    /** Whether behind what has come of this channel the true one may wait. */
    boolean mayHide(ChannelId channel) {
        return channels.contains(channel);
    }

    /** Puts one aside. Returns whether its person is to be told. */
    boolean putAside(Turn turn, WelcomeIn welcome) {
        askAgain(turn, welcome.channel());
        boolean isNew = remember(putAside, Claim.of(welcome)) && remember(told, Claim.of(welcome));
        return isNew && remember(channelsTold, welcome.channel());
    }

    /** One came that nobody can read. Returns whether its person is to be told. */
    boolean unreadable(Turn turn, ChannelId channel, Bytes hash) {
        askAgain(turn, channel);
        return remember(unreadableTold, hash) && remember(channelsTold, channel);
    }

    /** The server shows another log than the one in which this device has joined; by that place it does not join again in this session. */
    void contradicted(Turn turn, Claim claim) {
        remember(contradicted, claim);
        askAgain(turn, claim.position().channel());
    }

    /** Its log has shown that this device was removed: what was put aside while it was in it may lead in now. */
    void removed(ChannelId channel) {
        putAside.removeIf(claim -> claim.position().channel().equals(channel));
        contradicted.removeIf(claim -> claim.position().channel().equals(channel));
    }

    /** What waits for this channel at the server may be another than what it gives. */
    void askAgain(Turn turn, ChannelId channel) {
        remember(channels, channel);
        askAgain(turn);
    }

    /** What waits at the server may be other than what it gives. */
    void askAgain(Turn turn) {
        if (askAgainAtMillis > 0) {
            return;
        }
        if (turn.monotonicMillis() >= askedAtMillis + waitMillis) {
            // Since it was last asked it had told the truth for as long.
            waitMillis = Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN;
        }
        askAgainAtMillis = turn.monotonicMillis() + waitMillis;
    }

    /** Whether it is time to ask; then nothing is put aside any more. */
    boolean begin(Turn turn) {
        if (askAgainAtMillis == 0 || turn.monotonicMillis() < askAgainAtMillis) {
            return false;
        }
        askAgainAtMillis = 0;
        askedAtMillis = turn.monotonicMillis();
        waitMillis = Math.min(2 * waitMillis, Limits.WELCOMES_ASKED_AGAIN_MILLIS_MAX);
        putAside.clear();
        isAskedAnew = true;
        return true;
    }

    /** The server gives what waits; what it gave before it was asked anew hides nothing any more. */
    void answered() {
        if (isAskedAnew) {
            channels.clear();
            isAskedAnew = false;
        }
    }

    /** When {@link #begin} has something to do; empty if never. */
    Optional<Long> nextMillis() {
        return askAgainAtMillis > 0 ? Optional.of(askAgainAtMillis) : Optional.empty();
    }

    private static <T> boolean remember(Set<T> known, T welcome) {
        if (known.size() >= REMEMBERED_MAX) {
            known.clear();
        }
        return known.add(welcome);
    }
}
