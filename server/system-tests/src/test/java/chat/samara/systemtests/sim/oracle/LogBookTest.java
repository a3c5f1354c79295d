package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The oracle's books")
class LogBookTest {
    private static final ByteString CHANNEL = bytes(32, 7);
    private static final ByteString DEVICE = bytes(16, 3);
    private static final ByteString NO_HASH = bytes(32, 0);

    private final LogBook logs = new LogBook();
    private final SubmissionBook submissions = new SubmissionBook();
    private final AckBook acks =
            new AckBook(logs, new DeviceBook(), submissions, () -> Liars.NONE, (server, name) -> false);

    private static ByteString bytes(int size, int value) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) value);
        return ByteString.copyFrom(bytes);
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static LogEntry entry(long seq, ByteString previous, RecordKind kind, int originSeq, int key) {
        Record record = Record.newBuilder()
                .setChannelId(CHANNEL)
                .setOrigin("berlin.example")
                .setOriginIncarnation(1)
                .setOriginSeq(originSeq)
                .setKind(kind)
                .setDevice(DEVICE)
                .setIdempotencyKey(bytes(16, key))
                .build();
        return LogEntry.newBuilder()
                .setEntry(Entry.newBuilder()
                        .setChannelId(CHANNEL)
                        .setTerm(1)
                        .setSeq(seq)
                        .setPreviousEntryHash(previous)
                        .setRecord(record.toByteString())
                        .build()
                        .toByteString())
                .build();
    }

    private static ByteString hash(LogEntry entry) {
        return ByteString.copyFrom(HexFormat.of().parseHex(Hex.sha256(entry.getEntry())));
    }

    private static Receipt receipt(int key, ReceiptStatus status, long seq, ErrorCode code) {
        Receipt.Builder receipt = Receipt.newBuilder()
                .setChannelId(CHANNEL)
                .setIdempotencyKey(bytes(16, key))
                .setStatus(status)
                .setSeq(seq);
        receipt.getErrorBuilder().setCode(code);
        return receipt.build();
    }

    private void acknowledged(int key, ReceiptStatus status, long seq, ErrorCode code) {
        submissions.submitted(
                hex(DEVICE),
                Submit.newBuilder()
                        .setChannelId(CHANNEL)
                        .setIdempotencyKey(bytes(16, key))
                        .build());
        acks.observe("berlin.example", hex(DEVICE), receipt(key, status, seq, code));
    }

    private static void assertViolates(Invariant invariant, ThrowingCallable step) {
        assertThatThrownBy(step)
                .isInstanceOfSatisfying(
                        InvariantViolation.class,
                        violation -> assertThat(violation.invariant()).isEqualTo(invariant));
    }

    @Test
    @DisplayName("take a log that is in order, from several witnesses")
    void takeALogInOrder() {
        LogEntry first = entry(1, NO_HASH, RecordKind.CONTROL, 1, 1);
        LogEntry second = entry(2, hash(first), RecordKind.APPLICATION, 2, 2);
        logs.observe(second, "tunis.example");
        logs.observe(first, "berlin.example");
        logs.observe(second, "berlin.example");
        acknowledged(2, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED);
        acknowledged(2, ReceiptStatus.ORDERED, 2, ErrorCode.ERROR_CODE_UNSPECIFIED);
        acks.checkKept();
        assertThat(logs.log(hex(CHANNEL))).hasSize(2);
        assertThat(acks.acknowledged()).isEqualTo(1);
        assertThat(acks.lost()).isZero();
    }

    @Test
    @DisplayName("notice two entries at one place (I2)")
    void noticeAFork() {
        logs.observe(entry(1, NO_HASH, RecordKind.CONTROL, 1, 1), "berlin.example");
        assertViolates(
                Invariant.I2_ONE_LOG, () -> logs.observe(entry(1, NO_HASH, RecordKind.CONTROL, 2, 2), "tunis.example"));
    }

    @Test
    @DisplayName("notice an entry that does not follow on the one before it (I2)")
    void noticeABrokenChain() {
        logs.observe(entry(1, NO_HASH, RecordKind.CONTROL, 1, 1), "berlin.example");
        assertViolates(
                Invariant.I2_ONE_LOG,
                () -> logs.observe(entry(2, NO_HASH, RecordKind.APPLICATION, 2, 2), "berlin.example"));
    }

    @Test
    @DisplayName("notice a record, and a message, with two places (I3)")
    void noticeADuplicate() {
        LogEntry first = entry(1, NO_HASH, RecordKind.APPLICATION, 1, 1);
        logs.observe(first, "berlin.example");
        assertViolates(
                Invariant.I3_NO_DUPLICATES,
                () -> logs.observe(entry(2, hash(first), RecordKind.APPLICATION, 1, 2), "berlin.example"));
        assertViolates(
                Invariant.I3_NO_DUPLICATES,
                () -> logs.observe(entry(2, hash(first), RecordKind.APPLICATION, 2, 1), "berlin.example"));
    }

    @Test
    @DisplayName("notice two commits of one epoch (I4)")
    void noticeTwoCommitsOfAnEpoch() {
        LogEntry first = entry(1, NO_HASH, RecordKind.COMMIT, 1, 1);
        logs.observe(first, "berlin.example");
        assertViolates(
                Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH,
                () -> logs.observe(entry(2, hash(first), RecordKind.COMMIT, 2, 2), "berlin.example"));
    }

    @Test
    @DisplayName("notice that something stored is in no log (I1)")
    void noticeALoss() {
        acknowledged(9, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED);
        assertThat(acks.firstOpen()).isPresent();
        assertThat(acks.lost()).isEqualTo(1);
        assertViolates(Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST, acks::checkKept);
    }

    @Test
    @DisplayName("ask for nothing that was stored under a key which no device has ever used")
    void letAForeignKeyBe() {
        acks.observe(
                "berlin.example", hex(DEVICE), receipt(9, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED));
        assertThat(acks.firstOpen()).isEmpty();
        acks.checkKept();
    }

    @Test
    @DisplayName("notice that a server forgets what it stored, or rejects it for no allowed reason (I1)")
    void noticeABrokenPromise() {
        acknowledged(9, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED);
        assertViolates(
                Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                () -> acknowledged(9, ReceiptStatus.UNKNOWN, 0, ErrorCode.ERROR_CODE_UNSPECIFIED));
        assertViolates(
                Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                () -> acknowledged(9, ReceiptStatus.REJECTED, 0, ErrorCode.INTERNAL));
    }

    @Test
    @DisplayName("let a stored record end with a named reason, and come back under the same key")
    void letARecordBeRejected() {
        acknowledged(9, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED);
        acknowledged(9, ReceiptStatus.REJECTED, 0, ErrorCode.EPOCH_EXPIRED);
        acks.checkKept();
        acknowledged(9, ReceiptStatus.STORED, 0, ErrorCode.ERROR_CODE_UNSPECIFIED);
        logs.observe(entry(1, NO_HASH, RecordKind.APPLICATION, 1, 9), "berlin.example");
        acks.checkKept();
    }

    @Test
    @DisplayName("excuse a message from its order only if it came back after its device had waited for it in vain")
    void excuseFromTheOrder() {
        long[] now = {1};
        ReceiptBook receipts = new ReceiptBook(() -> now[0]);
        Receipt.Builder receipt = Receipt.newBuilder().setChannelId(CHANNEL).setIdempotencyKey(bytes(16, 9));
        Receipt back = receipt.setStatus(ReceiptStatus.REJECTED)
                .setError(chat.samara.wire.proto.Error.newBuilder().setCode(ErrorCode.EPOCH_EXPIRED))
                .build();
        Receipt stored = receipt.setStatus(ReceiptStatus.STORED).clearError().build();
        receipts.arrived(hex(DEVICE), back);
        receipts.arrived(hex(DEVICE), stored);
        now[0] += ReceiptBook.ORDER_WAIT_MILLIS - 1;
        receipts.arrived(hex(DEVICE), back);
        assertThat(receipts.cameBackLate(hex(CHANNEL), hex(DEVICE), hex(bytes(16, 9))))
                .isFalse();
        receipts.arrived(hex(DEVICE), stored);
        now[0] += ReceiptBook.ORDER_WAIT_MILLIS;
        receipts.arrived(hex(DEVICE), back);
        assertThat(receipts.cameBackLate(hex(CHANNEL), hex(DEVICE), hex(bytes(16, 9))))
                .isTrue();
    }

    @Test
    @DisplayName("notice plain text in bytes of a server (I6)")
    void noticePlaintext() {
        PlaintextWatch watch = new PlaintextWatch();
        watch.search(new byte[100], "berlin.example");
        byte[] leak = ("xx" + PlaintextWatch.MARK + " hello").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertViolates(Invariant.I6_OTHERS_READ_NOTHING, () -> watch.search(leak, "berlin.example"));
    }
}
