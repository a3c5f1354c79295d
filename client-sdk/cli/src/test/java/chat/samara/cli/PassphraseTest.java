package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A passphrase on the terminal")
class PassphraseTest {
    private final TestSurroundings process = new TestSurroundings();

    @Test
    @DisplayName("typed once more, unseen, is thrown away, and that is said")
    void typedUnseen() {
        process.environment.clear();
        process.answers.add("correct horse");
        process.typesUnseen = true;

        assertThat(process.run("whoami")).isNotEqualTo(ExitCode.BUG.number());
        assertThat(process.err()).contains("What you typed unseen after the passphrase was thrown away");
    }

    @Test
    @DisplayName("is changed after the present one was asked for once and the new one twice")
    void asksForAllThree() {
        process.environment.clear();
        process.answers.add("old words");
        process.answers.add("new words");
        process.answers.add("new words");

        int exitCode = process.run("passphrase");

        assertThat(exitCode).as(process.err()).isZero();
        assertThat(process.questions).hasSize(3);
        assertThat(process.opened).containsExactly("change /alice/.samara old words -> new words");
        assertThat(process.out()).isEqualTo("The profile in /alice/.samara has its new passphrase.\n");
    }

    @Test
    @DisplayName("is typed unseen from the first question on to the last, and what comes after that is shown again")
    void unseenUntilTheLast() {
        process.environment.clear();
        process.answers.addAll(List.of("old words", "new words", "new words"));
        process.run("passphrase");
        process.profileExists = false;
        process.answers.addAll(List.of("new words", "new words"));
        process.run("join", CommandTest.INVITE, "--as", "alice");
        process.profileExists = true;
        process.answers.add("new words");
        process.run("whoami");

        assertThat(process.doneAfter).containsExactly(3, 5, 6);
    }

    @Test
    @DisplayName("is changed by a script, from the environment, with JSON for an answer")
    void forScripts() {
        process.environment.put("SAMARA_NEW_PASSPHRASE", "new words");

        int exitCode = process.run("passphrase", "--json");

        assertThat(exitCode).as(process.err()).isZero();
        assertThat(process.questions).isEmpty();
        assertThat(process.opened).containsExactly("change /alice/.samara correct horse -> new words");
        assertThat(process.out()).isEqualTo("{\"type\":\"passphrase_changed\",\"profile\":\"/alice/.samara\"}\n");
    }

    @Test
    @DisplayName("is not changed if the two new ones differ")
    void differing() {
        for (int i = 0; i < 3; i++) {
            process.answers.addAll(List.of("new words", "new worms"));
        }

        assertThat(process.run("passphrase")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("nothing was changed");
    }

    @Test
    @DisplayName("that is not the profile's is exit code 3, with the folder, where it came from, and what to do")
    void refused() {
        process.environment.put("SAMARA_NEW_PASSPHRASE", "new words");
        process.openRefusal = new ClientException(RefusalCode.WRONG_PASSPHRASE, "the passphrase is not the profile's");

        assertThat(process.run("passphrase")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.err())
                .isEqualTo(
                        "samara: what SAMARA_PASSPHRASE holds is not the passphrase of the profile in /alice/.samara;"
                                + " nothing was changed. Correct it there, or name another folder with --profile. Nobody can"
                                + " restore a passphrase that is lost.\n");
    }

    @Test
    @DisplayName("that is wrong is refused before a new one is asked for")
    void wrongIsRefusedFirst() {
        process.openRefusal = new ClientException(RefusalCode.WRONG_PASSPHRASE, "the passphrase is not the profile's");
        process.environment.clear();
        process.answers.add("wrong words");
        process.answers.add("new words");
        process.answers.add("new words");

        assertThat(process.run("passphrase")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.err()).contains("that is not the passphrase of the profile in /alice/.samara", "type it");

        assertThat(process.questions).hasSize(1);
        assertThat(process.opened).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"whoami", "passphrase", "join INVITE --as alice"})
    @DisplayName("in a variable that is set and empty is a mistake of whoever set it: named with the remedy, nobody is"
            + " asked")
    void emptyVariable(String line) {
        process.environment.put("SAMARA_PASSPHRASE", "");
        process.answers.add("correct horse");
        process.profileExists = !line.startsWith("join");

        assertThat(process.run(line.replace("INVITE", CommandTest.INVITE).split(" ")))
                .isEqualTo(ExitCode.PROFILE.number());

        assertThat(process.questions).isEmpty();
        assertThat(process.opened).isEmpty();
        assertThat(process.err())
                .contains("SAMARA_PASSPHRASE is set, but empty")
                .contains("unset SAMARA_PASSPHRASE");
    }

    @Test
    @DisplayName(
            "that is to be the new one, in a variable that is empty, is refused before the present one is asked for")
    void emptyNewVariable() {
        process.environment.remove("SAMARA_PASSPHRASE");
        process.environment.put("SAMARA_NEW_PASSPHRASE", "");

        assertThat(process.run("passphrase")).isEqualTo(ExitCode.PROFILE.number());

        assertThat(process.questions).isEmpty();
        assertThat(process.err()).contains("SAMARA_NEW_PASSPHRASE is set, but empty");
    }

