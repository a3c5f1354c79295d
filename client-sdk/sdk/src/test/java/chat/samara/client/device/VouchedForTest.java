package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A head of the hub's covers the first handshake that a device had read on its server's word alone, and not all that it had read; then the
 * server lies. The group goes back to before that handshake. What the hub has signed stays signed.
 */
@DisplayName("What the hub has vouched for")
class VouchedForTest {
    private static final int CRASHES_MAX = 200;

    /** Bob was away while this was said: "one", a commit of carol's that names the channel, "two"; and "three", which no head covers yet. */
    private static final class Scene {
        final Village village = new Village(71);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final Resident carol = village.join("carol");
        final ChannelId channel = alice.create("home town");
        final FakeChannel log = village.server.channel(channel);
        final long firstSeq;
        final long headSeq;

        Scene() {
            alice.add(channel, bob);
            alice.add(channel, carol);
            village.pass(10_000);
            alice.send(channel, "before");
            village.pass(10_000);
            bob.cut();
            firstSeq = log.position.seq() + 1;
            alice.send(channel, "one");
            carol.command(new DeviceEvent.UpdateKeys(carol.nextCommand(), channel));
            village.settle();
            alice.send(channel, "two");
            headSeq = log.position.seq();
            alice.send(channel, "three");
            village.server.tamper = frame -> frame.hasEntries()
                    ? frame.toBuilder()
                            .setEntries(Entries.newBuilder()
                                    .setChannelId(frame.getEntries().getChannelId()))
                            .build()
                    : frame;
        }

        private List<LogEntry> entries(FakeChannel from, long firstSeq, long lastSeq) {
            return from.entries.subList((int) firstSeq - 1, (int) lastSeq);
        }

        void show(List<LogEntry> entries, Optional<SignedHead> head) {
            Entries.Builder message = Entries.newBuilder()
                    .setChannelId(Protobuf.toByteString(channel.bytes()))
                    .addAllEntries(entries);
            head.ifPresent(message::setHead);
            bob.receive(ServerFrame.newBuilder().setEntries(message).build());
        }

        private LogPosition placeAt(long seq) {
            return log.typed.get((int) seq - 1).position();
        }

        /** Everything comes without a head, and then that for "two". */
        void headBehindTheHandshake() {
            bob.reconnect();
            village.pass(30_000);
            show(entries(log, firstSeq, log.position.seq()), Optional.empty());
            show(List.of(), Optional.of(log.headAt(placeAt(headSeq))));
            assertThat(states("one", "two")).containsOnly(MessageState.STABLE);
            assertThat(states("three")).containsOnly(MessageState.ORDERED);
        }

        /** An entry that no member has made, behind all that bob has read. */
        void lie() {
            FakeChannel fork = log.forkBefore(log.position.seq() + 1);
            append(fork, RecordKind.COMMIT, Bytes.ofHex("0011"));
            show(entries(fork, fork.position.seq(), fork.position.seq()), Optional.empty());
        }

        void append(FakeChannel fork, RecordKind kind, Bytes payload) {
            Record like = log.typed.get((int) log.position.seq() - 1).record();
            fork.append(kind, like.epoch(), IdempotencyKey.random(village.random()), like.device(), payload);
        }

        /** "one" is true; behind it stands what the hub has never ordered, up to the place for which it has signed another entry. */
        FakeChannel otherLog() {
            FakeChannel fork = log.forkBefore(firstSeq + 1);
            while (fork.position.seq() < headSeq) {
                append(fork, RecordKind.APPLICATION, Bytes.ofHex("0011"));
            }
            return fork;
        }

        void wentBack() {
            headBehindTheHandshake();
            lie();
            assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
            bob.reconnect();
            village.pass(30_000);
        }

        List<MessageState> states(String... texts) {
            return bob.history(channel).stream()
                    .filter(it -> it.body() instanceof MessageBody.Text text
                            && List.of(texts).contains(text.text()))
                    .map(Message::state)
                    .toList();
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

        void check(String as) {
            bob.send(channel, "from bob");
            alice.send(channel, "from alice");
            village.pass(60_000);
            assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
            assertThat(bob.texts(channel))
                    .as(as)
                    .containsExactly("before", "one", "two", "three", "from bob", "from alice");
            assertThat(alice.texts(channel)).as(as).containsExactlyElementsOf(bob.texts(channel));
            assertThat(bob.history(channel)).as(as).extracting(Message::state).containsOnly(MessageState.STABLE);
            assertThat(bob.history(channel))
                    .as(as)
                    .extracting(Message::body)
                    .filteredOn(body -> !(body instanceof MessageBody.Profile))
                    .doesNotHaveDuplicates();
            assertThat(bob.engine().pending(channel)).as(as).isEmpty();
            assertThat(bob.events(ClientEvent.ForkDetected.class)).as(as).isEmpty();
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
            assertThat(bob.store.size(DeviceTable.UNVOUCHED)).as(as).isZero();
            for (Entry entry : log.typed) {
                bob.engine()
                        .entryHash(channel, entry.seq())
                        .ifPresent(hash ->
                                assertThat(hash).as(as).isEqualTo(entry.hash().slice(0, EntryHashes.KEPT_BYTES)));
            }
        }
    }

    @Test
    @DisplayName("stays shown as stable when its server lies about what lies behind it, and nobody is told of it twice")
    void staysStable() {
        Scene scene = new Scene();
        scene.wentBack();
        assertThat(scene.states("one", "two")).containsExactly(MessageState.STABLE, MessageState.STABLE);
        assertThat(scene.bob.pendingTexts(scene.channel)).containsExactly("three");
        assertThat(scene.bob.events(ClientEvent.LogTakenBack.class))
                .singleElement()
                .satisfies(event -> assertThat(event.afterSeq()).isEqualTo(scene.headSeq));
        scene.honest();
        scene.check("stays stable");
        assertThat(scene.bob.told()).containsExactly("before", "one", "two", "three", "from alice");
    }

