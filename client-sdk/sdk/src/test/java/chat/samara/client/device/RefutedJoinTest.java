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
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A device's own server puts the genuine commit by which a member adds it into another entry than the hub did: it joins by that, finds out by
 * the hub's word, and has to get in by the true Welcome once its server tells the truth. Nobody adds it again.
 */
@DisplayName("A device that joined by an entry which the hub's log does not hold")
class RefutedJoinTest {
    private static final int CRASHES_MAX = 100;

    /** Carol has a channel of her own, and was away when alice added her to another, in which much was said since. */
    static final class Scene {
        final Village village = new Village(51);
        final Resident alice = village.join("alice");
        final Resident carol = village.join("carol");
        final ChannelId channel = alice.create("home town");
        final ChannelId elsewhere = carol.create("elsewhere");
        final FakeChannel log = village.server.channel(channel);
        private final Entry genuine;
        private final FakeChannel fork;
        private final String as;

        /**
         * @param shift how far behind its true place the own server says that the commit stands
         * @param said how many messages lie behind it
         */
        Scene(int shift, int said, String as) {
            this.as = as;
            carol.add(elsewhere, alice);
            alice.send(channel, "before");
            village.pass(10_000);
            carol.cut();
            alice.add(channel, carol);
            village.settle();
            genuine = log.typed.stream()
                    .filter(it -> it.record().kind() == RecordKind.COMMIT)
                    .reduce((first, second) -> second)
                    .orElseThrow();
            fork = log.forkBefore(genuine.seq());
            Record record = genuine.record();
            IntStream.range(0, shift)
                    .forEach(i -> fork.append(
                            RecordKind.APPLICATION,
                            record.epoch(),
                            IdempotencyKey.random(village.random()),
                            record.device(),
                            Bytes.ofHex("0011")));
            fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
            said().subList(0, said).forEach(text -> alice.send(channel, text));
            village.pass(10_000);
            // One entry a frame: the hub's head comes with the last alone.
            village.server.frameBytesMax = 1;
        }

        static List<String> said() {
            return List.of("one", "two", "three", "four", "five");
        }

        void lie() {
            village.server.tamper = this::withOtherWelcomes;
            village.server.handshakes = (device, asked) ->
                    asked.getChannelId().equals(Protobuf.toByteString(channel.bytes()))
                            ? withOtherPlace(asked)
                            : village.server.trueHandshakes(device, asked);
        }

        private ServerFrame withOtherWelcomes(ServerFrame frame) {
            if (!frame.hasWelcomes()) {
                return frame;
            }
            ServerFrame.Builder changed = frame.toBuilder();
            changed.getWelcomesBuilder().getWelcomesBuilderList().stream()
                    .filter(it -> it.getChannelId().equals(Protobuf.toByteString(channel.bytes())))
                    .forEach(it -> it.setSeq(fork.position.seq())
                            .setEntryHash(Protobuf.toByteString(fork.position.entryHash())));
            return changed.build();
        }

        private Handshakes withOtherPlace(FetchHandshakes asked) {
            if (asked.getAfterSeq() >= genuine.seq() || asked.getThroughSeq() < genuine.seq()) {
                return log.handshakes(asked.getAfterSeq(), asked.getThroughSeq(), 100);
            }
            Handshakes.Builder told = log.handshakes(asked.getAfterSeq(), genuine.seq(), 100).toBuilder();
            return told.setEntries(told.getEntriesCount() - 1, fork.entries.get(fork.entries.size() - 1))
                    .build();
        }

        void honest() {
            village.server.tamper = frame -> frame;
            village.server.handshakes = village.server::trueHandshakes;
            carol.cut();
            carol.reconnect();
            village.pass(120_000);
        }

        Membership membership() {
            return carol.engine().channel(channel).orElseThrow().membership();
        }

        List<WaitingWelcome> waiting() {
            return village.server.devices.values().stream()
                    .filter(it -> it.user.equals(carol.user()))
                    .flatMap(it -> it.welcomes.stream())
                    .toList();
        }

        void check(int said) {
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            carol.send(channel, "from carol");
            alice.send(channel, "from alice");
            village.pass(10_000);
            assertThat(alice.texts(channel)).as(as).startsWith("before").endsWith("from carol", "from alice");
            List<String> read = Stream.concat(said().subList(0, said).stream(), Stream.of("from carol", "from alice"))
                    .toList();
            assertThat(carol.texts(channel)).as(as).containsExactlyElementsOf(read);
            assertThat(carol.store.size(DeviceTable.FOOTING)).as(as).isZero();
            assertThat(carol.store.size(DeviceTable.UNVOUCHED)).as(as).isZero();
            assertThat(waiting()).as(as).isEmpty();
            assertThat(carol.events(ClientEvent.ForkDetected.class)).as(as).isEmpty();
        }
    }

    @TestFactory
    @DisplayName("gets in by the true Welcome: neither it nor the private keys for it are gone")
    Stream<DynamicTest> trueWelcome() {
        return Stream.of(0, 3)
                .flatMap(shift -> Stream.of(0, 5)
                        .map(said -> DynamicTest.dynamicTest(
                                "said to stand " + shift + " behind its place, with " + said + " messages behind it",
                                () -> {
                                    Scene scene = new Scene(shift, said, shift + " " + said);
                                    scene.lie();
                                    scene.carol.reconnect();
                                    scene.village.pass(60_000);
                                    assertThat(scene.carol.events(ClientEvent.ChannelJoined.class))
                                            .extracting(ClientEvent.ChannelJoined::channel)
                                            .contains(scene.channel);
                                    scene.honest();
                                    scene.check(said);
                                })));
    }

