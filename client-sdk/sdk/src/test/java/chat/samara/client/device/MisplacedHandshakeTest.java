package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * MLS binds the order of handshakes, and not their places. A device that no Welcome leads into a channel finds its leaf by a replay, which it goes on with in
 * later sessions; and its own server has once shown it a genuine handshake in another place than the hub did.
 */
@DisplayName("A device whose own server has shown it a handshake in a false place")
class MisplacedHandshakeTest {
    /** Bob was removed, and away when alice changed her keys and added him again; his Welcome is lost. */
    private static final class Scene {
        final Village village = new Village(57);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final ChannelId channel = alice.create("home town");
        final FakeChannel log = village.server.channel(channel);
        final Entry update;
        final Entry addition;
        final String as;

        Scene(String as, boolean keysAreHere) {
            this.as = as;
            alice.add(channel, bob);
            alice.send(channel, "before");
            village.pass(1_000);
            alice.remove(channel, bob);
            village.pass(1_000);
            assertThat(membership()).isEqualTo(Membership.REMOVED);
            bob.stop();
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.settle();
            update = lastEntry();
            alice.add(channel, bob);
            addition = log.typed.stream()
                    .filter(it -> it.record().kind() == RecordKind.COMMIT)
                    .reduce((first, second) -> second)
                    .orElseThrow();
            assertThat(addition.seq()).isEqualTo(update.seq() + 1);
            Optional.ofNullable(village.server.devices.get(bobsDevice()))
                    .orElseThrow()
                    .welcomes
                    .clear();
            if (!keysAreHere) {
                // They are in a state of it that is lost.
                bob.store.clear(DeviceTable.KEY_PACKAGE);
            }
        }

        private chat.samara.wire.identity.DeviceId bobsDevice() {
            return OwnIdentity.of(
                            bob.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow())
                    .device();
        }

        private Entry lastEntry() {
            return log.typed.get(log.typed.size() - 1);
        }

        Membership membership() {
            return bob.engine().channel(channel).orElseThrow().membership();
        }

        /** The server says that this handshake stands one place further on, and that it is the last. */
        void misplace(Entry handshake) {
            FakeChannel fork = log.forkBefore(handshake.seq());
            Record record = handshake.record();
            fork.append(
                    RecordKind.APPLICATION,
                    record.epoch(),
                    IdempotencyKey.random(village.random()),
                    record.device(),
                    Bytes.ofHex("0011"));
            fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
            village.server.handshakes = (device, asked) -> {
                boolean lies = asked.getChannelId().equals(Protobuf.toByteString(channel.bytes()))
                        && asked.getAfterSeq() <= handshake.seq()
                        && asked.getThroughSeq() > handshake.seq();
                return lies ? lie(handshake, fork, asked) : village.server.trueHandshakes(device, asked);
            };
        }

        private Handshakes lie(Entry handshake, FakeChannel fork, FetchHandshakes asked) {
            return log.handshakes(asked.getAfterSeq(), handshake.seq() - 1, 100).toBuilder()
                    .addEntries(fork.entries.get(fork.entries.size() - 1))
                    .setThroughSeq(handshake.seq() + 1)
                    .build();
        }

        void start() {
            bob.start();
            village.pass(60_000);
        }

        void honest() {
            village.server.handshakes = village.server::trueHandshakes;
            bob.dropConnection();
            bob.reconnect();
            village.pass(120_000);
        }

        void check(String... read) {
            alice.send(channel, "for bob");
            bob.send(channel, "for alice");
            village.pass(10_000);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            assertThat(bob.texts(channel)).as(as).containsExactly(read);
            assertThat(alice.texts(channel)).as(as).endsWith("for bob", "for alice");
            assertThat(bob.events(ClientEvent.ForkDetected.class)).as(as).isEmpty();
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
            assertThat(bob.store.size(DeviceTable.REPLAY)).as(as).isZero();
        }
    }

    @Test
    @DisplayName(
            "finds its leaf as soon as that server tells the truth: what lies in the false place is not passed over")
    void leafInThatPlace() {
        Scene scene = new Scene("the update in the addition's place", true);
        scene.misplace(scene.update);
        scene.start();
        assertThat(scene.membership()).isEqualTo(Membership.REMOVED);
        scene.honest();
        scene.check("before", "for bob", "for alice");
    }

    @Test
    @DisplayName(
            "and that has entered there, and found out by the hub's word, enters by the true place in the next session")
    void enteredThere() {
        Scene scene = new Scene("the addition behind its place", false);
        scene.alice.send(scene.channel, "without bob's keys");
        scene.misplace(scene.addition);
        scene.start();
        assertThat(scene.bob.events(ClientEvent.ChannelJoined.class)).hasSize(2);
        assertThat(scene.membership()).isEqualTo(Membership.REMOVED);
        scene.honest();
        scene.check("before", "for bob", "for alice");
    }

    @TestFactory
    @DisplayName("enters by the true place wherever it crashes meanwhile")
    Stream<DynamicTest> everyCrash() {
        return CrashAtEachCommit.tests(as -> {
            Scene scene = new Scene(as, false);
            scene.alice.send(scene.channel, "without bob's keys");
            return new Lived(scene);
        });
    }

    private record Lived(Scene scene) implements CrashAtEachCommit.Life {
        @Override
        public MemoryStore store() {
            return scene.bob.store;
        }

        @Override
        public void live() {
            scene.misplace(scene.addition);
            scene.start();
            scene.honest();
        }

        @Override
        public void goOn() {
            scene.bob.stop();
            scene.start();
        }

        @Override
        public void check() {
            scene.honest();
            scene.check("before", "for bob", "for alice");
        }
    }
}
