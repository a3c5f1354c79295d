package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each Welcome stands in the log, and the private keys for it are here; which of them wait at its server is that server's word. */
@DisplayName("A device that a log adds, removes and adds again, while it is away")
class AddedTwiceInLogTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private static final class Scene {
        final Village village = new Village(63);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final Resident mallory = village.join("mallory");
        final Saboteur saboteur = new Saboteur(village, mallory);
        final ChannelId channel = alice.create("home town");
        final List<WaitingWelcome> welcomes = new ArrayList<>();
        final String as;

        Scene(String as) {
            this.as = as;
            alice.add(channel, mallory);
            village.pass(1_000);
            bob.cut();
        }

        FakeServer.FakeDevice atServer() {
            return village.server.devices.values().stream()
                    .filter(device -> device.user.equals(bob.user()))
                    .findFirst()
                    .orElseThrow();
        }

        void added(String... said) {
            alice.add(channel, bob);
            welcomes.addAll(atServer()
                    .welcomes
                    .subList(welcomes.size(), atServer().welcomes.size()));
            say(said);
        }

        void removed() {
            alice.remove(channel, bob);
            alice.send(channel, "without him");
        }

        void say(String... said) {
            for (String text : said) {
                alice.send(channel, text);
            }
            village.pass(1_000);
        }

        /** Of those that wait its server gives these, and says that there are no more. */
        void giveOnly(Predicate<WaitingWelcome> given) {
            village.server.tamper = frame -> {
                ServerFrame.Builder told = frame.toBuilder();
                if (frame.hasLoggedIn()) {
                    told.getLoggedInBuilder().setWelcomesWaiting((int)
                            atServer().welcomes.stream().filter(given).count());
                } else if (frame.hasWelcomes()) {
                    told.setWelcomes(Welcomes.newBuilder()
                            .addAllWelcomes(frame.getWelcomes().getWelcomesList().stream()
                                    .filter(given)
                                    .toList()));
                }
                return told.build();
            };
        }

        void tellTheTruth() {
            village.server.tamper = frame -> frame;
        }

        void comesBack() {
            bob.reconnect();
            village.pass(A_WHILE_MILLIS);
        }

        void newSession() {
            bob.dropConnection();
            bob.reconnect();
            village.pass(A_WHILE_MILLIS);
        }

        void requireNothingUnread() {
            assertThat(bodies()).as(as).noneMatch(MessageBody.Unreadable.class::isInstance);
        }

        List<MessageBody> bodies() {
            return bob.history(channel).stream().map(Message::body).toList();
        }

        /** It has read all of that, once, and is a member like any other. */
        void requireRead(String... said) {
            tellTheTruth();
            newSession();
            alice.send(channel, "alice now");
            bob.send(channel, "bob now");
            village.pass(A_WHILE_MILLIS);
            assertThat(bob.engine().channel(channel).orElseThrow().membership())
                    .as(as)
                    .isEqualTo(Membership.MEMBER);
            List<String> all = new ArrayList<>(List.of(said));
            all.addAll(List.of("alice now", "bob now"));
            assertThat(bob.texts(channel)).as(as).containsExactlyElementsOf(all);
            assertThat(alice.texts(channel)).as(as).endsWith("alice now", "bob now");
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "reads what was said in each membership though no Welcome is given, also where one KeyPackage of last resort has served for all")
    void noWelcomes(boolean lastResort) {
        Scene scene = new Scene("no Welcomes");
        if (lastResort) {
            scene.atServer().keyPackages.clear();
        }
        scene.added("one");
        scene.removed();
        scene.added("two");
        scene.removed();
        scene.added("three");
        scene.giveOnly(it -> false);
        scene.comesBack();
        scene.requireRead("one", "two", "three");
        scene.requireNothingUnread();
    }

    @Test
    @DisplayName("reads what was said in the first membership, too, where only the later Welcome is given")
    void laterWelcomeOnly() {
        Scene scene = new Scene("later Welcome only");
        scene.added("one");
        scene.removed();
        scene.added("two");
        scene.giveOnly(scene.welcomes.get(1)::equals);
        scene.comesBack();
        scene.requireRead("one", "two");
        scene.requireNothingUnread();
    }

    @Test
    @DisplayName(
            "reads what was said in the later membership where the first Welcome does not open, and a line says what it has not read")
    void firstDoesNotOpen() {
        Scene scene = new Scene("first does not open");
        assertThat(scene.saboteur.addUnwelcome(scene.channel, scene.bob).getStatus())
                .isEqualTo(ReceiptStatus.ORDERED);
        scene.say("for nobody's ears");
        scene.removed();
        scene.added("two");
        scene.giveOnly(it -> false);
        scene.comesBack();
        scene.requireRead("two");
        assertThat(scene.bodies()).hasAtLeastOneElementOfType(MessageBody.Unreadable.class);
    }

    @Test
    @DisplayName(
            "reads what was said in the first membership where the keys for the later one are gone, and a line says what it has not read")
    void laterKeysAreGone() {
        Scene scene = new Scene("later keys are gone");
        scene.added("one");
        scene.removed();
        scene.added("two");
        Bytes used = Stored.bytes(scene.welcomes.get(1).getKeyPackageRef());
        MemoryStore store = scene.bob.store;
        Map<Bytes, byte[]> kept = new TreeMap<>();
        store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            kept.put(ref, row);
            return true;
        });
        kept.remove(used);
        store.clear(DeviceTable.KEY_PACKAGE);
        kept.forEach((ref, row) -> store.put(DeviceTable.KEY_PACKAGE, ref, row));
        scene.giveOnly(it -> false);
        scene.comesBack();
        scene.requireRead("one");
        assertThat(scene.bodies()).hasAtLeastOneElementOfType(MessageBody.Unreadable.class);
    }

    @TestFactory
    @DisplayName("reads what was said in each membership though it crashes at any commit meanwhile")
    Stream<DynamicTest> everyCrash() {
        return Stream.of(false, true)
                .flatMap(laterWelcome -> CrashAtEachCommit.tests(as -> {
                    Scene scene = new Scene(as);
                    scene.atServer().keyPackages.clear();
                    scene.added("one");
                    scene.removed();
                    scene.added("two");
                    scene.giveOnly(it -> laterWelcome && it.equals(scene.welcomes.get(1)));
                    return new Lived(scene);
                }));
    }

    private record Lived(Scene scene) implements CrashAtEachCommit.Life {
        @Override
        public MemoryStore store() {
            return scene.bob.store;
        }

        @Override
        public void live() {
            scene.comesBack();
            scene.newSession();
        }

        @Override
        public void goOn() {
            scene.bob.stop();
            scene.bob.cutOff = false;
            scene.bob.start();
            scene.village.pass(A_WHILE_MILLIS);
        }

        @Override
        public void check() {
            scene.requireRead("one", "two");
            scene.requireNothingUnread();
        }
    }
}
