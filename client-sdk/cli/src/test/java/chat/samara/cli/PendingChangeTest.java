package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import chat.samara.client.device.Change;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.DeviceId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A change of members that is not done yet")
class PendingChangeTest {
    private static final String BOB = "bob@tunis.example";
    private static final String CARL = "carl@tunis.example";

    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;
    private FakeClient.FakeChannel home = client.addChannel("home", 0xab);

    @BeforeEach
    void aliceAndBob() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        members("alice@berlin.example", BOB);
    }

    private void members(String... users) {
        home.members = Stream.of(users)
                .map(FakeClient::user)
                .map(user -> new Member(
                        user,
                        List.of(new Member.Device(
                                new DeviceId(FakeClient.bytes(16, user.hashCode())), FakeClient.bytes(32, 1))),
                        KeyStanding.KNOWN,
                        OptionalLong.empty()))
                .toList();
    }

    private static WaitingChange waiting(Change change, boolean handedOver) {
        return new WaitingChange(change, handedOver, Optional.empty());
    }

    private static Change removing(String user) {
        return new Change.Remove(FakeClient.user(user));
    }

    private static Change adding(String user) {
        return new Change.Add(FakeClient.user(user));
    }

    @Test
    @DisplayName("is listed with the server that is away, where that is why it waits")
    void listedWithReason() {
        home.waiting.add(new WaitingChange(
                adding(CARL),
                false,
                Optional.of(
                        new Refusal(RefusalCode.PEER_UNREACHABLE, "your server cannot reach tunis.example just now"))));

        assertThat(process.run("unsent", "home")).isZero();
        assertThat(process.out())
                .contains("adding " + CARL + ": waits: your server cannot reach tunis.example just now  [");
        process.run("unsent", "home", "--json");
        assertThat(process.out())
                .contains(
                        "\"refusal\":\"PEER_UNREACHABLE\"",
                        "\"refusal_text\":\"your server cannot reach tunis.example just now\"");
    }

    @Test
    @DisplayName("is said to wait and to be kept, whatever holds it, and how to see it and take it back")
    void saidToWait() {
        for (RefusalCode code : List.of(RefusalCode.HUB_BEHIND, RefusalCode.SERVER_DISK_FULL, RefusalCode.TIMEOUT)) {
            home.waiting.clear();
            client.refusal = new ClientException(code, "the server takes nothing now");
            assertThat(process.run("channel", "remove", "home", BOB, "--timeout", "15"))
                    .isEqualTo(ExitCode.LATER.number());
        }
        assertThat(process.err().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("samara: removing " + BOB + " waits: not done within 15 s"))
                .allMatch(line -> line.contains("It is kept in the profile, and done when samara runs next"))
                .allMatch(
                        line -> line.contains("Until then they read what others say, and what you write waits for it."))
                .allMatch(line ->
                        line.endsWith("samara unsent " + home.id().toString().substring(0, 12)));
    }

    @Test
    @DisplayName("is printed as such for programs")
    void forPrograms() {
        client.refusal = new ClientException(RefusalCode.HUB_BEHIND, "held");
        process.run("channel", "add", "home", CARL, "--json");
        assertThat(process.out())
                .contains("{\"type\":\"change_waiting\"", "\"change\":\"add\"", "\"user\":\"" + CARL + "\"")
                .contains("\"handed_over\":false");
    }

    @Test
    @DisplayName("is listed by unsent, marked among the members, and can be dropped there by the member")
    void listedAndDropped() {
        home.waiting.add(waiting(removing(BOB), false));
        home.waiting.add(waiting(adding(CARL), false));
        process.run("unsent", "home");
        assertThat(process.out()).contains("removing " + BOB + ": waits  [" + BOB + "]", "adding " + CARL + ": waits");
        assertThat(process.err()).doesNotContain("Nothing waits");
        process.run("channel", "members", "home");
        assertThat(process.out()).contains("your removal of them waits");
        assertThat(process.err()).contains("Not in the channel yet: adding " + CARL + " waits.");

        assertThat(process.run("unsent", "home", "--drop", BOB)).isZero();
        assertThat(process.err()).contains("Dropped: removing " + BOB + ". It is not done.");
        assertThat(home.waiting).containsExactly(waiting(adding(CARL), false));
    }

    @Test
    @DisplayName("is taken back by asking for its opposite, which is said")
    void opposite() {
        home.waiting.add(waiting(removing(BOB), false));
        assertThat(process.run("channel", "add", "home", BOB)).isZero();
        assertThat(process.out()).isEqualTo("Taken back: removing " + BOB + ", which was not done yet.\n");
        home.waiting.add(waiting(adding(CARL), false));
        assertThat(process.run("channel", "remove", "home", CARL)).isZero();
        assertThat(process.out()).contains("Taken back: adding " + CARL + ", which was not done yet.");
        assertThat(home.waiting).isEmpty();
        assertThat(client.calls).doesNotContain("add " + BOB, "remove " + CARL);
    }

    @Test
    @DisplayName("that was sent cannot be taken back, and that it is on its way is said")
    void sent() {
        home.waiting.add(waiting(removing(BOB), true));
        home.isHandedOver = true;
        assertThat(process.run("channel", "add", "home", BOB)).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err())
                .contains("not added: " + BOB + ": removing " + BOB + " is on its way: the server has it perhaps");
        process.run("unsent", "home");
        assertThat(process.out()).contains("removing " + BOB + ": sent, and perhaps done already");
        assertThat(process.run("unsent", "home", "--drop", BOB)).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("not dropped: removing " + BOB + ": the server has it perhaps");
    }

    @Test
    @DisplayName("that the own server shows as done is said to be so, and that the hub's word is awaited")
    void shownAsDone() {
        members("alice@berlin.example");
        home.waiting.add(waiting(removing(BOB), true));
        process.run("unsent", "home");
        assertThat(process.out())
                .contains("removing " + BOB + ": done, as your server shows it")
                .doesNotContain("perhaps");
    }

    @Test
    @DisplayName("that is in the log already, where only the answer was lost, is said to be done")
    void doneAfterAll() {
        home.waiting.add(waiting(removing(BOB), true));
        home.isHandedOver = true;
        client.onCaughtUp = () -> {
            home.waiting.clear();
            members("alice@berlin.example");
        };
        assertThat(process.run("unsent", "home", "--drop", BOB)).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("not dropped: removing " + BOB + ": it is done already.");

        home.isDoneWhileWaiting = true;
        client.refusal = new ClientException(RefusalCode.TIMEOUT, "the server has not answered");
        assertThat(process.run("channel", "remove", "home", BOB)).isZero();
        assertThat(process.out()).endsWith("Removed " + BOB + ".\n");
    }
}
