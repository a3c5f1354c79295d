package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * One malicious member sabotages the channel whenever and however it likes, while the others talk, go away and come back, and change keys and
 * members; and goes on when they have stopped. Five minutes later every honest device reads all that is said, and no honest member is blamed.
 */
@DisplayName("Whatever one member commits, and however often")
// Any number that differs.
@SuppressWarnings("EnumOrdinal")
class SabotagePropertyTest {
    private static final int SEEDS = Integer.getInteger("samara.sabotage.seeds", 12);
    private static final long FIVE_MINUTES_MILLIS = 300_000;
    private static final int STEPS = 25;
    private static final int FAULTS_PER_EXCHANGE = 4;
    private static final int SABOTAGES_MIN = 1;
    private static final long A_WHILE_MILLIS = 10_000;
    private static final long SABOTAGE_EVERY_MILLIS = 5_000;

    @TestFactory
    @DisplayName("all others read everything five minutes later, and none of them is blamed")
    Stream<DynamicTest> seeds() {
        return LongStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> new Life(seed).live()));
    }

    private static final class Life {
        private final long seed;
        private final Random random;
        private final Village village;
        private final List<Resident> honest = new ArrayList<>();
        private final Resident mallory;
        private final ChannelId channel;
        private final Saboteur saboteur;
        private int said;
        private int sabotages;

        Life(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.village = new Village(seed);
            int others = 3 + random.nextInt(3);
            for (int i = 0; i < others; i++) {
                honest.add(village.join("honest" + i));
            }
            mallory = village.join("mallory");
            channel = honest.get(0).create("home town");
            honest.stream().skip(1).forEach(other -> honest.get(0).add(channel, other));
            honest.get(0).add(channel, mallory);
            village.pass(1_000);
            saboteur = new Saboteur(village, mallory);
        }

        void live() {
            for (int i = 0; i < STEPS; i++) {
                step();
                village.pass(random.nextInt(20_000));
            }
            honest.forEach(Resident::reconnect);
            village.pass(A_WHILE_MILLIS);
            if (!isIn()) {
                honest.get(0).add(channel, mallory);
                village.pass(A_WHILE_MILLIS);
            }
            for (long passed = 0; passed < FIVE_MINUTES_MILLIS; passed += SABOTAGE_EVERY_MILLIS) {
                sabotage();
                village.pass(SABOTAGE_EVERY_MILLIS);
            }
            assertThat(sabotages).as("sabotages of seed %d", seed).isGreaterThanOrEqualTo(SABOTAGES_MIN);
            List<String> texts = new ArrayList<>();
            for (Resident speaker : honest) {
                String text = "at last " + speaker.name;
                texts.add(text);
                speaker.send(channel, text);
                village.pass(1_000);
                sabotage();
            }
            village.pass(1_000);
            for (Resident each : honest) {
                assertThat(each.engine().channel(channel).orElseThrow().membership())
                        .as("%s of seed %d", each.name, seed)
                        .isEqualTo(Membership.MEMBER);
                assertThat(each.texts(channel))
                        .as("%s of seed %d", each.name, seed)
                        .containsAll(texts);
                assertThat(village.server
                                .channel(channel)
                                .blame()
                                .isBarred(each.engine().account().orElseThrow().identityKey()))
                        .as("%s of seed %d is blamed", each.name, seed)
                        .isFalse();
            }
        }

        private void step() {
            Resident one = honest.get(random.nextInt(honest.size()));
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> sabotage();
                case 8, 9 -> readmit(one);
                case 3, 4 -> one.send(channel, one.name + " says " + said++);
                case 5 -> one.command(new DeviceEvent.UpdateKeys(one.nextCommand(), channel));
                case 6 -> one.cut();
                default -> {
                    one.stop();
                    one.start();
                }
            }
            if (random.nextInt(3) == 0) {
                honest.get(random.nextInt(honest.size())).reconnect();
            }
        }

        /** Out and in again: nothing bars her any more. */
        private void readmit(Resident by) {
            by.remove(channel, mallory);
            village.pass(A_WHILE_MILLIS);
            by.add(channel, mallory);
        }

        private ReceiptStatus fault() {
            Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
            return saboteur.commit(channel, fault).getStatus();
        }

        /** Puts another leaf of an honest member in the place of its own, by a commit that is in order. */
        private ReceiptStatus exchange() {
            Resident victim = honest.get(random.nextInt(honest.size()));
            return saboteur.exchange(channel, victim).getStatus();
        }

        private boolean isIn() {
            return mallory.engine()
                    .channel(channel)
                    .filter(it -> it.membership() == Membership.MEMBER)
                    .isPresent();
        }

        private void sabotage() {
            if (isIn()) {
                boolean ordered =
                        (random.nextInt(FAULTS_PER_EXCHANGE) == 0 ? exchange() : fault()) == ReceiptStatus.ORDERED;
                sabotages += ordered ? 1 : 0;
            }
        }
    }
}
