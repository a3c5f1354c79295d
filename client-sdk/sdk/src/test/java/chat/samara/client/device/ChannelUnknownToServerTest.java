package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel that a device is in, and of which its server says that it knows nothing")
class ChannelUnknownToServerTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(53);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private ChannelId other;

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
    }

    private void loseIt() {
        village.server.lost.add(channel);
        bob.cut();
        bob.events.clear();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
    }

    /** The server has it again, as from another copy, or given back by another server. */
    private void findIt() {
        village.server.lost.clear();
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

    private Optional<RefusalCode> heldBy(ChannelId id) {
        return bob.engine().channel(id).orElseThrow().heldBy().map(Refusal::code);
    }

    private List<ClientEvent.SendingHeld> held() {
        return bob.events(ClientEvent.SendingHeld.class);
    }

    @Test
    @DisplayName("is told once with the reason, and so is the reason of every message that waits")
    void told() {
        loseIt();
        bob.send(channel, "kept");
        bob.send(other, "elsewhere");
        village.pass(A_WHILE_MILLIS);
        assertThat(held()).singleElement().satisfies(it -> {
            assertThat(it.channel()).isEqualTo(channel);
            assertThat(it.why().orElseThrow().code()).isEqualTo(RefusalCode.UNKNOWN_CHANNEL);
            assertThat(it.why().orElseThrow().sentence()).contains("your server says", "older copy", "forget");
        });
        assertThat(bob.engine().pending(channel)).singleElement().satisfies(message -> {
            assertThat(message.state()).isEqualTo(MessageState.QUEUED);
            assertThat(message.refusal().map(Refusal::code)).contains(RefusalCode.UNKNOWN_CHANNEL);
        });
        assertThat(heldBy(channel)).contains(RefusalCode.UNKNOWN_CHANNEL);
        assertThat(heldBy(other)).isEmpty();
        assertThat(alice.texts(other)).contains("elsewhere");
    }

    @Test
    @DisplayName("is told once also over many sessions, and of what had been sealed before")
    void toldOnce() {
        village.server.lost.add(channel);
        bob.send(channel, "sealed already");
        village.pass(A_WHILE_MILLIS);
        loseIt();
        bob.cut();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(held()).as("since the first reconnection").isEmpty();
        assertThat(heldBy(channel)).contains(RefusalCode.UNKNOWN_CHANNEL);
        assertThat(bob.engine().pending(channel))
                .extracting(message -> message.refusal().map(Refusal::code))
                .containsExactly(Optional.of(RefusalCode.UNKNOWN_CHANNEL));
    }

    @Test
    @DisplayName("loses nothing: all that waited is sent as soon as the server knows the channel again")
    void sentAfterAll() {
        bob.send(channel, "before the loss");
        loseIt();
        bob.send(channel, "meanwhile");
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("before", "before the loss");
        findIt();
        assertThat(held()).last().satisfies(it -> assertThat(it.why()).isEmpty());
        assertThat(heldBy(channel)).isEmpty();
        for (Resident each : List.of(alice, bob)) {
            assertThat(each.texts(channel)).as(each.name).containsExactly("before", "before the loss", "meanwhile");
        }
        assertThat(bob.engine().pending(channel)).extracting(Message::state).isEmpty();
    }

    @Test
    @DisplayName("the same within one session, when its log begins to come")
    void inOneSession() {
        loseIt();
        bob.send(channel, "meanwhile");
        village.pass(A_WHILE_MILLIS);
        village.server.lost.clear();
        alice.send(channel, "it is back");
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).containsExactly("before", "it is back", "meanwhile");
        assertThat(heldBy(channel)).isEmpty();
    }

    @Test
    @DisplayName("is asked about once a session, and keeps nothing else from having caught up")
    void asksOnce() {
        village.server.log.clear();
        loseIt();
        assertThat(bob.events(ClientEvent.CaughtUp.class)).isNotEmpty();
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(village.server.log.stream().filter(it -> it == ClientFrame.BodyCase.FETCH_HANDSHAKES))
                .hasSize(1);
    }

    @Test
    @DisplayName("can be forgotten by a person's decision, and no other channel can")
    void forgotten() {
        loseIt();
        bob.send(channel, "never sent");
        assertThat(((Outcome.Refused) forget(other)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(bob.texts(other)).isEmpty();
        bob.stop();
        bob.start();
        bob.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.engine().channels()).extracting(it -> it.id()).containsExactly(other);
    }

    @Test
    @DisplayName("and that is forgotten leaves nobody waiting for what was to be changed there")
    void changes() {
        Resident carl = village.join("carl");
        Resident dina = village.join("dina");
        loseIt();
        long adding = bob.nextCommand();
        bob.command(new DeviceEvent.AddMember(adding, channel, carl.user()));
        long addingAnother = bob.nextCommand();
        bob.command(new DeviceEvent.AddMember(addingAnother, channel, dina.user()));
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.engine().waitingChanges(channel)).hasSize(2);
        assertThat(bob.outcomes).doesNotContainKeys(adding, addingAnother);
        bob.events.clear();
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        for (long command : List.of(adding, addingAnother)) {
            assertThat(((Outcome.Refused) bob.outcome(command)).refusal().code())
                    .isEqualTo(RefusalCode.DROPPED);
        }
        assertThat(bob.events(ClientEvent.ChangeSettled.class)).hasSize(2);
    }

    @Test
    @DisplayName("that was forgotten is entered anew, by the next change in its log, if the server knows it after all")
    void forgottenAndFound() {
        loseIt();
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        village.server.lost.clear();
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        alice.send(channel, "are you there?");
        findIt();
        village.pass(10 * A_WHILE_MILLIS);
        assertTheyTalk();
    }

    @Test
    @DisplayName("that was forgotten is entered anew by a Welcome if a member removes and adds this one")
    void forgottenAndAddedAgain() {
        loseIt();
        assertThat(forget(channel)).isInstanceOf(Outcome.Done.class);
        village.server.lost.clear();
        alice.remove(channel, bob);
        alice.add(channel, bob);
        findIt();
        assertTheyTalk();
    }

    private void assertTheyTalk() {
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.events(ClientEvent.OldStateNoticed.class)).isEmpty();
        alice.send(channel, "good to see you");
        bob.send(channel, "here I am");
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).endsWith("good to see you", "here I am");
        assertThat(alice.texts(channel)).endsWith("good to see you", "here I am");
    }
}
