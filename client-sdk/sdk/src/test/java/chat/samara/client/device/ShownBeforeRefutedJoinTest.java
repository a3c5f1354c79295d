package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The keys to what a device has read are gone. It was removed by an entry that no head covers, so that all this counts for nothing in the log; and it is
 * added again, where its own server says so: that is taken back.
 */
@DisplayName("What was shown before a removal that no head covers")
class ShownBeforeRefutedJoinTest {
    private static final List<String> SAID = List.of("one", "two", "three", "four");

    /** Bob was away while four messages were said, he was removed, and added again. */
    private static final class Scene {
        final Village village = new Village(58);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final ChannelId channel = alice.create("home town");
        final FakeChannel log = village.server.channel(channel);
        final long vouchedSeq;
        final String as;
        private final FakeChannel fork;

        Scene(String as) {
            this.as = as;
            alice.add(channel, bob);
            alice.send(channel, "before");
            village.pass(10_000);
            vouchedSeq = log.position.seq();
            bob.cut();
            SAID.forEach(text -> alice.send(channel, text));
            alice.remove(channel, bob);
            Entry removal = lastCommit();
            alice.send(channel, "without him");
            alice.add(channel, bob);
            Entry addition = lastCommit();
            alice.send(channel, "welcome back");
            fork = log.forkBefore(vouchedSeq + 1);
            append(removal);
            append(addition);
            // One entry a frame: the removal comes alone, and no head covers it.
            village.server.frameBytesMax = 1;
        }

        private Entry lastCommit() {
            return log.typed.stream()
                    .filter(it -> it.record().kind() == RecordKind.COMMIT)
                    .reduce((first, second) -> second)
                    .orElseThrow();
        }

        private void append(Entry entry) {
            Record record = entry.record();
            fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
        }

        /** Nothing was said before the removal and the addition, by the word of bob's own server: they stand right behind the vouched place. */
        void lie() {
            village.server.handshakes = (device, asked) -> withOtherPlaces(asked);
            village.server.tamper = frame -> {
                if (frame.hasWelcomes()) {
                    ServerFrame.Builder changed = frame.toBuilder();
                    changed.getWelcomesBuilder()
                            .getWelcomesBuilderList()
                            .forEach(it -> it.setSeq(fork.position.seq())
                                    .setEntryHash(Protobuf.toByteString(fork.position.entryHash())));
                    return changed.build();
                }
                return frame.hasEntries()
                                && bob.events(ClientEvent.ChannelJoined.class).size() > 1
                        ? frame.toBuilder()
                                .setEntries(Entries.newBuilder()
                                        .setChannelId(frame.getEntries().getChannelId()))
                                .build()
                        : frame;
            };
        }

        private Handshakes withOtherPlaces(FetchHandshakes asked) {
            Handshakes.Builder told = log.handshakes(asked.getAfterSeq(), vouchedSeq, 100).toBuilder();
            for (long seq = Math.max(asked.getAfterSeq(), vouchedSeq) + 1; seq <= fork.position.seq(); seq++) {
                if (seq <= asked.getThroughSeq()) {
                    told.addEntries(fork.entries.get((int) seq - 1));
                }
            }
            return told.setThroughSeq(asked.getThroughSeq()).build();
        }

        void comesBack() {
            bob.reconnect();
            village.pass(30_000);
        }

        /** The hub's word for the place at which he joined. */
        void refuted() {
            LogPosition place = log.typed.get((int) fork.position.seq() - 1).position();
            bob.receive(ServerFrame.newBuilder()
                    .setEntries(Entries.newBuilder()
                            .setChannelId(Protobuf.toByteString(channel.bytes()))
                            .setHead(log.headAt(place)))
                    .build());
            village.settle();
        }

        Membership membership() {
            return bob.engine().channel(channel).orElseThrow().membership();
        }

        void honest() {
            village.server.handshakes = village.server::trueHandshakes;
            village.server.tamper = frame -> frame;
            bob.cut();
            bob.reconnect();
            village.pass(120_000);
        }

