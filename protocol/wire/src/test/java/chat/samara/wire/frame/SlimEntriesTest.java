package chat.samara.wire.frame;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TIME_MILLIS;
import static chat.samara.wire.Samples.TUNIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SlimEntry;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a device gets is the log, byte for byte, in about half of the bytes. */
class SlimEntriesTest {
    private static final LogPosition START = LogPosition.start(GENESIS.channel());
    private static final int RECORDS_OF_A_BATCH = 256;

    @Test
    @DisplayName("any log comes back byte for byte")
    void anyLog() throws Exception {
        long seed = 20261127;
        Random random = new Random(seed);
        for (int run = 0; run < 100; run++) {
            List<Bytes> log = log(random, 1 + random.nextInt(20));
            int from = random.nextInt(log.size());
            Entries slim = slim(log.subList(from, log.size()), from + 1);

            List<ByteString> whole = SlimEntries.whole(slim).getEntriesList().stream()
                    .map(LogEntry::getEntry)
                    .toList();

            assertThat(whole)
                    .as("seed %d, run %d", seed, run)
                    .isEqualTo(log.subList(from, log.size()).stream()
                            .map(SlimEntriesTest::entryOf)
                            .toList());
        }
    }

    @Test
    @DisplayName("a reader verifies what came slim as it verifies what came whole")
    void isVerified() throws Exception {
        List<Bytes> log = log(new Random(1), 5);
        ServerFrame frame = ServerFrame.newBuilder().setEntries(slim(log, 1)).build();

        Entries read = ServerFrames.decode(frame.toByteArray()).getEntries();

        List<EntryIn> entries = new ArrayList<>();
        for (LogEntry entry : read.getEntriesList()) {
            entries.add(EntryIn.shown(entry));
        }
        LogVerifier verifier = new LogVerifier(GENESIS.hubRootKey(), origin -> Optional.of(BERLIN_KEY.publicKey()));
        assertThat(verifier.verify(START, entries, Optional.empty()).position().seq())
                .isEqualTo(5);
    }

    @Test
    @DisplayName("an entry whose bytes the fields do not give back travels as it is, and the next one is slim again")
    void unusualEntry() throws Exception {
        List<Bytes> log = log(new Random(2), 3);
        LogEntry second = LogEntry.parseFrom(log.get(1).toByteArray());
        chat.samara.wire.proto.Entry unusual = chat.samara.wire.proto.Entry.parseFrom(second.getEntry()).toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();
        log.set(
                1,
                Protobuf.encode(
                        second.toBuilder().setEntry(unusual.toByteString()).build()));

        Entries slim = slim(log, 1);

        assertThat(slim.getSlim(1).getEntry()).isEqualTo(unusual.toByteString());
        assertThat(slim.getSlim(2).getEntry().isEmpty()).isTrue();
        assertThat(SlimEntries.whole(slim).getEntries(1).getEntry()).isEqualTo(unusual.toByteString());
    }

    @Test
    @DisplayName("a frame that begins behind another entry than the reader's last is seen by its first entry")
    void anotherLog() throws Exception {
        List<Bytes> log = log(new Random(3), 3);
        List<Bytes> other = log(new Random(4), 3);

        Entries read = SlimEntries.whole(slim(other.subList(2, 3), 3));

        Entry last = EntryIn.decode(log.get(1)).unverified();
        EntryIn shown = EntryIn.shown(read.getEntries(0));
        assertThatThrownBy(() -> last.position().check(shown))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("follows on");
    }

    @Test
    @DisplayName(
            "beside the payload an entry takes less than 100 bytes, where whole ones of a batch take more than 480")
    void bytes() throws Exception {
        List<Bytes> log = log(new Random(5), 64);
        Entries slim = slim(log, 1);
        for (int i = 0; i < log.size(); i++) {
            SlimEntry entry = slim.getSlim(i);
            if (!entry.hasOriginProof()) {
                int payload = entry.getPayload().size();
                assertThat(entry.getSerializedSize() - payload)
                        .as("slim entry %d", i)
                        .isLessThan(100);
                assertThat(log.get(i).size() - payload).as("whole entry %d", i).isGreaterThan(480);
            }
        }
    }

