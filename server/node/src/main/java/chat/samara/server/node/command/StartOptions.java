package chat.samara.server.node.command;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Options of a start, which mean nothing to the commands that ask a running server: an operator who has said one believes that it holds. */
final class StartOptions {
    /** Holds for the commands, too. */
    private static final String DATA = "--data";

    private StartOptions() {}

    /** Executes what was parsed; refused if an option of a start stands in front of a command. */
    static int executeUnlessMisplaced(ParseResult parsed) {
        if (parsed.hasSubcommand() && !isHelpWanted(parsed)) {
            for (OptionSpec option : parsed.matchedOptions()) {
                if (!option.longestName().equals(DATA)) {
                    throw misplaced(parsed, option.longestName());
                }
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static boolean isHelpWanted(ParseResult parsed) {
        return parsed.isUsageHelpRequested()
                || parsed.isVersionHelpRequested()
                || (parsed.hasSubcommand() && isHelpWanted(parsed.subcommand()));
    }

    private static ParameterException misplaced(ParseResult parsed, String option) {
        CommandLine line = parsed.commandSpec().commandLine();
        String command = parsed.subcommand().commandSpec().name();
        return new ParameterException(
                line,
                option + " is for a start, and " + command
                        + " asks a server that runs already: leave it out here, and say"
                        + " it when the server is started: " + ServerCommand.TYPING.start() + " " + option + " …");
    }
}