        void check() {
            alice.send(channel, "for bob");
            bob.send(channel, "for alice");
            village.pass(10_000);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            assertThat(bob.texts(channel))
                    .as(as)
                    .containsExactly("before", "one", "two", "three", "four", "welcome back", "for bob", "for alice");
            assertThat(states(SAID)).as(as).containsOnly(MessageState.ORDERED);
            assertThat(states(List.of("before", "welcome back", "for bob")))
                    .as(as)
                    .containsOnly(MessageState.STABLE);
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
            assertThat(bob.store.size(DeviceTable.UNVOUCHED)).as(as).isZero();
            assertThat(bob.events(ClientEvent.ForkDetected.class)).as(as).isEmpty();
        }

        List<MessageState> states(List<String> texts) {
            return bob.history(channel).stream()
                    .filter(it -> it.body() instanceof MessageBody.Text text && texts.contains(text.text()))
                    .map(Message::state)
                    .toList();
        }
    }

    @Test
    @DisplayName(
            "stays shown where the device is added again at a place before it, and the hub's word is that it was not")
    void staysShown() {
        Scene scene = new Scene("stays shown");
        scene.lie();
        scene.comesBack();
        assertThat(scene.bob.events(ClientEvent.ChannelJoined.class)).hasSize(2);
        assertThat(scene.membership()).isEqualTo(Membership.MEMBER);
        scene.refuted();
        assertThat(scene.membership()).isEqualTo(Membership.REMOVED);
        assertThat(scene.bob.texts(scene.channel)).containsExactly("before", "one", "two", "three", "four");
        scene.honest();
        scene.check();
    }

    @Test
    @DisplayName(
            "stays shown, too, where no head comes for that place, since it lies before the removal: the device leaves it, and the"
                    + " true Welcome leads in")
    void noHeadComes() {
        Scene scene = new Scene("no head comes");
        scene.lie();
        scene.comesBack();
        assertThat(scene.bob.events(ClientEvent.ChannelJoined.class)).hasSize(2);
        scene.honest();
        scene.check();
    }