    @Test
    @DisplayName("what no member has signed keeps its origin's proof, and is refused without")
    void controlRecords() throws Exception {
        Record closed = Record.of(new Record.Content(
                GENESIS.channel(),
                BERLIN,
                1,
                1,
                RecordKind.CONTROL,
                0,
                new IdempotencyKey(Samples.filled(16, 1)),
                Optional.empty(),
                Bytes.ofUtf8("an epoch is closed"),
                TIME_MILLIS));
        Entry entry = START.append(closed, TIME_MILLIS);
        Entries slim = slim(List.of(Protobuf.encode(entry.toProto(proof(closed)))), 1);
        LogVerifier verifier = new LogVerifier(GENESIS.hubRootKey(), origin -> Optional.of(BERLIN_KEY.publicKey()));

        EntryIn shown = EntryIn.shown(SlimEntries.whole(slim).getEntries(0));
        assertThat(verifier.verify(START, List.of(shown), Optional.empty()).position())
                .isEqualTo(entry.position());

        EntryIn madeUp = EntryIn.shown(SlimEntries.whole(slim.toBuilder()
                        .setSlim(0, slim.getSlim(0).toBuilder().clearOriginProof())
                        .build())
                .getEntries(0));
        assertThatThrownBy(() -> verifier.verify(START, List.of(madeUp), Optional.empty()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not proven");
    }

    @Test
    @DisplayName("whole entries beside slim ones, too many, or an origin without end are refused")
    void refused() throws Exception {
        Entries slim = slim(log(new Random(6), 2), 1);
        assertRefused(slim.toBuilder().addEntries(LogEntry.getDefaultInstance()));
        Entries.Builder many = slim.toBuilder();
        for (int i = 0; i < Limits.ENTRIES_PER_FRAME_MAX; i++) {
            many.addSlim(SlimEntry.getDefaultInstance());
        }
        assertRefused(many);
        assertRefused(slim.toBuilder()
                .setSlim(0, slim.getSlim(0).toBuilder().setOrigin("a".repeat(Limits.SERVER_NAME_BYTES_MAX + 1))));
        assertRefused(slim.toBuilder().setSlim(0, SlimEntry.newBuilder().setEntry(ByteString.copyFromUtf8("junk"))));
    }

    @Test
    @DisplayName("no small frame becomes a large one: what stands in every entry is bounded before any is built")
    void staysSmall() throws Exception {
        ByteString large = ByteString.copyFrom(new byte[Limits.CLIENT_FRAME_BYTES_MAX / 2]);
        Entries slim = slim(log(new Random(9), 2), 1);
        assertRefused(slim.toBuilder().setChannelId(large));
        assertRefused(slim.toBuilder().setSlimPreviousEntryHash(large));
        assertRefused(slim.toBuilder().setSlimPreviousEntryHash(ByteString.EMPTY));
        chat.samara.wire.proto.Record endless = chat.samara.wire.proto.Record.newBuilder()
                .setOrigin("a".repeat(Limits.SERVER_NAME_BYTES_MAX + 1))
                .build();
        assertRefused(slim.toBuilder()
                .setSlim(
                        0,
                        SlimEntry.newBuilder()
                                .setEntry(chat.samara.wire.proto.Entry.newBuilder()
                                        .setRecord(endless.toByteString())
                                        .build()
                                        .toByteString())));
    }

    private static void assertRefused(Entries.Builder frame) {
        assertThatThrownBy(() -> SlimEntries.whole(frame.build())).isInstanceOf(RefusedException.class);
    }

    @Test
    @DisplayName("whatever a server sends as slim entries is read or refused")
    void randomBytes() throws Exception {
        Bytes good = Protobuf.encode(ServerFrame.newBuilder()
                .setEntries(slim(log(new Random(7), 4), 1))
                .build());

        Refused.orFineForRandomBytes(7, 3_000, good, input -> ServerFrames.decode(input.toByteArray()));
    }

    @Test
    @DisplayName("servers send each other whole entries only")
    void notBetweenServers() throws Exception {
        PeerFrame frame = PeerFrame.newBuilder()
                .setEntries(slim(log(new Random(8), 2), 1))
                .build();

        assertThatThrownBy(() -> PeerFrames.decode(frame.toByteArray())).isInstanceOf(MalformedFrameException.class);
    }

    private static ByteString entryOf(Bytes logEntry) {
        try {
            return LogEntry.parseFrom(logEntry.toByteArray()).getEntry();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static Entries slim(List<Bytes> log, long fromSeq) throws InvalidProtocolBufferException {
        Entries.Builder frame = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(GENESIS.channel().bytes()))
                .setSlimFromSeq(fromSeq);
        SlimEntries slim = new SlimEntries();
        for (Bytes entry : log) {
            frame.addSlim(slim.next(entry));
        }
        return frame.setSlimPreviousEntryHash(slim.previousEntryHash()).build();
    }

    /** A log of records of every kind from two origins, some restored meanwhile, with clocks that jump. */
    private static List<Bytes> log(Random random, int entries) {
        List<Bytes> log = new ArrayList<>();
        LogPosition position = START;
        for (int i = 0; i < entries; i++) {
            Record record = record(random);
            Entry entry = position.append(record, number(random, TIME_MILLIS));
            log.add(Protobuf.encode(entry.toProto(proof(record))));
            position = entry.position();
        }
        return log;
    }

    private static Record record(Random random) {
        return Record.of(new Record.Content(
                GENESIS.channel(),
                random.nextBoolean() ? BERLIN : TUNIS,
                1 + random.nextInt(2),
                Math.max(1, number(random, 1_000)),
                random.nextInt(4) > 0 ? RecordKind.APPLICATION : RecordKind.forNumber(2 + random.nextInt(3)),
                number(random, 3),
                new IdempotencyKey(random(random, 16)),
                Optional.of(new DeviceId(random(random, DeviceId.SIZE_BYTES))),
                random(random, 1 + random.nextInt(500)),
                number(random, TIME_MILLIS)));
    }

    /** Mostly a little more than that; now and then any. */
    private static long number(Random random, long about) {
        return random.nextInt(10) > 0 ? about + random.nextInt(100) : random.nextLong() >>> 1;
    }

    private static Bytes random(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    /** As in a batch of many. */
    private static Proof proof(Record record) {
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        for (int i = 1; i < RECORDS_OF_A_BATCH; i++) {
            batch.add(Samples.message(i));
        }
        return batch.sign(BERLIN_KEY).proof(place);
    }
}
