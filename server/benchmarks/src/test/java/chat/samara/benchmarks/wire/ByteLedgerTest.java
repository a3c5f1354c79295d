package chat.samara.benchmarks.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Proof;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.TerseHead;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Bytes on the network")
class ByteLedgerTest {
    private static final int RECORD_BYTES = 22;
    private static final int CIPHERTEXT_BYTES = 200;
    private static final int PADDING_BYTES = 30;

    private static byte[] frame() {
        PrivateMessage message = new PrivateMessage(
                Bytes.of(new byte[32]),
                7,
                1,
                Bytes.of(new byte[16]),
                Bytes.of(new byte[28]),
                Bytes.of(new byte[CIPHERTEXT_BYTES]));
        byte[] payload = new TlsWriter(512).uint16(1).uint16(2).struct(message).toByteArray();
        return FrameCodec.encode(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(ByteString.copyFrom(new byte[32]))
                        .setSlimFromSeq(9)
                        .setSlimPreviousEntryHash(ByteString.copyFrom(new byte[32]))
                        .addSlim(SlimEntry.newBuilder()
                                .setIdempotencyKey(ByteString.copyFrom(new byte[16]))
                                .setDevice(ByteString.copyFrom(new byte[16]))
                                .setAcceptedAfterMillis(1_000)
                                .setPayload(ByteString.copyFrom(payload)))
                        .setHead(SignedHead.newBuilder()
                                .setHead(ByteString.copyFrom(new byte[90]))
                                .setProof(Proof.newBuilder().setSignature(ByteString.copyFrom(new byte[64])))))
                .build());
    }

    /** As many bytes in records as if their content were encrypted. */
    private static byte[] records(int plainBytes, int count) {
        ByteBuffer all = ByteBuffer.allocate(plainBytes + count * RECORD_BYTES);
        for (int i = 0; i < count; i++) {
            int inside = i == 0 ? plainBytes - (count - 1) : 1;
            int length = inside + RECORD_BYTES - 5;
            all.put((byte) 23).putShort((short) 0x0303).putShort((short) length).put(new byte[length]);
        }
        return all.array();
    }

    private static TappedWay passed(byte[] plain, int records) {
        TappedWay way = new TappedWay();
        way.said(plain);
        byte[] wire = records(plain.length, records);
        // However the network cuts it.
        way.passed(Arrays.copyOf(wire, 3));
        way.passed(Arrays.copyOfRange(wire, 3, wire.length));
        return way;
    }

    @Test
    @DisplayName("are each counted once: what they are for adds up to what was on the network")
    void addUp() throws BenchFailure {
        byte[] frame = frame();
        TappedWay.Stretch stretch = passed(frame, 2).since(TappedWay.Mark.BEGINNING);

        ByteLedger ledger = new ByteLedger(PADDING_BYTES).addToDevice(stretch);

        assertThat(stretch.records()).isEqualTo(2);
        assertThat(ledger.bytes()).isEqualTo(frame.length + 2 * RECORD_BYTES);
        assertThat(stretch.wireBytes()).isEqualTo(ledger.bytes());
        Map<String, Integer> parts = ledger.parts();
        assertThat(parts)
                .containsEntry("TLS records", 2 * RECORD_BYTES)
                .containsEntry("channel", 34)
                .containsEntry("hash before", 34)
                .containsEntry("idempotency key", 18)
                .containsEntry("device", 18)
                .containsEntry("head", 95)
                .containsEntry("head's proof", 68)
                .containsEntry("MLS sender data", 28)
                .containsEntry("MLS signature", 64)
                .containsEntry("MLS tag", 16)
                .containsEntry("padding", PADDING_BYTES)
                .containsEntry("content", CIPHERTEXT_BYTES - 64 - 16 - PADDING_BYTES);
    }

    @Test
    @DisplayName("are each counted once also where a frame leaves out what its device knows")
    void addUpInTerseFrames() throws BenchFailure {
        byte[] frame = FrameCodec.encode(ServerFrame.newBuilder()
                .setTerseEntries(TerseEntries.newBuilder()
                        .setChannelStart(ByteString.copyFrom(new byte[4]))
                        .setFromSeq(9)
                        .addEntries(SlimEntry.newBuilder()
                                .setIdempotencyKey(ByteString.copyFrom(new byte[16]))
                                .setDevice(ByteString.copyFrom(new byte[16]))
                                .setMessage(ByteString.copyFrom(new byte[16 + 28 + CIPHERTEXT_BYTES])))
                        .addEntries(SlimEntry.newBuilder().setIdempotencyKey(ByteString.copyFrom(new byte[16])))
                        .setHead(TerseHead.newBuilder()
                                .setSignature(ByteString.copyFrom(new byte[64]))
                                .setUnstable(1)))
                .build());
        TappedWay.Stretch stretch = passed(frame, 1).since(TappedWay.Mark.BEGINNING);

        ByteLedger ledger = new ByteLedger(PADDING_BYTES).addToDevice(stretch);

        assertThat(ledger.bytes()).isEqualTo(stretch.wireBytes());
        assertThat(ledger.parts())
                .containsEntry("channel", 6)
                .containsEntry("place", 2)
                .containsEntry("device", 18)
                .containsEntry("idempotency key", 36)
                .containsEntry("head", 4)
                .containsEntry("head's proof", 66)
                .containsEntry("MLS header", 3 + 16)
                .containsEntry("MLS sender data", 28)
                .containsEntry("content", CIPHERTEXT_BYTES - 64 - 16 - PADDING_BYTES);
    }

    @Test
    @DisplayName("are those since a moment, without what was before")
    void beginAtAMoment() throws BenchFailure {
        TappedWay way = passed(frame(), 1);
        TappedWay.Mark before = way.mark();
        way.said(frame());
        way.passed(records(frame().length, 1));

        assertThat(way.since(before).frames()).hasSize(1);
        assertThat(way.since(before).records()).isEqualTo(1);
        assertThat(way.since(before).wireBytes()).isEqualTo(frame().length + RECORD_BYTES);
    }

    @Test
    @DisplayName("are not counted where a record or a frame is still under way: that would be a wrong figure")
    void areNotCountedInTheMiddle() {
        byte[] half = Arrays.copyOf(frame(), 40);
        TappedWay lacking = new TappedWay();
        lacking.passed(Arrays.copyOf(records(half.length, 1), 30));

        assertThatThrownBy(() -> lacking.since(TappedWay.Mark.BEGINNING))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("a record of TLS has not come as a whole");
        assertThatThrownBy(() -> passed(half, 1).since(TappedWay.Mark.BEGINNING))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("behind the last whole frame");
    }

    @Test
    @DisplayName("of padding are as many as a size class of 64 lacks")
    void padUpToASizeClass() throws BenchFailure {
        for (SampleText kind : SampleText.values()) {
            assertThat(kind.of(100)).hasSize(100);
            assertThat(SampleText.paddingBytes(kind.of(100))).isBetween(0, 64);
        }
    }
}
