package chat.samara.benchmarks.mls;

import chat.samara.benchmarks.mls.Measurement.Runner;
import chat.samara.mls.crypto.Primitives;
import chat.samara.mls.crypto.RandomSource;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./samara bench mls}. */
@Command(
        name = "mls",
        mixinStandardHelpOptions = true,
        description = {
            "MLS in groups of N, beside Bouncy Castle's bcmls, doing the same work in the same run (suite 0x0001).",
            "Every parent node of the groups' trees is filled."
        })
public final class MlsBench implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--n", split = ",", paramLabel = "N", description = "Members of the groups (default: 1000,10000).")
    private int[] sizes = {1_000, 10_000};

    @Option(
            names = "--case",
            split = ",",
            paramLabel = "CASE",
            description = "Only these cases: commit_create, commit_process, public_group_commit, create_group, join,"
                    + " protect_100, protect_1024, unprotect_100, unprotect_1024, state_bytes, message_delta_bytes.")
    private List<String> cases = List.of();

    @Option(
            names = "--impl",
            split = ",",
            paramLabel = "IMPL",
            description = "Only these implementations: samara, bcmls.")
    private List<String> implementations = List.of("samara", "bcmls");

    @Option(
            names = "--runs",
            paramLabel = "K",
            description = "How often each case is measured (default: for as long as --seconds says).")
    private int runs;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description =
                    "How long each implementation is measured in each group of cases (default: ${DEFAULT-VALUE}).")
    private double seconds = 4;

    @Option(names = "--json", description = "One JSON object a line, and no table.")
    private boolean json;

    @Option(
            names = "--floor",
            description = "With --json: also what the primitives alone cost, as implementation \"floor\".")
    private boolean floor;

    @Option(
            names = "--crypto",
            paramLabel = "LIBRARY",
            description =
                    "What samara's Curve25519 comes from: conscrypt or bouncycastle (default: what is fastest here)."
                            + " The first line, or \"crypto\" in JSON, says which it was.")
    private String crypto = "";

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Override
    public Integer call() throws Exception {
        Set<MlsCase> wanted = wantedCases();
        List<Implementation> chosen = chosenImplementations();
        for (int size : sizes) {
            if (size < WarmGroup.MEMBERS_MIN) {
                throw new ParameterException(
                        spec.commandLine(), "--n " + size + ", expected at least " + WarmGroup.MEMBERS_MIN);
            }
        }
        Primitives.Choice primitivesInUse = choosePrimitives();
        Report report = new Report(out, json, primitivesInUse.name());
        Floor primitives = floor || !json ? new Floor() : null;
        if (!json && primitives != null) {
            printSurroundings(primitives, primitivesInUse);
        }
        for (int size : sizes) {
            WarmGroup group = WarmGroup.of(size, RandomSource.secure());
            for (Scenario scenario : Scenario.all(size)) {
                if (scenario.measures().stream().anyMatch(wanted::contains)) {
                    play(scenario, group, chosen, size, wanted, report, primitives);
                }
            }
        }
        return 0;
    }

    private Primitives.Choice choosePrimitives() {
        if (!crypto.isEmpty()) {
            System.setProperty(Primitives.PROPERTY, crypto);
        }
        try {
            return Primitives.choose(System.getProperty("java.io.tmpdir"));
        } catch (Primitives.ForcedException missing) {
            throw new ParameterException(spec.commandLine(), String.valueOf(missing.getMessage()), missing);
        }
    }

    private Set<MlsCase> wantedCases() {
        if (cases.isEmpty()) {
            return EnumSet.allOf(MlsCase.class);
        }
        Set<MlsCase> wanted = EnumSet.noneOf(MlsCase.class);
        for (String label : cases) {
            wanted.add(Stream.of(MlsCase.values())
                    .filter(known -> known.label().equals(label.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(),
                            "--case " + label + ", expected one of "
                                    + Stream.of(MlsCase.values())
                                            .map(MlsCase::label)
                                            .collect(Collectors.joining(", ")))));
        }
        return wanted;
    }

    private List<Implementation> chosenImplementations() throws Exception {
        List<Implementation> chosen = new ArrayList<>();
        for (String label : implementations) {
            chosen.add(
                    switch (label) {
                        case "samara" -> new SamaraMls();
                        case "bcmls" -> new BcMls();
                        default ->
                            throw new ParameterException(
                                    spec.commandLine(), "--impl " + label + ", expected samara or bcmls");
                    });
        }
        return chosen;
    }

    private void play(
            Scenario scenario,
            WarmGroup group,
            List<Implementation> chosen,
            int size,
            Set<MlsCase> wanted,
            Report report,
            @Nullable Floor primitives)
            throws Exception {
        List<Runner> runners = new ArrayList<>();
        for (Implementation implementation : chosen) {
            runners.add(new Runner(implementation.label(), scenario.of(implementation, group)));
        }
        Measurement measurement = new Measurement(runs, seconds);
        if (scenario.onlyOnce()) {
            measurement.once(runners);
        } else {
            measurement.repeated(runners);
        }
        for (MlsCase measured : scenario.measures()) {
            Map<String, Stopwatch.Result> results = new LinkedHashMap<>();
            for (Runner runner : runners) {
                Stopwatch.Result result = runner.watch().results().get(measured);
                if (result != null) {
                    results.put(runner.implementation(), result);
                }
            }
            if (wanted.contains(measured)) {
                report.print(measured, size, results, primitives == null ? Double.NaN : primitives.of(measured, size));
            }
        }
    }

    private void printSurroundings(Floor primitives, Primitives.Choice primitivesInUse) {
        out.println(String.format(
                Locale.ROOT,
                "Java %s, %d processors, load average %.2f",
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        out.println("Samara's Curve25519 by " + primitivesInUse);
        out.println("Primitives in Java, µs: "
                + primitives.primitives().entrySet().stream()
                        .map(entry -> String.format(Locale.ROOT, "%s %.2f", entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining(", ")));
    }
}