    @Test
    @DisplayName("that was lost between the terminal's encoding and the system's neither opens nor makes a profile")
    void lostOnTheWay() {
        process.environment.clear();
        process.answers.add("\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");

        assertThat(process.run("whoami")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("did not arrive as text").contains("samara passphrase");

        process.environment.put("SAMARA_PASSPHRASE", "pass\uFFFDword");
        process.profileExists = false;
        String invite =
                "samara://127.0.0.1:4430/join#name=berlin.example&key=" + "A".repeat(43) + "&token=" + "A".repeat(22);
        assertThat(process.run("join", invite, "--as", "alice")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.opened).isEmpty();
    }

    @Test
    @DisplayName("that was lost when the profile was made can be given up for one that is text, and for no other")
    void lostWhenItWasMade() {
        process.environment.put("SAMARA_PASSPHRASE", "\uFFFD\uFFFD");
        process.environment.put("SAMARA_NEW_PASSPHRASE", "\uFFFD");
        assertThat(process.run("passphrase")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.opened).isEmpty();

        process.environment.put("SAMARA_NEW_PASSPHRASE", "new words");
        assertThat(process.run("passphrase")).isZero();
        assertThat(process.opened).containsExactly("change /alice/.samara \uFFFD\uFFFD -> new words");
    }

    @Test
    @DisplayName(
            "is asked for again where Enter was hit once too often, or two differ, so that it is typed into no shell")
    void asksAgain() {
        process.environment.clear();
        process.profileExists = false;
        process.answers.addAll(List.of("", "new words", "new worms", "new words", "", "new words"));

        assertThat(process.run("join", CommandTest.INVITE, "--as", "alice"))
                .as(process.err())
                .isZero();

        assertThat(process.questions).hasSize(6);
        assertThat(process.opened).containsExactly("create /alice/.samara new words");
        assertThat(process.err()).contains("needs at least one character. Once more", "differ. Once more");
    }

    @Test
    @DisplayName("that is weak is said to be, and taken from who types the same again, or another for it")
    void weak() {
        process.environment.clear();
        process.profileExists = false;
        process.answers.addAll(List.of("x", "x"));

        assertThat(process.run("join", CommandTest.INVITE, "--as", "alice"))
                .as(process.err())
                .isZero();
        assertThat(process.err()).contains("That passphrase is weak: it is one character", "Four or more words");
        assertThat(process.opened).containsExactly("create /alice/.samara x");

        process.profileExists = true;
        process.answers.addAll(List.of("old words", "y", "12345678", "new words", "new words"));
        assertThat(process.run("passphrase")).as(process.err()).isZero();
        assertThat(process.opened).endsWith("change /alice/.samara old words -> new words");
        assertThat(process.questions).last().isEqualTo("The same again: ");
        assertThat(process.answers).isEmpty();
    }

    @Test
    @DisplayName("that is weak is not asked for without end, and none is taken that was typed once")
    void weakWithoutEnd() {
        process.environment.clear();
        process.profileExists = false;
        process.answers.addAll(List.of("a", "b", "c", "d", "d"));

        assertThat(process.run("join", CommandTest.INVITE, "--as", "alice")).isEqualTo(ExitCode.PROFILE.number());

        assertThat(process.opened).isEmpty();
        assertThat(process.err()).contains("nothing was made");
    }

    @Test
    @DisplayName("that is weak is refused from a script with how weak it is and what to do, unless the script insists")
    void weakInAScript() {
        process.environment.put("SAMARA_PASSPHRASE", "secret");
        process.profileExists = false;

        assertThat(process.run("join", CommandTest.INVITE, "--as", "alice")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err())
                .contains("the passphrase in SAMARA_PASSPHRASE is weak: its 6 characters are easily guessed")
                .contains("--weak-passphrase");

        assertThat(process.run("join", CommandTest.INVITE, "--as", "alice", "--weak-passphrase"))
                .as(process.err())
                .isZero();
        assertThat(process.opened).containsExactly("create /alice/.samara secret");
    }

    @Test
    @DisplayName("that is weak opens the profile that was made with it, without a word")
    void weakOpens() {
        process.environment.put("SAMARA_PASSPHRASE", "x");
        process.client.account = java.util.Optional.of(FakeClient.account("alice@berlin.example"));

        assertThat(process.run("whoami")).as(process.err()).isZero();
        assertThat(process.err()).isEmpty();
    }

    @Test
    @DisplayName("is not asked for without end")
    void givesUp() {
        process.environment.clear();
        process.answers.addAll(List.of("", "", "", "late"));

        assertThat(process.run("whoami")).isEqualTo(ExitCode.PROFILE.number());

        assertThat(process.questions).hasSize(3);
        assertThat(process.opened).isEmpty();
    }
}
