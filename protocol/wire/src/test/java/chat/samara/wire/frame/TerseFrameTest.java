package chat.samara.wire.frame;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TIME_MILLIS;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.TerseEntries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A device finds in a terse frame what the hub has ordered, byte for byte, or nothing. */
class TerseFrameTest {
    private static final LogPosition START = LogPosition.start(GENESIS.channel());
    private static final DeviceId ALICE = new DeviceId(Samples.filled(DeviceId.SIZE_BYTES, 1));
    private static final DeviceId BOB = new DeviceId(Samples.filled(DeviceId.SIZE_BYTES, 2));

    /** A log as a server has it. */
    private static final class Log {
        final List<Entry> entries = new ArrayList<>();
        final List<Bytes> stored = new ArrayList<>();
        final Map<IdempotencyKey, Bytes> payloads = new HashMap<>();
        Bytes head = Bytes.EMPTY;
        LogPosition position = START;

        /** Orders some records and signs their head with them, beside other things that the hub signs. */
        void append(Random random, List<Record> records) {
            BatchSigner batch = new BatchSigner();
            List<Integer> places = new ArrayList<>();
            int headPlace = random.nextInt(records.size() + 1);
            boolean isOfHub = random.nextBoolean();
            for (int i = random.nextInt(4) > 0 ? 0 : random.nextInt(5); i > 0; i--) {
                batch.add(Samples.message(i));
            }
            Head signed = headOf(records, random);
            int headAt = -1;
            for (int i = 0; i <= records.size(); i++) {
                headAt = i == headPlace ? batch.add(signed) : headAt;
                if (i < records.size() && isOfHub) {
                    places.add(batch.add(records.get(i)));
                }
            }
            BatchSigner.Signed done = batch.sign(BERLIN_KEY);
            for (int i = 0; i < records.size(); i++) {
                Entry entry = entries.get(entries.size() - records.size() + i);
                Proof proof = isOfHub ? done.proof(places.get(i)) : ofTunis(records.get(i));
                stored.add(Protobuf.encode(entry.toProto(proof)));
            }
            head = Protobuf.encode(new ProvenHead(signed, done.proof(headAt)).toProto());
        }

        private Head headOf(List<Record> records, Random random) {
            for (Record record : records) {
                Entry entry = position.append(record, number(random, TIME_MILLIS));
                entries.add(entry);
                payloads.put(record.idempotencyKey(), record.payload());
                position = entry.position();
            }
            return Head.of(position, random.nextBoolean() ? position.seq() : random.nextLong(position.seq()));
        }

        private static Proof ofTunis(Record record) {
            BatchSigner batch = new BatchSigner();
            int place = batch.add(record);
            return batch.sign(TUNIS_KEY).proof(place);
        }

        Optional<TerseFrame> frame(int from, boolean leadsOn) throws Exception {
            return TerseFrame.of(
                    leadsOn ? Optional.of(stored.get(from - 1)) : Optional.empty(),
                    stored.subList(from, stored.size()),
                    head);
        }

        KnownLog.Place place(int from, boolean leadsOn) throws Exception {
            if (from == 0) {
                return KnownLog.Place.of(START);
            }
            return leadsOn
                    ? KnownLog.Place.behind(
                            LogEntry.parseFrom(stored.get(from - 1).toByteArray()))
                    : KnownLog.Place.of(entries.get(from - 1).position());
        }

        void requireSame(Entries found, int from, String as) throws Exception {
            assertThat(found.getEntriesList().stream().map(LogEntry::getEntry).toList())
                    .as(as)
                    .isEqualTo(entries.subList(from, entries.size()).stream()
                            .map(entry -> Protobuf.toByteString(entry.encoded()))
                            .toList());
            assertThat(Protobuf.encode(found.getHead())).as(as).isEqualTo(head);
        }
    }

    private static KnownLog known(DeviceId device, Function<IdempotencyKey, Optional<Bytes>> waiting) {
        return new KnownLog(GENESIS.channel(), BERLIN_KEY.publicKey(), device, waiting);
    }