    @TestFactory
    @DisplayName("stays shown by a device that crashes at any commit meanwhile")
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
            scene.lie();
            scene.comesBack();
            scene.refuted();
            scene.honest();
        }

        @Override
        public void goOn() {
            scene.bob.stop();
            scene.bob.cutOff = false;
            scene.bob.start();
            scene.village.pass(30_000);
            scene.refuted();
        }

        @Override
        public void check() {
            scene.honest();
            scene.check();
        }
    }

    /** Bob was removed by an entry that no hub has ordered, and is about to come back to where he stood. */
    private static final class BackWhereItStood {
        final Village village = new Village(59);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final ChannelId channel = alice.create("home town");
        final FakeChannel log = village.server.channel(channel);

        BackWhereItStood() {
            alice.add(channel, bob);
            alice.send(channel, "before");
            village.pass(10_000);
            showRemovalOfNoLog();
            assertThat(membership()).isEqualTo(Membership.REMOVED);
            bob.events.clear();
            // Nothing of the log comes for now.
            village.server.tamper = frame -> frame.hasEntries() ? withoutEntries(frame) : frame;
        }

        static ServerFrame withoutEntries(ServerFrame frame) {
            return frame.toBuilder()
                    .setEntries(
                            Entries.newBuilder().setChannelId(frame.getEntries().getChannelId()))
                    .build();
        }

        private void showRemovalOfNoLog() {
            FakeChannel fork = log.forkBefore(log.position.seq() + 1);
            village.server.check = (device, frame) -> {
                if (!frame.hasSubmit() || frame.getSubmit().getKind() != RecordKind.COMMIT) {
                    return Optional.empty();
                }
                fork.append(
                        RecordKind.COMMIT,
                        frame.getSubmit().getEpoch(),
                        new IdempotencyKey(Protobuf.toBytes(frame.getSubmit().getIdempotencyKey())),
                        Optional.of(device),
                        Protobuf.toBytes(frame.getSubmit().getPayload()));
                return Optional.of(
                        chat.samara.wire.Refusal.of(chat.samara.wire.proto.ErrorCode.INVALID_HANDSHAKE, "withheld"));
            };
            alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
            village.settle();
            village.server.check = (device, frame) -> Optional.empty();
            show(Entries.newBuilder().addEntries(fork.entries.get((int) log.position.seq())));
        }

        void show(Entries.Builder entries) {
            bob.receive(ServerFrame.newBuilder()
                    .setEntries(entries.setChannelId(Protobuf.toByteString(channel.bytes())))
                    .build());
        }

        Membership membership() {
            return bob.engine().channel(channel).orElseThrow().membership();
        }

        void newSession() {
            bob.cut();
            bob.reconnect();
            village.pass(1_000);
        }

        MessageState stateOfBefore() {
            return bob.history(channel).stream()
                    .filter(it -> it.body() instanceof MessageBody.Text text
                            && text.text().equals("before"))
                    .map(Message::state)
                    .reduce((first, second) -> second)
                    .orElseThrow(() -> new AssertionError("it is not shown any more"));
        }
    }

    @Test
    @DisplayName(
            "and that a head covers, stays shown as stable where the device has come back there, and its server names a"
                    + " shorter log")
    void shorterLog() {
        BackWhereItStood scene = new BackWhereItStood();
        scene.newSession();
        assertThat(scene.membership()).isEqualTo(Membership.RETURNING);
        ChannelId channel = scene.channel;
        scene.village.server.tamper = frame -> {
            if (!frame.hasLoggedIn()) {
                return frame.hasEntries() ? BackWhereItStood.withoutEntries(frame) : frame;
            }
            LoggedIn.Builder lie = frame.getLoggedIn().toBuilder();
            lie.getChannelsBuilderList().stream()
                    .filter(it -> it.getChannelId().equals(Protobuf.toByteString(channel.bytes())))
                    .forEach(it -> it.setSeq(it.getSeq() - 1));
            return frame.toBuilder().setLoggedIn(lie).build();
        };
        scene.newSession();
        assertThat(scene.stateOfBefore()).isEqualTo(MessageState.STABLE);
        scene.village.server.tamper = frame -> frame;
        scene.newSession();
        scene.village.pass(60_000);
        scene.alice.send(channel, "for bob");
        scene.bob.send(channel, "for alice");
        assertThat(scene.membership()).isEqualTo(Membership.MEMBER);
        assertThat(scene.bob.texts(channel)).containsExactly("before", "for bob", "for alice");
        assertThat(scene.alice.texts(channel)).containsExactly("before", "for bob", "for alice");
    }

    @Test
    @DisplayName(
            "and that a head covers, binds the hub still where the device has come back there: another word freezes")
    void hubContradictsItself() {
        BackWhereItStood scene = new BackWhereItStood();
        scene.newSession();
        assertThat(scene.membership()).isEqualTo(Membership.RETURNING);
        FakeChannel other = scene.log.forkBefore(scene.log.position.seq());
        Record like = scene.log.typed.get(scene.log.typed.size() - 1).record();
        other.append(
                RecordKind.APPLICATION,
                like.epoch(),
                IdempotencyKey.random(scene.village.random()),
                like.device(),
                Bytes.ofHex("0011"));
        scene.show(Entries.newBuilder().setHead(other.head()));
        assertThat(scene.membership()).isEqualTo(Membership.FROZEN);
        assertThat(scene.bob.events(ClientEvent.ForkDetected.class)).hasSize(1);
        assertThat(scene.stateOfBefore()).isEqualTo(MessageState.STABLE);
    }

    @Test
    @DisplayName("is not followed by a line that the device has joined, before it is back indeed")
    void notToldTooEarly() {
        BackWhereItStood scene = new BackWhereItStood();
        scene.newSession();
        assertThat(scene.membership()).isEqualTo(Membership.RETURNING);
        assertThat(scene.bob.events(ClientEvent.ChannelJoined.class)).isEmpty();
        assertThat(joinedRows(scene)).isEqualTo(1);
        scene.village.server.tamper = frame -> frame;
        scene.newSession();
        scene.village.pass(60_000);
        assertThat(scene.membership()).isEqualTo(Membership.MEMBER);
        assertThat(scene.bob.events(ClientEvent.PlaceRegained.class)).hasSize(1);
        assertThat(scene.bob.history(scene.channel))
                .extracting(Message::body)
                .filteredOn(MessageBody.ReturnedHere.class::isInstance)
                .hasSize(1);
    }

    private static int joinedRows(BackWhereItStood scene) {
        return (int) scene.bob.history(scene.channel).stream()
                .filter(it -> it.body() instanceof MessageBody.Joined)
                .count();
    }
}
