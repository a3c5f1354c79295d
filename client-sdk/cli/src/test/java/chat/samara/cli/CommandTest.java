package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Addition;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Account;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.Unread;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Commands")
class CommandTest {
    static final String INVITE =
            "samara://127.0.0.1:4430/join#name=berlin.example&key=" + "A".repeat(43) + "&token=" + "A".repeat(22);

    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;

    @Test
    @DisplayName("join makes a profile under the passphrase and opens the account")
    void joins() {
        process.profileExists = false;

        int exitCode = process.run("join", INVITE, "--as", "alice");

        assertThat(exitCode).as(process.err()).isZero();
        assertThat(process.opened).containsExactly("create /alice/.samara correct horse");
        assertThat(client.calls).containsExactly("join alice");
        assertThat(process.out()).isEqualTo("Joined berlin.example as alice@berlin.example.\n");
        assertThat(client.closed).isTrue();
    }

    @Test
    @DisplayName(
            "join says so if this device's clock and the server's are far apart, whatever the server says the time is")
    void comparesClocks() {
        process.profileExists = false;
        client.clocksAtLogin = Optional.of(new ClientEvent.ClocksDiffer(FakeClient.TIME_MILLIS, Long.MAX_VALUE));

        assertThat(process.run("join", INVITE, "--as", "alice")).isZero();

        assertThat(process.err())
                .contains(
                        "This device's clock says 2026-11-21T23:03:00Z, its server's says +292278994-08-17T07:12:00Z.");
    }

