package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareClient;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Connected;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Session;
import chat.samara.benchmarks.load.Sources;
import chat.samara.benchmarks.process.ChildProcess;
import chat.samara.benchmarks.process.ServerUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Connections to one server that say nothing, and what they cost it. On the benchmark's main thread. */
final class Crowd {
    /** Connections that are being made at a time, as a village makes them. */
    private static final int CONNECTING_MAX = 16;

    /** A handshake that is resumed has no certificate and no signature: less than this part of a whole one. */
    private static final double RESUMED_PART = 0.7;

    private static final double SECOND_NANOS = 1e9;
    private static final double ALL_PERCENT = 100;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoadClient client;
    private final Place place;
    private final Coming coming;
    private final List<Connected> there = new ArrayList<>();

    /** The server's side. */
    interface Place {
        ChildProcess process();

        /** What its buffers outside of the heap take; empty if it does not tell. */
        OptionalDouble directBytes() throws BenchFailure, InterruptedException;
    }

    /** Begins the connection of a number. */
    interface Coming {
        /** Any number again; if it is known, TLS keeps its session, and goes on with one that it has kept. */
        Connected begin(int number, boolean isKnown);
    }

    private record Memory(double bytes, double heapBytes, OptionalDouble directBytes) {}

    Crowd(LoadClient client, Place place, Coming coming) {
        this.client = client;
        this.place = place;
        this.coming = coming;
    }

    static Place of(ServerUnderTest server) {
        return new Place() {
            @Override
            public ChildProcess process() {
                return server.process();
            }

            @Override
            public OptionalDouble directBytes() throws BenchFailure, InterruptedException {
                return OptionalDouble.of(server.metrics().sum("jvm_buffer_memory_used_bytes{id=\"direct\""));
            }
        };
    }

    static Place of(BareServer bare) {
        return new Place() {
            @Override
            public ChildProcess process() {
                return bare.process();
            }

            @Override
            public OptionalDouble directBytes() {
                return OptionalDouble.empty();
            }
        };
    }

    static Coming sessions(LoadClient client, ServerUnderTest server, List<Device> devices, Sources from) {
        return (i, isKnown) -> Session.begin(
                client, devices.get(i), server.address(), from.of(i), isKnown ? "device-" + i : LoadClient.UNNAMED);
    }

    static Coming echoes(LoadClient client, BareServer bare, Sources from) {
        return (i, isKnown) ->
                BareClient.begin(client, bare.address(), from.of(i), isKnown ? "echo-" + i : LoadClient.UNNAMED);
    }

    /**
     * Lets so many come, reads the memory at each step, and lets some of them go and return.
     *
     * @param warmUp connections that come and go before
     */
    ConnectionsRun gather(int count, int step, int warmUp, int returning) throws BenchFailure, InterruptedException {
        double unused = come(0, warmUp, false);
        go(0, warmUp);
        there.clear();
        Memory none = memory();
        List<ConnectionsRun.Step> steps = new ArrayList<>();
        List<Double> logins = new ArrayList<>();
        for (int has = 0; has < count; has = there.size()) {
            int next = Math.min(count, has + step);
            logins.add(come(has, next, true));
            steps.add(step(next, none, memory()));
        }
        List<Integer> whole =
                there.stream().map(Connected::handshakeBytes).sorted().toList();
        int wholeBytes = whole.get(whole.size() / 2);
        go(0, returning);
        double returns = come(0, returning, true);
        long resumed = there.subList(0, returning).stream()
                .filter(each -> each.handshakeBytes() < RESUMED_PART * wholeBytes)
                .count();
        return new ConnectionsRun(steps, logins, returns, ALL_PERCENT * resumed / returning);
    }

    /** Lets the connections of these numbers come; returns how many did, a second. */
    private double come(int from, int until, boolean areKnown) throws BenchFailure, InterruptedException {
        long began = System.nanoTime();
        for (int i = from; i < until; i += CONNECTING_MAX) {
            List<Connected> next = new ArrayList<>();
            for (int k = i; k < Math.min(until, i + CONNECTING_MAX); k++) {
                next.add(coming.begin(k, areKnown));
            }
            for (Connected each : next) {
                long unused = client.await(each.ready(), "connecting");
            }
            for (int k = 0; k < next.size(); k++) {
                if (i + k < there.size()) {
                    there.set(i + k, next.get(k));
                } else {
                    there.add(next.get(k));
                }
            }
        }
        return (until - from) / ((System.nanoTime() - began) / SECOND_NANOS);
    }

    private void go(int from, int until) throws BenchFailure, InterruptedException {
        for (Connected each : there.subList(from, until)) {
            CompletableFuture<Void> gone = each.close();
            client.await(gone, "closing");
        }
        client.goOn(SETTLE_NANOS);
    }

    private Memory memory() throws BenchFailure, InterruptedException {
        client.goOn(SETTLE_NANOS);
        double heap = place.process().liveHeapBytes();
        OptionalLong resident = place.process().memoryBytes();
        if (resident.isEmpty()) {
            throw new BenchFailure("the memory of a process cannot be read: this benchmark needs Linux");
        }
        return new Memory(resident.getAsLong(), heap, place.directBytes());
    }

    /** The whole heap is resident from the start on, so what lives in it is added to what is outside. */
    private static ConnectionsRun.Step step(int count, Memory none, Memory now) {
        double heap = (now.heapBytes - none.heapBytes) / count;
        OptionalDouble direct = now.directBytes.isPresent()
                ? OptionalDouble.of((now.directBytes.getAsDouble() - none.directBytes.orElse(0)) / count)
                : OptionalDouble.empty();
        return new ConnectionsRun.Step(count, (now.bytes - none.bytes) / count + heap, heap, direct);
    }

    void leave() throws BenchFailure, InterruptedException {
        go(0, there.size());
    }
}
