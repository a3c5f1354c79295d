package chat.samara.server.node.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in words of what was typed, and where the help is. */
final class UsageErrors implements IParameterExceptionHandler {
    /** How picocli begins the sentence on a value: what remains of it is the option, or the label of what has none. */
    private static final Pattern OF_VALUE = Pattern.compile(
            "^Invalid value for (?:option '([^']*)'(?: \\([^)]*\\))?|positional parameter at index \\S+ \\(([^)]*)\\)): ");

    @Override
    public int handleParseException(ParameterException problem, String[] args) {
        CommandLine command = problem.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(whatIsWrong(problem));
        err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static String whatIsWrong(ParameterException problem) {
        if (problem instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            return ofUnmatched(unmatched);
        }
        if (problem instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            return missing.getMissing().stream().map(UsageErrors::ofMissing).collect(Collectors.joining("; "));
        }
        return OF_VALUE.matcher(String.valueOf(problem.getMessage())).replaceFirst("$1$2: ");
    }

    private static String ofUnmatched(UnmatchedArgumentException unmatched) {
        String typed = "\"" + unmatched.getUnmatched().get(0) + "\"";
        if (unmatched.getCommandLine().getSubcommands().isEmpty()) {
            return typed + " is one word too many.";
        }
        List<String> alike = unmatched.getSuggestions();
        return "There is no command " + typed
                + (alike.isEmpty() ? "." : "; did you mean " + String.join(" or ", alike) + "?");
    }

    private static String ofMissing(ArgSpec missing) {
        return missing.paramLabel() + " is missing: " + String.join(" ", missing.description());
    }
}
