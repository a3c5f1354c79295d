package chat.samara.systemtests.sim;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Plays many seeds, several at once (each in a thread of its own), and adds up. */
@Command(
        name = "samara sim",
        mixinStandardHelpOptions = true,
        description = {
            "Plays whole networks of servers and devices under virtual time, with faults, and checks the invariants.",
            "The last line sums up, as JSON. Exit code 1 if any seed failed."
        })
public final class SimMain implements Callable<Integer> {
    private static final int CAUSE_LINES = 12;

    @Option(names = "--seeds", paramLabel = "N", description = "How many seeds to play (default: ${DEFAULT-VALUE}).")
    private int seeds = 200;

    @Option(names = "--start", paramLabel = "S", description = "The first seed (default: ${DEFAULT-VALUE}).")
    private long start = 1;

    @Option(names = "--seed", paramLabel = "N", description = "Play just this one.")
    private long onlySeed = -1;

    @Option(names = "--json", description = "One JSON object a line for each seed, too.")
    private boolean json;

    @Option(names = "--trace", description = "Print everything that happens.")
    private boolean trace;

    @Option(
            names = "--frames",
            paramLabel = "HOST",
            defaultValue = "",
            description = "With --trace: the frames of this host too, such as device-alice or berlin.example.")
    private String framesOf = "";

    @Option(
            names = "--chaos-minutes",
            paramLabel = "M",
            description = "How long things go wrong, virtual time (default: the seed chooses).")
    private long chaosMinutes;

    @Option(names = "--hostile", description = "One member's client has been changed, and sabotages channels.")
    private boolean hostile;

    @Option(names = "--hostile-hub", description = "One hub shows a follower other logs than all others.")
    private boolean hostileHub;

    @Option(names = "--threads", paramLabel = "T", description = "Seeds played at once (default: one a processor).")
    private int threads = Runtime.getRuntime().availableProcessors();

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] args) {
        System.exit(new CommandLine(new SimMain()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        long begun = System.nanoTime();
        List<Long> chosen = new ArrayList<>();
        for (long seed = start; seed < start + seeds; seed++) {
            chosen.add(seed);
        }
        if (onlySeed >= 0) {
            chosen = List.of(onlySeed);
        }
        ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, threads));
        List<SimulationResult> results = new ArrayList<>();
        try {
            List<Future<SimulationResult>> playing = new ArrayList<>();
            for (long seed : chosen) {
                playing.add(executor.submit(() -> play(seed)));
            }
            for (Future<SimulationResult> future : playing) {
                SimulationResult result = future.get();
                report(result);
                // What a failed run holds is not needed any more; of thousands only the figures are kept.
                results.add(result);
            }
        } finally {
            executor.shutdownNow();
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        long failed = results.stream().filter(result -> !result.passed()).count();
        out.println(summary(results, failed, seconds));
        return failed == 0 ? 0 : 1;
    }

    private SimulationResult play(long seed) {
        SimulationConfig whole = SimulationConfig.of(seed).withChaosMinutes(chaosMinutes);
        SimulationConfig config = hostileHub ? whole.withHostileHub() : hostile ? whole.withHostileMember() : whole;
        return new Simulation(trace ? config.withTraceListener(out::println, framesOf) : config).run();
    }

    private void report(SimulationResult result) {
        if (json) {
            JsonObject line = new JsonObject();
            line.addProperty("seed", result.seed());
            line.addProperty("passed", result.passed());
            result.violation()
                    .ifPresent(violation ->
                            line.addProperty("violated", violation.invariant().name()));
            line.addProperty("trace", result.traceHash());
            line.addProperty("virtual_minutes", result.virtualMillis() / 60_000);
            line.addProperty("steps", result.steps());
            line.addProperty("entries", result.entries());
            line.addProperty("texts", result.texts());
            line.addProperty("acknowledged", result.acknowledged());
            JsonObject happenings = new JsonObject();
            result.happenings()
                    .forEach((what, count) -> happenings.addProperty(what.name().toLowerCase(Locale.ROOT), count));
            line.add("happenings", happenings);
            line.addProperty("vain_reads", result.vainReads());
            out.println(line);
        } else if (result.passed()) {
            out.println("seed " + result.seed() + " passed: " + result.virtualMillis() / 60_000 + " virtual minutes, "
                    + result.entries() + " entries, " + result.acknowledged() + " acknowledged");
        }
        result.violation().ifPresent(violation -> {
            if (!trace) {
                result.lastLines().forEach(System.err::println);
            }
            System.err.println("seed " + result.seed() + " FAILED: " + violation.getMessage());
            Throwable cause = violation.getCause();
            if (cause != null) {
                System.err.println("  because of " + cause);
                StackTraceElement[] stack = cause.getStackTrace();
                for (int i = 0; i < Math.min(CAUSE_LINES, stack.length); i++) {
                    System.err.println("    at " + stack[i]);
                }
            }
            System.err.println("  play it again: ./samara sim --seed " + result.seed() + " --trace"
                    + (chaosMinutes > 0 ? " --chaos-minutes " + chaosMinutes : "")
                    + (hostile ? " --hostile" : "")
                    + (hostileHub ? " --hostile-hub" : ""));
        });
    }

    private static String summary(List<SimulationResult> results, long failed, double seconds) {
        double virtualHours =
                results.stream().mapToLong(SimulationResult::virtualMillis).sum() / 3_600_000.0;
        return String.format(
                Locale.ROOT,
                "{\"seeds\":%d,\"failed\":%d,\"virtual_hours\":%.1f,\"real_seconds\":%.1f,\"acknowledged\":%d,\"lost\":%d}",
                results.size(),
                failed,
                virtualHours,
                seconds,
                results.stream().mapToLong(SimulationResult::acknowledged).sum(),
                results.stream().mapToLong(SimulationResult::lost).sum());
    }
}
