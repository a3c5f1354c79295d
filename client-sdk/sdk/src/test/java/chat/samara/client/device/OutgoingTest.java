package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.Limits;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What waits to be sent")
class OutgoingTest {
    private final Village village = new Village(17);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void aliceAndBobTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private MessageId refused(String text) {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(new chat.samara.wire.Refusal(ErrorCode.TOO_LARGE, "too large here", "bytes<=1", 0, 0))
                : Optional.empty();
        Outcome outcome = alice.send(channel, text);
        village.server.check = (device, frame) -> Optional.empty();
        return ((Outcome.Queued) outcome).id();
    }

    private Outcome dismiss(MessageId message) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.DismissMessage(command, channel, message));
        village.settle();
        return alice.outcome(command);
    }

    private Outcome sendAgain(MessageId message) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.SendAgain(command, channel, message));
        village.settle();
        return alice.outcome(command);
    }

    @Test
    @DisplayName("can be dropped once it was refused, also after a restart, and only then")
    void dismissed() {
        MessageId message = refused("no");
        alice.stop();
        alice.start();
        village.settle();
        assertThat(alice.engine().pending(channel)).extracting(Message::state).containsExactly(MessageState.REFUSED);
        assertThat(dismiss(message)).isEqualTo(new Outcome.Done());
        assertThat(alice.engine().pending(channel)).isEmpty();
        assertThat(alice.store.size(DeviceTable.OUTGOING)).isZero();
        assertThat(alice.engine().message(channel, message)).isEmpty();
        assertThat(((Outcome.Refused) dismiss(message)).refusal().code()).isEqualTo(RefusalCode.UNKNOWN_MESSAGE);
        village.server.hubIsCut = true;
        MessageId waiting = ((Outcome.Queued) alice.send(channel, "yes")).id();
        assertThat(dismiss(waiting)).isInstanceOf(Outcome.Refused.class);
        assertThat(sendAgain(waiting)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    @DisplayName(
            "can be dropped as long as it was never encrypted, also after a restart; who waits for it is told, and it is never sent")
    void droppedBeforeItIsSealed() {
        alice.cut();
        MessageId message = ((Outcome.Queued) alice.send(channel, "rashly said")).id();
        MessageId later = ((Outcome.Queued) alice.send(channel, "well said")).id();
        alice.stop();
        alice.start();

        assertThat(dismiss(message)).isEqualTo(new Outcome.Done());

        assertThat(alice.events)
                .filteredOn(event -> event instanceof ClientEvent.MessageStateChanged changed
                        && changed.id().equals(message)
                        && changed.state() == MessageState.REFUSED
                        && changed.refusal().map(Refusal::code).equals(Optional.of(RefusalCode.DROPPED)))
                .hasSize(1);
        assertThat(alice.engine().pending(channel))
                .extracting(it -> it.id().orElseThrow())
                .containsExactly(later);
        alice.reconnect();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("well said");
        assertThat(alice.engine().message(channel, message)).isEmpty();
    }

    @Test
    @DisplayName(
            "cannot be dropped any more once it was encrypted, even if it waits to be encrypted anew: the server may have it")
    void notDroppedOnceSealed() {
        village.server.hubIsCut = true;
        MessageId atServer = ((Outcome.Queued) alice.send(channel, "one")).id();
        assertThat(refusalOf(dismiss(atServer))).isEqualTo(RefusalCode.ALREADY_SENT);

        StoredOutgoing sent = rows().get(0);
        alice.cut();
        for (StoredOutgoing.Builder row : List.of(
                sent.toBuilder().setState(StoredOutgoingState.SEALED),
                sent.toBuilder().setState(StoredOutgoingState.COMPOSED).clearPayload(),
                sent.toBuilder()
                        .setState(StoredOutgoingState.COMPOSED)
                        .clearPayload()
                        .clearSealings()
                        .clearEpoch()
                        .setSealedBefore(true))) {
            alice.stop();
            alice.store.put(
                    DeviceTable.OUTGOING,
                    Keys.numbered(channel, alice.store.firstNumber(DeviceTable.OUTGOING)),
                    row.build().toByteArray());
            alice.start();

            assertThat(refusalOf(dismiss(atServer))).isEqualTo(RefusalCode.ALREADY_SENT);
            assertThat(alice.engine().pending(channel)).hasSize(1);
        }
    }

    private static RefusalCode refusalOf(Outcome outcome) {
        return ((Outcome.Refused) outcome).refusal().code();
    }

    @Test
    @DisplayName("can be sent again once it was refused, under the same id")
    void again() {
        MessageId message = refused("at last");
        alice.send(channel, "meanwhile");
        assertThat(sendAgain(message)).isEqualTo(new Outcome.Queued(channel, message));
        assertThat(bob.texts(channel)).containsExactly("meanwhile", "at last");
        assertThat(alice.engine().message(channel, message).orElseThrow().state())
                .isEqualTo(MessageState.STABLE);
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("has its refusal kept as a code with arguments; a sentence of an older version is still read")
    void refusalRows() {
        refused("no");
        StoredOutgoing row = rows().get(0);
        assertThat(row.getRefusalSentence()).isEmpty();
        assertThat(row.getRefusalCause()).isEqualTo("SERVER");
        assertThat(row.getRefusalArgumentsList()).containsExactly("TOO_LARGE", "bytes<=1", "too large here");
        assertThat(refusal()).isEqualTo(new Refusal(RefusalCode.TOO_LARGE, "the server refused it: too large here"));
        alice.stop();
        alice.store.put(
                DeviceTable.OUTGOING,
                Keys.numbered(channel, alice.store.firstNumber(DeviceTable.OUTGOING)),
                row.toBuilder()
                        .clearRefusalArguments()
                        .addAllRefusalArguments(List.of("TOO_LARGE", "bytes<=1"))
                        .build()
                        .toByteArray());
        alice.start();
        assertThat(refusal())
                .as("of an older version, which kept no sentence of the server's")
                .isEqualTo(new Refusal(RefusalCode.TOO_LARGE, "the server refused it: TOO_LARGE bytes<=1"));
        alice.stop();
        alice.store.put(
                DeviceTable.OUTGOING,
                Keys.numbered(channel, alice.store.firstNumber(DeviceTable.OUTGOING)),
                row.toBuilder()
                        .clearRefusalCause()
                        .clearRefusalArguments()
                        .setRefusalSentence("as it was written then")
                        .build()
                        .toByteArray());
        alice.start();
        assertThat(refusal()).isEqualTo(new Refusal(RefusalCode.TOO_LARGE, "as it was written then"));
    }

    private Refusal refusal() {
        return alice.engine().pending(channel).get(0).refusal().orElseThrow();
    }

    @Test
    @DisplayName("is not held up by what was refused, however much that is")
    void refusedAreInNobodysWay() {
        refused("no");
        StoredOutgoing row = rows().get(0);
        alice.stop();
        int many = chat.samara.client.device.Limits.OUTGOING_MAX;
        for (int i = 0; i < many; i++) {
            byte[] key =
                    ByteString.copyFrom(row.getIdempotencyKey().toByteArray()).toByteArray();
            key[0] = (byte) i;
            key[1] = (byte) (i >> 8);
            alice.store.put(
                    DeviceTable.OUTGOING,
                    Keys.numbered(channel, 1_000_000 + i),
                    row.toBuilder()
                            .setIdempotencyKey(ByteString.copyFrom(key))
                            .build()
                            .toByteArray());
        }
        alice.start();
        village.settle();
        assertThat(alice.send(channel, "gets through")).isInstanceOf(Outcome.Queued.class);
        assertThat(bob.texts(channel)).containsExactly("gets through");
    }

    @Test
    @DisplayName("costs a fixed number of looks a message, however many wait")
    void linear() {
        int few = looksFor(400);
        int many = looksFor(1_600);
        // For the last that are under way nothing more is looked for, and of few they are a larger part.
        assertThat(many).as("looks a message at 1,600 instead of 400, %s", few).isLessThan(few * 2);
    }

    /** Sends so many that were queued without a connection; returns the looks a message. */
    private int looksFor(int count) {
        OutgoingQueue queue = alice.engine().queue(channel);
        alice.cut();
        long before = queue.looks();
        IntStream.range(0, count).forEach(i -> alice.send(channel, "text " + i));
        alice.reconnect();
        village.pass(5_000);
        assertThat(alice.engine().pending(channel)).isEmpty();
        return (int) Math.ceil((double) (queue.looks() - before) / count);
    }

    @Test
    @DisplayName(
            "goes on in a channel that has moved on by as many epochs as stay open, and is encrypted again beyond that")
    void openEpochs() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "late");
        StoredOutgoing late = rows().get(0);
        village.server.hubIsCut = false;
        for (int i = 0; i < Limits.OPEN_EPOCHS_MAX; i++) {
            bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
            village.settle();
        }
        village.server.hubIsCut = true;
        alice.send(channel, "later");
        assertThat(rows().get(0).getState()).isEqualTo(StoredOutgoingState.AT_SERVER);
        assertThat(village.server.channel(channel).group.epoch() - late.getEpoch())
                .isEqualTo(Limits.OPEN_EPOCHS_MAX);
        village.server.reachHub();
        village.settle();
        assertThat(bob.texts(channel)).containsExactly("late", "later");
        village.server.hubIsCut = true;
        alice.send(channel, "too late");
        village.server.hubIsCut = false;
        for (int i = 0; i <= Limits.OPEN_EPOCHS_MAX; i++) {
            bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
            village.settle();
        }
        village.server.reachHub();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("late", "later", "too late");
        assertThat(alice.texts(channel)).containsExactly("late", "later", "too late");
    }

    private List<StoredOutgoing> rows() {
        List<StoredOutgoing> rows = new ArrayList<>();
        alice.store.scan(DeviceTable.OUTGOING, channel.bytes(), Keys.endOf(channel), (key, row) -> {
            rows.add(Stored.parse(StoredOutgoing.parser(), row));
            return true;
        });
        return rows;
    }
}
