package chat.samara.cli;

import chat.samara.cli.command.Root;
import chat.samara.cli.hosting.Guest;
import chat.samara.cli.hosting.OpenElsewhereException;
import chat.samara.cli.profile.ProfileAccess;
import chat.samara.cli.profile.Profiles;
import chat.samara.cli.profile.SecretPrompt;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Starts the terminal client. Every way in which it can end is one of {@link ExitCode}; a stack trace is shown only on demand. */
public final class Main {
    /** If it is set, bugs and refusals show where they come from. */
    private static final String DEBUG_VARIABLE = "SAMARA_DEBUG";

    /** In words as short as that, two letters are most of it. */
    private static final int SHORT_CHARS = 3;

    private static final int WORD_CHARS_MAX = 30;

    /** What Java makes of an argument's bytes that the locale's encoding does not know. */
    private static final char LOST_CHARACTER = '\uFFFD';

    /** Fifty members are added by fifty changes, each of which takes less. */
    private static final Duration BURST_PAUSE = Duration.ofSeconds(1);

    private Main() {}

    public static void main(String[] arguments) {
        beforeLogging();
        Surroundings surroundings = ofProcess();
        System.exit(run(surroundings, arguments));
    }

    /** To be called before the first logger is made: without it, the logging library prints everything on standard output. */
    static void beforeLogging() {
        System.setProperty("logback.configurationFile", "chat/samara/cli/logging.xml");
    }

