package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("Texts and frames that wait share a turn and its commit")
class SharedTurnTest {
    private static final int TEXTS = 60;
    private static final int FRAMES_PER_TURN = 64;

    private static List<String> texts(String name, int count) {
        return IntStream.range(0, count).mapToObj(i -> name + " " + i).toList();
    }

    @Test
    @DisplayName("so that many texts take few commits, of whoever says and of whoever reads them")
    void fewCommits() {
        Village village = new Village(31);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(10_000);
        alice.framesPerTurn = FRAMES_PER_TURN;
        bob.framesPerTurn = FRAMES_PER_TURN;
        int ofAlice = alice.store.commits();
        int ofBob = bob.store.commits();
        alice.sendTogether(channel, texts("text", TEXTS));
        village.pass(10_000);
        assertThat(bob.texts(channel)).containsExactlyElementsOf(texts("text", TEXTS));
        assertThat(alice.history(channel)).extracting(Message::state).containsOnly(MessageState.STABLE);
        assertThat(alice.store.commits() - ofAlice)
                .as("commits of who says them")
                .isLessThan(TEXTS / 3);
        assertThat(bob.store.commits() - ofBob).as("commits of who reads them").isLessThan(TEXTS / 3);
    }

    @Test
    @DisplayName("as far as one turn holds them, and the rest goes into the next")
    void boundedTurn() {
        Village village = new Village(37);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(10_000);
        String large = "x".repeat(100 << 10);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            texts.add(large + i);
        }
        int before = alice.store.commits();
        alice.sendTogether(channel, texts);
        village.pass(10_000);
        assertThat(alice.store.commits() - before).isGreaterThan(1);
        assertThat(bob.texts(channel)).containsExactlyElementsOf(texts);
    }

    @TestFactory
    @DisplayName("and at whichever commit of the one who says them the power goes off, nothing is lost or repeated")
    Stream<DynamicTest> speakerCrashes() {
        return CrashAtEachCommit.tests(at -> new Talk(at, true));
    }

    @TestFactory
    @DisplayName("and at whichever commit of the one who reads them the power goes off, nothing is lost or repeated")
    Stream<DynamicTest> readerCrashes() {
        return CrashAtEachCommit.tests(at -> new Talk(at, false));
    }

    /** Both say several texts at a time; and the power goes off. */
    private static final class Talk implements CrashAtEachCommit.Life {
        private static final int AT_ONCE = 9;

        private final String at;
        private final Village village = new Village(41);
        private final Resident alice = village.join("alice");
        private final Resident bob = village.join("bob");
        private final ChannelId channel = alice.create("home town");
        private final Resident victim;

        Talk(String at, boolean speaker) {
            this.at = at;
            alice.add(channel, bob);
            village.pass(10_000);
            alice.framesPerTurn = FRAMES_PER_TURN;
            bob.framesPerTurn = FRAMES_PER_TURN;
            victim = speaker ? alice : bob;
        }

        @Override
        public MemoryStore store() {
            return victim.store;
        }

        @Override
        public void live() {
            say(alice, "first");
            say(bob, "answer");
            say(alice, "second");
            village.pass(30_000);
        }

        /** What was queued before the crash is not said again. */
        private void say(Resident resident, String name) {
            List<String> known = new ArrayList<>(resident.texts(channel));
            known.addAll(resident.pendingTexts(channel));
            List<String> left = new ArrayList<>(texts(name, AT_ONCE));
            left.removeAll(known);
            resident.sendTogether(channel, left);
            village.pass(1_000);
        }

        @Override
        public void goOn() {
            victim.stop();
            victim.start();
            village.pass(120_000);
            live();
            village.pass(120_000);
        }

        @Override
        public void check() {
            for (Resident resident : List.of(alice, bob)) {
                List<String> said = resident.texts(channel);
                assertThat(said).as(at + ", " + resident.name).hasSize(3 * AT_ONCE);
                for (String name : List.of("first", "answer", "second")) {
                    assertThat(said.stream()
                                    .filter(text -> text.startsWith(name))
                                    .toList())
                            .as(at + ", " + resident.name)
                            .containsExactlyElementsOf(texts(name, AT_ONCE));
                }
            }
        }
    }
}
