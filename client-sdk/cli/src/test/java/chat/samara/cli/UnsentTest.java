package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is not sent, and is said of it")
class UnsentTest {
    private static final Refusal LIMIT =
            new Refusal(RefusalCode.LIMIT_REACHED, "each member may send 40 a day (it goes on in 36 minutes)");

    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;

    @BeforeEach
    void joined() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
    }

    private static Message with(Message message, Refusal why) {
        return new Message(
                message.channel(),
                message.id(),
                message.seq(),
                message.sender(),
                message.own(),
                message.sentMillis(),
                message.state(),
                Optional.of(why),
                message.body());
    }

    private static ClientEvent.MessageStateChanged refusedIn(FakeClient.FakeChannel channel, Message message) {
        return new ClientEvent.MessageStateChanged(
                channel.id(),
                message.id().orElseThrow(),
                true,
                MessageState.REFUSED,
                OptionalLong.empty(),
                message.refusal());
    }

    @Test
    @DisplayName("unsent sends one that waits for a removal all the same, if it is named, and no other that waits")
    void sentBeforeARemoval() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        Message held = with(
                home.queue("not for bob", 7),
                new Refusal(RefusalCode.REMOVAL_NOT_DONE, "it was said after you asked to remove bob@tunis.example"));
        home.pending.clear();
        home.pending.add(held);
        home.queue("on its way", 8);

        assertThat(process.run("unsent", "home")).as(process.err()).isZero();
        assertThat(process.out())
                .contains("not for bob  (waits: it was said after you asked to remove bob@tunis.example)");
        assertThat(process.run("unsent", "home", "--again", "07"))
                .as(process.err())
                .isZero();
        assertThat(client.calls).containsOnlyOnce("send again 7");
        assertThat(process.run("unsent", "home", "--again", "08")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).doesNotContain("send again 8");
    }

    /** What the device hears while it catches up: of the channel that is meant, and of another. */
    private FakeClient.FakeChannel refusedWhileCatchingUp() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        FakeClient.FakeChannel work = client.addChannel("work", 0xcd);
        client.whileCatchingUp = () -> {
            client.tell(refusedIn(home, home.refuse("too long", 3)));
            client.tell(refusedIn(work, work.refuse("far too long", 4)));
        };
        return home;
    }

    @Test
    @DisplayName("unsent shows a refusal that is heard while it catches up, once, and says one of another channel")
    void refusedEarly() {
        refusedWhileCatchingUp();

        assertThat(process.run("unsent", "home")).as(process.err()).isZero();

        assertThat(process.out()).hasLineCount(1).contains("too long  (refused: ");
        assertThat(process.err())
                .doesNotContain("in channel \"home\"")
                .containsOnlyOnce("A message of yours in channel \"work\" was refused");
    }

    @Test
    @DisplayName("send says a refusal that is heard while it catches up, once, also where it comes to nothing itself")
    void sendRefusedEarly() {
        FakeClient.FakeChannel home = refusedWhileCatchingUp();
        home.sendOutcome = new ClientException(LIMIT);
        home.sendState = MessageState.QUEUED;

        assertThat(process.run("send", "home", "hello")).isEqualTo(ExitCode.LATER.number());

        assertThat(process.err())
                .containsOnlyOnce("One message of yours was refused here before")
                .doesNotContain("in channel \"home\"")
                .containsOnlyOnce("A message of yours in channel \"work\" was refused");
    }

    @Test
    @DisplayName("tail of one channel says a refusal of another that is heard while it catches up")
    void tailRefusedEarly() {
        refusedWhileCatchingUp();

        assertThat(process.run("tail", "home", "--no-follow")).as(process.err()).isZero();

        assertThat(process.out()).contains("too long  (refused: ");
        assertThat(process.err())
                .doesNotContain("in channel \"home\"")
                .containsOnlyOnce("A message of yours in channel \"work\" was refused");
    }

    @Test
    @DisplayName("a refusal that is heard while it catches up is said also where the channel is not known at all")
    void refusedEarlyAndNoChannel() {
        refusedWhileCatchingUp();

        for (String command : List.of("tail", "unsent")) {
            assertThat(process.run(command, "nowhere")).isEqualTo(ExitCode.REFUSED.number());
        }

        assertThat(process.err().lines())
                .filteredOn(line -> line.contains("A message of yours in channel \"work\" was refused"))
                .hasSize(2);
    }

    @Test
    @DisplayName("unsent waits for the server's answer, and shows why it takes none")
    void reason() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        Message queued = channel.queue("hello", 7);
        boolean[] isAsked = {false};
        channel.whilePendingIsRead = () -> {
            if (isAsked[0]) {
                channel.pending.set(0, with(queued, LIMIT));
            } else {
                client.tell(new ClientEvent.SendingHeld(channel.id(), Optional.of(LIMIT)));
            }
            isAsked[0] = true;
        };

        assertThat(process.run("unsent", "home")).as(process.err()).isZero();

        assertThat(process.out()).contains("hello  (waits: each member may send 40 a day");
    }

    @Test
    @DisplayName("unsent knows the channel that this device learns of as it connects")
    void learnsOfChannel() {
        client.whileCatchingUp = () -> client.addChannel("home", 0xab);

        assertThat(process.run("unsent", "home")).as(process.err()).isZero();
    }

    @Test
    @DisplayName("unsent does not say that nothing waits beside what it shows, though it is sent in that moment")
    void ofOneMoment() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        home.queue("on its way", 5);
        home.whilePendingIsRead = () -> {
            if (process.out().contains("on its way")) {
                home.pending.clear();
            }
        };
        process.run("unsent", "home");
        assertThat(process.out()).contains("on its way");
        assertThat(process.err()).doesNotContain("Nothing waits");
    }

    @Test
    @DisplayName("unsent of a device whose server cannot be reached says so, and shows what waits")
    void notConnected() {
        client.addChannel("home", 0xab).queue("hello", 7);
        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "nobody answers");

        assertThat(process.run("unsent", "home")).as(process.err()).isZero();

        assertThat(process.err()).contains("Not connected (nobody answers)");
        assertThat(process.out()).contains("hello");
    }

    @Test
    @DisplayName("channel forget knows the channel that this device learns of as it connects")
    void forgetLearnsOfChannel() {
        client.whileCatchingUp = () -> {
            if (client.channels().isEmpty()) {
                client.addChannel("home", 0xab).membership = Membership.REMOVED;
            }
        };

        assertThat(process.run("channel", "forget", "home", "--yes"))
                .as(process.err())
                .isZero();
    }

    @Test
    @DisplayName("send whose message the hub refuses ends with 4, and the line that sends it again; nothing goes on by"
            + " itself, whatever the reason")
    void sendRefused() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.sendOutcome = new ClientException(LIMIT);
        channel.sendState = MessageState.REFUSED;

        assertThat(process.run("send", "home", "hello", "--wait", "ordered")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(process.err())
                .contains("refused, and not in the channel's log: each member may send 40 a day")
                .contains("samara unsent abababababab --again 07070707")
                .doesNotContain("passes it on by itself")
                .doesNotContain("within");
    }

    @Test
    @DisplayName("send says how many messages were refused there since they were left as stored")
    void refusedBefore() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.refuse("hello", 7);

        assertThat(process.run("send", "home", "are you there?")).isZero();

        assertThat(process.err()).contains("One message of yours was refused here", "samara unsent abababababab");
    }

    @Test
    @DisplayName("unsent --again says what it has sent, and that it was refused again with 4")
    void again() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.refuse("hello", 7);

        assertThat(process.run("unsent", "home", "--again", "07")).isZero();
        assertThat(process.err()).contains("Sent again: [07070707] \"hello\"; your server has it.");

        channel.sendOutcome = new ClientException(LIMIT);
        channel.sendState = MessageState.REFUSED;
        assertThat(process.run("unsent", "home", "--again", "07")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("refused, and not in the channel's log");
    }

    @Test
    @DisplayName("send whose message waits by a limit says which, and claims no timeout")
    void sendByLimit() {
        client.addChannel("home", 0xab).sendOutcome = new ClientException(LIMIT);

        assertThat(process.run("send", "home", "hello")).isEqualTo(ExitCode.LATER.number());

        assertThat(process.err())
                .contains("not stored yet: each member may send 40 a day")
                .doesNotContain("within");
    }
}
