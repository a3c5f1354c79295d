package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.channel.MessageId;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** As an outbox does that passes over a message and goes on with the next: numbers keep devices and servers from it, so no run shows it. */
@DisplayName("The judgement of the order of what one member says")
class SendingOrderOracleTest {
    private static final ChannelId CHANNEL = new ChannelId(Bytes.ofHex("ab".repeat(32)));
    private static final DeviceId DEVICE = new DeviceId(Bytes.ofHex("cd".repeat(16)));

    private final Oracle oracle = new Oracle(() -> 0, host -> Optional.empty(), server -> Optional.empty());
    private final SpeechBook speech = new SpeechBook();

    private static IdempotencyKey key(int number) {
        return new IdempotencyKey(Bytes.ofHex(("0" + number).repeat(16)));
    }

    private void said(int number) {
        String text = "text " + number;
        speech.attempt(new Attempt("alice", CHANNEL, text));
        speech.queued(text, new MessageId(DEVICE, key(number)), "device-alice");
    }

    private void ordered(long seq, int number) {
        Record record = Record.newBuilder()
                .setOrigin("berlin.example")
                .setOriginSeq(seq)
                .setKind(RecordKind.APPLICATION)
                .setDevice(Protobuf.toByteString(DEVICE.bytes()))
                .setIdempotencyKey(Protobuf.toByteString(key(number).bytes()))
                .build();
        // Places with a gap between them, so that no hash of a neighbour is asked for.
        Entry entry = Entry.newBuilder()
                .setChannelId(Protobuf.toByteString(CHANNEL.bytes()))
                .setSeq(2 * seq)
                .setRecord(record.toByteString())
                .build();
        oracle.logs()
                .observe(LogEntry.newBuilder().setEntry(entry.toByteString()).build(), "berlin.example");
    }

    @Test
    @DisplayName("takes a log in which it stands as it was said")
    void inOrder() {
        said(1);
        said(2);
        ordered(1, 1);
        ordered(2, 2);
        assertThatCode(() -> new Judgement(oracle, speech).checkOrder()).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("notices what was said first behind what was said later")
    void passedOver() {
        said(1);
        said(2);
        ordered(1, 2);
        ordered(2, 1);
        assertThatThrownBy(() -> new Judgement(oracle, speech).checkOrder())
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("was said after");
    }
}
