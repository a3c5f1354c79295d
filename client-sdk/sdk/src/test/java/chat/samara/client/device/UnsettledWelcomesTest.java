package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A device joins by a Welcome, and goes on by another, for which a member has exchanged its leaf; no head covers either yet. The private keys for each go with the
 * hub's word for its own place, and not before.
 */
@DisplayName("Where a leaf was exchanged before any head came, the private keys")
class UnsettledWelcomesTest {
    /** Bob was away while alice added him, said "one", mallory exchanged his leaf, and alice said "two". */
    private static final class Scene {
        final Village village = new Village(60);
        final Resident alice = village.join("alice");
        final Resident mallory = village.join("mallory");
        final Resident bob = village.join("bob");
        final ChannelId channel = alice.create("home town");
        final FakeChannel log = village.server.channel(channel);
        final Entry addition;
        final Entry exchange;
        final Bytes first;
        final Bytes second;
        final String as;

        Scene(String as) {
            this.as = as;
            alice.add(channel, mallory);
            village.pass(1_000);
            bob.cut();
            alice.add(channel, bob);
            addition = lastCommit();
            alice.send(channel, "one");
            assertThat(new Saboteur(village, mallory).exchange(channel, bob).getStatus())
                    .isEqualTo(ReceiptStatus.ORDERED);
            exchange = lastCommit();
            village.settle();
            alice.send(channel, "two");
            List<WaitingWelcome> waiting = waiting();
            assertThat(waiting).hasSize(2);
            first = Protobuf.toBytes(waiting.get(0).getKeyPackageRef());
            second = Protobuf.toBytes(waiting.get(1).getKeyPackageRef());
            village.server.tamper = Scene::withoutEntries;
        }

        private static ServerFrame withoutEntries(ServerFrame frame) {
            return frame.hasEntries()
                    ? frame.toBuilder()
                            .setEntries(Entries.newBuilder()
                                    .setChannelId(frame.getEntries().getChannelId()))
                            .build()
                    : frame;
        }

        private Entry lastCommit() {
            return log.typed.stream()
                    .filter(it -> it.record().kind() == RecordKind.COMMIT)
                    .reduce((earlier, last) -> last)
                    .orElseThrow();
        }

        List<WaitingWelcome> waiting() {
            return village.server.devices.values().stream()
                    .filter(it -> it.user.equals(bob.user()))
                    .flatMap(it -> it.welcomes.stream())
                    .toList();
        }

        /** By the first Welcome, of which no head has come. */
        void joins() {
            bob.reconnect();
            village.pass(10_000);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
        }

        /** The exchange at its place, or right behind the addition, by the word of bob's own server alone. */
        void showExchange(boolean misplaced) {
            if (!misplaced) {
                show(Entries.newBuilder()
                        .addAllEntries(log.entries.subList((int) addition.seq(), (int) exchange.seq())));
                return;
            }
            FakeChannel fork = log.forkBefore(addition.seq() + 1);
            Record record = exchange.record();
            fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
            show(Entries.newBuilder().addEntries(fork.entries.get(fork.entries.size() - 1)));
        }

        void misplacedAndTakenBack() {
            joins();
            showExchange(true);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            showHeadAt(addition.seq());
            showHeadAt(addition.seq() + 1);
        }

        void showHeadAt(long seq) {
            show(Entries.newBuilder()
                    .setHead(log.headAt(log.typed.get((int) seq - 1).position())));
        }

        private void show(Entries.Builder entries) {
            bob.receive(ServerFrame.newBuilder()
                    .setEntries(entries.setChannelId(Protobuf.toByteString(channel.bytes())))
                    .build());
        }

        boolean isHere(Bytes keyPackageRef) {
            return bob.store.get(DeviceTable.KEY_PACKAGE, keyPackageRef).isPresent();
        }

        Membership membership() {
            return bob.engine().channel(channel).orElseThrow().membership();
        }

