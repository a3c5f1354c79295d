package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ChildProcess;
import chat.samara.benchmarks.process.Workshop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The process of the {@link BareFanOut}, or of the {@link BareEcho}. */
public record BareServer(ChildProcess process, InetSocketAddress address) {
    private static final Pattern READY = Pattern.compile("listening on (\\d+)");
    private static final Duration START = Duration.ofMinutes(3);

    /** Starts it, and waits until it serves. It has as much memory as Samara's server has. */
    public static BareServer start(Workshop workshop) throws BenchFailure, InterruptedException {
        return start(workshop, "the bare fan-out", BareFanOut.class, List.of("-Xmx768m"), List.of());
    }

    /** Starts the one that only sends back, with a certificate and its key in PEM, so large a heap, and more of Java's options. */
    public static BareServer startEcho(
            Workshop workshop, Path certificate, Path key, int heapMib, List<String> javaOptions)
            throws BenchFailure, InterruptedException {
        List<String> options = new ArrayList<>(List.of("-Xmx" + heapMib + "m"));
        options.addAll(javaOptions);
        return start(
                workshop, "the bare echo", BareEcho.class, options, List.of(certificate.toString(), key.toString()));
    }

    private static BareServer start(
            Workshop workshop, String name, Class<?> main, List<String> javaOptions, List<String> arguments)
            throws BenchFailure, InterruptedException {
        ChildProcess process = workshop.start(name, main.getName(), javaOptions, arguments);
        int port = Integer.parseInt(process.await(READY, START));
        return new BareServer(process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
}
