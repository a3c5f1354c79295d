package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a device's server has, and the hub elsewhere does not order")
class UnorderedTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(61);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private Optional<chat.samara.wire.Refusal> why = Optional.empty();

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
        village.server.tellsProvisionally = false;
        village.server.tamper = this::sayWhy;
    }

    private ServerFrame sayWhy(ServerFrame frame) {
        if (why.isEmpty()) {
            return frame;
        }
        if (frame.hasReceipt() && frame.getReceipt().getStatus() == ReceiptStatus.STORED) {
            return frame.toBuilder()
                    .setReceipt(frame.getReceipt().toBuilder()
                            .setUnordered(why.get().toProto()))
                    .build();
        }
        if (frame.hasLoggedIn()) {
            LoggedIn.Builder loggedIn = frame.getLoggedIn().toBuilder();
            loggedIn.getChannelsBuilderList()
                    .forEach(state -> state.setUnordered(why.get().toProto()));
            return frame.toBuilder().setLoggedIn(loggedIn).build();
        }
        return frame;
    }

    private void hubTakesNothing(ErrorCode code, String reason) {
        village.server.hubIsCut = true;
        why = Optional.of(chat.samara.wire.Refusal.of(code, reason));
    }

    private Optional<RefusalCode> heldBy() {
        return bob.engine().channel(channel).orElseThrow().heldBy().map(Refusal::code);
    }

    @Test
    @DisplayName("stands with the reason, of which the person is told once, also over sessions, and of its end")
    void told() {
        hubTakesNothing(ErrorCode.HUB_BEHIND, "the hub waits for devices");
        bob.send(channel, "one");
        bob.send(channel, "two");
        village.pass(A_WHILE_MILLIS);
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.events(ClientEvent.OrderingHeld.class))
                .singleElement()
                .satisfies(
                        held -> assertThat(held.why().orElseThrow().sentence()).contains("the hub waits for devices"));
        assertThat(bob.events(ClientEvent.SendingHeld.class)).as("it is sent").isEmpty();
        assertThat(bob.engine().pending(channel)).hasSize(2).allSatisfy(message -> {
            assertThat(message.state()).isEqualTo(MessageState.STORED);
            assertThat(message.refusal().map(Refusal::code)).contains(RefusalCode.HUB_BEHIND);
        });
        assertThat(heldBy()).contains(RefusalCode.HUB_BEHIND);

        why = Optional.empty();
        village.server.reachHub();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.events(ClientEvent.OrderingHeld.class))
                .extracting(held -> held.why().isPresent())
                .containsExactly(true, false);
        assertThat(heldBy()).isEmpty();
        assertThat(alice.texts(channel)).containsExactly("before", "one", "two");
    }

    @Test
    @DisplayName("is let go of with the channel, by a person's decision, where the hub says that it never will")
    void never() {
        hubTakesNothing(ErrorCode.CHANNEL_FROZEN, "two entries 11 exist");
        bob.send(channel, "one");
        village.pass(A_WHILE_MILLIS);
        Message waiting = bob.engine().pending(channel).get(0);
        assertThat(waiting.state()).isEqualTo(MessageState.STORED);
        long forget = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(forget, channel));
        village.settle();
        assertThat(bob.outcome(forget)).isInstanceOf(Outcome.Done.class);
    }

    @Test
    @DisplayName("is known at login where nothing waits")
    void atLogin() {
        hubTakesNothing(ErrorCode.CHANNEL_FROZEN, "two entries 11 exist");
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(heldBy()).contains(RefusalCode.CHANNEL_FROZEN);
    }

    @Test
    @DisplayName(
            "has no reason any more once a login names none, though nothing of this device has come into the log since")
    void endsAtLogin() {
        hubTakesNothing(ErrorCode.CHANNEL_FROZEN, "two entries 11 exist");
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        why = Optional.empty();
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(heldBy()).isEmpty();
        assertThat(bob.events(ClientEvent.OrderingHeld.class))
                .extracting(held -> held.why().isPresent())
                .containsExactly(true, false);
        long forget = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(forget, channel));
        village.settle();
        assertThat(((Outcome.Refused) bob.outcome(forget)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
    }

    @Test
    @DisplayName("is not dropped on a word that the channel is over: it may be read yet, and then it is known again")
    void notDropped() {
        hubTakesNothing(ErrorCode.CHANNEL_FROZEN, "two entries 11 exist");
        bob.send(channel, "take this back");
        village.pass(A_WHILE_MILLIS);
        Message waiting = bob.engine().pending(channel).get(0);
        long dismiss = bob.nextCommand();
        bob.command(
                new DeviceEvent.DismissMessage(dismiss, channel, waiting.id().orElseThrow()));
        village.settle();
        assertThat(((Outcome.Refused) bob.outcome(dismiss)).refusal().code()).isEqualTo(RefusalCode.ALREADY_SENT);
        why = Optional.empty();
        village.server.reachHub();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).endsWith("take this back");
        assertThat(bob.texts(channel)).endsWith("take this back");
    }
}