        StoredChannel row() {
            return Stored.parse(
                    StoredChannel.parser(),
                    bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
        }

        void honest() {
            village.server.tamper = frame -> frame;
            bob.cut();
            bob.reconnect();
            village.pass(120_000);
        }

        void check() {
            bob.send(channel, "from bob");
            alice.send(channel, "from alice");
            village.pass(60_000);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            assertThat(bob.texts(channel)).as(as).containsExactly("one", "two", "from bob", "from alice");
            assertThat(alice.texts(channel)).as(as).containsExactlyElementsOf(bob.texts(channel));
            assertThat(bob.history(channel))
                    .as(as)
                    .noneMatch(message -> message.body() instanceof MessageBody.Unreadable);
            assertThat(bob.events(ClientEvent.PlaceLost.class)).as(as).isEmpty();
            assertThat(isHere(first)).as(as).isFalse();
            assertThat(isHere(second)).as(as).isFalse();
            assertThat(waiting()).as(as).isEmpty();
            assertThat(row().getUnsettledWelcomesCount()).as(as).isZero();
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
        }
    }

    @Test
    @DisplayName("of each go when the hub's word for its own place has come")
    void eachByItsPlace() {
        Scene scene = new Scene("each by its place");
        scene.joins();
        scene.showExchange(false);
        assertThat(scene.isHere(scene.first)).isTrue();
        assertThat(scene.isHere(scene.second)).isTrue();
        scene.showHeadAt(scene.addition.seq());
        assertThat(scene.isHere(scene.first)).isFalse();
        assertThat(scene.isHere(scene.second)).isTrue();
        scene.showHeadAt(scene.exchange.seq());
        assertThat(scene.isHere(scene.second)).isFalse();
        assertThat(scene.waiting()).isEmpty();
        scene.honest();
        scene.check();
    }

    @Test
    @DisplayName("of both go by one head that covers both, and by one that comes with them")
    void bothAtOnce() {
        Scene scene = new Scene("both at once");
        scene.joins();
        scene.honest();
        scene.check();
    }

    @Test
    @DisplayName(
            "for an exchange that turns out to stand elsewhere are there where it stands, and nothing that was said is lost")
    void takenBack() {
        Scene scene = new Scene("taken back");
        scene.misplacedAndTakenBack();
        assertThat(scene.isHere(scene.second)).isTrue();
        scene.honest();
        scene.check();
    }

    @TestFactory
    @DisplayName("are kept and erased so by a device that crashes at any commit meanwhile")
    Stream<DynamicTest> everyCrash() {
        return CrashAtEachCommit.tests(as -> new Lived(new Scene(as)));
    }

    private record Lived(Scene scene) implements CrashAtEachCommit.Life {
        @Override
        public MemoryStore store() {
            return scene.bob.store;
        }

        @Override
        public void live() {
            scene.misplacedAndTakenBack();
            scene.honest();
        }

        @Override
        public void goOn() {
            scene.bob.stop();
            scene.bob.cutOff = false;
            scene.bob.start();
            scene.village.pass(10_000);
            scene.showExchange(true);
            scene.showHeadAt(scene.addition.seq());
        }

        @Override
        public void check() {
            scene.honest();
            scene.check();
        }
    }

    @Test
    @DisplayName("that a version before had kept for the last Welcome alone go, too")
    void keptByAnEarlierVersion() {
        Scene scene = new Scene("earlier version");
        scene.joins();
        scene.bob.stop();
        scene.bob.store.put(
                DeviceTable.CHANNEL,
                Keys.channel(scene.channel),
                scene.row().toBuilder().clearUnsettledWelcomes().build().toByteArray());
        scene.bob.cutOff = false;
        scene.bob.start();
        scene.village.pass(1_000);
        scene.showHeadAt(scene.addition.seq());
        assertThat(scene.isHere(scene.first)).isFalse();
        scene.honest();
        scene.check();
    }
}
