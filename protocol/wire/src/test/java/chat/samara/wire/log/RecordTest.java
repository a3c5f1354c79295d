package chat.samara.wire.log;

import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.ByteString;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordTest {
    @Test
    void survivesTheWireInEveryField() throws RefusedException {
        long seed = 4;
        Random random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            Record record = random(random);
            ProvenRecord proven = prove(record);

            ProvenRecord read =
                    RecordIn.decode(Protobuf.encode(proven.toProto())).verify(TUNIS_KEY.publicKey());

            assertThat(read).as("seed %d, run %d", seed, run).isEqualTo(proven);
            assertThat(read.record().content()).isEqualTo(record.content());
            assertThat(read.toProto()).isEqualTo(proven.toProto());
        }
    }

    @Test
    void keepsItsBytesWithFieldsOfALaterVersion() throws RefusedException {
        Bytes withMore = Bytes.concat(Samples.message(1).encoded(), Bytes.ofHex("a20603616263"));
        Record record = RecordIn.own(withMore);

        RecordIn in = RecordIn.of(prove(record).toProto());

        assertThat(in.verify(TUNIS_KEY.publicKey()).record().encoded()).isEqualTo(withMore);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void isRefusedWithAnySingleBitFlipped(int batch) throws RefusedException {
        BatchSigner signer = new BatchSigner();
        for (int i = 1; i < batch; i++) {
            signer.add(Samples.message(100 + i));
        }
        Record record = Samples.message(1);
        int place = signer.add(record);
        ProvenRecord proven = new ProvenRecord(record, signer.sign(TUNIS_KEY).proof(place));

        Refused.forEveryBitFlip(
                Protobuf.encode(proven.toProto()),
                changed -> RecordIn.decode(changed).verify(TUNIS_KEY.publicKey()));
    }

    @Test
    void isRefusedIfAnotherServerSignedIt() {
        RecordIn in = in(prove(Samples.message(1)).toProto());

        assertThat(Refused.by(() -> in.verify(BERLIN_KEY.publicKey())).code()).isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void isRefusedWithTheProofOfAnotherRecordOfTheSameBatch() {
        BatchSigner signer = new BatchSigner();
        signer.add(Samples.message(1));
        int second = signer.add(Samples.message(2));
        Proof proof = signer.sign(TUNIS_KEY).proof(second);

        assertThat(Refused.by(() -> in(new ProvenRecord(Samples.message(1), proof).toProto())
                                .verify(TUNIS_KEY.publicKey()))
                        .code())
                .isEqualTo(ErrorCode.INVALID_PROOF);
    }

    @Test
    void withoutAProofIsMalformed() {
        SignedRecord bare =
                prove(Samples.message(1)).toProto().toBuilder().clearProof().build();

        assertThat(Refused.by(() -> RecordIn.of(bare)).detail()).isEqualTo("SignedRecord.proof");
    }

    @Test
    void withAFieldOfTheWrongFormIsRefusedByName() {
        refused("Record.version", ErrorCode.UNSUPPORTED, r -> r.setVersion(2));
        refused("Record.channel_id", ErrorCode.MALFORMED, r -> r.setChannelId(bytes(31)));
        refused("server-name", ErrorCode.NAME_INVALID, r -> r.setOrigin("Tunis"));
        refused("Record.origin_incarnation", ErrorCode.MALFORMED, r -> r.setOriginIncarnation(0));
        refused("Record.origin_seq", ErrorCode.MALFORMED, r -> r.setOriginSeq(0));
        refused("Record.origin_seq", ErrorCode.MALFORMED, r -> r.setOriginSeq(-1));
        refused("Record.kind", ErrorCode.UNSUPPORTED, r -> r.setKindValue(9));
        refused("Record.kind", ErrorCode.UNSUPPORTED, r -> r.setKindValue(0));
        refused("Record.epoch", ErrorCode.MALFORMED, r -> r.setEpoch(-1));
        refused("Record.idempotency_key", ErrorCode.MALFORMED, r -> r.setIdempotencyKey(bytes(15)));
        refused("Record.device", ErrorCode.MALFORMED, r -> r.setDevice(bytes(17)));
        refused("Record.device", ErrorCode.MALFORMED, r -> r.clearDevice());
        refused("Record.payload", ErrorCode.MALFORMED, r -> r.clearPayload());
        refused(
                "Record.payload<=" + Limits.APPLICATION_PAYLOAD_BYTES_MAX,
                ErrorCode.TOO_LARGE,
                r -> r.setPayload(bytes(Limits.APPLICATION_PAYLOAD_BYTES_MAX + 1)));
        refused("Record.origin_time_millis", ErrorCode.MALFORMED, r -> r.setOriginTimeMillis(-1));
    }

    @Test
    void ofTheLargestPayloadIsReadAndOneByteMoreIsNot() {
        Bytes largest = Samples.filled(Limits.APPLICATION_PAYLOAD_BYTES_MAX, 1);

        assertThat(Samples.message(1, largest).payload()).isEqualTo(largest);
        assertThatThrownBy(() -> Samples.message(1, Bytes.concat(largest, Bytes.of((byte) 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .cause()
                .hasMessageContaining("TOO_LARGE");
    }

    @Test
    void aServersOwnControlRecordNeedsNoDevice() {
        Record record = Record.of(control(Optional.empty()));

        assertThat(record.device()).isEmpty();
        assertThat(RecordIn.own(record.encoded()).content()).isEqualTo(record.content());
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(
                5, 20_000, Protobuf.encode(prove(Samples.message(1)).toProto()), changed -> RecordIn.decode(changed));
    }

    private static void refused(
            String detail, ErrorCode code, UnaryOperator<chat.samara.wire.proto.Record.Builder> change) {
        try {
            Bytes encoded = Protobuf.encode(change.apply(
                            chat.samara.wire.proto.Record.parseFrom(
                                    Samples.message(1).encoded().toByteArray())
                                    .toBuilder())
                    .build());
            SignedRecord signed = prove(Samples.message(1)).toProto().toBuilder()
                    .setRecord(Protobuf.toByteString(encoded))
                    .build();
            assertThat(Refused.by(() -> RecordIn.of(signed)))
                    .satisfies(
                            r -> assertThat(r.code()).isEqualTo(code),
                            r -> assertThat(r.detail()).isEqualTo(detail));
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static RecordIn in(SignedRecord message) {
        try {
            return RecordIn.of(message);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static ProvenRecord prove(Record record) {
        BatchSigner signer = new BatchSigner();
        int place = signer.add(record);
        return new ProvenRecord(record, signer.sign(TUNIS_KEY).proof(place));
    }

    private static Record.Content control(Optional<DeviceId> device) {
        return new Record.Content(
                Samples.GENESIS.channel(),
                Samples.BERLIN,
                1,
                2,
                RecordKind.CONTROL,
                4,
                new IdempotencyKey(Samples.filled(16, 3)),
                device,
                Payload.epochClosed(3),
                Samples.TIME_MILLIS);
    }

    private static Record random(Random random) {
        RecordKind[] kinds = {RecordKind.APPLICATION, RecordKind.COMMIT, RecordKind.PROPOSAL, RecordKind.CONTROL};
        return Record.of(new Record.Content(
                new ChannelId(randomBytes(random, 32)),
                new ServerName("s" + random.nextInt(1000)),
                1 + random.nextInt(Integer.MAX_VALUE),
                1 + (random.nextLong() >>> 2),
                kinds[random.nextInt(kinds.length)],
                random.nextLong() >>> 1,
                new IdempotencyKey(randomBytes(random, 16)),
                Optional.of(new DeviceId(randomBytes(random, 16))),
                randomBytes(random, 1 + random.nextInt(2000)),
                random.nextLong() >>> 1));
    }

    private static Bytes randomBytes(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Bytes.wrapUnsafe(bytes);
    }

    private static ByteString bytes(int size) {
        return ByteString.copyFrom(new byte[size]);
    }
}
