package chat.samara.server.core.channel.reader;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerCore;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.SlimEntries;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.TerseEntries;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Delivery: cursors with credit over the log. */
final class ReadersTest {
    private final World world = new World(6);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
        alice.invite(home, bob);
        bob.join();
    }

    private TestChannel bobs() {
        return bob.channel(home.id());
    }

    private static List<ServerFrame> entries(TestDevice device) {
        return device.takePushes().stream().filter(ServerFrame::hasEntries).toList();
    }

    @Test
    @DisplayName("a reader that was away gets all it missed, in few frames")
    void catchesUp() {
        bob.disconnect();
        for (int i = 0; i < 50; i++) {
            alice.say(home, "m" + i);
        }
        bob.connect();
        bob.login();
        bob.takePushes();
        bob.follow();
        assertThat(bobs().texts()).hasSize(50).startsWith("m0", "m1").endsWith("m49");
        assertThat(entries(bob)).hasSize(1);
        assertThat(bobs().atHead()).isTrue();
    }

    @Test
    @DisplayName("without credit nothing is sent, and credit sends as much as it covers")
    void credit() {
        bob.disconnect();
        for (int i = 0; i < 20; i++) {
            alice.say(home, "m" + i);
        }
        bob.connect();
        bob.login();
        bob.follow(1);
        int first = bobs().texts().size();
        assertThat(first).isEqualTo(1);
        alice.say(home, "more");
        assertThat(bobs().texts()).hasSize(first);
        bob.credit(2_000);
        assertThat(bobs().texts().size()).isBetween(2, 19);
        bob.credit(TestDevice.MUCH_CREDIT);
        assertThat(bobs().texts()).hasSize(21).endsWith("more");
    }

    @Test
    @DisplayName("a reader that lags holds up no other, and costs no frame")
    void lags() {
        bob.reconnect();
        bob.follow(1);
        alice.say(home, "one");
        berlin.takeEffects();
        bob.takePushes();
        for (int i = 0; i < 30; i++) {
            alice.say(home, "m" + i);
        }
        assertThat(home.texts()).hasSize(31);
        assertThat(entries(bob)).isEmpty();
    }

    @Test
    @DisplayName("a reader with nothing to read is told so at once, with the head")
    void caughtUp() {
        bob.takePushes();
        bob.follow();
        assertThat(entries(bob)).singleElement().satisfies(it -> {
            assertThat(it.getEntries().getEntriesCount()).isZero();
            assertThat(it.getEntries().hasHead()).isTrue();
        });
    }

    @Test
    @DisplayName("readers at the same place get the very same bytes: a frame is encoded once")
    void encodedOnce() {
        berlin.takeEffects();
        alice.say(home, "to all");
        List<Effect.SendToSession> pushed = berlin.takeEffects().stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(Effect.SendToSession.class::cast)
                .filter(it -> frame(it).hasEntries())
                .toList();
        assertThat(pushed).hasSize(2);
        assertThat(pushed.get(0).frame()).isSameAs(pushed.get(1).frame());
    }

    private static ServerFrame frame(Effect.SendToSession effect) {
        try {
            return ServerFrame.parseFrom(effect.frame().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName(
            "a device of before gets whole entries with their proofs, beside one that takes them slim, and both have the same log")
    void wholeAndSlim() throws Exception {
        alice.say(home, "one");
        alice.say(home, "two");
        bob.reconnect();
        Entries whole = sentFromTheStart(false);
        Entries slim = sentFromTheStart(true);

        assertThat(whole.getSlimCount()).isZero();
        assertThat(whole.getEntriesList()).isNotEmpty().allMatch(LogEntry::hasOriginProof);
        assertThat(slim.getEntriesCount()).isZero();
        assertThat(slim.getSerializedSize()).isLessThan(whole.getSerializedSize());
        assertThat(SlimEntries.whole(slim).getEntriesList().stream().map(LogEntry::getEntry))
                .containsExactlyElementsOf(
                        whole.getEntriesList().stream().map(LogEntry::getEntry).toList());
        assertThat(slim.getHead()).isEqualTo(whole.getHead());
    }

    @Test
    @DisplayName(
            "who asks for that is sent of a text only what it does not know, all others the same bytes, and its author no payload")
    void terse() throws Exception {
        TestDevice carol = berlin.member("carol");
        alice.invite(home, carol);
        carol.join();
        List.of(alice, bob, carol).forEach(device -> followTersely(device, home.seq()));
        berlin.takeEffects();
        alice.say(home, "one");
        List<Effect.SendToSession> first = sentTersely();
        alice.say(home, "two");
        List<Effect.SendToSession> second = sentTersely();

        assertThat(first).hasSize(3);
        assertThat(first.stream().map(Effect.SendToSession::frame).distinct()).hasSize(2);
        for (Effect.SendToSession sent : second) {
            TerseEntries frame = frame(sent).getTerseEntries();
            boolean toAuthor = sent.session().equals(alice.session().orElseThrow());
            assertThat(frame.getFromNothing()).isFalse();
            assertThat(frame.getEntries(0).getPayload().isEmpty()).isEqualTo(toAuthor);
            assertThat(frame.getEntries(0).getDevice().isEmpty()).isTrue();
            assertThat(frame.getEntries(0).getSameDevice()).isNotEqualTo(toAuthor);
        }
        assertThat(first.stream().map(it -> frame(it).getTerseEntries().getFromNothing()))
                .containsOnly(true);
        assertThat(second.stream()
                        .filter(it -> !it.session().equals(alice.session().orElseThrow()))
                        .map(Effect.SendToSession::frame)
                        .distinct())
                .hasSize(1);
    }

    @Test
    @DisplayName("what is to be caught up on comes slim also to who asks for less, and terse from the head on")
    void terseFromTheHeadOn() {
        for (int i = 0; i < 70; i++) {
            alice.say(home, "m" + i);
        }
        berlin.takeEffects();
        followTersely(bob, home.seq() - 70);
        assertThat(sentTersely()).isEmpty();
        alice.say(home, "last");

        assertThat(sentTersely())
                .singleElement()
                .satisfies(sent -> assertThat(frame(sent).getTerseEntries().getFromNothing())
                        .isFalse());
    }

    private void followTersely(TestDevice device, long afterSeq) {
        device.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), afterSeq).toBuilder()
                                .setTerse(true))
                        .setSlim(true)));
    }

    private List<Effect.SendToSession> sentTersely() {
        return berlin.takeEffects().stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(Effect.SendToSession.class::cast)
                .filter(it -> frame(it).hasTerseEntries())
                .toList();
    }

    @Test
    @DisplayName("of a log that lacks an entry nothing is made up: the channel is set aside, and others are read")
    void missingEntry() {
        for (int i = 0; i < 5; i++) {
            alice.say(home, "m" + i);
        }
        TestChannel garden = alice.found();
        alice.invite(garden, bob);
        bob.join();
        WriteBatch batch = new WriteBatch();
        batch.delete(Table.ENTRY, LogTable.key(home.id(), home.seq() - 2));
        berlin.disk().write(batch);
        bob.reconnect();
        bob.takePushes();

        bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), 0))
                        .setSlim(true)));

        assertThat(entries(bob)).isEmpty();
        bob.reconnect();
        bob.follow();
        alice.say(garden, "goes on");
        assertThat(bob.channel(garden.id()).texts()).endsWith("goes on");
        assertThat(berlin.logs().stopped(home.id()))
                .hasValueSatisfying(why -> assertThat(why).contains("DAMAGED"));
    }

    private Entries sentFromTheStart(boolean slim) {
        berlin.takeEffects();
        bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), 0))
                        .setSlim(slim)));
        return berlin.takeEffects().stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(it -> frame((Effect.SendToSession) it))
                .filter(ServerFrame::hasEntries)
                .map(ServerFrame::getEntries)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("following again replaces what was followed")
    void followAgain() {
        alice.say(home, "one");
        bob.takePushes();
        bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), 2))));
        assertThat(entries(bob))
                .singleElement()
                .satisfies(it -> assertThat(it.getEntries().getEntriesCount()).isEqualTo(1));
        alice.say(home, "two");
        assertThat(entries(bob)).hasSize(1);
    }

    @Test
    @DisplayName("a device that joined later gets nothing from before it joined")
    void joinedLater() {
        TestDevice carol = berlin.member("carol");
        alice.say(home, "before");
        alice.invite(home, carol);
        carol.takePushes();
        carol.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), 3))));
        assertThat(entries(carol))
                .singleElement()
                .satisfies(it -> assertThat(it.getEntries().getEntriesCount()).isEqualTo(1));
    }

    @Test
    @DisplayName("an acknowledged cursor is told at the next login, never goes back, and cannot run ahead")
    void acknowledge() {
        alice.say(home, "one");
        assertThat(acknowledge(3).hasDone()).isTrue();
        assertThat(acknowledge(2).hasDone()).isTrue();
        Expect.error(acknowledge(99), ErrorCode.UNKNOWN_CHANNEL);
        assertThat(bob.reconnect().getLoggedIn().getChannels(0).getAcknowledgedSeq())
                .isEqualTo(3);
    }

    private ServerFrame acknowledge(long seq) {
        return bob.ask(ClientFrame.newBuilder()
                .setAcknowledge(Acknowledge.newBuilder().addCursors(TestDevice.cursor(home.id(), seq))));
    }

    @Test
    @DisplayName("channels that a device is not in are left out of what it follows")
    void unknownLeftOut() {
        TestChannel private_ = alice.found();
        bob.takePushes();
        ServerFrame answer = bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), bobs().seq()))
                        .addCursors(TestDevice.cursor(private_.id(), 0))));
        assertThat(answer.hasDone()).isTrue();
        alice.say(private_, "secret");
        alice.say(home, "open");
        assertThat(entries(bob))
                .allSatisfy(it -> assertThat(Protobuf.toBytes(it.getEntries().getChannelId()))
                        .isEqualTo(home.id().bytes()));
        assertThat(bobs().texts()).containsExactly("open");
    }

    @Test
    @DisplayName("only durable entries are sent: before the batch is on disk, no reader sees its entries")
    void durableOnly() {
        var core = berlin.core();
        var text = alice.text(home, "soon");
        core.handle(
                new chat.samara.server.core.Event.SessionFrame(
                        alice.session().orElseThrow(),
                        chat.samara.mls.codec.Bytes.of(ClientFrame.newBuilder()
                                .setRequestId(900)
                                .setSubmit(alice.request(text, 2))
                                .build()
                                .toByteArray())),
                world.now());
        var batch = core.seal(world.now()).orElseThrow();
        core.handle(
                new chat.samara.server.core.Event.SessionFrame(
                        bob.session().orElseThrow(),
                        chat.samara.mls.codec.Bytes.of(ClientFrame.newBuilder()
                                .setRequestId(900)
                                .setFollow(Follow.newBuilder()
                                        .setCreditBytes(1000)
                                        .addCursors(TestDevice.cursor(home.id(), bobs().seq())))
                                .build()
                                .toByteArray())),
                world.now());
        var second = core.seal(world.now()).orElseThrow();
        assertThat(core.drainImmediate()).noneMatch(Effect.SendToSession.class::isInstance);
        berlin.disk().write(batch.writes());
        assertThat(core.durable(batch, world.now())).anyMatch(Effect.SendToSession.class::isInstance);
        berlin.disk().write(second.writes());
        assertThat(core.durable(second, world.now())).anyMatch(Effect.SendMore.class::isInstance);
        assertThat(passes(List.of(new Event.SendMore(false))).get(0)).anyMatch(Effect.SendToSession.class::isInstance);
    }

    private static final String LONG_TEXT = "m".repeat(60_000);

    private List<TestDevice> awayWhileMuchIsSaid(int devices, int messages) {
        List<TestDevice> away = new ArrayList<>();
        for (int i = 0; i < devices; i++) {
            TestDevice device = berlin.member("away" + i);
            alice.invite(home, device);
            device.join();
            device.disconnect();
            away.add(device);
        }
        for (int i = 0; i < messages; i++) {
            alice.say(home, LONG_TEXT);
        }
        for (TestDevice device : away) {
            device.connect();
            device.login();
        }
        berlin.takeEffects();
        return away;
    }

    @Test
    @DisplayName(
            "whoever lacks nothing and gives credit is not behind all who catch up: what is said next is its own at once")
    void creditOfWhoLacksNothing() {
        bob.follow(TestDevice.MUCH_CREDIT);
        world.settle();
        berlin.takeEffects();
        List<List<Effect>> passes = passes(List.of(new Event.SessionFrame(
                bob.session().orElseThrow(),
                Bytes.of(ClientFrame.newBuilder()
                        .setRequestId(901)
                        .setCredit(Credit.newBuilder().setCreditBytes(1_000))
                        .build()
                        .toByteArray()))));
        assertThat(passes.get(0)).noneMatch(Effect.SendMore.class::isInstance);
    }

    @Test
    @DisplayName(
            "however many come back at once, only a round of what they lack is in memory; who speaks is heard in between")
    void everybodyReturns() {
        List<TestDevice> away = awayWhileMuchIsSaid(12, 30);
        away.forEach(device -> device.send(device.followFrame(TestDevice.MUCH_CREDIT)));
        world.settle();
        assertThat(away)
                .allSatisfy(
                        device -> assertThat(device.channel(home.id()).texts()).hasSize(30));

        long most = 0;
        long now = 0;
        int rounds = 0;
        for (Effect effect : berlin.takeEffects()) {
            if (effect instanceof Effect.SendToSession sent) {
                now += sent.frame().size();
                most = Math.max(most, now);
            } else if (effect instanceof Effect.SendMore) {
                now = 0;
                rounds++;
            }
        }
        assertThat(most).isLessThan(2 * Limits.CATCHING_UP_BYTES_PER_ROUND_MAX + (1 << 20));
        assertThat(rounds).isGreaterThan(3);
    }

    private List<Event> follows(List<TestDevice> devices) {
        return devices.stream()
                .map(device -> ask(device, device.followFrame(TestDevice.MUCH_CREDIT)))
                .toList();
    }

    private static long bytes(List<Bytes> frames) {
        return frames.stream().mapToLong(Bytes::size).sum();
    }

    private static Set<Bytes> different(List<Bytes> frames) {
        Set<Bytes> made = Collections.newSetFromMap(new IdentityHashMap<>());
        made.addAll(frames);
        return made;
    }

    @Test
    @DisplayName(
            "however many ask for more at once, they are sent nothing before the driver comes back, and then a round of it, whatever else becomes durable")
    void onlyInRounds() {
        List<TestDevice> away = awayWhileMuchIsSaid(20, 30);
        List<List<Bytes>> passes = new ArrayList<>();
        for (Event follow : follows(away)) {
            passes.add(entriesFrames(pass(List.of(follow))));
        }
        for (TestDevice device : away) {
            Credit credit = Credit.newBuilder().setCreditBytes(1).build();
            passes.add(entriesFrames(
                    pass(List.of(ask(device, ClientFrame.newBuilder().setCredit(credit))))));
        }
        assertThat(passes).allSatisfy(frames -> assertThat(frames).isEmpty());

        List<Bytes> round = entriesFrames(pass(List.of(new Event.SendMore(false))));
        assertThat(bytes(round))
                .isBetween(
                        Limits.CATCHING_UP_BYTES_PER_ROUND_MAX,
                        Limits.CATCHING_UP_BYTES_PER_ROUND_MAX + Limits.ENTRIES_TO_DEVICE_BYTES_MAX);
    }

    @Test
    @DisplayName("where networks have much to take, a round is little, and everybody has all in the end")
    void littleRounds() {
        List<TestDevice> away = awayWhileMuchIsSaid(3, 5);
        assertThat(entriesFrames(pass(follows(away)))).isEmpty();
        List<Bytes> all = new ArrayList<>();
        List<Effect> effects = pass(List.of(new Event.SendMore(true)));
        while (effects.contains(new Effect.SendMore())) {
            List<Bytes> round = entriesFrames(effects);
            assertThat(bytes(round)).isLessThan(Limits.CATCHING_UP_BYTES_PER_LITTLE_ROUND_MAX + 70_000);
            all.addAll(round);
            effects = pass(List.of(new Event.SendMore(true)));
        }
        all.addAll(entriesFrames(effects));
        assertThat(bytes(all)).isGreaterThan(3 * 5 * 60_000);
    }

    @Test
    @DisplayName("those who catch up in many rounds are sent the same frames, though the log grows from round to round")
    void madeOnceForAllRounds() {
        List<TestDevice> away = awayWhileMuchIsSaid(20, 30);
        List<Bytes> frames = new ArrayList<>(entriesFrames(pass(follows(away))));
        List<Effect> effects = pass(List.of(new Event.SendMore(false)));
        int rounds = 0;
        while (effects.contains(new Effect.SendMore())) {
            frames.addAll(entriesFrames(effects));
            if (rounds < 10) {
                alice.say(home, "m" + rounds);
            }
            rounds++;
            effects = pass(List.of(new Event.SendMore(false)));
        }
        frames.addAll(entriesFrames(effects));
        assertThat(rounds).isGreaterThan(20);
        assertThat(frames).hasSizeGreaterThan(20 * 30);
        // Each has come into the channel at another place, and begins with another frame.
        assertThat(different(frames)).hasSizeLessThan(20 + 30 + 10);
    }

    @Test
    @DisplayName(
            "those who lack much, and come from different places, meet on their way and are sent the same frames from there on")
    void meet() {
        List<TestDevice> away = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            TestDevice device = berlin.member("away" + i);
            alice.invite(home, device);
            device.join();
            device.disconnect();
            away.add(device);
            alice.say(home, "between");
        }
        for (int i = 0; i < 2 * Limits.ENTRIES_LACKING_TO_MEET_MIN; i++) {
            alice.say(home, "m" + i);
        }
        away.forEach(TestDevice::connect);
        away.forEach(TestDevice::login);
        long before = berlin.core().figures().entriesSent();
        List<Bytes> frames = passes(follows(away)).stream()
                .flatMap(pass -> entriesFrames(pass).stream())
                .toList();
        assertThat(frames).hasSizeGreaterThan(8 * 5);
        assertThat(different(frames)).hasSizeLessThan(8 + 12);
        assertThat(berlin.core().figures().entriesSent() - before)
                .isGreaterThan(8L * 2 * Limits.ENTRIES_LACKING_TO_MEET_MIN);
    }

    @Test
    @DisplayName("a frame that others were sent is none for a device whose part of the log ends before it does")
    void removedBeforeTheFrameEnds() {
        TestDevice carol = bothGoAway();
        alice.say(home, "m".repeat(20_000));
        Expect.receipt(alice.submit(alice.remove(home, bob)), ReceiptStatus.ORDERED);
        alice.say(home, "m".repeat(20_000));
        bothComeBack(carol);
        carol.follow();
        assertThat(entries(carol))
                .singleElement()
                .satisfies(it -> assertThat(it.getEntries().getEntriesCount()).isEqualTo(3));
        bob.follow();
        assertThat(entries(bob))
                .singleElement()
                .satisfies(it -> assertThat(it.getEntries().getEntriesCount())
                        .as("up to its removal")
                        .isEqualTo(2));
    }

    /** Bob, and another: they have read to the same place. */
    private TestDevice bothGoAway() {
        TestDevice carol = berlin.member("carol");
        alice.invite(home, carol);
        carol.join();
        carol.follow();
        List.of(bob, carol).forEach(TestDevice::disconnect);
        return carol;
    }

    private void bothComeBack(TestDevice carol) {
        for (TestDevice device : List.of(bob, carol)) {
            device.connect();
            device.login();
            device.takePushes();
        }
    }

    @Test
    @DisplayName("of a channel that has become unreadable nothing is sent, though frames of it were made")
    void damagedMeanwhile() throws Exception {
        TestDevice carol = bothGoAway();
        alice.say(home, LONG_TEXT);
        bothComeBack(carol);
        carol.follow();
        bob.follow(0);
        StoredChannel row = StoredChannel.parseFrom(row(Table.CHANNEL, home.id().bytes()));
        WriteBatch damage = new WriteBatch();
        damage.put(
                Table.CHANNEL,
                home.id().bytes(),
                Stored.encode(row.toBuilder()
                        .setState(StoredChannelState.CHANNEL_DAMAGED)
                        .build()));
        berlin.disk().write(damage);
        bob.credit(TestDevice.MUCH_CREDIT);
        assertThat(entries(bob)).isEmpty();
    }

    @Test
    @DisplayName("a frame up to the log's end is made anew when the hub has signed that end anew")
    void signedAnew() throws Exception {
        TestDevice carol = bothGoAway();
        alice.say(home, LONG_TEXT);
        bothComeBack(carol);
        carol.follow();
        ProvenHead signed =
                HeadIn.decode(Bytes.of(row(Table.HEAD, home.id().bytes()))).trustStored();
        BatchSigner signer = new BatchSigner();
        signer.add(signed.head());
        signer.add(Head.of(new LogPosition(new ChannelId(Sha256.of(new byte[1])), 1, 1, Sha256.of(new byte[2])), 1));
        ProvenHead anew = new ProvenHead(
                signed.head(), signer.sign(berlin.identity().rootKey()).proof(0));
        assertThat(anew.toProto()).isNotEqualTo(signed.toProto());
        WriteBatch batch = new WriteBatch();
        batch.put(Table.HEAD, home.id().bytes(), Protobuf.encode(anew.toProto()));
        berlin.disk().write(batch);
        bob.follow();
        assertThat(heads(carol)).containsExactly(signed.toProto());
        assertThat(heads(bob)).containsExactly(anew.toProto());
    }

    private static List<SignedHead> heads(TestDevice device) {
        return entries(device).stream()
                .map(ServerFrame::getEntries)
                .filter(Entries::hasHead)
                .map(Entries::getHead)
                .toList();
    }

    @Test
    @DisplayName("they all get something before anybody gets all")
    void inTurn() {
        List<TestDevice> away = awayWhileMuchIsSaid(4, 30);
        away.forEach(device -> device.send(device.followFrame(TestDevice.MUCH_CREDIT)));
        world.settle();
        List<SessionId> order = berlin.takeEffects().stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(Effect.SendToSession.class::cast)
                .filter(it -> frame(it).getEntries().getSlimCount() > 0)
                .map(Effect.SendToSession::session)
                .toList();
        assertThat(Set.copyOf(order.subList(0, 4))).hasSize(4);
        assertThat(Set.copyOf(order.subList(4, 8))).hasSize(4);
    }

    @Test
    @DisplayName("the answer to Follow comes after all that there was, in however many rounds")
    void answeredLast() {
        TestDevice device = awayWhileMuchIsSaid(1, 40).get(0);
        assertThat(device.follow().hasDone()).isTrue();
        List<ServerFrame> sent = berlin.takeEffects().stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(it -> frame((Effect.SendToSession) it))
                .filter(it -> it.hasDone() || it.getEntries().getSlimCount() > 0)
                .toList();
        assertThat(sent).hasSizeGreaterThan(2);
        assertThat(sent.get(sent.size() - 1).hasDone()).isTrue();
    }

    @Test
    @DisplayName(
            "a connection that takes nothing is sent nothing, whatever its credit; others are, and it goes on where it stopped")
    void stalled() {
        SessionId session = bob.session().orElseThrow();
        berlin.queue(new Event.SessionStalled(session));
        for (int i = 0; i < 5; i++) {
            alice.say(home, "m" + i);
        }
        bob.credit(TestDevice.MUCH_CREDIT);
        assertThat(bobs().texts()).isEmpty();
        assertThat(home.texts()).hasSize(5);
        berlin.queue(new Event.SessionFlowing(session));
        world.settle();
        assertThat(bobs().texts()).containsExactly("m0", "m1", "m2", "m3", "m4");
        alice.say(home, "m5");
        assertThat(bobs().texts()).endsWith("m5").hasSize(6);
    }

    private static final int MANY_CHANNELS = 4_096;

    /** Channels as this one, in which these devices are: their rows only. */
    private List<ChannelId> manyChannels(List<TestDevice> devices) {
        byte[] row = row(Table.CHANNEL, home.id().bytes());
        BatchSigner signer = new BatchSigner();
        Bytes reader = Stored.encode(StoredReader.newBuilder()
                .addStretches(StoredStretch.newBuilder().setFromSeq(1))
                .build());
        List<ChannelId> channels = new ArrayList<>();
        List<Head> heads = new ArrayList<>();
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < MANY_CHANNELS; i++) {
            ChannelId channel =
                    new ChannelId(Sha256.of(Bytes.ofUtf8("channel " + i).toByteArray()));
            channels.add(channel);
            heads.add(Head.of(new LogPosition(channel, 1, home.seq(), Sha256.of(row)), home.seq()));
            signer.add(heads.get(i));
            batch.put(Table.CHANNEL, channel.bytes(), Bytes.of(row));
            for (TestDevice device : devices) {
                Bytes key = Key.of(device.who().device().bytes())
                        .and(channel.bytes())
                        .bytes();
                batch.put(Table.READER, key, reader);
            }
        }
        BatchSigner.Signed signed = signer.sign(berlin.identity().rootKey());
        for (int i = 0; i < MANY_CHANNELS; i++) {
            ProvenHead head = new ProvenHead(heads.get(i), signed.proof(i));
            batch.put(Table.HEAD, channels.get(i).bytes(), Protobuf.encode(head.toProto()));
        }
        berlin.disk().write(batch);
        return channels;
    }

    private byte[] row(Table table, Bytes key) {
        return berlin.disk().get(table, key.toByteArray()).orElseThrow();
    }

    private Event ask(TestDevice device, ClientFrame.Builder body) {
        byte[] frame = body.setRequestId(900).build().toByteArray();
        return new Event.SessionFrame(device.session().orElseThrow(), Bytes.of(frame));
    }

    /** What leaves the core after these, without another round. */
    private List<Effect> pass(List<Event> events) {
        ServerCore core = berlin.core();
        events.forEach(event -> core.handle(event, world.now()));
        Batch batch = core.seal(world.now()).orElseThrow();
        berlin.disk().write(batch.writes());
        return core.durable(batch, world.now());
    }

    /** What leaves the core after these, in each pass of its driver. */
    private List<List<Effect>> passes(List<Event> events) {
        List<List<Effect>> passes = new ArrayList<>();
        List<Event> next = events;
        while (!next.isEmpty()) {
            List<Effect> effects = pass(next);
            passes.add(effects);
            next = effects.stream().anyMatch(Effect.SendMore.class::isInstance)
                    ? List.of(new Event.SendMore(false))
                    : List.of();
        }
        return passes;
    }

    private static List<Bytes> entriesFrames(List<Effect> pass) {
        return pass.stream()
                .filter(Effect.SendToSession.class::isInstance)
                .map(Effect.SendToSession.class::cast)
                .filter(sent -> frame(sent).hasEntries())
                .map(Effect.SendToSession::frame)
                .toList();
    }

    @Test
    @DisplayName(
            "where some return to very many channels, they are told where they stand in rounds, by frames that they share, and a credit looks at no channel that has nothing for them")
    void nothingInVeryManyChannels() {
        TestDevice carol = berlin.member("carol");
        List<TestDevice> devices = List.of(alice, bob, carol);
        Follow.Builder follow = Follow.newBuilder().setCreditBytes(1_000).setSlim(true);
        manyChannels(devices).forEach(channel -> follow.addCursors(TestDevice.cursor(channel, home.seq())));

        long inMemory = berlin.core().figures().channelsCached();
        List<List<Bytes>> passes = passes(devices.stream()
                        .map(device -> ask(device, ClientFrame.newBuilder().setFollow(follow)))
                        .toList())
                .stream()
                .map(ReadersTest::entriesFrames)
                .toList();

        assertThat(passes)
                .allSatisfy(
                        pass -> assertThat(pass.stream().mapToLong(Bytes::size).sum())
                                .isLessThan(Limits.CATCHING_UP_BYTES_PER_ROUND_MAX + 1_024));
        List<Bytes> all = passes.stream().flatMap(List::stream).toList();
        assertThat(all).hasSize(devices.size() * MANY_CHANNELS);
        Set<Bytes> made = Collections.newSetFromMap(new IdentityHashMap<>());
        made.addAll(all);
        assertThat(made).hasSizeLessThan(2 * MANY_CHANNELS);

        assertThat(berlin.core().figures().channelsCached()).isEqualTo(inMemory);

        long before = berlin.reads();
        Credit credit = Credit.newBuilder().setCreditBytes(1_000).build();
        assertThat(entriesFrames(
                        passes(List.of(ask(bob, ClientFrame.newBuilder().setCredit(credit))))
                                .get(0)))
                .isEmpty();
        assertThat(berlin.reads() - before).isLessThan(10);
    }

    @Test
    @DisplayName("a connection that takes nothing is not told either where it stands, before it takes something again")
    void stalledWhenItFollows() {
        SessionId session = bob.session().orElseThrow();
        bob.takePushes();
        berlin.queue(new Event.SessionStalled(session));
        bob.follow();
        assertThat(entries(bob)).isEmpty();
        berlin.queue(new Event.SessionFlowing(session));
        world.settle();
        assertThat(entries(bob))
                .singleElement()
                .satisfies(it -> assertThat(it.getEntries().hasHead()).isTrue());
        alice.say(home, "one");
        assertThat(bobs().texts()).containsExactly("one");
    }

    @Test
    @DisplayName("a device without credit is told all the same of which logs it lacks nothing")
    void toldWithoutCredit() {
        TestChannel garden = alice.found();
        alice.invite(garden, bob);
        bob.join();
        alice.say(home, "one");
        alice.say(garden, "two");
        bob.reconnect();
        bob.takePushes();
        bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(1)
                        .addCursors(TestDevice.cursor(home.id(), home.seq()))
                        .addCursors(TestDevice.cursor(garden.id(), garden.seq()))));
        assertThat(entries(bob)).hasSize(2);
        bob.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(0)
                        .addCursors(TestDevice.cursor(home.id(), home.seq() - 1))
                        .addCursors(TestDevice.cursor(garden.id(), garden.seq()))));
        assertThat(entries(bob))
                .singleElement()
                .satisfies(it -> assertThat(Protobuf.toBytes(it.getEntries().getChannelId()))
                        .isEqualTo(garden.id().bytes()));
        bob.credit(TestDevice.MUCH_CREDIT);
        assertThat(bobs().texts()).containsExactly("one");
    }
}