    @Test
    @DisplayName(
            "is told from what its server makes up in those places when they are read again: nothing of it is shown,"
                    + " or frozen for")
    void madeUpAgain() {
        Scene scene = new Scene();
        scene.wentBack();
        FakeChannel fork = scene.otherLog();
        scene.append(fork, RecordKind.APPLICATION, Bytes.ofHex("0011"));
        scene.show(scene.entries(fork, scene.firstSeq, fork.position.seq()), Optional.empty());
        assertThat(scene.membership()).isEqualTo(Membership.MEMBER);
        assertThat(scene.bob.history(scene.channel))
                .extracting(Message::body)
                .noneMatch(MessageBody.Unreadable.class::isInstance);
        assertThat(scene.bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        scene.honest();
        scene.check("made up again");
    }

    @TestFactory
    @DisplayName(
            "binds the hub for ever: another log that it signs in those places freezes the channel, whatever was taken"
                    + " back between")
    Stream<DynamicTest> hubContradictsItself() {
        List<BiConsumer<Scene, FakeChannel>> ways = List.of(
                (scene, fork) ->
                        scene.show(scene.entries(fork, scene.firstSeq, fork.position.seq()), Optional.of(fork.head())),
                (scene, fork) -> scene.show(List.of(), Optional.of(fork.head())),
                (scene, fork) -> {
                    scene.show(scene.entries(fork, scene.firstSeq, scene.firstSeq), Optional.empty());
                    scene.show(scene.entries(fork, scene.firstSeq + 1, fork.position.seq()), Optional.of(fork.head()));
                },
                (scene, fork) -> scene.show(
                        List.of(), Optional.of(fork.headAt(fork.typed.get(0).position()))));
        List<String> names =
                List.of("entries with a head", "a head alone", "in two frames", "a head of a place before it");
        return Stream.iterate(0, i -> i + 1)
                .limit(ways.size())
                .map(i -> DynamicTest.dynamicTest(names.get(i), () -> {
                    Scene scene = new Scene();
                    scene.wentBack();
                    FakeChannel fork = scene.otherLog();
                    ways.get(i).accept(scene, fork);
                    assertThat(scene.membership()).isEqualTo(Membership.FROZEN);
                    assertThat(scene.row().getEvidenceHead().isEmpty()).isFalse();
                    assertThat(scene.row().getSignedHead())
                            .isEqualTo(scene.log
                                    .headAt(scene.placeAt(scene.headSeq))
                                    .toByteString());
                    assertThat(scene.states("one", "two")).containsOnly(MessageState.STABLE);
                }));
    }

    @Test
    @DisplayName("is not said to have been read to its end by an old head, while it is read again")
    void oldHead() {
        Scene scene = new Scene();
        scene.wentBack();
        scene.show(List.of(), Optional.of(scene.log.headAt(scene.placeAt(scene.firstSeq - 1))));
        scene.bob.send(scene.channel, "from bob");
        assertThat(scene.log.entries).hasSize((int) scene.headSeq + 1);
        assertThat(scene.bob.pendingTexts(scene.channel)).contains("from bob");
    }

    @TestFactory
    @DisplayName("survives a crash at any commit meanwhile")
    Stream<DynamicTest> everyCrash() {
        return Stream.of(true, false)
                .map(before -> DynamicTest.dynamicTest(before ? "before it" : "after it", () -> everyCommit(before)));
    }

    private static void everyCommit(boolean before) {
        int commit = 1;
        boolean crashed = true;
        while (crashed && commit <= CRASHES_MAX) {
            Scene scene = new Scene();
            int at = scene.bob.store.commits() + commit;
            if (before) {
                scene.bob.store.crashBefore(at);
            } else {
                scene.bob.store.crashAfter(at);
            }
            crashed = crashes(scene);
            scene.bob.store.crashNoMore();
            scene.honest();
            scene.check("crashed at commit " + commit);
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(5, CRASHES_MAX);
    }

    private static boolean crashes(Scene scene) {
        try {
            scene.wentBack();
            scene.show(scene.entries(scene.log, scene.firstSeq, scene.headSeq), Optional.empty());
            scene.honest();
            return false;
        } catch (MemoryStore.Crash e) {
            scene.bob.store.crashNoMore();
            scene.bob.stop();
            scene.bob.start();
            scene.village.settle();
            return true;
        }
    }

    @Test
    @DisplayName(
            "is nothing yet of a membership that began by a Welcome which no head covers: a head that lies ahead makes"
                    + " nothing stable")
    void unvouchedJoin() {
        Village village = new Village(72);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead())
                        .build()
                : frame;
        alice.add(channel, bob);
        village.pass(10_000);
        FakeChannel log = village.server.channel(channel);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        LogPosition ahead = new LogPosition(
                log.id, log.position.term(), log.position.seq() + 5, Bytes.of(new byte[EntryHashes.KEPT_BYTES * 2]));
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(log.headAt(ahead)))
                .build());
        assertThat(bob.history(channel)).isNotEmpty().extracting(Message::state).containsOnly(MessageState.ORDERED);
        village.server.tamper = frame -> frame;
        bob.cut();
        bob.reconnect();
        village.pass(10_000);
        assertThat(bob.history(channel)).isNotEmpty().extracting(Message::state).containsOnly(MessageState.STABLE);
    }
}
