package chat.samara.benchmarks;

import chat.samara.benchmarks.mls.MlsBench;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.benchmarks.server.AcceptBench;
import chat.samara.benchmarks.server.CatchupBench;
import chat.samara.benchmarks.server.ConnectionsBench;
import chat.samara.benchmarks.server.DeviceBench;
import chat.samara.benchmarks.server.FanoutBench;
import chat.samara.benchmarks.server.FederationBench;
import chat.samara.benchmarks.server.LatencyBench;
import chat.samara.benchmarks.server.RoomsBench;
import chat.samara.benchmarks.server.SoakBench;
import chat.samara.benchmarks.server.StartBench;
import chat.samara.benchmarks.server.WireBench;
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
        subcommands = {
            MlsBench.class,
            FanoutBench.class,
            AcceptBench.class,
            RoomsBench.class,
            LatencyBench.class,
            CatchupBench.class,
            FederationBench.class,
            StartBench.class,
            ConnectionsBench.class,
            WireBench.class,
            DeviceBench.class,
            SoakBench.class
        },
        description = "Measures how fast Samara is on this machine.",
        footer = {
            "  jmh  The same cases and the primitives under them with JMH, to which all that follows goes:",
            "         samara bench jmh -l                  lists the benchmarks",
            "         samara bench jmh Primitives          the floor",
            "         samara bench jmh MlsBenchmark.protect -p n=1000 -prof gc",
            "",
            "Exit codes: 0 measured, 1 it could not be measured (the reason is one sentence on standard error),",
            "2 wrong command line."
        })
public final class BenchMain implements Callable<Integer> {
    private static final int EXIT_USAGE = 2;
    private static final int EXIT_FAILED = 1;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    public static void main(String[] args) throws IOException {
        if (args.length > 0 && args[0].equals("jmh")) {
            org.openjdk.jmh.Main.main(Arrays.copyOfRange(args, 1, args.length));
            return;
        }
        System.exit(commandLine().execute(args));
    }

    /** The command line, with how it words errors. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new BenchMain());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.getCommandSpec().exitCodeOnInvalidInput(EXIT_USAGE);
        commandLine
                .getSubcommands()
                .values()
                .forEach(sub -> sub.getCommandSpec().exitCodeOnInvalidInput(EXIT_USAGE));
        commandLine.setExecutionExceptionHandler((failed, line, parsed) -> {
            if (!(failed instanceof BenchFailure)) {
                throw failed;
            }
            // Whoever stops it knows why it ended.
            if (!Workshop.isProcessStopping()) {
                line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + failed.getMessage());
            }
            return failed instanceof WrongOption ? EXIT_USAGE : EXIT_FAILED;
        });
        return commandLine;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return EXIT_USAGE;
    }
}
