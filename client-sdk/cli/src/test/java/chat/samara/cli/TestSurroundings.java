package chat.samara.cli;

import chat.samara.cli.hosting.Guest;
import chat.samara.cli.hosting.Host;
import chat.samara.cli.profile.Profiles;
import chat.samara.cli.profile.SecretPrompt;
import chat.samara.client.Client;
import chat.samara.client.refusal.ClientException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A process around a command, in memory: what it prints, what it is asked, which profile it opens. */
final class TestSurroundings {
    final FakeClient client = new FakeClient();
    final Map<String, String> environment = new HashMap<>(Map.of("SAMARA_PASSPHRASE", "correct horse"));
    final Deque<String> answers = new ArrayDeque<>();
    final List<String> questions = new ArrayList<>();
    /** After how many questions what is typed was shown again. */
    final List<Integer> doneAfter = new ArrayList<>();

    boolean hasTerminal;

    /** Whether the person goes on typing after the last answer. */
    boolean typesUnseen;

    final List<String> opened = new ArrayList<>();
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    OutputStream standardOutput = out;
    boolean isPipe;

    /** Of the terminal; empty if there is none. */
    OptionalInt columns = OptionalInt.empty();

    Duration burstPause = Duration.ofMillis(1);

    private final List<Supplier<Optional<String>>> ifEnded = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    boolean profileExists = true;

    @Nullable
    ClientException openRefusal;

    byte[] in = new byte[0];

    /** What was read of standard input, once a command has run. */
    ByteArrayInputStream standardInput = new ByteArrayInputStream(in);

    /** Whether a profile's folder is looked at for another process that serves it. */
    boolean looksForHosts;

    int run(String... arguments) {
        return Main.run(surroundings(), arguments);
    }

    /** Serves other processes' commands over the profile in this folder. */
    Host serve(Path folder) {
        return Host.open(folder, client, surroundings(), Main::run);
    }

    private Surroundings surroundings() {
        standardInput = new ByteArrayInputStream(in);
        return new Surroundings(
                standardInput,
                Output.to(standardOutput, () -> isPipe),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                Path.of("/alice"),
                new Prompt(),
                this::waitForTheEnd,
                new FakeProfiles(),
                Clock.fixed(Instant.ofEpochMilli(FakeClient.TIME_MILLIS), ZoneOffset.UTC),
                stream -> columns,
                burstPause);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Farewell.Awaited waitForTheEnd(Supplier<Optional<String>> sentence) {
        ifEnded.add(sentence);
        return () -> ifEnded.remove(sentence);
    }

    /** What the process says that is ended from outside now. */
    List<String> farewells() {
        return ifEnded.stream().flatMap(it -> it.get().stream()).toList();
    }

    private final class Prompt implements SecretPrompt {
        @Override
        public Optional<char[]> ask(String question) {
            questions.add(question);
            return Optional.ofNullable(answers.poll()).map(String::toCharArray);
        }

        @Override
        public boolean hasTerminal() {
            return hasTerminal;
        }

        @Override
        public boolean done() {
            doneAfter.add(questions.size());
            return typesUnseen;
        }
    }

    private final class FakeProfiles implements Profiles {
        @Override
        public boolean exists(Path folder) {
            return profileExists;
        }

        @Override
        public Client create(Path folder, char[] passphrase) throws ClientException {
            opened.add("create " + folder + " " + new String(passphrase));
            return client;
        }

        @Override
        public Client open(Path folder, char[] passphrase) throws ClientException {
            opened.add("open " + folder + " " + new String(passphrase));
            if (openRefusal != null) {
                throw openRefusal;
            }
            return client;
        }

        @Override
        public boolean isServedElsewhere(Path folder) {
            return looksForHosts && Guest.isServed(folder);
        }

        @Override
        public void checkPassphrase(Path folder, char[] passphrase) throws ClientException {
            if (openRefusal != null) {
                throw openRefusal;
            }
        }

        @Override
        public void changePassphrase(Path folder, char[] passphrase, char[] fresh) throws ClientException {
            opened.add("change " + folder + " " + new String(passphrase) + " -> " + new String(fresh));
            if (openRefusal != null) {
                throw openRefusal;
            }
        }
    }
}
