package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The power goes off before, and after, every single commit of a device's life; it is started again and finishes. The same script runs
 * every time, so the number of the commit is all that a failure needs to be seen again.
 */
@DisplayName("A device that crashes")
class CrashTest {
    private static final int COMMITS_MAX = 200;
    private static final List<String> BY_ALICE = List.of("one", "two", "three", "four");

    @TestFactory
    @DisplayName("at any commit, as the one who founds, adds, sends and removes, loses and repeats nothing")
    Stream<DynamicTest> founder() {
        return Stream.of("before", "after")
                .map(when -> DynamicTest.dynamicTest(when + " it", () -> everyCommit(when, "alice")));
    }

    @TestFactory
    @DisplayName("at any commit, as the one who joins, is added, reads and answers, loses and repeats nothing")
    Stream<DynamicTest> member() {
        return Stream.of("before", "after")
                .map(when -> DynamicTest.dynamicTest(when + " it", () -> everyCommit(when, "bob")));
    }

    private static void everyCommit(String when, String victim) {
        int crashes = 0;
        for (int commit = 1; commit <= COMMITS_MAX; commit++) {
            Script script = new Script(when, victim, commit);
            script.run();
            if (!script.crashed) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).as("crashes of " + victim).isBetween(10, COMMITS_MAX - 1);
    }

    /** One life, with one crash in it. */
    private static final class Script {
        private final Village village = new Village(7);
        private final String victim;
        private final String at;
        private boolean crashed;

        Script(String when, String victim, int commit) {
            this.victim = victim;
            this.at = victim + " crashed " + when + " commit " + commit;
            for (String name : List.of("alice", "bob", "carol")) {
                Resident resident = village.arrive(name);
                if (name.equals(victim)) {
                    if (when.equals("before")) {
                        resident.store.crashBefore(commit);
                    } else {
                        resident.store.crashAfter(commit);
                    }
                }
            }
        }

        void run() {
            for (String name : List.of("alice", "bob", "carol")) {
                Resident resident = village.resident(name);
                for (int attempt = 0; attempt < 2; attempt++) {
                    step(
                            resident,
                            (it, command) -> it.command(new DeviceEvent.Join(command, village.server.invite(), name)));
                }
                assertThat(resident.engine().account())
                        .as(at)
                        .hasValueSatisfying(
                                account -> assertThat(account.registered()).isTrue());
            }
            Resident alice = village.resident("alice");
            Resident bob = village.resident("bob");
            Resident carol = village.resident("carol");
            ChannelId channel = found(alice);
            until(alice, bob, channel, true);
            for (String text : BY_ALICE) {
                say(alice, channel, text);
            }
            until(alice, carol, channel, true);
            say(bob, channel, "answer");
            step(bob, (it, command) -> it.command(new DeviceEvent.UpdateKeys(command, channel)));
            until(alice, carol, channel, false);
            say(alice, channel, "after carol");
            village.pass(120_000);
            check(alice, bob, carol, channel);
        }

        private void check(Resident alice, Resident bob, Resident carol, ChannelId channel) {
            List<String> all = Stream.concat(BY_ALICE.stream(), Stream.of("answer", "after carol"))
                    .toList();
            assertThat(alice.texts(channel)).as(at).containsExactlyElementsOf(all);
            assertThat(bob.texts(channel)).as(at).containsExactlyElementsOf(all);
            assertThat(carol.texts(channel)).as(at).containsExactly("answer");
            assertThat(alice.engine().pending(channel)).as(at).isEmpty();
            assertThat(bob.engine().pending(channel)).as(at).isEmpty();
            assertThat(alice.history(channel)).extracting(Message::state).as(at).containsOnly(MessageState.STABLE);
            for (Resident resident : List.of(alice, bob)) {
                assertThat(resident.engine().channel(channel).orElseThrow().name())
                        .as(at)
                        .isEqualTo("home town");
                assertThat(resident.engine().channel(channel).orElseThrow().pendingChanges())
                        .as(at)
                        .isZero();
                assertThat(resident.engine().members(channel)).as(at).hasSize(2);
            }
        }

        /** Gives a command, survives the crash if it comes now, and lets everything settle. */
        private void step(Resident resident, BiConsumer<Resident, Long> give) {
            guarded(() -> give.accept(resident, resident.nextCommand()));
            if (!guarded(() -> village.pass(10_000))) {
                guarded(() -> village.pass(10_000));
            }
        }

        /** Whether it came through without the crash; after it the device is started again. */
        private boolean guarded(Runnable work) {
            try {
                work.run();
                return true;
            } catch (MemoryStore.Crash e) {
                if (crashed) {
                    throw new AssertionError(at + " twice", e);
                }
                crashed = true;
                Resident dead = village.resident(victim);
                dead.store.crashNoMore();
                dead.stop();
                dead.start();
                return false;
            }
        }

        private ChannelId found(Resident alice) {
            for (int attempt = 0; attempt < 2 && alice.engine().channels().isEmpty(); attempt++) {
                step(
                        alice,
                        (it, command) ->
                                it.command(new DeviceEvent.CreateChannel(command, "home town", ChannelSuite.STANDARD)));
            }
            assertThat(alice.engine().channels()).as(at).hasSize(1);
            return alice.engine().channels().get(0).id();
        }

        private void until(Resident alice, Resident other, ChannelId channel, boolean member) {
            for (int attempt = 0; attempt < 2; attempt++) {
                boolean is = alice.engine().members(channel).stream()
                        .anyMatch(it -> it.user().equals(other.user()));
                if (is != member) {
                    step(
                            alice,
                            (it, command) -> it.command(
                                    member
                                            ? new DeviceEvent.AddMember(command, channel, other.user())
                                            : new DeviceEvent.RemoveMember(command, channel, other.user())));
                }
            }
        }

        /** An application that got no answer looks whether its message was queued before it says it again. */
        private void say(Resident resident, ChannelId channel, String text) {
            for (int attempt = 0; attempt < 2; attempt++) {
                boolean said = resident.texts(channel).contains(text)
                        || resident.pendingTexts(channel).contains(text);
                if (!said) {
                    step(resident, (it, command) -> it.command(new DeviceEvent.SendText(command, channel, text)));
                }
            }
        }
    }
}
