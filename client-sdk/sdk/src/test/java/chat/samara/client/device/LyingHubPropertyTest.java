package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.LyingHub.Lie;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The hub signs another log for some members than for the others. No device ever shows two truths for one place, or has a group that the handshakes of
 * the log do not lead to; in the end each goes on in the true log, or has frozen the channel with a head that the hub has signed.
 *
 * <p>One seed again: {@code -Dsamara.lies.seed=N}. More of them: {@code -Dsamara.lies.seeds=N}.
 */
@DisplayName("Whatever a hub signs for some members")
class LyingHubPropertyTest {
    private static final long FIVE_MINUTES_MILLIS = 300_000;
    private static final int STEPS = 20;
    private static final int MISLED = 3;

    private static final Map<Lie, Integer> TOLD = new EnumMap<>(Lie.class);
    private static final Map<Lie, Integer> FROZEN_AFTER = new EnumMap<>(Lie.class);

    @TestFactory
    @DisplayName("each device shows one log, or has frozen it with the evidence")
    Stream<DynamicTest> seeds() {
        return LifeOfLies.seeds(seed -> new Life(seed).live());
    }

    @AfterAll
    static void everyLieWasToldAndTheTwoLogsWereNoticed() {
        if (LifeOfLies.areMany()) {
            assertThat(TOLD.keySet()).contains(Lie.values());
            assertThat(FROZEN_AFTER.keySet())
                    .contains(Lie.RELABELLED, Lie.LEFT_OUT, Lie.RULE_BROKEN, Lie.REMOVED_MEMBER_COMMITS);
        }
    }

    private static final class Life {
        private final Random random;
        private final Village village;
        private final List<Resident> members = new ArrayList<>();
        private final Map<UserId, Lie> planned = new TreeMap<>();
        private final Map<String, Map<Long, MessageId>> shown = new HashMap<>();
        private final LyingHub hub;
        private final ChannelId channel;
        private int said;

        Life(long seed) {
            random = new Random(seed);
            village = new Village(seed);
            village.server.isTerse = seed % 2 == 0;
            for (String name : List.of("ada", "bea", "cleo", "dora", "eva")) {
                members.add(village.join(name));
            }
            Resident former = village.join("former");
            channel = members.get(0).create("home town");
            members.stream().skip(1).forEach(other -> members.get(0).add(channel, other));
            members.get(0).add(channel, former);
            former.send(channel, "I was here");
            members.get(0).remove(channel, former);
            village.pass(1_000);
            for (int i = 0; i < MISLED; i++) {
                planned.put(
                        members.get(members.size() - 1 - i).user(),
                        List.of(Lie.values()).get((int) ((seed * MISLED + i) % Lie.values().length)));
            }
            hub = new LyingHub(
                    village.server,
                    random,
                    former.engine().account().orElseThrow().device(),
                    planned);
            village.server.between = Optional.of(hub);
        }

        void live() {
            hub.mood = 4;
            for (int i = 0; i < STEPS; i++) {
                step();
                village.pass(random.nextInt(10_000));
                members.forEach(this::requireOneTruth);
            }
            hub.mood = 1;
            sayFromAll("all of you");
            hub.mood = 0;
            members.forEach(Resident::reconnect);
            village.pass(FIVE_MINUTES_MILLIS);
            sayFromAll("at last");
            village.pass(FIVE_MINUTES_MILLIS);
            members.forEach(this::requireOneTruth);
            members.forEach(this::requireTrueLogOrEvidence);
            hub.told.forEach((lie, count) -> TOLD.merge(lie, count, Integer::sum));
        }

        private void step() {
            Resident one = members.get(random.nextInt(members.size()));
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> say(one, one.name + " says " + said++);
                case 4 -> one.command(new DeviceEvent.UpdateKeys(one.nextCommand(), channel));
                case 5 -> one.cut();
                case 6 -> members.forEach(Resident::reconnect);
                default -> {
                    one.stop();
                    one.start();
                }
            }
        }

        private void sayFromAll(String text) {
            members.forEach(each -> {
                say(each, text + " " + each.name);
                village.pass(1_000);
                requireOneTruth(each);
            });
        }

        private void say(Resident speaker, String text) {
            speaker.command(new DeviceEvent.SendText(speaker.nextCommand(), channel, text));
            village.settle();
        }

        private Membership membership(Resident each) {
            return each.engine().channel(channel).orElseThrow().membership();
        }

        private void requireOneTruth(Resident each) {
            if (membership(each) == Membership.FROZEN) {
                hub.frozen.add(each.user());
            }
            FakeChannel log = village.server.channel(channel);
            GroupVault.load(each.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                    .ifPresent(group -> assertThat(group.publicGroup().context())
                            .as("the group of %s in epoch %d", each.name, group.epoch())
                            .isEqualTo(log.contexts.get(group.epoch())));
            Map<Long, MessageId> before = shown.computeIfAbsent(each.name, name -> new TreeMap<>());
            for (Message message : each.history(channel)) {
                if (message.state() == MessageState.STABLE && message.id().isPresent()) {
                    MessageId id = message.id().get();
                    assertThat(Optional.ofNullable(before.put(message.seq().orElseThrow(), id))
                                    .orElse(id))
                            .as("%s, place %d", each.name, message.seq().orElseThrow())
                            .isEqualTo(id);
                }
            }
            assertThat(each.told()).as("%s is told", each.name).doesNotHaveDuplicates();
        }

        private void requireTrueLogOrEvidence(Resident each) {
            if (membership(each) == Membership.FROZEN) {
                Lie lie = planned.get(each.user());
                assertThat(lie)
                        .as("%s was told the truth, and has frozen it", each.name)
                        .isNotNull();
                FROZEN_AFTER.merge(lie, 1, Integer::sum);
                StoredChannel row = Stored.parse(
                        StoredChannel.parser(),
                        each.store
                                .get(DeviceTable.CHANNEL, Keys.channel(channel))
                                .orElseThrow());
                assertThat(hub.signedHeads).as("evidence of %s", each.name).contains(row.getEvidenceHead());
                assertThat(each.events(ClientEvent.ForkDetected.class))
                        .as(each.name)
                        .anyMatch(ClientEvent.ForkDetected::frozen);
                return;
            }
            assertThat(membership(each)).as(each.name).isEqualTo(Membership.MEMBER);
            FakeChannel log = village.server.channel(channel);
            shown.getOrDefault(each.name, Map.of())
                    .forEach((seq, id) -> assertThat(log.find(id.device(), id.key()))
                            .as("%s shows place %d", each.name, seq)
                            .contains(seq));
            assertThat(each.texts(channel))
                    .as(each.name)
                    .containsAll(members.stream()
                            .filter(other -> membership(other) == Membership.MEMBER)
                            .map(other -> "at last " + other.name)
                            .toList());
        }
    }
}