    /** Runs one command and returns its exit code. */
    public static int run(Surroundings surroundings, String... arguments) {
        Optional<String> lost = lost(surroundings, arguments);
        if (lost.isPresent()) {
            say(surroundings, lost.get() + " did not arrive as UTF-8 text; nothing was done. Set LC_ALL=C.UTF-8.");
            return ExitCode.USAGE.number();
        }
        CommandLine commandLine = new CommandLine(new Root(surroundings))
                .setOut(writer(surroundings.out()))
                .setErr(writer(surroundings.err()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                // A text to send may begin with '@', which picocli would take for a file of arguments.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((problem, args) -> explainUsage(surroundings, problem, args))
                .setExecutionExceptionHandler(
                        (problem, line, result) -> problem instanceof OpenElsewhereException elsewhere
                                ? Guest.run(elsewhere.folder(), surroundings, arguments)
                                : explain(surroundings, problem));
        addHelpOption(commandLine);
        int exitCode;
        try {
            exitCode = commandLine.execute(arguments);
        } catch (Error broken) {
            // A damaged installation or no memory: picocli passes on only exceptions.
            exitCode = explain(surroundings, broken);
        }
        int told = afterPrinting(surroundings, exitCode);
        surroundings.err().flush();
        return told;
    }

    /** A script must not take a result for good that was never written; but whoever reads no further (`| head -1`) has what they want. */
    private static int afterPrinting(Surroundings surroundings, int exitCode) {
        Optional<IOException> failure = surroundings.out().failure();
        if (failure.isEmpty() || surroundings.out().hasLostItsReader()) {
            return exitCode;
        }
        say(
                surroundings,
                "standard output cannot be written (" + failure.get().getMessage() + "); "
                        + (exitCode == ExitCode.DONE.number()
                                ? "the command was carried out, but its result is lost."
                                : "what the command had to say is lost."));
        return exitCode == ExitCode.DONE.number() ? ExitCode.OUTPUT.number() : exitCode;
    }

    private static void addHelpOption(CommandLine command) {
        if (command.getCommand() instanceof HelpCommand) {
            return; // has one already
        }
        command.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Print this, and end.")
                        .build());
        command.getSubcommands().values().forEach(Main::addHelpOption);
    }

    private static int explainUsage(Surroundings surroundings, ParameterException problem, String... arguments) {
        CommandLine command = problem.getCommandLine();
        say(surroundings, whatIsWrong(problem, arguments));
        surroundings.err().println("See: " + command.getCommandSpec().qualifiedName(" ") + " --help");
        return ExitCode.USAGE.number();
    }

    private static String whatIsWrong(ParameterException problem, String... arguments) {
        if (problem instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !problem.getCommandLine().getSubcommands().isEmpty()) {
            List<String> alike = alike(unmatched.getUnmatched().get(0), problem.getCommandLine());
            return "there is no command \"" + unmatched.getUnmatched().get(0) + "\""
                    + (alike.isEmpty() ? "" : "; did you mean " + String.join(" or ", alike) + "?");
        }
        Optional<String> unknown = unknownOption(problem.getCommandLine(), arguments);
        if (unknown.isPresent() && isOfACommandOf(problem.getCommandLine(), unknown.get())) {
            String name = problem.getCommandLine().getCommandSpec().qualifiedName(" ");
            return "which command? " + unknown.get() + " comes behind it: " + name + " "
                    + String.join("|", names(problem.getCommandLine())) + " … " + unknown.get() + " …";
        }
        if (unknown.isPresent()) {
            return "there is no option " + unknown.get();
        }
        if (problem instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            return "\"" + unmatched.getUnmatched().get(0) + "\" is one word too many";
        }
        if (problem instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            return missing.getMissing().stream().map(Main::whatIsMissing).collect(Collectors.joining("; "));
        }
        return Objects.requireNonNullElse(problem.getMessage(), "wrong arguments");
    }

    /** Whether it is a command's that is missing: of a group of commands itself there are no options but for help. */
    private static boolean isOfACommandOf(CommandLine group, String option) {
        return group.getSubcommands().values().stream()
                .anyMatch(command -> command.getCommandSpec().optionsMap().containsKey(option));
    }

    private static List<String> names(CommandLine group) {
        return group.getSubcommands().keySet().stream()
                .filter(name -> !name.equals("help"))
                .toList();
    }

    /** Commands that the word may have been meant for: a slip of the fingers or two lies between, or it is their beginning. */
    private static List<String> alike(String typed, CommandLine command) {
        if (typed.length() > WORD_CHARS_MAX) {
            return List.of();
        }
        return command.getSubcommands().keySet().stream()
                .filter(name -> slips(typed, name) <= (Math.min(typed.length(), name.length()) <= SHORT_CHARS ? 1 : 2)
                        || (!typed.isEmpty() && name.startsWith(typed)))
                .toList();
    }

    /** Letters that were left out, put in, taken for others or swapped with their neighbour (optimal string alignment). */
    private static int slips(String typed, String meant) {
        int[][] cost = new int[typed.length() + 1][meant.length() + 1];
        for (int i = 0; i <= typed.length(); i++) {
            for (int j = 0; j <= meant.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int other = typed.charAt(i - 1) == meant.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + other, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1
                        && j > 1
                        && typed.charAt(i - 1) == meant.charAt(j - 2)
                        && typed.charAt(i - 2) == meant.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], 1 + cost[i - 2][j - 2]);
                }
            }
        }
        return cost[typed.length()][meant.length()];
    }

    /** A mistyped option is the cause, also where what is missed first is an argument. */
    private static Optional<String> unknownOption(CommandLine command, String... arguments) {
        return Arrays.stream(arguments)
                .takeWhile(argument -> !argument.equals("--"))
                .filter(argument -> argument.startsWith("--"))
                .map(argument -> argument.split("=", 2)[0])
                .filter(option -> !command.getCommandSpec().optionsMap().containsKey(option))
                .filter(option -> !command.getCommandSpec().negatedOptionsMap().containsKey(option))
                .findFirst();
    }

    private static String whatIsMissing(ArgSpec missing) {
        String name = missing instanceof OptionSpec option
                ? option.longestName() + " " + missing.paramLabel()
                : missing.paramLabel();
        return name + " is missing: " + String.join(" ", missing.description());
    }

    private static int explain(Surroundings surroundings, Throwable problem) {
        if (surroundings.environment().containsKey(DEBUG_VARIABLE)) {
            StringWriter trace = new StringWriter();
            problem.printStackTrace(new PrintWriter(trace));
            surroundings.err().println(VisibleLines.of(trace.toString()));
        }
        String sentence = Objects.requireNonNullElse(problem.getMessage(), "");
        if (problem instanceof OutOfMemoryError) {
            return explain(
                    surroundings,
                    CommandFailure.of(new ClientException(RefusalCode.OUT_OF_MEMORY, "the program ran out of memory")));
        }
        if (problem instanceof CommandFailure failure) {
            say(surroundings, sentence);
            return failure.exitCode().number();
        }
        say(
                surroundings,
                "something went wrong that must not (" + problem.getClass().getSimpleName()
                        + (sentence.isEmpty() ? "" : ": " + sentence) + "). This is a bug; run it again with "
                        + DEBUG_VARIABLE + "=1 and report what it prints.");
        return ExitCode.BUG.number();
    }

    /** What the process was given in an encoding that Java did not read; taken as it is, it names another thing than was meant. */
    private static Optional<String> lost(Surroundings surroundings, String... arguments) {
        if (Arrays.stream(arguments).anyMatch(argument -> argument.indexOf(LOST_CHARACTER) >= 0)) {
            return Optional.of("the arguments");
        }
        String folder = surroundings.environment().getOrDefault(ProfileAccess.FOLDER_VARIABLE, "");
        if (folder.indexOf(LOST_CHARACTER) >= 0) {
            return Optional.of(ProfileAccess.FOLDER_VARIABLE);
        }
        boolean ofHome = folder.isEmpty() && Arrays.stream(arguments).noneMatch(it -> it.startsWith("--profile"));
        String home = surroundings.environment().getOrDefault("HOME", "");
        return ofHome && home.indexOf(LOST_CHARACTER) >= 0 ? Optional.of("HOME") : Optional.empty();
    }

    private static void say(Surroundings surroundings, String sentence) {
        surroundings.say("samara: " + sentence);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** As the shell's {@code ~}: what HOME says, and the account's folder where it says nothing. */
    private static Path home() {
        String home = System.getenv().getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home") : home);
    }

    static Surroundings ofProcess() {
        // From Java 22 on, the other console (JLine's) is there even if there is no terminal.
        System.setProperty("jdk.console", "java.base");
        // Java takes the encoding of its standard streams from the locale; a server's shell often has none, and texts
        // are UTF-8.
        Output out = Output.to(new FileOutputStream(FileDescriptor.out), Output::isProcessPipe);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        TerminalWidth width = TerminalWidth.ofProcess();
        return new Surroundings(
                System.in,
                out,
                err,
                System.getenv(),
                home(),
                SecretPrompt.onTerminal(Optional.ofNullable(System.getenv(SecretPrompt.TERMINAL_VARIABLE))),
                Farewell.ofProcess(err, width),
                Profiles.ofSdk(Main::run),
                Clock.system(ZoneId.systemDefault()),
                width,
                BURST_PAUSE);
    }
}
