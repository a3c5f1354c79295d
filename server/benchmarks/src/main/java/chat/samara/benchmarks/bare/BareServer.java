package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ChildProcess;
import chat.samara.benchmarks.process.Workshop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The process of the {@link BareFanOut}. */
public record BareServer(ChildProcess process, InetSocketAddress address) {
    private static final Pattern READY = Pattern.compile("listening on (\\d+)");
    private static final Duration START = Duration.ofMinutes(3);

    /** Starts it, and waits until it serves. It has as much memory as Samara's server has. */
    public static BareServer start(Workshop workshop) throws BenchFailure, InterruptedException {
        ChildProcess process =
                workshop.start("the bare fan-out", BareFanOut.class.getName(), List.of("-Xmx768m"), List.of());
        int port = Integer.parseInt(process.await(READY, START));
        return new BareServer(process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
}
