package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * {@code store-1.bin} holds every table of a device's store as version 1 wrote it. A profile on somebody's disk looks like this: if a change
 * makes this test fail, it needs a migration, not a new golden file.
 */
@DisplayName("A store of version 1")
class GoldenStoreTest {
    private static final String GOLDEN = "store-1.bin";

    /** The same store as a later version wrote it, which went by the first key that it saw of a member, in a channel, too. */
    private static final String OF_FIRST_SIGHT = "store-2.bin";

    /** A later one again, of who has joined by a Welcome, and has left a channel again that it had joined by an entry which its hub's log does not hold. */
    private static final String OF_WELCOMES = "store-3.bin";

    /** A later one again, of somebody to whom all sorts of things were done ({@link DisturbedStore}). */
    private static final String OF_DISTURBANCES = "store-4.bin";

    /** A later one again, which keeps apart what a device has counted itself. */
    private static final String OF_COUNTS = "store-5.bin";

    /** A later one again, which keeps where a membership has begun in the order of handshakes. */
    private static final String OF_MEMBERSHIPS = "store-6.bin";

    /** A later one again, which keeps what proves what was said. */
    private static final String OF_PROOFS = "store-7.bin";

    private static final long REFUTED_SEQ = 4;
    private static final String REFUTED_HASH = "3e9b36567488e9c6499b37537454dfe4042fba1331ddec604bfea4f4b1cab397";

    /** Those that there were then. */
    private static final Set<DeviceTable> TABLES = EnumSet.range(DeviceTable.ACCOUNT, DeviceTable.PIN);

    @Test
    @DisplayName("is read by this version, and can be gone on with")
    void isRead() throws IOException {
        MemoryStore store = load(GOLDEN);
        for (DeviceTable table : TABLES) {
            assertThat(store.size(table)).as(table.name()).isPositive();
        }
        DeviceEngine engine = new DeviceEngine(store, new Random(2)::nextBytes, Village.CONFIG);
        engine.start(new Now(1_800_000_000_000L, 1));
        assertThat(engine.account().orElseThrow().user()).hasToString("bob@home.example");
        ChannelId channel = engine.channels().get(0).id();
        assertThat(engine.channels()).singleElement().satisfies(state -> {
            assertThat(state.name()).isEqualTo("home town");
            assertThat(state.pendingChanges()).isEqualTo(1);
        });
        assertThat(engine.isAccepted(channel))
                .as("no row says so, but the history does")
                .isTrue();
        assertThat(engine.members(channel))
                .hasSize(2)
                .noneMatch(Member::keyChanged)
                .noneMatch(Member::listsAll);
        assertThat(engine.identityKeys(new UserId("alice", FakeServer.NAME)))
                .as("a pin of a version that kept one key")
                .singleElement()
                .satisfies(
                        key -> assertThat(key.current() && key.acceptedMillis().isPresent())
                                .isTrue());
        assertThat(engine.history(channel, 0, 100))
                .extracting(Message::body)
                .contains(new MessageBody.Text("እንደምን አደራችሁ?"), new MessageBody.Text("ordered"));
        assertThat(engine.pending(channel))
                .extracting(Message::state)
                .containsExactly(MessageState.PROVISIONAL, MessageState.STORED, MessageState.QUEUED);
        assertThat(engine.handle(new DeviceEvent.SendText(1, channel, "goes on"), new Now(1_800_000_000_001L, 2)))
                .anyMatch(effect -> effect instanceof DeviceEffect.Completed completed
                        && completed.outcome() instanceof Outcome.Queued);
    }