    @TestFactory
    @DisplayName(
            "finds out also by a head that stands before the end of the frame: its server has read further than the"
                    + " hub's word")
    Stream<DynamicTest> headBeforeTheEnd() {
        return Stream.of(0, 1, 3)
                .map(before -> DynamicTest.dynamicTest(before + " before the last entry", () -> {
                    Scene scene = new Scene(0, 5, "head " + before + " before the end");
                    scene.lie();
                    scene.village.server.frameBytesMax = 64 << 10;
                    scene.village.server.tamper =
                            frame -> withHeadBefore(scene, scene.withOtherWelcomes(frame), before);
                    scene.carol.reconnect();
                    scene.village.pass(60_000);
                    assertThat(scene.carol.events(ClientEvent.ChannelJoined.class))
                            .extracting(ClientEvent.ChannelJoined::channel)
                            .contains(scene.channel);
                    assertThat(scene.membership()).isEqualTo(Membership.REMOVED);
                    scene.honest();
                    scene.check(5);
                }));
    }

    private static ServerFrame withHeadBefore(Scene scene, ServerFrame frame, int before) {
        boolean last = frame.hasEntries()
                && frame.getEntries().getChannelId().equals(Protobuf.toByteString(scene.channel.bytes()))
                && frame.getEntries().getEntriesCount() > before
                && frame.getEntries().hasHead();
        if (!last) {
            return frame;
        }
        Entry signed = scene.log.typed.get(scene.log.typed.size() - 1 - before);
        return frame.toBuilder()
                .setEntries(frame.getEntries().toBuilder().setHead(scene.log.headAt(signed.position())))
                .build();
    }

    @Test
    @DisplayName(
            "goes on in its other channels, however long the log behind that place is and however long it is lied to")
    void otherChannels() {
        Scene scene = new Scene(0, 5, "other channels");
        scene.lie();
        scene.carol.reconnect();
        scene.village.pass(30_000);
        assertThat(scene.membership()).isEqualTo(Membership.REMOVED);
        int connects = scene.carol.events(ClientEvent.ConnectionChanged.class).size();
        scene.village.pass(3_600_000);
        assertThat(scene.carol.events(ClientEvent.ConnectionChanged.class)).hasSize(connects);
        assertThat(scene.carol.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        scene.alice.send(scene.elsewhere, "are you there?");
        scene.carol.send(scene.elsewhere, "yes");
        assertThat(scene.alice.texts(scene.elsewhere)).containsExactly("are you there?", "yes");
        assertThat(scene.carol.texts(scene.elsewhere)).containsExactly("are you there?", "yes");
        assertThat(scene.carol.events(ClientEvent.ChannelJoined.class).stream()
                        .filter(it -> it.channel().equals(scene.channel)))
                .hasSize(1);
        assertThat(scene.waiting()).hasSize(1);
    }

    @Test
    @DisplayName(
            "erases the private keys, and lets its server delete the Welcome, when the hub's word for the place has"
                    + " come")
    void keysGoWithTheHubsWord() {
        Scene scene = new Scene(0, 5, "keys");
        scene.village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead())
                        .build()
                : frame;
        scene.carol.reconnect();
        scene.village.pass(60_000);
        Bytes ref = Protobuf.toBytes(scene.waiting().get(0).getKeyPackageRef());
        assertThat(scene.membership()).isEqualTo(Membership.MEMBER);
        assertThat(scene.carol.texts(scene.channel)).containsExactlyElementsOf(Scene.said());
        assertThat(scene.carol.store.get(DeviceTable.KEY_PACKAGE, ref)).isPresent();
        scene.village.server.tamper = frame -> frame;
        scene.alice.send(scene.channel, "and now");
        scene.village.pass(1_000);
        assertThat(scene.carol.store.get(DeviceTable.KEY_PACKAGE, ref)).isEmpty();
        assertThat(scene.waiting()).isEmpty();
    }

    @TestFactory
    @DisplayName("crashes at any commit meanwhile, and gets in all the same")
    Stream<DynamicTest> everyCrash() {
        return Stream.of(0, 3)
                .flatMap(shift -> Stream.of("before", "after")
                        .map(when -> DynamicTest.dynamicTest(shift + ", " + when, () -> everyCommit(shift, when))));
    }

    private static void everyCommit(int shift, String when) {
        int commit = 1;
        boolean crashed = true;
        while (crashed && commit <= CRASHES_MAX) {
            Scene scene = new Scene(shift, 3, "crashed " + when + " commit " + commit);
            int at = scene.carol.store.commits() + commit;
            if (when.equals("before")) {
                scene.carol.store.crashBefore(at);
            } else {
                scene.carol.store.crashAfter(at);
            }
            scene.lie();
            crashed = !came(scene, () -> {
                scene.carol.reconnect();
                scene.village.pass(60_000);
                scene.honest();
            });
            scene.carol.store.crashNoMore();
            scene.honest();
            scene.check(3);
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(5, CRASHES_MAX);
    }

    /** Whether it came through without the crash; after it the device is started again. */
    private static boolean came(Scene scene, Runnable work) {
        try {
            work.run();
            return true;
        } catch (MemoryStore.Crash e) {
            scene.carol.store.crashNoMore();
            scene.carol.stop();
            scene.carol.cutOff = false;
            scene.carol.start();
            scene.village.pass(60_000);
            return false;
        }
    }
}