    private static Log log(Random random, int batches) {
        Log log = new Log();
        for (int i = 0; i < batches; i++) {
            List<Record> records = new ArrayList<>();
            LogPosition position = log.position;
            for (int count = 1 + random.nextInt(3); count > 0; count--) {
                Record record = record(random, position);
                records.add(record);
                if (random.nextBoolean()) {
                    position = position.append(record, TIME_MILLIS).position();
                }
            }
            log.append(random, records);
        }
        return log;
    }

    @Test
    @DisplayName("any log comes back byte for byte with its head, to whoever has read or said something of it")
    void anyLog() throws Exception {
        long seed = 20261127;
        Random random = new Random(seed);
        int found = 0;
        for (int run = 0; run < 200; run++) {
            Log log = log(random, 1 + random.nextInt(8));
            int from = random.nextInt(log.stored.size());
            boolean leadsOn = from > 0 && random.nextBoolean();
            DeviceId device = random.nextBoolean() ? ALICE : BOB;
            Optional<TerseFrame> frame = log.frame(from, leadsOn);
            if (frame.isEmpty()) {
                continue;
            }
            TerseEntries sent = frame.get().authors().contains(device)
                    ? frame.get().to(device)
                    : frame.get().shared();

            Entries whole = known(device, key -> Optional.ofNullable(log.payloads.get(key)))
                    .whole(decoded(sent), log.place(from, leadsOn));

            log.requireSame(whole, from, "seed " + seed + ", run " + run);
            found++;
        }
        assertThat(found).as("frames that could be made").isGreaterThan(150);
    }

