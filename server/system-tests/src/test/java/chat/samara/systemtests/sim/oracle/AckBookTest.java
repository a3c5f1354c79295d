package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The book of what servers promised, of what was stored and never answered,")
class AckBookTest {
    private static final ByteString CHANNEL = bytes("ab".repeat(32));
    private static final String DEVICE = "cd".repeat(16);
    private static final ByteString KEY = bytes("ef".repeat(16));
    private static final String NAME = "ab".repeat(32) + " " + DEVICE + "/" + "ef".repeat(16);

    private final SubmissionBook submissions = new SubmissionBook();
    private boolean forgotten;
    private final AckBook book = new AckBook(
            new LogBook(),
            new DeviceBook(),
            submissions,
            () -> Liars.NONE,
            (server, name) -> forgotten && name.equals(NAME));

    private static ByteString bytes(String hex) {
        return Protobuf.toByteString(Bytes.ofHex(hex));
    }

    @BeforeEach
    void isStored() {
        submissions.submitted(
                DEVICE,
                Submit.newBuilder().setChannelId(CHANNEL).setIdempotencyKey(KEY).build());
        book.observe(
                "berlin.example",
                DEVICE,
                Receipt.newBuilder()
                        .setChannelId(CHANNEL)
                        .setIdempotencyKey(KEY)
                        .setStatus(ReceiptStatus.STORED)
                        .build());
    }

    private void isOnDisk(String server, RecordKind kind, ErrorCode code, boolean settled) {
        book.hasRejected(server, NAME, kind, Error.newBuilder().setCode(code).build(), settled);
    }

    @Test
    @DisplayName("says that it is open while nobody has an answer")
    void open() {
        assertThat(book.firstOpen()).isPresent();
        assertThat(book.lost()).isOne();
    }

    @Test
    @DisplayName("takes for the answer of a commit that its server has it down as overtaken")
    void overtaken() {
        isOnDisk("berlin.example", RecordKind.COMMIT, ErrorCode.STALE_EPOCH, false);
        assertThat(book.firstOpen()).isEmpty();
        assertThat(book.lost()).isZero();
    }

    @Test
    @DisplayName("takes for the answer of a message that its server has a reason down, where its author has told its"
            + " person, or does not know of it")
    void settled() {
        isOnDisk("berlin.example", RecordKind.APPLICATION, ErrorCode.EPOCH_EXPIRED, true);
        assertThat(book.firstOpen()).isEmpty();
    }

    @Test
    @DisplayName("takes no other server's word for it, no other reason, and no row for the answer to who asks")
    void noAnswer() {
        isOnDisk("hanoi.example", RecordKind.COMMIT, ErrorCode.STALE_EPOCH, false);
        isOnDisk("berlin.example", RecordKind.COMMIT, ErrorCode.LIMIT_REACHED, false);
        isOnDisk("berlin.example", RecordKind.APPLICATION, ErrorCode.EPOCH_EXPIRED, false);
        assertThat(book.firstOpen()).isPresent();
        assertThat(book.lost()).isOne();
    }

    private void isUnknown(String server) {
        book.observe(
                server,
                DEVICE,
                Receipt.newBuilder()
                        .setChannelId(CHANNEL)
                        .setIdempotencyKey(KEY)
                        .setStatus(ReceiptStatus.UNKNOWN)
                        .build());
    }

    @Test
    @DisplayName(
            "takes no UNKNOWN of what was stored, but where its server has rejected so much since that it keeps it no longer; the promise stands until the author has told its person")
    void unknown() {
        assertThatThrownBy(() -> isUnknown("berlin.example")).isInstanceOf(InvariantViolation.class);
        forgotten = true;
        assertThatThrownBy(() -> isUnknown("hanoi.example")).isInstanceOf(InvariantViolation.class);
        isUnknown("berlin.example");
        book.forget(name -> false, name -> true);
        assertThat(book.firstOpen()).isPresent();
        assertThat(book.lost()).isOne();
        book.forget(NAME::equals, name -> false);
        assertThat(book.firstOpen()).isEmpty();
        assertThat(book.lost()).isZero();
    }
}