    @Test
    @DisplayName("of which every key that was seen first was gone by, wherever that was, goes by it still")
    void pinsOfFirstSight() throws IOException {
        MemoryStore store = load(OF_FIRST_SIGHT);
        DeviceEngine engine = new DeviceEngine(store, new Random(2)::nextBytes, Village.CONFIG);
        engine.start(new Now(1_800_000_000_000L, 1));
        ChannelId channel = engine.channels().get(0).id();
        UserId alice = new UserId("alice", FakeServer.NAME);
        assertThat(engine.members(channel))
                .filteredOn(member -> member.user().equals(alice))
                .singleElement()
                .satisfies(member -> assertThat(member.standing()).isEqualTo(KeyStanding.KNOWN));
        assertThat(engine.identityKeys(alice)).singleElement().satisfies(key -> {
            assertThat(key.current()).isTrue();
            assertThat(key.acceptedMillis()).hasValue(key.firstSeenMillis());
            assertThat(key.sightings()).isEmpty();
        });
        Turn turn = new Turn(store, new Now(1_800_000_000_000L, 2), new LookAlikes(store));
        assertThat(Pins.admit(turn, alice, List.of(Bytes.of(new byte[32]))))
                .hasValueSatisfying(refusal -> assertThat(refusal.code()).isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED));
    }

    @Test
    @DisplayName("says still by which Welcome its device has joined, and which entry the hub's word is against")
    void welcomesAndRefutedPlaces() throws IOException {
        MemoryStore store = load(OF_WELCOMES);
        DeviceEngine engine = new DeviceEngine(store, new Random(2)::nextBytes, Village.CONFIG);
        engine.start(new Now(1_800_000_000_000L, 1));
        Map<String, LiveChannel> channels = new TreeMap<>();
        store.scan(DeviceTable.CHANNEL, Keys.FIRST, Keys.LAST, (key, value) -> {
            LiveChannel channel = LiveChannel.of(Stored.parse(StoredChannel.parser(), value));
            channels.put(channel.state().name(), channel);
            return true;
        });
        StoredChannel joined = known(channels, "village square").row().build();
        assertThat(joined.getWelcomeRef().size()).isEqualTo(Sha256.BYTES);
        assertThat(joined.getWelcomeSeq()).isEqualTo(joined.getJoinedSeq()).isPositive();
        assertThat(joined.getRefutedSeq()).isZero();
        LiveChannel left = known(channels, "");
        assertThat(engine.channel(left.id()).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        assertThat(left.isRefuted(new LogPosition(left.id(), 1, REFUTED_SEQ, Bytes.ofHex(REFUTED_HASH))))
                .isTrue();
        assertThat(left.row().getWelcomeRef().isEmpty()).isTrue();
    }

    @Test
    @DisplayName(
            "keeps, also when its rows are written anew, which place was lost, what is listened to, the evidence, and"
                    + " what no log holds")
    void disturbances() throws IOException {
        MemoryStore store = load(OF_DISTURBANCES);
        DeviceEngine engine = new DeviceEngine(store, new Random(2)::nextBytes, Village.CONFIG);
        engine.start(new Now(1_800_000_000_000L, 1));
        Map<String, StoredChannel> rows = writtenAnew(store);

        StoredChannel listening = known(rows, "listening");
        assertThat(engine.channel(idOf(engine, "listening")).orElseThrow().membership())
                .isEqualTo(Membership.RETURNING);
        assertThat(listening.getListens()).isTrue();
        assertThat(listening.hasRefusedEpoch()).isTrue();
        assertThat(listening.getRefusedEpoch()).isGreaterThan(listening.getPastJoinedEpoch());
        assertThat(listening.getPastJoinedEpoch()).isPositive().isLessThan(listening.getJoinedEpoch());

        assertThat(engine.channel(idOf(engine, "frozen")).orElseThrow().membership())
                .isEqualTo(Membership.FROZEN);
        assertThat(known(rows, "frozen").getEvidenceChainList()).hasSize(1);
        assertThat(known(rows, "exchanged").getUnsettledWelcomesList())
                .hasSize(2)
                .allSatisfy(welcome -> assertThat(
                                store.get(DeviceTable.KEY_PACKAGE, Stored.bytes(welcome.getKeyPackageRef())))
                        .isPresent());

        StoredChannel added = known(rows, "added again");
        assertThat(engine.history(idOf(engine, "added again"), 0, 1_000))
                .filteredOn(message -> message.body().equals(new MessageBody.Text("in no log")))
                .singleElement()
                .satisfies(message -> {
                    assertThat(message.seq().orElseThrow()).isLessThanOrEqualTo(added.getStableSeq());
                    assertThat(message.state()).isEqualTo(MessageState.ORDERED);
                });

        LiveChannel talking = LiveChannel.of(known(rows, "talking"));
        store.scan(DeviceTable.OUTGOING, Keys.numbered(talking.id(), 0), Keys.endOf(talking.id()), (key, value) -> {
            StoredOutgoing row = Stored.parse(StoredOutgoing.parser(), value);
            assertThat(row.hasGeneration()).isTrue();
            assertThat(row.getGeneration()).isEqualTo(0);
            return true;
        });
        assertThat(engine.pending(talking.id())).hasSize(1);
    }

    @Test
    @DisplayName("keeps what its device has counted itself apart from the whole count of a version before")
    void counts() throws IOException {
        assertThat(OwnCount.of(known(writtenAnew(load(OF_DISTURBANCES)), "talking")))
                .hasValue(new OwnCount(35, 0));
        assertThat(OwnCount.of(known(writtenAnew(load(OF_COUNTS)), "home town")))
                .hasValue(new OwnCount(0, 2));
    }

    @Test
    @DisplayName(
            "keeps where its device's last membership began in the order of handshakes, which a version before did not")
    void memberships() throws IOException {
        assertThat(known(writtenAnew(load(OF_COUNTS)), "home town")
                        .getJoinedContextHash()
                        .isEmpty())
                .isTrue();
        assertThat(known(writtenAnew(load(OF_MEMBERSHIPS)), "home town")
                        .getJoinedContextHash()
                        .size())
                .isEqualTo(Sha256.BYTES);
    }

    @Test
    @DisplayName(
            "keeps what proves a message, which a version before did not: of that no more is known than what is shown")
    void proofs() throws IOException, RefusedException {
        DeviceEngine before = new DeviceEngine(load(OF_MEMBERSHIPS), new Random(2)::nextBytes, Village.CONFIG);
        before.start(new Now(1_800_000_000_000L, 1));
        assertThat(evidenceIn(before)).isEmpty();
        DeviceEngine engine = new DeviceEngine(load(OF_PROOFS), new Random(2)::nextBytes, Village.CONFIG);
        engine.start(new Now(1_800_000_000_000L, 1));
        List<MessageEvidence> kept = evidenceIn(engine);
        assertThat(kept).hasSize(3);
        for (MessageEvidence evidence : kept) {
            assertThat(evidence.verify(engine.channels().get(0).id()).author().server())
                    .isEqualTo(FakeServer.NAME);
        }
    }

    private static List<MessageEvidence> evidenceIn(DeviceEngine engine) {
        ChannelId channel = engine.channels().get(0).id();
        return engine.history(channel, 0, 100).stream()
                .flatMap(message -> message.id().stream())
                .flatMap(id -> engine.evidence(channel, id).stream())
                .toList();
    }

    /** What an engine reads and writes back, by the channels' names. */
    private static Map<String, StoredChannel> writtenAnew(MemoryStore store) {
        Map<String, StoredChannel> rows = new TreeMap<>();
        Turn turn = new Turn(store, new Now(1_800_000_000_000L, 2), new LookAlikes(store));
        store.scan(DeviceTable.CHANNEL, Keys.FIRST, Keys.LAST, (key, value) -> {
            LiveChannel channel = LiveChannel.of(Stored.parse(StoredChannel.parser(), value));
            channel.save(turn);
            rows.put(channel.state().name(), channel.row().build());
            return true;
        });
        turn.finish();
        store.scan(DeviceTable.CHANNEL, Keys.FIRST, Keys.LAST, (key, value) -> {
            StoredChannel row = Stored.parse(StoredChannel.parser(), value);
            assertThat(row).isEqualTo(rows.get(row.getName()));
            return true;
        });
        return rows;
    }

    private static ChannelId idOf(DeviceEngine engine, String name) {
        return engine.channels().stream()
                .filter(channel -> channel.name().equals(name))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static <T> T known(Map<String, T> channels, String name) {
        return Optional.ofNullable(channels.get(name)).orElseThrow();
    }

    private static MemoryStore load(String golden) throws IOException {
        MemoryStore store = new MemoryStore();
        try (InputStream file = GoldenStoreTest.class.getResourceAsStream(golden)) {
            if (file == null) {
                throw new AssertionError("the golden file " + golden + " is missing");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(file.readAllBytes()));
            while (in.available() > 0) {
                DeviceTable table = DeviceTable.valueOf(in.readUTF());
                Bytes key = Bytes.of(in.readNBytes(in.readInt()));
                store.put(table, key, in.readNBytes(in.readInt()));
            }
        }
        return store;
    }

    /** Writes a golden file for a new version: {@code GoldenStoreTest <file> talking|refuted|disturbed}. */
    public static void main(String[] arguments) throws IOException {
        write(
                Path.of(arguments[0]),
                switch (arguments[1]) {
                    case "talking" -> talking();
                    case "refuted" -> refuted();
                    case "disturbed" -> DisturbedStore.make();
                    default ->
                        throw new IllegalArgumentException(arguments[1] + ", expected talking, refuted or disturbed");
                });
    }

    private static MemoryStore refuted() {
        RefutedJoinTest.Scene scene = new RefutedJoinTest.Scene(0, 5, "golden");
        ChannelId square = scene.alice.create("village square");
        scene.lie();
        scene.carol.reconnect();
        scene.village.pass(60_000);
        scene.alice.add(square, scene.carol);
        scene.village.pass(60_000);
        return scene.carol.store;
    }

    private static MemoryStore talking() {
        Village village = new Village(5);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "እንደምን አደራችሁ?");
        bob.send(channel, "ordered");
        village.server.hubIsCut = true;
        alice.send(channel, "provisional");
        bob.send(channel, "stored");
        bob.cut();
        bob.send(channel, "queued");
        bob.command(new DeviceEvent.AddMember(99, channel, village.join("carol").user()));
        return bob.store;
    }

    private static void write(Path file, MemoryStore store) throws IOException {
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
            for (DeviceTable table : List.of(DeviceTable.values())) {
                store.scan(table, Keys.FIRST, Keys.LAST, (key, value) -> {
                    write(out, table, key, value);
                    return true;
                });
            }
        }
    }

    private static void write(DataOutputStream out, DeviceTable table, Bytes key, byte[] value) {
        try {
            out.writeUTF(table.name());
            out.writeInt(key.size());
            out.write(key.toByteArray());
            out.writeInt(value.length);
            out.write(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
