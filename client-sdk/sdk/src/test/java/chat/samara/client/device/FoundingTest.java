package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel that its server refuses to found")
class FoundingTest {
    private final Village village = new Village(43);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");

    @Test
    @DisplayName("leaves nothing behind where nothing was written, and everybody who waits for something in it is told")
    void refused() {
        alice.cut();
        alice.command(new DeviceEvent.CreateChannel(alice.nextCommand(), "home town", ChannelSuite.STANDARD));
        ChannelId channel = alice.engine().channels().get(0).id();
        long adding = alice.add(channel, bob);
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no more channels here"))
                : Optional.empty();
        // It has started anew since: nobody waits for the command any more.
        alice.stop();
        alice.start();
        alice.reconnect();
        village.pass(1_000);
        assertThat(alice.engine().channels()).isEmpty();
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .singleElement()
                .satisfies(settled -> assertThat(settled.refusal()).isPresent());
        assertThat(alice.events(ClientEvent.ChannelNotFounded.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.channel()).isEqualTo(channel);
                    assertThat(event.name()).isEqualTo("home town");
                });
        for (DeviceTable table : List.of(
                DeviceTable.CHANNEL, DeviceTable.OUTGOING, DeviceTable.INTENT, DeviceTable.PLACE, DeviceTable.GROUP)) {
            assertThat(alice.store.size(table)).as("%s", table).isZero();
        }
        assertThat(alice.outcomes).doesNotContainKey(adding);
    }

    /** Offline, a channel is made and written in. */
    private ChannelId write(String... texts) {
        alice.cut();
        alice.command(new DeviceEvent.CreateChannel(alice.nextCommand(), "notes", ChannelSuite.STANDARD));
        ChannelId channel = alice.engine().channels().get(0).id();
        for (String text : texts) {
            alice.send(channel, text);
        }
        return channel;
    }

    private ChannelState state(ChannelId channel) {
        return alice.engine().channel(channel).orElseThrow();
    }

    @Test
    @DisplayName(
            "only for now, since the server cannot read what it has of it, is founded later, with what was written in it")
    void cannotBeReadNow() {
        ChannelId channel = write("one");
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.HUB_BEHIND, "the copy cannot be read", "damaged"))
                : Optional.empty();
        alice.reconnect();
        village.pass(60_000);
        assertThat(state(channel).membership()).isEqualTo(Membership.FOUNDING);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(60_000);
        assertThat(state(channel).membership()).isEqualTo(Membership.MEMBER);
        assertThat(alice.texts(channel)).containsExactly("one");
    }

    private Outcome forget(ChannelId channel) {
        long forgetting = alice.nextCommand();
        alice.command(new DeviceEvent.ForgetChannel(forgetting, channel));
        village.settle();
        return alice.outcome(forgetting);
    }

    @Test
    @DisplayName("yet, and is asked once more, cannot be given up before it has answered: it makes the channel perhaps")
    void askedOnceMore() {
        ChannelId channel = write("one");
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.limitReached("2 a day", "channels-per-day<=2", 60_000))
                : Optional.empty();
        alice.reconnect();
        village.pass(1_000);
        List<ClientFrame> asked = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasCreateChannel()) {
                asked.add(frame);
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        while (asked.isEmpty()) {
            village.pass(5_000);
        }
        assertThat(((Outcome.Refused) forget(channel)).refusal()).satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
            assertThat(refusal.sentence()).contains("it is asked just now");
        });
        alice.receive(ServerFrame.newBuilder()
                .setRequestId(asked.get(0).getRequestId())
                .setError(chat.samara.wire.Refusal.limitReached("2 a day", "channels-per-day<=2", 60_000)
                        .toProto())
                .build());
        assertThat(forget(channel)).isEqualTo(new Outcome.Done());
    }

    @Test
    @DisplayName(
            "yet, for a limit, can be given up with what was written in it; one of which it has not said so cannot")
    void givenUp() {
        ChannelId channel = write("one");
        assertThat(((Outcome.Refused) forget(channel)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.limitReached("2 a day", "channels-per-day<=2", 43_200_000))
                : Optional.empty();
        alice.reconnect();
        village.pass(1_000);
        long making = alice.nextCommand();
        alice.command(new DeviceEvent.CreateChannel(making, "second", ChannelSuite.STANDARD));
        village.settle();
        ChannelId second = alice.engine().channels().stream()
                .map(ChannelState::id)
                .filter(it -> !it.equals(channel))
                .findFirst()
                .orElseThrow();

        assertThat(forget(channel)).isEqualTo(new Outcome.Done());
        assertThat(forget(second)).isEqualTo(new Outcome.Done());

        assertThat(((Outcome.Refused) alice.outcome(making)).refusal().code()).isEqualTo(RefusalCode.DROPPED);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(86_400_000);
        alice.stop();
        alice.start();
        village.pass(60_000);
        assertThat(alice.engine().channels()).isEmpty();
        for (DeviceTable table :
                List.of(DeviceTable.CHANNEL, DeviceTable.OUTGOING, DeviceTable.INTENT, DeviceTable.GROUP)) {
            assertThat(alice.store.size(table)).as("%s", table).isZero();
        }
    }

    @Test
    @DisplayName("keeps what was written in it, refused, until the person drops it and forgets the channel")
    void keepsTexts() {
        ChannelId channel = write("one", "two");
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no more channels here"))
                : Optional.empty();
        alice.reconnect();
        village.pass(1_000);
        alice.stop();
        alice.start();
        village.pass(60_000);
        assertThat(state(channel).membership()).isEqualTo(Membership.NOT_FOUNDED);
        assertThat(alice.events(ClientEvent.ChannelNotFounded.class)).hasSize(1);
        assertThat(alice.pendingTexts(channel)).containsExactly("one", "two");
        assertThat(alice.engine().pending(channel))
                .allSatisfy(message -> assertThat(message.state()).isEqualTo(MessageState.REFUSED));
        assertThat(((Outcome.Refused) alice.send(channel, "three")).refusal().code())
                .isEqualTo(RefusalCode.NOT_A_MEMBER);
        MessageId first = alice.engine().pending(channel).stream()
                .filter(message -> message.body() instanceof MessageBody.Text)
                .findFirst()
                .flatMap(Message::id)
                .orElseThrow();
        long dropping = alice.nextCommand();
        alice.command(new DeviceEvent.DismissMessage(dropping, channel, first));
        assertThat(alice.outcome(dropping)).isEqualTo(new Outcome.Done());
        assertThat(alice.pendingTexts(channel)).containsExactly("two");
        long forgetting = alice.nextCommand();
        alice.command(new DeviceEvent.ForgetChannel(forgetting, channel));
        village.settle();
        assertThat(alice.outcome(forgetting)).isEqualTo(new Outcome.Done());
        assertThat(alice.engine().channels()).isEmpty();
    }

    @Test
    @DisplayName("and founds all the same is entered when its server lists it, with its name and what was written")
    void foundedAndDenied() {
        ChannelId channel = write("written in the train");
        village.server.tamper = frame ->
                frame.hasReceipt() && frame.getReceipt().getSeq() == 1
                        ? frame.toBuilder()
                                .setError(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no")
                                        .toProto())
                                .build()
                        : frame;
        alice.reconnect();
        village.pass(60_000);
        assertThat(alice.pendingTexts(channel)).containsExactly("written in the train");
        village.server.tamper = frame -> frame;
        alice.dropConnection();
        alice.reconnect();
        village.pass(60_000);
        assertThat(state(channel).membership()).isEqualTo(Membership.MEMBER);
        assertThat(state(channel).name()).isEqualTo("notes");
        for (Message message : alice.engine().pending(channel)) {
            alice.command(new DeviceEvent.SendAgain(
                    alice.nextCommand(), channel, message.id().orElseThrow()));
        }
        alice.add(channel, bob);
        village.pass(60_000);
        assertThat(alice.texts(channel)).containsExactly("written in the train");
        assertThat(alice.pendingTexts(channel)).isEmpty();
    }

    @Test
    @DisplayName("refuses the commands that still wait")
    void commands() {
        alice.cut();
        long creating = alice.nextCommand();
        alice.command(new DeviceEvent.CreateChannel(creating, "home town", ChannelSuite.STANDARD));
        ChannelId channel = alice.engine().channels().get(0).id();
        long adding = alice.add(channel, bob);
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no more channels here"))
                : Optional.empty();
        alice.reconnect();
        village.pass(1_000);
        for (long command : List.of(creating, adding)) {
            assertThat(alice.outcome(command)).isInstanceOf(Outcome.Refused.class);
            assertThat(((Outcome.Refused) alice.outcome(command)).refusal().code())
                    .isEqualTo(RefusalCode.PROTOCOL);
        }
    }
}