    @Test
    @DisplayName("join asks for a new passphrase again while the two differ, three times, and makes nothing then")
    void asksForNewPassphraseTwice() {
        process.environment.clear();
        process.profileExists = false;
        for (int i = 0; i < 3; i++) {
            process.answers.addAll(List.of("one of these", "two of these"));
        }

        int exitCode = process.run("join", INVITE, "--as", "alice");

        assertThat(exitCode).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.questions).hasSize(6);
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("passphrases differ");
    }

    @Test
    @DisplayName("join that the server refuses leaves no new profile behind, and says so")
    void takesAwayTheNewProfile() {
        process.profileExists = false;
        client.refusal = new ClientException(RefusalCode.INVITE_INVALID, "the invite is used up");

        assertThat(process.run("join", INVITE, "--as", "alice")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(client.calls).containsExactly("join alice", "discard");
        assertThat(process.err()).isEqualTo("samara: the invite is used up. No profile was made\n");
    }

    @ParameterizedTest
    @CsvSource({"UNREACHABLE, true, Do the same again", "WRONG_ROOT_KEY, false, With the right invite"})
    @DisplayName("join that may have opened an account keeps the new profile, and says how to go on")
    void keepsTheNewProfile(RefusalCode code, boolean isUnused, String says) {
        process.profileExists = false;
        client.isUnused = isUnused;
        client.refusal = new ClientException(code, "so it is.");

        assertThat(process.run("join", INVITE, "--as", "alice", "--profile", "/tmp/p"))
                .isEqualTo(ExitCode.of(code).number());

        assertThat(client.calls.contains("discard")).isEqualTo(!isUnused);
        assertThat(process.err())
                .contains("so it is. The profile in /tmp/p is kept")
                .contains(says + ": samara join INVITE --as alice --profile /tmp/p");
    }

    @ParameterizedTest
    @CsvSource({"INTERNAL, 4", "EPOCH_EXPIRED, 4", "OUT_OF_MEMORY, 4", "PROFILE_FAILED, 3", "PROTOCOL, 1"})
    @DisplayName("what a bug in the device has ended is refused, to a script; 1 is left to what the command itself did"
            + " wrong")
    void whatEndedIt(RefusalCode code, int number) {
        client.refusal = new ClientException(code, "so it is.");

        assertThat(process.run("join", INVITE, "--as", "alice")).isEqualTo(number);
    }

    @Test
    @DisplayName("join takes no profile away that was there before")
    void keepsTheOldProfile() {
        client.refusal = new ClientException(RefusalCode.INVITE_INVALID, "the invite is used up");

        assertThat(process.run("join", INVITE, "--as", "alice")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(client.calls).containsExactly("join alice");
    }

    @Test
    @DisplayName(
            "join asks for a passphrase for the profile that is to be, and says that there is one only when there is")
    void saysWhatIsTrue() {
        process.environment.clear();
        process.profileExists = false;
        process.answers.addAll(List.of("one", "one"));
        client.refusal = new ClientException(RefusalCode.INVITE_INVALID, "the invite is used up");

        process.run("join", INVITE, "--as", "alice");

        assertThat(process.err())
                .contains("Choose a passphrase for the new profile")
                .doesNotContain("profile is made");
    }

    @Test
    @DisplayName(
            "join in a profile that has joined says where it looks for its server from now on; in a new one there is nothing to say")
    void joinsAgain() {
        assertThat(process.run("join", INVITE, "--as", "alice")).isZero();
        assertThat(process.err()).doesNotContain("looks for its server");
        assertThat(process.run("join", INVITE, "--as", "alice")).isZero();
        assertThat(process.err()).contains("looks for its server at 127.0.0.1:4430 first");
    }

    @Test
    @DisplayName("join refuses a link that was cut short before it makes a profile or asks for anything")
    void refusesBrokenInviteFirst() {
        process.profileExists = false;
        process.environment.clear();

        int exitCode = process.run("join", INVITE.substring(0, 50), "--as", "alice");

        assertThat(exitCode).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.questions).isEmpty();
        assertThat(process.err()).startsWith("samara: the invite link").hasLineCount(1);
    }

    @Test
    @DisplayName("join refuses a name that breaks the rules for names before it makes a profile")
    void refusesBadNameFirst() {
        process.profileExists = false;

        int exitCode = process.run("join", INVITE, "--as", "al\u202Eice");

        assertThat(exitCode).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).doesNotContain("\u202E");
    }

    @Test
    @DisplayName("the profile is the option's, else the environment's, else ~/.samara")
    void findsProfile() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        process.run("whoami");
        process.environment.put("SAMARA_PROFILE", "/var/bot");
        process.run("whoami");
        process.run("whoami", "--profile", "/tmp/other");

        assertThat(process.opened)
                .extracting(line -> line.split(" ", -1)[1])
                .containsExactly("/alice/.samara", "/var/bot", "/tmp/other");
    }

    @Test
    @DisplayName("a profile's folder or arguments that did not arrive as UTF-8 are refused, and nothing is opened")
    void refusesWhatIsNotUtf8() {
        process.environment.put("SAMARA_PROFILE", "/var/b\uFFFDt");

        assertThat(process.run("whoami")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.err())
                .contains("SAMARA_PROFILE did not arrive as UTF-8")
                .contains("LC_ALL=C.UTF-8");

        process.environment.remove("SAMARA_PROFILE");
        process.environment.put("HOME", "/srv/jos\uFFFD");

        assertThat(process.run("whoami")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.err()).contains("HOME did not arrive as UTF-8");
        process.environment.remove("HOME");

        assertThat(process.run("send", "home", "gr\uFFFDn")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.err()).contains("the arguments did not arrive as UTF-8");
        assertThat(process.opened).isEmpty();
    }

    @Test
    @DisplayName("without a profile, every command says how to get one")
    void saysHowToGetProfile() {
        process.profileExists = false;

        int exitCode = process.run("channel", "list");

        assertThat(exitCode).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.err()).contains("/alice/.samara").contains("samara join INVITE --as NAME");
    }

    @Test
    @DisplayName("without a terminal and without SAMARA_PASSPHRASE, the command says to set it")
    void needsPassphrase() {
        process.environment.clear();

        int exitCode = process.run("whoami");

        assertThat(exitCode).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.err()).contains("SAMARA_PASSPHRASE");
    }

    @ParameterizedTest
    @CsvSource({
        "PROFILE_IN_USE, PROFILE",
        "PROFILE_NEWER, PROFILE",
        "PROFILE_DAMAGED, PROFILE",
    })
    @DisplayName("a profile that cannot be opened is exit code 3 and one sentence")
    void mapsProfileRefusals(RefusalCode code, ExitCode expected) {
        process.openRefusal = new ClientException(code, "the sentence of " + code);

        int exitCode = process.run("whoami");

        assertThat(exitCode).isEqualTo(expected.number());
        assertThat(process.err())
                .contains("the sentence of " + code)
                .hasLineCount(1)
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @EnumSource(RefusalCode.class)
    @DisplayName("every refusal of the SDK has an exit code other than 0 and 2")
    void mapsEveryRefusal(RefusalCode code) {
        client.refusal = new ClientException(code, "no");

        int exitCode = process.run("channel", "create", "home");

        assertThat(exitCode)
                .isEqualTo(ExitCode.of(code).number())
                .isNotIn(ExitCode.DONE.number(), ExitCode.USAGE.number());
        assertThat(process.err()).startsWith("samara: no");
    }

    @Test
    @DisplayName("create refuses a second channel of a name, by exit code 4 and with the way to make it all the same")
    void sameName() {
        client.refusal = new ClientException(RefusalCode.CHANNEL_CALLED_SO, "you are in a channel called so");

        assertThat(process.run("channel", "create", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err())
                .contains("you are in a channel called so. To make a second one of that name all the same: --anyway");

        client.refusal = null;
        assertThat(process.run("channel", "create", "home", "--anyway")).isEqualTo(ExitCode.DONE.number());
        assertThat(client.calls).containsExactly("catch up", "create home", "create home, anyway");
    }

    @Test
    @DisplayName("create makes a channel also if the server cannot be reached, and says by what it judges the name")
    void createsWhileAway() {
        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "no answer");

        assertThat(process.run("channel", "create", "home")).isEqualTo(ExitCode.DONE.number());
        assertThat(client.calls).containsExactly("catch up", "create home");
        assertThat(process.err())
                .contains(
                        "To find out whether you are in a channel of this name already, this goes by what the device knew when it was"
                                + " connected last; that may have changed.");
    }

    @Test
    @DisplayName("create, add and remove say what is kept, and that nothing was done, when the server is away")
    void changesWhileAway() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        ClientException away = new ClientException(RefusalCode.UNREACHABLE, "no answer");
        client.refusal = away;

        assertThat(process.run("channel", "create", "home")).isEqualTo(ExitCode.LATER.number());
        assertThat(process.run("channel", "add", "home", "bob@tunis.example")).isEqualTo(ExitCode.LATER.number());
        assertThat(process.err().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("no answer") && line.contains("done when samara runs next"));

        home.waiting.clear();
        client.refusal = new ClientException(RefusalCode.STALE_EPOCH, "others won every race");
        assertThat(process.run("channel", "add", "home", "bob@tunis.example")).isEqualTo(ExitCode.LATER.number());
        assertThat(process.err()).as("what is over").endsWith("bob@tunis.example: others won every race\n");

        client.catchUpRefusal = away;
        assertThat(process.run("channel", "remove", "home", "bob@tunis.example"))
                .isEqualTo(ExitCode.LATER.number());
        assertThat(process.err())
                .contains("no answer. Nobody was removed; try again when the server can be reached. If the server");
    }

    @Test
    @DisplayName("an empty --profile is a mistake, and not the folder where one stands")
    void emptyProfile() {
        assertThat(process.run("whoami", "--profile", "")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.run("join", INVITE, "--as", "alice", "--profile", ""))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("--profile is empty");
    }

    @Test
    @DisplayName("create makes a standard channel, or a post-quantum one where that is asked for, and list tells which")
    void postQuantum() {
        assertThat(process.run("channel", "create", "home")).isEqualTo(ExitCode.DONE.number());
        assertThat(process.run("channel", "create", "vault", "--post-quantum")).isEqualTo(ExitCode.DONE.number());
        assertThat(client.calls).containsExactly("catch up", "create home", "catch up", "create vault, post-quantum");
        assertThat(process.out()).contains(", post-quantum).");

        assertThat(process.run("channel", "list", "--json")).isEqualTo(ExitCode.DONE.number());
        assertThat(process.out())
                .contains(
                        "\"channel_name\":\"home\",\"hub\":\"berlin.example\",\"cipher_suite\":1,\"post_quantum\":false")
                .contains(
                        "\"channel_name\":\"vault\",\"hub\":\"berlin.example\",\"cipher_suite\":62586,\"post_quantum\":true");
    }

    @Test
    @DisplayName(
            "unsent shows what waits and what was refused, drops it or sends it again, by the beginning of its id or"
                    + " all")
    void unsent() {
        FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);
        channel.refuse("first", 1);
        channel.refuse("second", 2);
        channel.refuse("third", 3);

        assertThat(process.run("unsent", "home town")).as(process.err()).isZero();
        assertThat(process.out()).contains("first", "refused", "[0101");
        assertThat(process.run("unsent", "home town", "--drop", "0101")).isZero();
        assertThat(process.run("unsent", "home town", "--again", "0202")).isZero();
        assertThat(process.run("unsent", "home town", "--drop", "0909")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.run("unsent", "home town", "--drop", "0")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("begins with \"0\"");
        assertThat(process.run("unsent", "home town", "--drop", "all")).isZero();
        assertThat(channel.pending()).isEmpty();
        assertThat(client.calls).contains("dismiss 1", "send again 2", "dismiss 2", "dismiss 3");
    }

    @Test
    @DisplayName(
            "unsent drops what waits by its id, says what it dropped, and why it cannot take back what was handed over")
    void unsentWaiting() {
        FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        channel.queue("rashly said", 4);

        assertThat(process.run("unsent", "home town", "--drop", "all"))
                .as("all that were refused")
                .isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.run("unsent", "home town", "--again", "0404")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("[04040404] \"rashly said\" was not refused: it is on its way");
        assertThat(client.calls).noneMatch(call -> call.startsWith("send again") || call.startsWith("dismiss"));

        channel.isHandedOver = true;
        assertThat(process.run("unsent", "home town", "--drop", "0404")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("not dropped: [04040404] \"rashly said\": the server has it already.");
        assertThat(process.out()).as("what waits all the same").contains("rashly said");

        channel.isHandedOver = false;
        assertThat(process.run("unsent", "home town", "--drop", "0404")).isZero();
        assertThat(process.err())
                .contains("Dropped [04040404] \"rashly said\".")
                .contains("Nothing waits");
    }

    @Test
    @DisplayName("send into a frozen channel says that it was not sent, and where to go on, as an alarm")
    void frozen() {
        client.addChannel("home", 0xab).sendOutcome =
                new ClientException(RefusalCode.CHANNEL_FROZEN, "the message is not sent: the log is forked");

        assertThat(process.run("send", "home", "hello", "--profile", "/tmp/p")).isEqualTo(ExitCode.ALARM.number());

        assertThat(process.err())
                .contains("the message is not sent: the log is forked")
                .contains("samara channel create NAME --profile /tmp/p");
    }

    @Test
    @DisplayName("add goes on after one that fails, names it, and ends with its exit code")
    void addsTheOthers() {
        client.addChannel("home town", 0xab);
        client.refusal = new ClientException(RefusalCode.UNKNOWN_MEMBER, "no such member");

        int exitCode = process.run("channel", "add", "home town", "bob@tunis.example", "eve@tunis.example");

        assertThat(exitCode).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).containsExactly("catch up", "add bob@tunis.example", "add eve@tunis.example");
        assertThat(process.err()).contains("bob@tunis.example: no such member").contains("eve@tunis.example");
    }

    @Test
    @DisplayName("add says of each of many how it ended, and ends with the gravest")
    void addsMany() {
        FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);
        UserId before = FakeClient.user("bob@tunis.example");
        UserId waits = FakeClient.user("carl@tunis.example");
        UserId unknown = FakeClient.user("dan@tunis.example");
        channel.additions.put(before, new Addition(before, Addition.State.MEMBER_BEFORE, Optional.empty()));
        channel.additions.put(
                waits,
                new Addition(
                        waits,
                        Addition.State.WAITS,
                        Optional.of(new Refusal(RefusalCode.NO_KEY_PACKAGE, "carl was never online"))));
        channel.additions.put(
                unknown,
                new Addition(
                        unknown,
                        Addition.State.REFUSED,
                        Optional.of(new Refusal(RefusalCode.UNKNOWN_MEMBER, "nobody is called so"))));

        int exitCode = process.run(
                "channel", "add", "home town", "eve@tunis.example", "" + before, "" + unknown, "" + waits, "--json");

        assertThat(exitCode).isEqualTo(ExitCode.LATER.number());
        assertThat(process.out())
                .contains("{\"type\":\"added\"", "\"user\":\"eve@tunis.example\"")
                .contains("{\"type\":\"member_before\"", "\"user\":\"bob@tunis.example\"")
                .contains("{\"type\":\"not_added\"", "\"code\":\"unknown_member\",\"reason\":\"nobody is called so\"");
        assertThat(process.err())
                .contains("adding carl@tunis.example waits: carl was never online")
                .contains("not added: dan@tunis.example: nobody is called so");
    }

    @Test
    @DisplayName("add adds the others where the removal of one is on its way")
    void addsOthersThanOneOnItsWayOut() {
        FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);
        UserId bob = new UserId("bob", new ServerName("tunis.example"));
        channel.waiting.add(new WaitingChange(new Change.Remove(bob), true, Optional.empty()));
        channel.isHandedOver = true;

        int exitCode = process.run("channel", "add", "home town", "" + bob, "eve@tunis.example", "dan@tunis.example");

        assertThat(exitCode).as(process.err()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls)
                .containsExactly(
                        "catch up",
                        "take back " + new Change.Remove(bob),
                        "add eve@tunis.example",
                        "add dan@tunis.example");
        assertThat(process.err()).contains("not added: bob@tunis.example: removing bob@tunis.example is on its way");
    }

    @Test
    @DisplayName("add takes those of a file as well, each once")
    void addsFromAFile(@TempDir Path folder) throws IOException {
        client.addChannel("home town", 0xab);
        Path file = folder.resolve("members");
        Files.writeString(
                file, "# the choir\n\nbob@tunis.example\n  eve@tunis.example  # sings bass\nbob@tunis.example\n");

        assertThat(process.run("channel", "add", "home town", "--from", file.toString()))
                .as(process.err())
                .isZero();

        assertThat(client.calls).containsExactly("catch up", "add bob@tunis.example", "add eve@tunis.example");
    }

    @Test
    @DisplayName("add names the wrong lines of a file by their numbers, and does nothing")
    void wrongLines(@TempDir Path folder) throws IOException {
        client.addChannel("home town", 0xab);
        Path file = folder.resolve("members");
        Files.writeString(file, "bob@tunis.example\nthe choir\n\nalice\n");

        assertThat(process.run("channel", "add", "home town", "--from", file.toString()))
                .isEqualTo(ExitCode.USAGE.number());

        assertThat(process.err()).contains("line 2: ").contains("line 4: ").contains("Nobody was added");
        assertThat(process.opened).isEmpty();
        assertThat(process.run(
                        "channel",
                        "add",
                        "home town",
                        "--from",
                        folder.resolve("none").toString()))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(process.err()).contains("there is no file");
    }

    @Test
    @DisplayName("add ends when the server has the channel's name for who was added: till then they see an id")
    void addsWithTheName() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);
        channel.queueName(4);
        AtomicInteger asked = new AtomicInteger();
        channel.whilePendingIsRead = () -> {
            if (asked.incrementAndGet() == 1) {
                client.tell(new ClientEvent.MessageStateChanged(
                        channel.id(),
                        channel.pending.get(0).id().orElseThrow(),
                        true,
                        MessageState.STORED,
                        OptionalLong.empty(),
                        Optional.empty()));
            } else {
                channel.pending.clear();
            }
        };

        assertThat(process.run("channel", "add", "home town", "bob@tunis.example"))
                .isZero();

        assertThat(asked).hasValueGreaterThan(1);
        assertThat(process.out()).contains("Added bob@tunis.example.");
        assertThat(process.err()).isEmpty();
    }

    @Test
    @DisplayName("add says that the channel's name waits where the server does not take it in time")
    void addsWithoutTheName() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        client.addChannel("home town", 0xab).queueName(4);

        assertThat(process.run("channel", "add", "home town", "bob@tunis.example", "--timeout", "1"))
                .isZero();

        assertThat(process.err()).contains("The channel's name waits for your server");
    }

    @Test
    @DisplayName("add refuses something that is no user id before it opens the profile")
    void addNeedsUserIds() {
        int exitCode = process.run("channel", "add", "home town", "bob");

        assertThat(exitCode).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("\"bob\"").contains("alice@berlin.example");
    }

    @Test
    @DisplayName("a channel is named by its name, however its letters are composed, or by the beginning of its id")
    void findsChannels() {
        client.addChannel("Café 🏡", 0xab);

        assertThat(process.run("send", "Cafe\u0301 🏡", "hello"))
                .as(process.err())
                .isZero();
        assertThat(process.run("send", "ABABABAB", "hello")).as(process.err()).isZero();
        assertThat(process.run("send", "cafe", "hello")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("there is no channel \"cafe\"").contains("\"Café 🏡\"");
    }

    @Test
    @DisplayName("two channels of one name are told apart by their ids")
    void refusesAmbiguousNames() {
        client.addChannel("home", 0xab);
        client.addChannel("home", 0xcd);

        assertThat(process.run("send", "home", "hello")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("abababababab").contains("cdcdcdcdcdcd");
    }

    @Test
    @DisplayName("send joins its words, and says how far the message came")
    void sends() {
        client.addChannel("home", 0xab);

        int exitCode = process.run("send", "home", "@all:", "good", "morning");

        assertThat(exitCode).as(process.err()).isZero();
        assertThat(client.calls).containsExactly("catch up", "send @all: good morning");
        assertThat(process.out()).isEqualTo("✓ stored\n");
    }

    @Test
    @DisplayName("send - takes the text from standard input as it is, but for one line end behind it")
    void sendsInput() {
        client.addChannel("home", 0xab);
        process.in = "первая\n  вторая \n\n".getBytes(StandardCharsets.UTF_8);

        process.run("send", "home", "-");

        assertThat(client.calls).containsExactly("catch up", "send первая\n  вторая \n");
    }

    @Test
    @DisplayName("send - takes nothing from standard input before the profile is open: a passphrase typed there is no"
            + " message")
    void readsInputBehindThePassphrase() {
        client.addChannel("home", 0xab);
        process.in = "correct horse\n".getBytes(StandardCharsets.UTF_8);
        process.openRefusal = new ClientException(RefusalCode.WRONG_PASSPHRASE, "the passphrase is wrong");

        process.run("send", "home", "-");

        assertThat(process.standardInput.available()).isEqualTo(process.in.length);
        assertThat(client.calls).isEmpty();
    }

    @Test
    @DisplayName("send - refuses what is not UTF-8")
    void refusesBinaryInput() {
        client.addChannel("home", 0xab);
        process.in = new byte[] {(byte) 0xff, 0, 1};

        assertThat(process.run("send", "home", "-")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).isEmpty();
        assertThat(process.err()).contains("not UTF-8");
    }

    @Test
    @DisplayName("send that is not stored in time says that the message is kept, with exit code 5")
    void saysThatMessageIsKept() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        home.sendOutcome = new ClientException(RefusalCode.UNREACHABLE, "berlin.example does not answer");
        home.sendState = MessageState.QUEUED;

        int exitCode = process.run("send", "home", "hello");

        assertThat(exitCode).isEqualTo(ExitCode.LATER.number());
        assertThat(process.err())
                .contains("berlin.example does not answer")
                .contains("is kept in the profile")
                .contains("to drop it: samara unsent abababababab");
        assertThat(client.closed).isTrue();
    }

    @Test
    @DisplayName("send into a channel that the server does not know promises nothing but that the message is kept")
    void promisesNothing() {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        home.heldBy = Optional.of(new Refusal(RefusalCode.UNKNOWN_CHANNEL, "your server does not know it"));
        home.sendOutcome = new ClientException(RefusalCode.TIMEOUT, "your server does not know it");
        home.sendState = MessageState.QUEUED;

        assertThat(process.run("send", "home", "hello")).isEqualTo(ExitCode.LATER.number());
        assertThat(process.err())
                .contains("your server does not know it. The message is kept in the profile; to see it, or to drop it")
                .doesNotContain("goes out");
    }

    @Test
    @DisplayName("send - of more than a message may have names that limit, and what to do")
    void sendsTooMuch() {
        client.addChannel("home", 0xab);
        process.in = "x".repeat(131_074).getBytes(StandardCharsets.UTF_8);

        assertThat(process.run("send", "home", "-")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("more than 131072 bytes", "nothing was sent: send it in parts");
        assertThat(client.calls).isEmpty();
    }

    @Test
    @DisplayName("whoever cannot reach the server is told what helps if it has moved")
    void movedServer() {
        String remedy = "If the server has moved, ask its operator for a new invite, and run, under the name that you"
                + " have: samara join INVITE --as NAME";
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        home.sendOutcome = new ClientException(RefusalCode.UNREACHABLE, "nobody answers");
        home.sendState = MessageState.QUEUED;
        process.run("send", "home", "hello");
        assertThat(process.err()).contains(remedy);

        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "connection refused");
        process.run("channel", "list");
        assertThat(process.err()).contains("(connection refused)", remedy);
    }

    @Test
    @DisplayName("list puts first the channel in which something was said last, and says what was not read of each")
    void listsUnread() {
        FakeClient.FakeChannel quiet = client.addChannel("quiet", 0xab);
        FakeClient.FakeChannel busy = client.addChannel("busy", 0xcd);
        busy.activeMillis = 5;
        busy.unread = new Unread(1_000, true, Optional.empty());
        quiet.unread = new Unread(2, false, Optional.empty());
        quiet.muted = true;

        process.run("channel", "list");

        assertThat(process.out().lines())
                .satisfiesExactly(
                        first -> assertThat(first).contains("busy").endsWith("berlin.example, 1000+ unread"),
                        second -> assertThat(second).contains("quiet").endsWith("berlin.example, 2 unread, muted"));
        process.run("channel", "list", "--json");
        assertThat(process.out()).contains("\"unread\":1000,\"muted\":false", "\"unread\":2,\"muted\":true");
    }

    @ParameterizedTest
    @CsvSource({
        "channel list, 5",
        "channel list --timeout 40, 40",
        "channel list --timeout 30, 30",
        "tail --no-follow, 5"
    })
    @DisplayName("a command that only reads waits a moment for a connection, unless it is told how long")
    void readsSoon(String line, long seconds) {
        client.addChannel("home", 0xab);
        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "the server was not reached");

        process.run(line.split(" "));

        assertThat(client.patience).containsExactly(Duration.ofSeconds(seconds));
        assertThat(process.err()).contains("this is what the device knew before");
    }

    @Test
    @DisplayName("a command that only reads waits as long as others where it is connected, and has much to read")
    void readsOn() {
        client.addChannel("home", 0xab);
        client.catchUpRefusal = new ClientException(RefusalCode.TIMEOUT, "the server has not answered");

        process.run("channel", "list");

        assertThat(client.patience).containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(25));
    }

    @Test
    @DisplayName("list shows what the device knows when the server cannot be reached, and says so")
    void listsOffline() {
        client.addChannel("home\u001b[2J", 0xab).members =
                List.of(new Member(FakeClient.user("bob@tunis.example"), List.of(), KeyStanding.KNOWN));
        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "connection refused");

        int exitCode = process.run("channel", "list");

        assertThat(exitCode).isZero();
        assertThat(process.out()).isEqualTo("abababababab  home␛[2J  — 1 member, ordered by berlin.example\n");
        assertThat(process.err()).contains("Not connected (connection refused)");
    }

    @Test
    @DisplayName("a server that is not the one of the invite is never just remarked upon")
    void neverGoesOnAfterAlarm() {
        client.catchUpRefusal = new ClientException(RefusalCode.WRONG_ROOT_KEY, "another key");

        assertThat(process.run("channel", "list")).isEqualTo(ExitCode.ALARM.number());
    }

    @Test
    @DisplayName("members of a channel are listed with their devices, and who was removed is told so")
    void listsMembers() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.members = List.of(
                new Member(FakeClient.user("alice@berlin.example"), List.of(), KeyStanding.KNOWN),
                new Member(FakeClient.user("bob@tunis.example"), List.of(), KeyStanding.COMPARED));

        process.run("channel", "members", "home");
        channel.membership = Membership.REMOVED;
        process.run("channel", "members", "home");

        assertThat(process.out().lines().limit(2))
                .containsExactly("alice@berlin.example (you)  0 devices", "bob@tunis.example  0 devices, verified");
        assertThat(process.err()).contains("You were removed");
    }

    @Test
    @DisplayName("channel forget erases a channel only for the answer yes, or --yes, and says first where it cannot be")
    void forgets() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.membership = Membership.REMOVED;

        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("Forget \"home\" (abababababab)?").contains("Not forgotten");
        process.in = "no\n".getBytes(StandardCharsets.UTF_8);
        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).noneMatch(call -> call.startsWith("forgot"));

        process.in = "yes\n".getBytes(StandardCharsets.UTF_8);
        assertThat(process.run("channel", "forget", "home")).isZero();
        assertThat(client.calls).contains("forgot abab");
        assertThat(process.out()).isEqualTo("Forgotten: \"home\".\n");

        client.addChannel("work", 0xcd).membership = Membership.FROZEN;
        process.in = new byte[0];
        assertThat(process.run("channel", "forget", "work", "--yes", "--json")).isZero();
        assertThat(process.out()).contains("{\"type\":\"forgotten\",\"channel\":\"cdcd");

        client.addChannel("here", 0xef);
        client.refusal = new ClientException(RefusalCode.STILL_A_MEMBER, "this device is in the channel");
        assertThat(process.run("channel", "forget", "here")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).doesNotContain("Forget \"here\"").contains("this device is in the channel");
    }

    @Test
    @DisplayName(
            "channel list says of a limit of one's own that what one writes waits, and until when, not that nothing comes")
    void heldByALimit() {
        client.addChannel("home", 0xab).heldBy =
                Optional.of(new Refusal(RefusalCode.LIMIT_REACHED, "20 a day (it goes on by itself, in 36 minutes)"));

        assertThat(process.run("channel", "list")).isZero();
        assertThat(process.out())
                .contains("; what you write waits: 20 a day (it goes on by itself, in 36 minutes)")
                .doesNotContain("nothing new comes");
    }

    @Test
    @DisplayName("channel forget gives up a channel that the server does not make yet, which unsent --drop all names")
    void notMadeYet() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.membership = Membership.FOUNDING;
        channel.queue("hello", 7);
        channel.heldBy = Optional.of(new Refusal(RefusalCode.LIMIT_REACHED, "2 new channels a day"));

        assertThat(process.run("unsent", "home", "--drop", "all")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("the channel is not made yet", "samara channel forget abababababab");

        process.in = new byte[0];
        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err())
                .contains("Your server has not made this channel yet: 2 new channels a day. Nobody else knows of it.");
        assertThat(process.run("channel", "forget", "home", "--yes")).isZero();
        assertThat(client.calls).contains("forgot abab");
    }

    @Test
    @DisplayName(
            "channel list says of which channels the server takes nothing, and channel forget takes one that it does not know")
    void unknownToTheServer() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.heldBy = Optional.of(new Refusal(RefusalCode.UNKNOWN_CHANNEL, "your server does not know it"));

        assertThat(process.run("channel", "list")).isZero();
        assertThat(process.out()).contains("nothing new comes into it: your server does not know it");
        assertThat(process.run("channel", "list", "--json")).isZero();
        assertThat(process.out()).contains("\"held\":\"unknown_channel\"");

        process.in = new byte[0];
        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err())
                .contains("Your server says that it does not know this channel", "Forget \"home\"", "Not forgotten");
        assertThat(process.run("channel", "forget", "home", "--yes")).isZero();
        assertThat(client.calls).contains("forgot abab");
    }

    @Test
    @DisplayName(
            "channel forget takes a channel that the server says cannot go on, and says whose word that is and what is given up")
    void saidToBeOver() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.heldBy = Optional.of(new Refusal(RefusalCode.CHANNEL_FROZEN, "two entries 11 exist"));
        channel.queue("never sent", 7);

        process.in = new byte[0];
        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err())
                .contains("Your server says that this channel cannot go on: two entries 11 exist", "no proof")
                .contains("1 message of yours is not in the channel's log, and given up with it.", "Not forgotten");
        assertThat(client.calls).noneMatch(call -> call.startsWith("forgot"));
        assertThat(process.run("channel", "forget", "home", "--yes")).isZero();
        assertThat(client.calls).contains("forgot abab");
    }

    @Test
    @DisplayName("send never shows a place in the log beside a mark that says that it is not there yet")
    void marksWhatItHasReached() {
        client.addChannel("home", 0xab).sendState = MessageState.QUEUED;

        assertThat(process.run("send", "home", "hello", "--wait", "queued")).isZero();
        assertThat(process.run("send", "home", "hello", "--wait", "queued", "--json"))
                .isZero();

        assertThat(process.out()).startsWith("· queued\n").doesNotContain("\"seq\"");
    }

    @Test
    @DisplayName("an option before the command of a group says that the command is missing, and which there are")
    void optionWithoutItsCommand() {
        assertThat(process.run("channel", "--profile", "/elsewhere")).isEqualTo(ExitCode.USAGE.number());

        assertThat(process.err())
                .contains("which command? --profile comes behind it: samara channel create|", "|forget")
                .doesNotContain("there is no option");
    }

    @Test
    @DisplayName("channel forget catches up first, and asks where it learns only by that that one was removed")
    void learnsOfItsRemoval() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        client.whileCatchingUp = () -> channel.membership = Membership.REMOVED;
        process.in = new byte[0];

        assertThat(process.run("channel", "forget", "home")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(client.calls).contains("catch up").noneMatch(call -> call.startsWith("forgot"));
        assertThat(process.err()).contains("Forget \"home\"", "Not forgotten: the answer was not yes.");
        assertThat(process.run("channel", "forget", "home", "--yes")).isZero();
        assertThat(client.calls).contains("forgot abab");
    }

    @Test
    @DisplayName(
            "unsent --drop all drops all that waits in a channel that cannot go on, says what, and elsewhere only what was refused")
    void dropsAllOfWhatIsOver() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.queue("waits", 7);
        channel.refuse("refused", 8);
        channel.waiting.add(
                new WaitingChange(new Change.Remove(FakeClient.user("bob@tunis.example")), false, Optional.empty()));

        assertThat(process.run("unsent", "home", "--drop", "all")).isZero();
        assertThat(process.err()).contains("\"refused\"").doesNotContain("\"waits\"");
        assertThat(channel.pending).hasSize(1);

        // What keeps the channel is known by what the server says at login.
        client.whileCatchingUp =
                () -> channel.heldBy = Optional.of(new Refusal(RefusalCode.CHANNEL_FROZEN, "two entries 11 exist"));
        assertThat(process.run("unsent", "home", "--drop", "all")).isZero();
        assertThat(process.err()).contains("Dropped [", "\"waits\".", "Dropped: removing bob@tunis.example");
        assertThat(channel.pending).isEmpty();
        assertThat(channel.waiting).isEmpty();
    }

    @Test
    @DisplayName("verify shows the number, and remembers it only when told that it matches")
    void verifies() {
        process.run("verify", "bob@tunis.example");
        assertThat(client.calls)
                .contains("safety number bob@tunis.example")
                .noneMatch(call -> call.startsWith("verified"));

        process.run("verify", "bob@tunis.example", "--matches");
        assertThat(client.calls).contains("verified bob@tunis.example");
        assertThat(process.out()).startsWith("12345 67890\n");
    }

    @Test
    @DisplayName(
            "verify of oneself says so, and shows the key that others see; there is nothing to compare or to accept")
    void verifiesOneself() {
        Account account = FakeClient.account("alice@berlin.example");
        client.account = Optional.of(account);
        client.keys.clear();
        client.keys.add(FakeClient.knownKey(account.identityKey().get(0), true));

        assertThat(process.run("verify", "alice@berlin.example")).isZero();

        assertThat(process.out())
                .contains("is you")
                .contains(account.identityKey().hex());
        assertThat(process.err())
                .contains("samara verify MEMBER")
                .contains("samara verify alice@berlin.example")
                .doesNotContain("ATTENTION");
        assertThat(process.run("verify", "alice@berlin.example", "--matches")).isEqualTo(ExitCode.USAGE.number());
        assertThat(client.calls).noneMatch(call -> call.startsWith("verified"));
    }

    @Test
    @DisplayName("verify of oneself is an occasion to hear of another key that was shown under one's name")
    void verifiesOneselfBesideAnother() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        client.keys.add(FakeClient.knownKey(0x66, false));

        assertThat(process.run("verify", "alice@berlin.example")).isZero();

        assertThat(process.err())
                .contains("ATTENTION: your name was shown with another key")
                .contains("66".repeat(32))
                .doesNotContain("somebody was shown");
    }

    @Test
    @DisplayName("verify of somebody who was never seen catches up first, and then says where keys are seen")
    void verifiesNobody() {
        client.keys.clear();

        assertThat(process.run("verify", "eve@tunis.example", "--profile", "/tmp/p"))
                .isEqualTo(ExitCode.REFUSED.number());

        assertThat(client.calls).contains("catch up");
        assertThat(process.err())
                .contains("never seen a key of eve@tunis.example")
                .contains("samara channel add CHANNEL eve@tunis.example --profile /tmp/p");
    }

    @Test
    @DisplayName("send that is ended from outside says that the message is kept, and the line that shows it")
    void saysWhatIsKeptAtItsEnd() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        List<String> said = new ArrayList<>();
        channel.whileSending = () -> {
            channel.queue("hello", 7);
            said.addAll(process.farewells());
        };

        process.run("send", "home", "hello");

        assertThat(said).hasSize(1);
        assertThat(said.get(0))
                .startsWith("One message is not at the server yet.")
                .contains("kept in the profile")
                .endsWith("samara unsent abababababab");
        assertThat(process.farewells()).as("once it has ended itself").isEmpty();
    }

    @Test
    @DisplayName("members whose key changed, or whose devices show different keys, are shown so and never as verified")
    void listsChangedKeys() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        Member.Device phone = new Member.Device(new DeviceId(FakeClient.bytes(16, 0xd1)), FakeClient.bytes(32, 1));
        Member.Device other = new Member.Device(new DeviceId(FakeClient.bytes(16, 0xd2)), FakeClient.bytes(32, 2));
        channel.members = List.of(
                new Member(FakeClient.user("bob@tunis.example"), List.of(phone), KeyStanding.CHANGED),
                new Member(FakeClient.user("dina@tunis.example"), List.of(phone, other), KeyStanding.CHANGED));

        process.run("channel", "members", "home");
        process.run("channel", "members", "home", "--json");

        assertThat(process.out().lines().limit(2))
                .containsExactly(
                        "bob@tunis.example  1 device, ANOTHER IDENTITY KEY than the one you know, not verified:"
                                + " samara verify bob@tunis.example",
                        "dina@tunis.example  2 devices with 2 DIFFERENT IDENTITY KEYS, not verified:"
                                + " d1d1d1d1d1d1 shows 010101010101, d2d2d2d2d2d2 shows 020202020202");
        assertThat(process.out().lines().skip(2))
                .anyMatch(line -> line.contains("\"key_changed\":true,\"identity_key\":\"" + "01".repeat(32)))
                .anyMatch(line -> line.contains(
                        "\"identity_key\":\"\",\"identity_keys\":[\"" + "01".repeat(32) + "\",\"" + "02".repeat(32)));
    }

    @Test
    @DisplayName(
            "members --outdated names those of whom a device does not list yet what this version can, and says when none is left")
    void listsOutdated() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        DeviceId device = new DeviceId(FakeClient.bytes(16, 0xd1));
        Member bob = new Member(
                FakeClient.user("bob@tunis.example"),
                List.of(new Member.Device(device, FakeClient.bytes(32, 1), false)),
                KeyStanding.KNOWN);
        Member dina = new Member(
                FakeClient.user("dina@tunis.example"),
                List.of(new Member.Device(device, FakeClient.bytes(32, 2))),
                KeyStanding.KNOWN);
        channel.members = List.of(bob, dina);

        process.run("channel", "members", "home", "--outdated");
        process.run("channel", "members", "home", "--json");
        assertThat(process.out().lines().limit(1)).allMatch(line -> line.startsWith("bob@tunis.example"));
        assertThat(process.out().lines().skip(1))
                .satisfiesExactly(
                        line -> assertThat(line).contains("bob@tunis.example").contains("\"lists_all\":false"),
                        line -> assertThat(line).contains("dina@tunis.example").contains("\"lists_all\":true"));
        assertThat(process.err()).contains("up to a week after they have written something here");

        channel.members = List.of(dina);
        process.run("channel", "members", "home", "--outdated");
        assertThat(process.err()).contains("Everybody in this channel can do what this version can.");
    }

    @Test
    @DisplayName("an addition under a changed key is refused as an alarm that says what to do")
    void refusesChangedKey() {
        client.addChannel("home", 0xab);
        client.refusal = new ClientException(RefusalCode.IDENTITY_KEY_CHANGED, "the key of bob is another");

        assertThat(process.run("channel", "add", "home", "bob@tunis.example")).isEqualTo(ExitCode.ALARM.number());
        assertThat(process.err()).contains("the key of bob is another").contains("samara verify");
    }

    @Test
    @DisplayName("verify shows old and new number of a member with a new key, and accepts it only when told so")
    void verifiesNewKey() {
        client.keys.add(FakeClient.knownKey(2, false));

        process.run("verify", "bob@tunis.example");
        assertThat(process.out()).isEqualTo("12345 67890\n");
        assertThat(process.err())
                .contains("ATTENTION: a new key of bob@tunis.example, first seen on 2026-11-21")
                .contains("number 2")
                .contains(
                        "Ask bob@tunis.example, by voice or side by side, which identity key samara whoami shows them")
                .doesNotContain("number they see")
                .contains("--accept-new-key --matches");
        assertThat(client.calls).as("a newer key may be unread").first().isEqualTo("catch up");
        assertThat(client.calls).noneMatch(call -> call.startsWith("accepted"));

        assertThat(process.run("verify", "bob@tunis.example", "--matches")).isEqualTo(ExitCode.USAGE.number());
        assertThat(client.calls).noneMatch(call -> call.startsWith("verified"));

        assertThat(process.run("verify", "bob@tunis.example", "--accept-new-key", "--matches"))
                .isZero();
        assertThat(client.calls).contains("accepted 0202 of bob@tunis.example", "verified bob@tunis.example");
        assertThat(process.run("verify", "bob@tunis.example", "--accept-new-key"))
                .as("nothing waits any more")
                .isEqualTo(ExitCode.REFUSED.number());
    }

    @Test
    @DisplayName("members whose key was only seen in channels, or one of several, are shown so")
    void listsSeenKeys() {
        FakeClient.FakeChannel channel = client.addChannel("home", 0xab);
        channel.members = List.of(
                new Member(FakeClient.user("bob@tunis.example"), List.of(), KeyStanding.SEEN),
                new Member(FakeClient.user("dina@tunis.example"), List.of(), KeyStanding.DISPUTED));

        process.run("channel", "members", "home");
        process.run("channel", "members", "home", "--json");

        assertThat(process.out().lines().limit(2))
                .containsExactly(
                        "bob@tunis.example  0 devices, key only seen in channels, not verified",
                        "dina@tunis.example  0 devices, ONE OF SEVERAL IDENTITY KEYS that were seen, not verified:"
                                + " samara verify dina@tunis.example");
        assertThat(process.out().lines().skip(2))
                .anyMatch(line -> line.contains("\"key_standing\":\"seen\""))
                .anyMatch(line -> line.contains("\"key_standing\":\"disputed\""));
    }

    @Test
    @DisplayName(
            "verify of a member who was only seen in channels says through whom, and remembers the key when it matches")
    void verifiesSeenKey() {
        client.keys.clear();
        client.keys.add(FakeClient.seenKey(1, "mallory@tunis.example"));

        process.run("verify", "bob@tunis.example");
        assertThat(process.out()).isEqualTo("12345 67890\n");
        assertThat(process.err())
                .contains("You have not added bob@tunis.example yourself")
                .contains("was brought into channel abababababab by mallory@tunis.example, seen on 2026-11-21")
                .contains("samara verify bob@tunis.example --matches");
        assertThat(process.run("verify", "bob@tunis.example", "--matches")).isZero();
        assertThat(client.calls).contains("verified bob@tunis.example");
    }

    @Test
    @DisplayName("verify of a member of whom two keys were seen shows both and through whom, and wants one named")
    void verifiesOneOfTwoSeenKeys() {
        client.keys.clear();
        client.keys.add(FakeClient.seenKey(1, "mallory@tunis.example"));
        client.keys.add(FakeClient.seenKey(2, "carol@tunis.example"));

        process.run("verify", "bob@tunis.example");
        assertThat(process.err())
                .contains("number 1", "by mallory@tunis.example", "number 2", "by carol@tunis.example")
                .contains("--accept-new-key --key KEY --matches");
        assertThat(process.run("verify", "bob@tunis.example", "--matches")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.run("verify", "bob@tunis.example", "--accept-new-key", "--key", "0202", "--matches"))
                .isZero();
        assertThat(client.calls).contains("accepted 0202 of bob@tunis.example", "verified bob@tunis.example");
    }

    @Test
    @DisplayName("verify accepts none of several new keys unless it is named")
    void verifiesOneOfSeveralNewKeys() {
        client.keys.add(FakeClient.knownKey(2, false));
        client.keys.add(FakeClient.knownKey(3, false));

        assertThat(process.run("verify", "bob@tunis.example", "--accept-new-key"))
                .isEqualTo(ExitCode.ALARM.number());
        assertThat(client.calls).noneMatch(call -> call.startsWith("accepted"));
        process.run("verify", "bob@tunis.example", "--accept-new-key", "--key", "0303");
        assertThat(client.calls).contains("accepted 0303 of bob@tunis.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "jion",
                "join",
                "send home",
                "channel",
                "channel add home",
                "tail --since yesterday",
                "whoami --timeout -1",
                "send home hi --wait tomorrow"
            })
    @DisplayName("a wrong command line is exit code 2, with a hint, and opens nothing")
    void refusesWrongArguments(String line) {
        int exitCode = process.run(line.isEmpty() ? new String[0] : line.split(" ", -1));

        assertThat(exitCode).as(process.err()).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).startsWith("samara: ").contains("--help").doesNotContain("\tat ");
    }

    @Test
    @DisplayName("a command that does not exist is named, and the one that was meant")
    void namesUnknownCommand() {
        assertThat(process.run("chanel", "list", "--json")).isEqualTo(ExitCode.USAGE.number());

        assertThat(process.err()).startsWith("samara: there is no command \"chanel\"; did you mean channel");
    }

    @Test
    @DisplayName("help is printed without a profile")
    void printsHelp() {
        assertThat(process.run("--help")).isZero();
        assertThat(process.run("channel", "add", "--help")).isZero();
        assertThat(process.run("tail", "--help")).isZero();
        assertThat(process.opened).isEmpty();
        assertThat(process.out()).contains("--[no-]follow").contains("SEQ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tail --no-follow", "channel list", "channel members home"})
    @DisplayName("what is here is shown whatever the server says of this device, and then what the person can do")
    void showsWhatIsHere(String line) {
        FakeClient.FakeChannel home = client.addChannel("home", 0xab);
        home.say("bob@tunis.example", new MessageBody.Text("home is where"));
        home.members = List.of(new Member(FakeClient.user("bob@home.example"), List.of(), KeyStanding.KNOWN));
        client.catchUpRefusal =
                new ClientException(RefusalCode.LOGIN_FAILED, "berlin.example does not know this device");

        assertThat(process.run(line.split(" "))).isEqualTo(ExitCode.REFUSED.number());

        assertThat(process.out()).contains("home");
        assertThat(process.err())
                .contains("Not connected, and why is said at the end: this is what the device knew before")
                .containsOnlyOnce("berlin.example does not know this device")
                .doesNotContain("other copy")
                .contains("Ask the server's operator for a new invite")
                .endsWith("samara join INVITE --as NAME\n");
    }

    @Test
    @DisplayName("join of a profile that has an account says Joined only by the server's word")
    void joinsAgainOnlyByTheServersWord() {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        client.refusal = new ClientException(RefusalCode.INVITE_INVALID, "the invite is used up");

        assertThat(process.run("join", INVITE, "--as", "alice")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(process.out()).isEmpty();
        assertThat(process.err()).contains("the invite is used up");
    }

    @Test
    @DisplayName("send that is at the server and not in the log in time says so, and nothing of dropping it")
    void saysThatTheServerHasIt() {
        client.addChannel("home", 0xab).sendOutcome =
                new ClientException(RefusalCode.TIMEOUT, "it is not in the channel's log yet");

        assertThat(process.run("send", "home", "hello", "--wait", "ordered")).isEqualTo(ExitCode.LATER.number());

        assertThat(process.err())
                .contains("not ordered within 30 s", "Your server has the message and passes it on by itself")
                .doesNotContain("drop it", "when samara runs next");
    }

    @Test
    @DisplayName("send and channel create refuse what is empty as a mistake, before anything is tried")
    void refusesWhatIsEmpty() {
        assertThat(process.run("send", "home", " ")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.run("channel", "create", "")).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();

        client.addChannel("home", 0xab);
        process.in = "\n \n\n".getBytes(StandardCharsets.UTF_8);
        assertThat(process.run("send", "home", "-")).isEqualTo(ExitCode.USAGE.number());
        assertThat(client.calls).noneMatch(call -> call.startsWith("send"));
        assertThat(process.err()).contains("the text is empty", "the channel's name is empty");
    }

    @ParameterizedTest
    @CsvSource({"sned, send", "tial, tail", "vrify, verify", "unset, unsent", "member, ''"})
    @DisplayName("a command that was mistyped is guessed if it is near, and not if it is far")
    void guessesCommands(String typed, String meant) {
        process.run(typed, "x");

        if (meant.isEmpty()) {
            assertThat(process.err()).doesNotContain("did you mean");
        } else {
            assertThat(process.err()).contains("\"" + typed + "\"; did you mean " + meant);
        }
    }
}
