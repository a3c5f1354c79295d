package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
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
import chat.samara.wire.identity.InviteLink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What a soak puts on a server: rooms of four in which is talked at a steady rate, devices that are idle and now and then go and return, readers that
 * begin anew from where they were, and newcomers who join, found a room, say something and go. On the benchmark's main thread.
 */
final class SoakLoad implements AutoCloseable {
    /** Of each room. */
    static final int MEMBERS = 4;

    private static final String NAME = "soak.example";
    private static final int PAYLOAD_BYTES = 452;

    /** An invite opens no more accounts. */
    private static final int NEWCOMERS_MAX = 10_000;

    /** Of the idle devices, one of so many goes and returns each time. */
    private static final int RETURNING_PART = 10;

    private final Workshop workshop;
    private final LoadClient client;
    private final ServerUnderTest server;
    private final InviteLink newcomersInvite;
    private final Village talkers;
    private final List<Room> rooms = new ArrayList<>();
    private final List<Talk> talks = new ArrayList<>();
    private final List<Seat> listening = new ArrayList<>();
    private final List<Device> idle;
    private final List<Session> sessions = new ArrayList<>();
    private final int newcomers;
    private int nextToReturn;

    /**
     * How much of each.
     *
     * @param rate messages a second in all rooms together
     * @param newcomers who join in all, one at a time
     */
    record Size(int rooms, double rate, int idle, int newcomers) {}

    private SoakLoad(Workshop workshop, LoadClient client, ServerUnderTest server, Size size)
            throws BenchFailure, InterruptedException {
        this.workshop = workshop;
        this.client = client;
        this.server = server;
        this.newcomers = Math.min(size.newcomers, NEWCOMERS_MAX);
        this.newcomersInvite = server.invite(newcomers);
        this.talkers = Village.settle(client, server, size.rooms * MEMBERS);
        Village quiet = Village.settle(client, server, "idle", size.idle);
        quiet.leave();
        this.idle = quiet.devices();
    }

    /** Starts the server, and lets all begin. */
    static SoakLoad begin(Path folder, Size size, int heapMib) throws BenchFailure, InterruptedException {
        Workshop workshop = Workshop.open(folder);
        LoadClient client = new LoadClient();
        boolean begun = false;
        try {
            ServerUnderTest server = ServerUnderTest.start(workshop, NAME, heapMib);
            SoakLoad load = new SoakLoad(workshop, client, server, size);
            load.talk(size);
            for (Device device : load.idle) {
                load.sessions.add(load.loggedIn(device));
            }
            begun = true;
            return load;
        } finally {
            if (!begun) {
                client.close();
                workshop.close();
            }
        }
    }

    private void talk(Size size) throws BenchFailure, InterruptedException {
        client.tally().timed(true);
        for (int i = 0; i < size.rooms; i++) {
            List<Device> members = talkers.devices().subList(i * MEMBERS, (i + 1) * MEMBERS);
            Room room = talkers.found(members.get(0), members.subList(1, MEMBERS), PAYLOAD_BYTES);
            rooms.add(room);
            List<Device> listeners = members.subList(1, MEMBERS);
            talkers.follow(listeners, List.of(room), Acks.SDK);
            listeners.forEach(listener -> listening.add(listener.seat(room)));
            Talk talk = room.talk(List.of(members.get(0).seat(room)), listeners.size());
            talks.add(talk);
            talk.atRate(size.rate / size.rooms);
        }
    }

    LoadClient client() {
        return client;
    }

    ServerUnderTest server() {
        return server;
    }

    /**
     * Some go and return, the listeners of one room begin anew, and one joins.
     *
     * @param time the how manieth, from 1
     */
    void change(int time) throws BenchFailure, InterruptedException {
        int returning = (sessions.size() + RETURNING_PART - 1) / RETURNING_PART;
        for (int i = 0; i < returning; i++) {
            client.await(sessions.get(nextToReturn).close(), "closing");
            sessions.set(nextToReturn, loggedIn(idle.get(nextToReturn)));
            nextToReturn = (nextToReturn + 1) % sessions.size();
        }
        int room = time % rooms.size();
        List<Device> listeners = talkers.devices().subList(room * MEMBERS + 1, (room + 1) * MEMBERS);
        talkers.follow(listeners, List.of(rooms.get(room)), Acks.SDK);
        if (time <= newcomers) {
            join(time);
        }
    }

    private void join(int time) throws BenchFailure, InterruptedException {
        Village newcomer = Village.settle(client, server, newcomersInvite, "newcomer" + time + "-", 1);
        Device device = newcomer.devices().get(0);
        Room own = newcomer.found(device, List.of(), PAYLOAD_BYTES);
        Talk word = own.talkWithoutListeners(List.of(device.seat(own)));
        word.pipelined(1);
        word.end();
        newcomer.awaitAll(List.of(word), List.of());
        newcomer.leave();
    }

    private Session loggedIn(Device device) throws BenchFailure, InterruptedException {
        Session session = Session.begin(client, device, server.address());
        CompletableFuture<Long> ready = session.ready();
        long unused = client.await(ready, "logging in");
        return session;
    }

    /** All fall silent, and each message has to arrive. */
    void end() throws BenchFailure, InterruptedException {
        talks.forEach(Talk::end);
        talkers.awaitAll(talks, listening);
    }

    @Override
    public void close() {
        client.close();
        workshop.close();
    }
}
