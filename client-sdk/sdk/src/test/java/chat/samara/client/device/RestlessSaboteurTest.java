package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Mallory never stops: whenever her neighbour in the tree is in its place, she makes a commit that it alone cannot process. One voice bars
 * nobody.
 */
@DisplayName("Who is thrown out again and again by the same member")
class RestlessSaboteurTest {
    private static final long TEN_MINUTES_MILLIS = 600_000;
    private static final long STEP_MILLIS = 1_000;
    private static final double NEARLY_ALL = 0.9;

    private final Village village = new Village(54);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident victim = village.join("victim");
    private final Resident mallory = village.join("mallory");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);
    private final Saboteur saboteur = new Saboteur(village, mallory);
    private int sabotages;

    RestlessSaboteurTest() {
        alice.add(channel, bob);
        alice.add(channel, victim);
        alice.add(channel, mallory);
        village.pass(10_000);
    }

    /** Which part of ten minutes it is in its place. */
    private double inPlace() {
        int steps = 0;
        int in = 0;
        for (long passed = 0; passed < TEN_MINUTES_MILLIS; passed += STEP_MILLIS) {
            village.pass(STEP_MILLIS);
            steps++;
            if (isIn(victim)) {
                in++;
                sabotage();
            }
        }
        return (double) in / steps;
    }

    private boolean isIn(Resident resident) {
        return resident.engine().channel(channel).orElseThrow().membership() == Membership.MEMBER;
    }

    private void sabotage() {
        if (isIn(mallory)) {
            boolean ordered = saboteur.commit(channel, Fault.SOME_PATH_SECRETS).getStatus() == ReceiptStatus.ORDERED;
            sabotages += ordered ? 1 : 0;
            village.settle();
        }
    }

    @Test
    @DisplayName("is in its place nine tenths of the time, since the hub lets the accused commit ever more seldom")
    void slowedDown() {
        log.pace = Optional.of(new HubPace(() -> village.now, true));
        inPlace();
        int before = sabotages;
        assertThat(inPlace()).as("part of the second ten minutes").isGreaterThan(NEARLY_ALL);
        assertThat(sabotages).isGreaterThan(before);
        assertThat(log.blame().barred()).isEmpty();
        alice.send(channel, "for the victim");
        village.pass(1_000);
        assertThat(victim.texts(channel)).contains("for the victim");
    }

    @Test
    @DisplayName("would be out nearly all the time at a hub that did nothing about it")
    void atAHubOfBefore() {
        log.pace = Optional.of(new HubPace(() -> village.now, false));
        inPlace();
        assertThat(inPlace()).isLessThan(1 - NEARLY_ALL);
    }
}
