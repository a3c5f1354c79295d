package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Talk;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Two members who talk quietly in a room of their own, whatever others do to their server: how long their messages take is what these do to them. */
final class Bystanders implements AutoCloseable {
    private static final double MESSAGES_PER_SECOND = 20;

    private final LoadClient client;
    private final Village village;
    private final Talk talk;
    private final Seat listener;

    private Bystanders(LoadClient client, Village village, Talk talk, Seat listener) {
        this.client = client;
        this.village = village;
        this.talk = talk;
        this.listener = listener;
    }

    /** Registers them, and lets them begin. */
    static Bystanders settle(ServerUnderTest server, int payloadBytes) throws BenchFailure, InterruptedException {
        LoadClient client = new LoadClient();
        boolean settled = false;
        try {
            Village village = Village.settle(client, server, "bystander", 2);
            Device speaker = village.devices().get(0);
            Device listener = village.devices().get(1);
            Room room = village.found(speaker, List.of(listener), payloadBytes);
            village.follow(List.of(listener), List.of(room), Acks.SDK);
            client.tally().timed(true);
            Talk talk = room.talk(List.of(speaker.seat(room)), 1);
            talk.atRate(MESSAGES_PER_SECOND);
            settled = true;
            return new Bystanders(client, village, talk, listener.seat(room));
        } finally {
            if (!settled) {
                client.close();
            }
        }
    }

    /** Lets them talk for so long. */
    void goOn(long nanos) throws BenchFailure, InterruptedException {
        client.goOn(nanos);
    }

    /** How many of their messages have arrived so far. */
    long delivered() {
        return client.tally().count().delivered();
    }

    /** How long their messages took since this was asked last. */
    Histogram takeLatencies() throws BenchFailure, InterruptedException {
        client.goOn(0);
        return client.tally().takeLatencies();
    }

    /** They stop, and each message has to arrive. */
    void end() throws BenchFailure, InterruptedException {
        talk.end();
        village.awaitAll(List.of(talk), List.of(listener));
    }

    @Override
    public void close() {
        client.close();
    }
}
