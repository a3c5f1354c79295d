package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is asked for a channel that its hub takes back, where some give what leads to nothing. */
final class GiversTest {
    private static final long TURN = Limits.TAKING_BACK_TURN_MILLIS;
    private static final long STEP = 1_000;
    private static final ServerName HONEST = new ServerName("honest.example");
    private static final LogPosition START = LogPosition.start(new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES])));

    private final Givers givers = new Givers();
    private long now;

    private static List<ServerName> liars(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new ServerName("liar" + i + ".example"))
                .toList();
    }

    /** Passes time until the honest one has been asked for so long at a stretch, and that within the bound. */
    private void isAskedFor(long millis, long withinMillis) {
        long began = now;
        while (givers.given(HONEST).map(it -> now - it.begunAtMillis()).orElse(-1L) < millis) {
            assertThat(now - began).as("waited for the honest one").isLessThanOrEqualTo(withinMillis);
            givers.next(() -> START, now);
            now += STEP;
        }
    }

    @ParameterizedTest(name = "{0} liars")
    @ValueSource(ints = {1, 2, 3, 4, 7, 20})
    @DisplayName("behind so many liars, whatever these give, who gives all is asked within as many turns")
    void withinAsManyTurns(int liars) {
        liars(liars).forEach(it -> givers.add(it, true));
        givers.add(HONEST, true);
        isAskedFor(0, liars * TURN + 2 * STEP);
    }

    @ParameterizedTest(name = "{0} liars")
    @ValueSource(ints = {4, 7, 20})
    @DisplayName("who needs longer than a turn has it in a later round, in which all have more time")
    void needsLonger(int liars) {
        liars(liars).forEach(it -> givers.add(it, true));
        givers.add(HONEST, true);
        long needed = 6 * Limits.TAKING_BACK_GIVERS_MAX * TURN;
        // Rounds of one, two, four and eight times a turn of each, and then its own time.
        isAskedFor(needed, 16L * (liars + 1) * TURN + needed);
    }

    @Test
    @DisplayName("who comes after liars have had the channel for days is asked as soon as if they had just begun")
    void comesLate() {
        liars(8).forEach(it -> givers.add(it, true));
        for (long until = now + 10 * 86_400_000L; now < until; now += STEP) {
            givers.next(() -> START, now);
        }
        givers.add(HONEST, true);
        isAskedFor(0, Limits.TAKING_BACK_GIVERS_MAX * TURN);
    }

    @Test
    @DisplayName(
            "liars that come anew again and again, before or after they had to make room, do not take the others' place in the line")
    void comeAnew() {
        List<ServerName> liars = new ArrayList<>(liars(8));
        liars.forEach(it -> givers.add(it, true));
        givers.add(HONEST, true);
        isAskedFor(0, 9 * TURN);
        while (givers.given(HONEST).isPresent()) {
            givers.next(() -> START, now);
            now += STEP;
        }
        // Those have had to make room before, and these not.
        List<ServerName> late = IntStream.range(0, 8)
                .mapToObj(i -> new ServerName("late" + i + ".example"))
                .toList();
        late.forEach(it -> givers.add(it, true));
        liars.addAll(late);
        long began = now;
        while (givers.given(HONEST).isEmpty()) {
            assertThat(now - began)
                    .as("waited for the honest one")
                    .isLessThanOrEqualTo((late.size() + 2L * Limits.TAKING_BACK_GIVERS_MAX) * TURN);
            liars.stream().filter(this::mayComeAnew).forEach(liar -> {
                givers.remove(liar);
                givers.add(liar, true);
            });
            givers.next(() -> START, now);
            now += STEP;
        }
    }

    /** Whether it has had its turn, or was asked before and would wait behind the honest one. */
    private boolean mayComeAnew(ServerName liar) {
        return givers.given(liar).map(it -> now - it.begunAtMillis() >= TURN).orElse(true);
    }

    @Test
    @DisplayName("one that gives is let alone for a turn, and as long as nobody else has the channel")
    void onlyOne() {
        givers.add(HONEST, true);
        assertThat(givers.next(() -> START, now)).contains(HONEST);
        assertThat(givers.next(() -> START, now + 1_000 * TURN)).isEmpty();
        assertThat(givers.given(HONEST)).isPresent();
    }

    @Test
    @DisplayName("when all who were asked have ended, the next is asked at once")
    void atOnce() {
        ServerName liar = liars(1).get(0);
        givers.add(liar, true);
        givers.add(HONEST, true);
        assertThat(givers.next(() -> START, now)).contains(liar);
        assertThat(givers.next(() -> START, now)).isEmpty();
        givers.remove(liar);
        assertThat(givers.next(() -> START, now)).contains(HONEST);
    }
}
