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
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A channel that a device is in, and of which its server says that nothing will ever be added to it")
class ChannelSaidToBeOverTest {
    private static final long A_WHILE_MILLIS = 60_000;
    private static final chat.samara.wire.Refusal OVER = chat.samara.wire.Refusal.of(
            ErrorCode.CHANNEL_FROZEN, "two entries 11 exist, so that this channel cannot go on", "held-at=11");

    private final Village village = new Village(59);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private ChannelId other;
    private boolean over;
    private chat.samara.wire.Refusal says = OVER;
    private Optional<chat.samara.wire.Refusal> saysAtLogin = Optional.of(OVER);

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        other = alice.create("other");
        alice.add(other, bob);
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
        village.server.check = (device, frame) -> over
                        && frame.hasSubmit()
                        && isThat(Stored.bytes(frame.getSubmit().getChannelId()))
                ? Optional.of(says)
                : Optional.empty();
        village.server.tamper = this::sayAtLogin;
    }

    private boolean isThat(chat.samara.mls.codec.Bytes id) {
        return id.equals(channel.bytes());
    }

    private ServerFrame sayAtLogin(ServerFrame frame) {
        if (!over || !frame.hasLoggedIn() || saysAtLogin.isEmpty()) {
            return frame;
        }
        LoggedIn.Builder loggedIn = frame.getLoggedIn().toBuilder();
        loggedIn.getChannelsBuilderList().stream()
                .filter(state -> isThat(Stored.bytes(state.getChannelId())))
                .forEach(state -> state.setHeld(saysAtLogin.get().toProto()));
        return frame.toBuilder().setLoggedIn(loggedIn).build();
    }

    private void itIsOver() {
        over = true;
        reconnect();
    }

    private void reconnect() {
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
    }

    private Outcome forget(ChannelId id) {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, id));
        village.settle();
        return bob.outcome(command);
    }

    private Outcome dismiss(Message message) {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.DismissMessage(
                command, message.channel(), message.id().orElseThrow()));
        village.settle();
        return bob.outcome(command);
    }

    private Optional<RefusalCode> heldBy() {
        return bob.engine().channel(channel).orElseThrow().heldBy().map(Refusal::code);
    }

    @Test
    @DisplayName("is known to be so from the login on, without anything being sent, and told once")
    void toldAtLogin() {
        itIsOver();
        reconnect();
        assertThat(bob.events(ClientEvent.SendingHeld.class)).singleElement().satisfies(it -> {
            assertThat(it.channel()).isEqualTo(channel);
            assertThat(it.why().orElseThrow().sentence()).contains("two entries 11 exist");
        });
        assertThat(heldBy()).contains(RefusalCode.CHANNEL_FROZEN);
        over = false;
        reconnect();
        assertThat(heldBy()).isEmpty();
    }

    @Test
    @DisplayName("of a server that only has to be updated first is not over")
    void serverTooOld() {
        saysAtLogin = Optional.of(chat.samara.wire.Refusal.of(
                ErrorCode.CHANNEL_FROZEN, "an entry needs a newer version", "CHANNEL_TOO_NEW"));
        itIsOver();
        assertThat(heldBy()).contains(RefusalCode.SERVER_OUTDATED);
        assertThat(((Outcome.Refused) forget(channel)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"HUB_BEHIND", "CHANNEL_FROZEN"})
    @DisplayName(
            "of a server that cannot read its own copy is not over: nothing of it is let go of, and what waits goes out afterwards")
    void damaged(ErrorCode code) {
        says = chat.samara.wire.Refusal.of(code, "the server cannot read its own copy of this channel", "damaged");
        saysAtLogin = Optional.of(says);
        itIsOver();
        assertThat(heldBy()).contains(RefusalCode.HUB_BEHIND);
        bob.send(channel, "waits");
        village.pass(A_WHILE_MILLIS);
        Message waiting = bob.engine().pending(channel).get(0);
        assertThat(waiting.state()).isEqualTo(MessageState.QUEUED);
        Refusal refused = ((Outcome.Refused) forget(channel)).refusal();
        assertThat(refused.code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        assertThat(refused.sentence())
                .startsWith("the channel stands still")
                .contains("cannot read its own copy")
                .doesNotContain("ask a member");
        assertThat(((Outcome.Refused) dismiss(waiting)).refusal().code()).isEqualTo(RefusalCode.ALREADY_SENT);

        over = false;
        reconnect();
        assertThat(heldBy()).isEmpty();
        assertThat(alice.texts(channel)).containsExactly("before", "waits");
    }

    @Test
    @DisplayName(
            "can be forgotten by a person's decision, though this device has found no fork, and no other channel can")
    void forgotten() {
        itIsOver();
        bob.send(channel, "never sent");
        assertThat(((Outcome.Refused) forget(other)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        bob.stop();
        bob.start();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.engine().channels()).extracting(it -> it.id()).containsExactly(other);
    }

    @Test
    @DisplayName("that was forgotten is entered anew by the next change in its log, where the server was wrong")
    void goesOnAfterAll() {
        itIsOver();
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        over = false;
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.settle();
        reconnect();
        alice.send(channel, "are you there?");
        bob.send(channel, "I am");
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("are you there?", "I am");
        assertThat(alice.texts(channel)).endsWith("are you there?", "I am");
    }

    @Test
    @DisplayName("lets go of what waits in it, though it was encrypted to be sent; elsewhere that is not taken back")
    void dropped() {
        itIsOver();
        bob.send(channel, "waits");
        village.pass(A_WHILE_MILLIS);
        List<Message> waiting = bob.engine().pending(channel);
        assertThat(waiting).extracting(Message::state).containsExactly(MessageState.QUEUED);
        assertThat(dismiss(waiting.get(0))).isInstanceOf(Outcome.Done.class);
        assertThat(bob.engine().pending(channel)).isEmpty();
        village.pass(A_WHILE_MILLIS);
        bob.send(channel, "and the next");
        assertThat(bob.engine().pending(channel)).hasSize(1);

        bob.cut();
        bob.send(other, "elsewhere");
        bob.stop();
        bob.start();
        List<Message> elsewhere = bob.engine().pending(other);
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.DISK_FULL, "full"))
                : Optional.empty();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(((Outcome.Refused) dismiss(elsewhere.get(0))).refusal().code())
                .isEqualTo(RefusalCode.ALREADY_SENT);
    }
}
