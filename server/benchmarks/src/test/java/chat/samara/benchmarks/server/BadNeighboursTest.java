package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Session;
import chat.samara.benchmarks.load.Talk;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.server.node.transport.TransportLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * A real server with a small heap, two members who talk, and somebody who does it harm. Short by default; with {@code -Dsamara.neighbours.long} as many
 * neighbours as a bad day brings. How long the good ones' messages take is printed beside what they took before, and not judged: machines are busy.
 */
@DisplayName("A server with a heap of 256 MiB, beside bad neighbours")
@Tag("processes")
@TestInstance(Lifecycle.PER_CLASS)
class BadNeighboursTest {
    private static final boolean LONG = Boolean.getBoolean("samara.neighbours.long");
    private static final int HEAP_MIB = 256;

    /** What waits outside of the heap: bytes to be sent, a quarter of the heap at most, and bytes that have come, 64 MiB. */
    private static final int BUFFERS_MIB = HEAP_MIB / 4 + 64;

    /** The store's memory, and what is Java's own and TLS': code, classes, threads, sessions. */
    private static final int OTHER_MIB = 256;

    private static final long MEMORY_MIB_MAX = HEAP_MIB + BUFFERS_MIB + OTHER_MIB;

    private static final int PAYLOAD_BYTES = 452;
    private static final int STALLED_READERS = LONG ? 500 : 100;
    private static final int SAID_TO_STALLED = LONG ? 4_000 : 500;
    private static final int IDLE = LONG ? 5_000 : 300;

    /** More than a server has places for whoever has not said who he is. */
    private static final int SLOW_HANDSHAKES = TransportLimits.defaults().strangersMax() + (LONG ? 1_000 : 100);

    private static final int ATTACKERS = LONG ? 16 : 4;

    /** That the good ones have to say and hear while a neighbour is at it: at 20 a second. */
    private static final int MESSAGES = LONG ? 600 : 25;

    private static final Duration PATIENCE = Duration.ofMinutes(LONG ? 10 : 3);

    private final Workshop workshop = Workshop.open(Path.of(System.getProperty("java.io.tmpdir")));
    private final ServerUnderTest server = ServerUnderTest.start(workshop, "neighbours.example", HEAP_MIB);
    private final Bystanders good = Bystanders.settle(server, PAYLOAD_BYTES);
    private final LoadClient comers = new LoadClient();
    private final Device comer;
    private final double quietMillis;

    BadNeighboursTest() throws Exception {
        Village village = Village.settle(comers, server, "comer", 1);
        village.leave();
        comer = village.devices().get(0);
        goOn();
        Histogram unused = good.takeLatencies();
        goOn();
        quietMillis = p99();
    }

    @AfterAll
    void allThatGoodOnesSaidIsHeard() throws Exception {
        try (workshop;
                comers;
                good) {
            good.end();
        }
    }

    /** The good ones say and hear so many messages more; that one of them is cut off is a failure. */
    private void goOn() {
        long goal = good.delivered() + MESSAGES;
        await("the good ones' messages").atMost(PATIENCE).until(() -> {
            good.goOn(0);
            return good.delivered() >= goal;
        });
    }

    private double p99() throws Exception {
        return good.takeLatencies().getValueAtPercentile(99) / 1e6;
    }

    /** Whoever has an account comes in. */
    private void oneComesIn() throws Exception {
        Session session = Session.begin(comers, comer, server.address());
        long unused = comers.await(session.ready(), "logging in beside bad neighbours");
        comers.await(session.close(), "closing");
    }

    private void goodOnesGoOnBeside(String neighbours) throws Exception {
        Histogram unused = good.takeLatencies();
        goOn();
        oneComesIn();
        goOn();
        System.out.printf(
                "p99 of the good ones: %.1f ms beside %s, %.1f ms before anybody came; the server had at most %d MiB%n",
                p99(), neighbours, quietMillis, memoryMib());
        assertThat(memoryMib()).as("MiB of the server").isLessThanOrEqualTo(MEMORY_MIB_MAX);
    }

    private long memoryMib() {
        return server.peakMemoryBytes().orElse(0) >> 20;
    }

    @Test
    @DisplayName("readers that stop reading cost the others nothing, and have all of it when they read on")
    void readersThatStopReading() throws Exception {
        try (LoadClient client = new LoadClient()) {
            Village village = Village.settle(client, server, "stalled", 1 + STALLED_READERS);
            Device speaker = village.devices().get(0);
            List<Device> readers = village.devices().subList(1, 1 + STALLED_READERS);
            Room room = village.found(speaker, readers, PAYLOAD_BYTES);
            village.follow(readers, List.of(room), Acks.NO);
            readers.forEach(reader -> reader.reads(false));
            Talk talk = room.talkWithoutListeners(List.of(speaker.seat(room)));
            talk.pipelined(16);
            await("what is said to the stalled").atMost(PATIENCE).until(() -> {
                client.goOn(0);
                return talk.said() >= SAID_TO_STALLED;
            });
            talk.end();
            village.awaitAll(List.of(talk), List.of());

            goodOnesGoOnBeside(STALLED_READERS + " readers that have stopped reading");

            readers.forEach(reader -> reader.reads(true));
            List<Seat> seats = readers.stream().map(reader -> reader.seat(room)).toList();
            village.awaitAll(List.of(), seats);
        }
    }

    @Test
    @DisplayName("devices that are there and say nothing stay, and cost the others nothing")
    void idleConnections() throws Exception {
        int count = Math.min(IDLE, LoadClient.connectionsMax());
        try (LoadClient client = new LoadClient()) {
            Village idle = Village.settle(client, server, "idle", count);

            goodOnesGoOnBeside(idle.devices().size() + " idle connections (of " + LoadClient.filesMax()
                    + " files that a process may open)");

            client.goOn(0); // None of them was cut off.
        }
    }

    @Test
    @DisplayName("a flood of frames that say nothing keeps nobody out and nobody waiting for ever")
    void floodOfInvalidFrames() throws Exception {
        long seed = System.nanoTime();
        try (Attack attack = Attack.ofInvalidFrames(server.address(), ATTACKERS, seed)) {
            await("the flood").atMost(PATIENCE).until(() -> attack.done() > 0);
            goodOnesGoOnBeside(ATTACKERS + " that flood it with invalid frames (seed " + seed + ")");
        }
    }

    @Test
    @DisplayName("handshakes that never end keep nobody out")
    void slowHandshakes() throws Exception {
        try (Attack attack = Attack.ofSlowHandshakes(server.address(), SLOW_HANDSHAKES)) {
            await("each to have begun").atMost(PATIENCE).until(() -> attack.done() > SLOW_HANDSHAKES);
            goodOnesGoOnBeside(SLOW_HANDSHAKES + " handshakes that never end");
        }
    }

    @Test
    @DisplayName(
            "garbage at line rate, from whoever calls himself a peer, keeps nobody out and nobody waiting for ever")
    void garbageAtLineRate() throws Exception {
        long seed = System.nanoTime();
        try (Attack attack = Attack.ofGarbage(server.address(), ATTACKERS, seed)) {
            await("the garbage").atMost(PATIENCE).until(() -> attack.done() > 0);
            goodOnesGoOnBeside(2 * ATTACKERS + " that send garbage at line rate (seed " + seed + ")");
        }
    }

    @Test
    @DisplayName(
            "the server of this test is one that can be harmed: without a heap as small its ceiling would say nothing")
    void theHeapIsSmall() throws Exception {
        assertThat(server.metrics().sum("jvm_memory_max_bytes{area=\"heap\"")).isLessThanOrEqualTo(HEAP_MIB << 20);
    }
}
