package chat.samara.server.node.run;

import chat.samara.mls.crypto.Primitives;
import chat.samara.server.core.Figures;
import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.store.RocksDbStore;
import chat.samara.server.node.store.StoreFigure;
import chat.samara.server.node.transport.Transport;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** What {@code /metrics} shows. No names of members, channels or peers: numbers only. */
final class NodeMetrics implements LoopMetrics {
    private static final Duration FASTEST_SYNC = Duration.ofNanos(100_000);
    private static final Duration SLOWEST_SYNC = Duration.ofSeconds(10);
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration LONGEST_INPUT_OF = Duration.ofMinutes(1);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer writes = Timer.builder("samara.batch.write")
            .description("Time from handing a batch to the disk until it is synced")
            .serviceLevelObjectives(
                    Duration.ofMillis(1),
                    Duration.ofMillis(3),
                    Duration.ofMillis(10),
                    Duration.ofMillis(30),
                    Duration.ofMillis(100),
                    Duration.ofSeconds(1))
            .minimumExpectedValue(FASTEST_SYNC)
            .maximumExpectedValue(SLOWEST_SYNC)
            .register(registry);
    private final DistributionSummary batchBytes = DistributionSummary.builder("samara.batch.bytes")
            .description("Bytes of keys and values in a batch")
            .baseUnit("bytes")
            .register(registry);

    private final Timer inputs = Timer.builder("samara.input")
            .description("Time of the core's thread for one input; the max is the longest of about the last minute")
            .distributionStatisticExpiry(LONGEST_INPUT_OF)
            .register(registry);

    NodeMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        watchPrimitives();
    }

    @Override
    public void batchWritten(long nanos, long bytes) {
        writes.record(nanos, TimeUnit.NANOSECONDS);
        batchBytes.record((double) bytes);
    }

    @Override
    public void inputTaken(long nanos) {
        inputs.record(nanos, TimeUnit.NANOSECONDS);
    }

    void watch(CoreLoop loop, Ahead ahead, Transport transport, RocksDbStore store) {
        watch(loop);
        watch(ahead);
        watch(transport);
        watch(store);
    }

    /** The process has one memory of signatures, whoever verifies. */
    private void watchPrimitives() {
        FunctionCounter.builder("samara.signatures.remembered", Primitives.class, primitives ->
                        (double) Primitives.signaturesRemembered())
                .description("Signatures that were asked for and had been found good before")
                .register(registry);
    }

    private void watch(CoreLoop loop) {
        gauge(loop, "samara.sessions", "Connections of devices", Figures::sessions);
        gauge(loop, "samara.devices.online", "Devices that are logged in", Figures::devicesOnline);
        gauge(loop, "samara.links.up", "Peers with a proved link", Figures::linksUp);
        gauge(loop, "samara.peers", "Peers that the operator has accepted", Figures::peers);
        gauge(loop, "samara.channels.cached", "Channels in memory", Figures::channelsCached);
        gauge(loop, "samara.outbox.records", "Records that wait for a hub", Figures::outboxRecords);
        gauge(loop, "samara.pulls.under.way", "Pulls sent and not answered", Figures::pullsUnderWay);
        gauge(
                loop,
                "samara.accepting",
                "1 if the disk has room for new records",
                f -> f.acceptingSubmissions() ? 1 : 0);
        counter(loop, "samara.entries.appended", "Entries appended to logs", Figures::entriesAppended);
        counter(loop, "samara.entries.sent", "Entries sent to devices", Figures::entriesSent);
        counter(loop, "samara.frames.refused", "Requests answered with an error", Figures::framesRefused);
        counter(loop, "samara.faults", "Events that met a bug and were undone", Figures::faults);
        counter(loop, "samara.channels.frozen", "Channels whose hub was found cheating", Figures::channelsFrozen);
        gauge(
                loop,
                "samara.channels.held",
                "Channels of this hub in which it orders nothing, since it has signed more than it has",
                Figures::channelsHeld);
        gauge(loop, "samara.channels.set.aside", "Channels with rows that cannot be read", Figures::channelsSetAside);
        Gauge.builder("samara.inputs.waiting", loop, CoreLoop::inputsWaiting)
                .description("Things that wait for the core's thread")
                .register(registry);
        Gauge.builder("samara.turn.waiting", loop, l -> l.turnWaitedNanos() / NANOS_PER_SECOND)
                .description("How long the connection whose turn is next has waited for it")
                .baseUnit("seconds")
                .register(registry);
    }

    private void watch(Ahead ahead) {
        Gauge.builder("samara.frames.ahead", ahead, Ahead::waiting)
                .description(
                        "Frames that wait until the KeyPackages in them are verified, for the core's thread to take them then")
                .register(registry);
        FunctionCounter.builder("samara.ahead.faults", ahead, Ahead::faults)
                .description(
                        "Bugs that were met where KeyPackages are verified first; the core's thread does it instead")
                .register(registry);
    }

    private void watch(Transport transport) {
        Gauge.builder("samara.connections", transport, Transport::connections)
                .description("Accepted connections")
                .register(registry);
        Gauge.builder("samara.connections.strangers", transport, Transport::strangers)
                .description("Accepted connections that have not authenticated")
                .register(registry);
        Gauge.builder("samara.frames.unhandled.bytes", transport, Transport::unhandledBytes)
                .description("Bytes of frames that wait for the core's thread")
                .register(registry);
        Gauge.builder("samara.frames.unsent.bytes", transport, Transport::unsentBytes)
                .description("Bytes of frames that wait for networks to take them")
                .register(registry);
    }

    void watch(RocksDbStore store) {
        bytes(store, "samara.store.tables", "Bytes of the store's files without its log", StoreFigure.TABLE_FILE_BYTES);
        bytes(store, "samara.store.memtables", "Bytes that wait for being written out", StoreFigure.MEMTABLE_BYTES);
        bytes(store, "samara.store.cache", "Bytes of blocks in the cache", StoreFigure.BLOCK_CACHE_BYTES);
        bytes(
                store,
                "samara.store.compaction.pending",
                "Bytes that compactions have to rewrite, about",
                StoreFigure.PENDING_COMPACTION_BYTES);
        ToDoubleFunction<RocksDbStore> putOff = of(StoreFigure.COMPACTIONS_PUT_OFF);
        FunctionCounter.builder("samara.store.compactions.put.off", store, putOff)
                .description("Compactions that were not begun yet, since the disk has no room for what they write")
                .register(registry);
        Gauge.builder("samara.store.jobs", store, of(StoreFigure.BACKGROUND_JOBS))
                .description("Flushes and compactions that run")
                .register(registry);
        Gauge.builder("samara.store.writes.stopped", store, of(StoreFigure.WRITES_STOPPED))
                .description("1 while writes wait for a flush or a compaction")
                .register(registry);
        Gauge.builder("samara.store.writes.delayed", store, of(StoreFigure.DELAYED_WRITE_RATE))
                .description("Bytes a second to which writes are slowed down; 0 if they are not")
                .baseUnit("bytes")
                .register(registry);
        ToDoubleFunction<RocksDbStore> stallMicros = of(StoreFigure.STALL_MICROS);
        FunctionCounter.builder("samara.store.stall", store, s -> stallMicros.applyAsDouble(s) / MICROS_PER_SECOND)
                .description("Time in which writes were stopped or slowed down")
                .baseUnit("seconds")
                .register(registry);
        counted(store, "samara.store.log.written", "bytes", "Bytes written to the log", StoreFigure.LOG_BYTES_WRITTEN);
        counted(
                store,
                "samara.store.tables.written",
                "bytes",
                "Bytes written to files, by compactions too",
                StoreFigure.TABLE_BYTES_WRITTEN);
        counted(
                store,
                "samara.store.cache.hits",
                "blocks",
                "Blocks that were in the cache",
                StoreFigure.BLOCK_CACHE_HITS);
        counted(
                store,
                "samara.store.cache.misses",
                "blocks",
                "Blocks that were read from a file",
                StoreFigure.BLOCK_CACHE_MISSES);
    }

    private void bytes(RocksDbStore store, String name, String description, StoreFigure figure) {
        Gauge.builder(name, store, of(figure))
                .description(description)
                .baseUnit("bytes")
                .register(registry);
    }

    private void counted(RocksDbStore store, String name, String unit, String description, StoreFigure figure) {
        FunctionCounter.builder(name, store, of(figure))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }

    private static ToDoubleFunction<RocksDbStore> of(StoreFigure figure) {
        return store -> (double) store.figure(figure);
    }

    /** In Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }

    private void gauge(CoreLoop loop, String name, String description, ToDoubleFunction<Figures> figure) {
        Gauge.builder(name, loop, l -> figure.applyAsDouble(l.figures()))
                .description(description)
                .register(registry);
    }

    private void counter(CoreLoop loop, String name, String description, ToDoubleFunction<Figures> figure) {
        FunctionCounter.builder(name, loop, l -> figure.applyAsDouble(l.figures()))
                .description(description)
                .register(registry);
    }
}
