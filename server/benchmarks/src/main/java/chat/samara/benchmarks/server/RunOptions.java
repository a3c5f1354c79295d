package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import picocli.CommandLine.Option;

/** What a benchmark of a load that goes on can be told. */
final class RunOptions extends PlaceOptions {
    /** What a device of the SDK sends for a text of about 200 characters. */
    private static final int PAYLOAD_BYTES = 452;

    private static final int PAYLOAD_BYTES_MAX = 200 << 10;
    private static final int RUNS_MAX = 100;
    private static final double SECONDS_MAX = 3_600;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs, of which the median counts. Default: 3")
    int runs = 3;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "3", description = "Of each run. Default: 3")
    double seconds = 3;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "20",
            description =
                    "Seconds of the same load before the first run of each case: so long Java's compilers are at work. Default: 20")
    double warmUp = 20;

    @Option(
            names = "--payload-bytes",
            paramLabel = "N",
            defaultValue = "" + PAYLOAD_BYTES,
            description = "Of a message as it is encrypted. Default: " + PAYLOAD_BYTES)
    int payloadBytes = PAYLOAD_BYTES;

    void check() throws BenchFailure {
        between("--runs", runs, 1, RUNS_MAX);
        between("--payload-bytes", payloadBytes, 1, PAYLOAD_BYTES_MAX);
        if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
            throw new WrongOption("--seconds is " + seconds + ", expected more than 0, and at most " + SECONDS_MAX);
        }
        if (!(warmUp >= 0 && warmUp <= SECONDS_MAX)) {
            throw new WrongOption("--warm-up is " + warmUp + ", expected 0 to " + SECONDS_MAX);
        }
    }
}
