package chat.samara.benchmarks;

import chat.samara.benchmarks.mls.MlsBench;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./samara bench}: says what can be measured, and measures it. */
@Command(
        name = "samara bench",
        mixinStandardHelpOptions = true,
        subcommands = MlsBench.class,
        description = "Measures how fast Samara is on this machine.",
        footer = {
            "  jmh  The same cases and the primitives under them with JMH, to which all that follows goes:",
            "         samara bench jmh -l                  lists the benchmarks",
            "         samara bench jmh Primitives          the floor",
            "         samara bench jmh MlsBenchmark.protect -p n=1000 -prof gc"
        })
public final class BenchMain implements Callable<Integer> {
    private static final int EXIT_USAGE = 64;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    public static void main(String[] args) throws IOException {
        if (args.length > 0 && args[0].equals("jmh")) {
            org.openjdk.jmh.Main.main(Arrays.copyOfRange(args, 1, args.length));
            return;
        }
        CommandLine commandLine = new CommandLine(new BenchMain());
        commandLine.getCommandSpec().exitCodeOnInvalidInput(EXIT_USAGE);
        commandLine
                .getSubcommands()
                .values()
                .forEach(sub -> sub.getCommandSpec().exitCodeOnInvalidInput(EXIT_USAGE));
        System.exit(commandLine.execute(args));
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return EXIT_USAGE;
    }
}
