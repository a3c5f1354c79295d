package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What one device says stands in the log in the order in which it was said")
class SendingOrderTest {
    private final Village village = new Village(23);
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

    /** The log goes on to the next epoch, and nothing of the one before is taken any more. */
    private void bobEndsTheEpoch() {
        long epoch = village.server.channel(channel).group.epoch();
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, epoch);
        village.settle();
    }

    @Test
    @DisplayName("also where the own server had stored the first, and its epoch was closed before the hub got it")
    void storedAndSentBack() {
        village.server.hubIsCut = true;
        alice.send(channel, "first");
        village.server.hubIsCut = false;
        bobEndsTheEpoch();
        village.server.hubIsCut = true;
        alice.send(channel, "second");
        village.server.reachHub();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("first", "second").isEqualTo(alice.texts(channel));
    }

    @Test
    @DisplayName("also where several came back, of which the last is still on its way when the first is sealed again")
    void severalSentBack() {
        village.server.hubIsCut = true;
        alice.send(channel, "first");
        alice.send(channel, "second");
        village.server.hubIsCut = false;
        bobEndsTheEpoch();
        village.server.hubIsCut = true;
        alice.send(channel, "third");
        village.server.reachHub();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("first", "second", "third");
    }

    @Test
    @DisplayName("also where the first was on its way to the own server when the connection broke")
    void underWayWhenCut() {
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.send(channel, "first");
        village.server.check = (device, frame) -> Optional.empty();
        bobEndsTheEpoch();
        alice.send(channel, "second");
        alice.dropConnection();
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("first", "second");
    }

    @Test
    @DisplayName(
            "also where the own server counts on from what its member had said before it was removed and added again")
    void countedFurther() {
        for (String text : List.of("one", "two", "three")) {
            bob.send(channel, text);
        }
        village.pass(1_000);
        alice.remove(channel, bob);
        village.pass(1_000);
        // He has read of it, and is no reader any more.
        village.server
                .channel(channel)
                .readable
                .remove(bob.engine().account().orElseThrow().device());
        bob.dropConnection();
        village.pass(5_000);
        alice.add(channel, bob);
        village.pass(1_000);
        // All at once, before the server has answered anything.
        List<String> texts =
                IntStream.rangeClosed(1, 8).mapToObj(i -> "after that " + i).toList();
        texts.forEach(text -> bob.command(new DeviceEvent.SendText(bob.nextCommand(), channel, text)));
        village.pass(60_000);
        assertThat(bob.texts(channel)).endsWith(texts.toArray(String[]::new));
    }

    @Test
    @DisplayName("also where the own server was restored from a backup and has lost the first")
    void lostByTheServer() {
        village.server.hubIsCut = true;
        MessageId first = ((Outcome.Queued) alice.send(channel, "first")).id();
        village.server.forgetSubmissions(channel);
        village.server.hubIsCut = false;
        village.server.check = (device, frame) -> {
            if (frame.hasQueryStatus()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.dropConnection();
        village.pass(1_000);
        alice.send(channel, "second");
        assertThat(states()).containsExactly(MessageState.STORED, MessageState.QUEUED);
        alice.receive(ServerFrame.newBuilder()
                .setReceipt(Receipt.newBuilder()
                        .setChannelId(Stored.bytes(channel.bytes()))
                        .setIdempotencyKey(Stored.bytes(first.key().bytes()))
                        .setStatus(ReceiptStatus.UNKNOWN))
                .build());
        assertThat(bob.texts(channel)).containsExactly("first", "second");
    }

    @Test
    @DisplayName("and waits for that no longer than a while: in a partition the members on this side hear each other")
    void goesOnInAPartition() {
        village.server.hubIsCut = true;
        alice.send(channel, "first");
        village.server.hubIsCut = false;
        bobEndsTheEpoch();
        village.server.hubIsCut = true;
        alice.send(channel, "second");
        assertThat(states()).containsExactly(MessageState.STORED, MessageState.QUEUED);
        village.pass(Limits.ORDER_WAIT_MILLIS);
        assertThat(states()).containsExactly(MessageState.STORED, MessageState.STORED);
        assertThat(bob.told()).containsExactly("first", "second");
        alice.send(channel, "third");
        assertThat(bob.told()).as("it waits once for an epoch").containsExactly("first", "second", "third");
        village.server.reachHub();
        village.pass(1_000);
        assertThat(bob.texts(channel)).as("the one case").containsExactly("second", "third", "first");
    }

    @Test
    @DisplayName("and is sealed as it can be handed over: a commit on the way makes nothing that waits be sealed twice")
    void sealedAsItCanBeHandedOver() {
        alice.cut();
        int many = 3 * Limits.SUBMISSIONS_IN_FLIGHT_MAX;
        List<String> said = new ArrayList<>();
        IntStream.range(0, many).forEach(i -> {
            said.add("text " + i);
            alice.send(channel, "text " + i);
        });
        AtomicInteger submitted = new AtomicInteger();
        village.server.check = (device, frame) -> {
            // By the first the two sides agree on how many there were before.
            if (frame.hasSubmit() && submitted.getAndIncrement() > 0) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.reconnect();
        assertThat(rows())
                .extracting(StoredOutgoing::getState)
                .filteredOn(StoredOutgoingState.SEALED::equals)
                .hasSize(Limits.SUBMISSIONS_IN_FLIGHT_MAX);
        village.server.check = (device, frame) -> Optional.empty();
        bobEndsTheEpoch();
        alice.dropConnection();
        village.pass(60_000);
        assertThat(bob.texts(channel)).isEqualTo(said);
    }

    private List<MessageState> states() {
        return alice.engine().pending(channel).stream().map(Message::state).toList();
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