    @Test
    @DisplayName("whatever is changed about a frame, a device finds what the hub has signed, or nothing")
    void hostileFrames() throws Exception {
        long seed = 1127;
        Random random = new Random(seed);
        int refused = 0;
        for (int run = 0; run < 2_000; run++) {
            Log log = log(random, 3);
            int from = log.stored.size() - 1;
            boolean leadsOn = random.nextBoolean();
            DeviceId device = random.nextBoolean() ? ALICE : BOB;
            TerseFrame frame = log.frame(from, leadsOn).orElseThrow();
            TerseEntries sent = frame.authors().contains(device) ? frame.to(device) : frame.shared();
            byte[] bent = ServerFrame.newBuilder().setTerseEntries(sent).build().toByteArray();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bent[random.nextInt(bent.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                TerseEntries came = ServerFrames.decode(bent).getTerseEntries();
                if (came.getEntriesCount() > 0) {
                    Entries whole = known(device, key -> Optional.ofNullable(log.payloads.get(key)))
                            .whole(came, log.place(from, leadsOn));
                    log.requireSame(whole, from, "seed " + seed + ", run " + run);
                }
            } catch (RefusedException e) {
                refused++;
            }
        }
        assertThat(refused).as("frames that were refused").isGreaterThan(1_000);
    }

    @Test
    @DisplayName(
            "an own message that does not wait here any more is not found, and neither is one that is not what waits")
    void ownMessageGone() throws Exception {
        Log log = textsBy(ALICE, 1);
        TerseEntries sent = log.frame(0, false).orElseThrow().to(ALICE);
        assertThat(sent.getEntries(0).getMessage().isEmpty()).isTrue();

        assertThatThrownBy(() -> known(ALICE, key -> Optional.empty()).whole(sent, KnownLog.Place.of(START)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not known here");
        assertThatThrownBy(() -> known(ALICE, key -> Optional.of(Bytes.ofUtf8("what was encrypted anew")))
                        .whole(sent, KnownLog.Place.of(START)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not proven");
        assertThatThrownBy(() -> known(BOB, key -> Optional.ofNullable(log.payloads.get(key)))
                        .whole(sent, KnownLog.Place.of(START)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not proven");
    }

    @Test
    @DisplayName("whatever a member writes behind its tag, no device is sent what it refuses")
    void contextOfAnyLength() throws Exception {
        for (int seenBytes = 0; seenBytes <= 60; seenBytes++) {
            IdempotencyKey key = keyOf(seenBytes);
            Bytes context = Bytes.concat(
                    Bytes.of(new byte[] {1}),
                    key.bytes(),
                    Samples.filled(Franking.TAG_BYTES - IdempotencyKey.SIZE_BYTES, 7),
                    seenBytes == 0 ? Bytes.EMPTY : Samples.filled(seenBytes, 9));
            Log log = new Log();
            log.append(new Random(seenBytes), List.of(text(context, 0, BOB, key, 100)));

            TerseEntries sent = log.frame(0, false).orElseThrow().shared();

            Entries whole = known(ALICE, it -> Optional.empty()).whole(decoded(sent), log.place(0, false));
            log.requireSame(whole, 0, seenBytes + " bytes");
        }
    }

    @Test
    @DisplayName("what waits is in a frame once, however often a server points to it")
    void amplification() throws Exception {
        Log log = textsBy(ALICE, 1);
        TerseEntries sent = log.frame(0, false).orElseThrow().to(ALICE);
        TerseEntries twice = sent.toBuilder().addEntries(sent.getEntries(0)).build();
        int[] asked = {0};

        assertThatThrownBy(() -> known(ALICE, key -> {
                            asked[0]++;
                            return Optional.ofNullable(log.payloads.get(key));
                        })
                        .whole(twice, KnownLog.Place.of(START)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not known here");
        assertThat(asked[0]).isEqualTo(1);

        TerseEntries.Builder many = sent.toBuilder();
        for (int i = 0; i < Limits.TERSE_ENTRIES_PER_FRAME_MAX; i++) {
            many.addEntries(sent.getEntries(0));
        }
        assertThatThrownBy(() -> decoded(many.build())).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    @DisplayName("a frame that begins in another log is not found, nor one that leads on from elsewhere")
    void anotherLog() throws Exception {
        Log log = textsBy(ALICE, 3);
        Log other = textsBy(BOB, 3);
        KnownLog known = known(ALICE, key -> Optional.ofNullable(log.payloads.get(key)));
        TerseEntries ofOther = other.frame(2, false).orElseThrow().shared();

        assertThatThrownBy(() -> known.whole(ofOther, log.place(2, false)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not proven");
        assertThatThrownBy(() -> known.whole(ofOther, log.place(1, false))).isInstanceOf(RefusedException.class);
        TerseEntries leadingOn = log.frame(2, true).orElseThrow().shared();
        assertThatThrownBy(() -> known.whole(leadingOn, log.place(2, false)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("not known here");
    }

    @Test
    @DisplayName("a head that stands elsewhere is no head of the frame")
    void otherHead() throws Exception {
        Log log = textsBy(ALICE, 2);
        Bytes before = log.head;
        log.append(new Random(3), List.of(text(log.position, 1, BOB, keyOf(9), 100)));

        assertThat(TerseFrame.of(Optional.empty(), log.stored, before)).isEmpty();
        assertThat(TerseFrame.of(Optional.empty(), log.stored, log.head)).isPresent();
    }

    @Test
    @DisplayName(
            "a frame takes less than 160 bytes beside its text's ciphertext, and less than 120 in all for its author")
    void bytes() throws Exception {
        Log log = textsBy(ALICE, 3);
        TerseFrame frame = log.frame(2, true).orElseThrow();

        assertThat(frame.shared().getSerializedSize() - 300).isLessThan(160);
        assertThat(frame.to(ALICE).getSerializedSize()).isLessThan(120);
        assertThat(frame.to(BOB)).isEqualTo(frame.shared());
    }

    @Test
    @DisplayName("a submission comes back byte for byte")
    void submission() throws Exception {
        Random random = new Random(7);
        for (int run = 0; run < 200; run++) {
            Record record = record(random, textsBy(ALICE, 1).position);
            Submit whole = Submit.newBuilder()
                    .setChannelId(Protobuf.toByteString(GENESIS.channel().bytes()))
                    .setKind(record.kind())
                    .setEpoch(record.epoch())
                    .setIdempotencyKey(
                            Protobuf.toByteString(record.idempotencyKey().bytes()))
                    .setPayload(Protobuf.toByteString(record.payload()))
                    .setDeviceSeq(1 + run)
                    .build();

            assertThat(TerseSubmit.whole(TerseSubmit.of(whole), GENESIS.channel()))
                    .as("run %d", run)
                    .isEqualTo(whole);
        }
    }

    /** Said one after the other by somebody who had read all before, each signed with its head. */
    private static Log textsBy(DeviceId author, int count) {
        Log log = new Log();
        for (int i = 0; i < count; i++) {
            Record text =
                    text(log.position, 1, author, keyOf(100 * author.bytes().get(0) + i), 300);
            Entry entry = log.position.append(text, TIME_MILLIS + i);
            log.entries.add(entry);
            log.payloads.put(text.idempotencyKey(), text.payload());
            log.position = entry.position();
            BatchSigner batch = new BatchSigner();
            int place = batch.add(text);
            Head head = Head.of(log.position, log.position.seq());
            int headPlace = batch.add(head);
            BatchSigner.Signed signed = batch.sign(BERLIN_KEY);
            log.stored.add(Protobuf.encode(entry.toProto(signed.proof(place))));
            log.head = Protobuf.encode(new ProvenHead(head, signed.proof(headPlace)).toProto());
        }
        return log;
    }

    private static TerseEntries decoded(TerseEntries sent) throws MalformedFrameException {
        return ServerFrames.decode(
                        ServerFrame.newBuilder().setTerseEntries(sent).build().toByteArray())
                .getTerseEntries();
    }

    private static IdempotencyKey keyOf(int number) {
        return new IdempotencyKey(Samples.filled(IdempotencyKey.SIZE_BYTES, number));
    }

    static Record text(LogPosition lastSeen, long epoch, IdempotencyKey key, int ciphertextBytes) {
        return text(lastSeen, epoch, BOB, key, ciphertextBytes);
    }

    /** What a device makes of a text that has read the log up to there. */
    private static Record text(
            LogPosition lastSeen, long epoch, DeviceId device, IdempotencyKey key, int ciphertextBytes) {
        Bytes tag = Bytes.concat(key.bytes(), Samples.filled(Franking.TAG_BYTES - IdempotencyKey.SIZE_BYTES, 7));
        Bytes context = lastSeen.isStart()
                ? Bytes.ofUtf8("a context of some other form, as long as it likes to be")
                : MessageContext.of(tag, lastSeen).encode();
        return text(context, epoch, device, key, ciphertextBytes);
    }

    private static Record text(Bytes context, long epoch, DeviceId device, IdempotencyKey key, int ciphertextBytes) {
        PrivateMessage message = new PrivateMessage(
                GENESIS.channel().mlsGroupId(),
                epoch,
                Content.APPLICATION,
                context,
                Samples.filled(28, 5),
                Samples.filled(ciphertextBytes, 6));
        return Record.of(content(
                device,
                RecordKind.APPLICATION,
                epoch,
                key,
                new TlsWriter()
                        .uint16(MlsMessage.MLS10)
                        .uint16(WireFormat.PRIVATE_MESSAGE)
                        .struct(message)
                        .toBytes(),
                BERLIN));
    }

    private static Record.Content content(
            DeviceId device,
            RecordKind kind,
            long epoch,
            IdempotencyKey key,
            Bytes payload,
            chat.samara.wire.identity.ServerName origin) {
        return new Record.Content(
                GENESIS.channel(), origin, 1, 5, kind, epoch, key, Optional.of(device), payload, TIME_MILLIS);
    }

    /** Texts mostly, by somebody who has read the log up to there; and whatever else there may be. */
    private static Record record(Random random, LogPosition lastSeen) {
        DeviceId device = random.nextBoolean() ? ALICE : BOB;
        IdempotencyKey key = new IdempotencyKey(random(random, IdempotencyKey.SIZE_BYTES));
        long epoch = number(random, 3);
        if (random.nextInt(4) > 0) {
            return text(lastSeen, epoch, device, key, 1 + random.nextInt(500));
        }
        return Record.of(new Record.Content(
                GENESIS.channel(),
                random.nextBoolean() ? BERLIN : TUNIS,
                1 + random.nextInt(2),
                Math.max(1, number(random, 1_000)),
                RecordKind.forNumber(1 + random.nextInt(4)),
                epoch,
                key,
                Optional.of(device),
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
}
