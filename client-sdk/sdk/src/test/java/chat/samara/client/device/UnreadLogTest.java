package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** I1: whatever was accepted from a person ends, as ordered or as refused. */
@DisplayName("An own message that is at the server when its log is read no further")
class UnreadLogTest {
    private final Village village = new Village(37);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private MessageId waiting;

    @BeforeEach
    void bobsMessageIsAtTheServer() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        waiting = ((Outcome.Queued) bob.send(channel, "waiting")).id();
        village.server.hubIsCut = false;
        assertThat(bob.engine().pending(channel)).extracting(Message::state).containsExactly(MessageState.STORED);
    }

    static Stream<Receipt> last() {
        return Stream.of(
                Receipt.newBuilder().setStatus(ReceiptStatus.UNKNOWN).build(),
                rejected(ErrorCode.EPOCH_EXPIRED),
                rejected(ErrorCode.NOT_A_MEMBER),
                Receipt.newBuilder().setStatus(ReceiptStatus.ORDERED).setSeq(1).build(),
                Receipt.newBuilder().setStatus(ReceiptStatus.STABLE).setSeq(1).build(),
                Receipt.newBuilder()
                        .setStatus(ReceiptStatus.ORDERED)
                        .setSeq(1_000)
                        .build());
    }

    private static Receipt rejected(ErrorCode code) {
        return Receipt.newBuilder()
                .setStatus(ReceiptStatus.REJECTED)
                .setError(chat.samara.wire.Refusal.of(code, "no").toProto())
                .build();
    }

    private void receive(Receipt receipt) {
        bob.receive(ServerFrame.newBuilder()
                .setReceipt(receipt.toBuilder()
                        .setChannelId(Stored.bytes(channel.bytes()))
                        .setIdempotencyKey(Stored.bytes(waiting.key().bytes())))
                .build());
    }

    private void assertRefused(RefusalCode code) {
        assertThat(bob.engine().pending(channel)).singleElement().satisfies(message -> {
            assertThat(message.state()).isEqualTo(MessageState.REFUSED);
            assertThat(message.refusal().orElseThrow().code()).isEqualTo(code);
        });
        assertThat(bob.texts(channel)).isEmpty();
        bob.stop();
        bob.start();
        village.settle();
        assertThat(bob.engine().pending(channel)).extracting(Message::state).containsExactly(MessageState.REFUSED);
    }

    @ParameterizedTest
    @MethodSource("last")
    @DisplayName("is refused by the server's last word on it, where the log is frozen")
    void frozen(Receipt receipt) {
        FakeChannel log = village.server.channel(channel);
        log.append(
                RecordKind.COMMIT,
                log.group.epoch(),
                IdempotencyKey.random(village.random()),
                Optional.of(alice.engine().account().orElseThrow().device()),
                Bytes.ofHex("00"));
        village.server.push();
        village.settle();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        receive(receipt);
        assertRefused(RefusalCode.CHANNEL_FROZEN);
    }

    @ParameterizedTest
    @MethodSource("last")
    @DisplayName("is refused by the server's last word on it, where this device was removed; no word puts it into the"
            + " history")
    void removed(Receipt receipt) {
        alice.remove(channel, bob);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        receive(receipt);
        assertRefused(RefusalCode.NOT_A_MEMBER);
    }

    @Test
    @DisplayName("is in the history after all, if the device is added again and reads it in the log")
    void addedAgain() {
        alice.remove(channel, bob);
        alice.add(channel, bob);
        village.server.reachHub();
        village.pass(60_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).containsExactly("waiting");
        assertThat(bob.engine().pending(channel)).isEmpty();
    }
}
