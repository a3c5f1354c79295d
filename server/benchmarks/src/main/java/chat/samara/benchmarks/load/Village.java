package chat.samara.benchmarks.load;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The members of a server, each with a device that is online, and the rooms that they make. Called on the benchmark's main thread. */
public final class Village {
    /** Connections that are being made at a time: a server bounds strangers, and the time that TLS may take. */
    private static final int CONNECTING_MAX = 16;

    private static final long CATCH_UP_SECONDS_MAX = 120;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LoadClient client;
    private final List<Device> devices;

    private Village(LoadClient client, List<Device> devices) {
        this.client = client;
        this.devices = List.copyOf(devices);
    }

    /** Registers so many members, and leaves their sessions open. */
    public static Village settle(LoadClient client, ServerUnderTest server, int members)
            throws BenchFailure, InterruptedException {
        return settle(client, server, "member", members);
    }

    /** Registers members whose names begin like this. */
    public static Village settle(LoadClient client, ServerUnderTest server, String name, int members)
            throws BenchFailure, InterruptedException {
        LoadClient.requireFilesFor(members);
        return settle(client, server, server.invite(members), name, members);
    }

    /** The same by an invite that is there already, and is good for as many. */
    public static Village settle(LoadClient client, ServerUnderTest server, InviteLink invite, String name, int members)
            throws BenchFailure, InterruptedException {
        List<Device> devices = new ArrayList<>();
        List<CompletableFuture<ServerFrame>> registering = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            Device device = new Device(client, server.address(), invite, name + i);
            devices.add(device);
            registering.add(device.register());
            if (registering.size() == CONNECTING_MAX || i == members - 1) {
                for (CompletableFuture<ServerFrame> each : registering) {
                    Answers.require(client.await(each, "registering"), ServerFrame::hasLoggedIn, "registering");
                }
                registering.clear();
            }
        }
        return new Village(client, devices);
    }

    public List<Device> devices() {
        return devices;
    }

    /** All leave their KeyPackages at the server; who they are is given back. */
    public List<UserId> publishAll() throws BenchFailure, InterruptedException {
        List<CompletableFuture<ServerFrame>> publishing =
                devices.stream().map(Device::publish).toList();
        for (CompletableFuture<ServerFrame> each : publishing) {
            Answers.require(client.await(each, "publishing"), ServerFrame::hasKeyPackagesStored, "publishing");
        }
        return devices.stream().map(Device::user).toList();
    }

    /** All go offline. */
    public void leave() throws BenchFailure, InterruptedException {
        List<CompletableFuture<Void>> leaving =
                devices.stream().map(Device::close).toList();
        for (CompletableFuture<Void> each : leaving) {
            client.await(each, "closing");
        }
    }

    public Tally tally() {
        return client.tally();
    }

    /**
     * Founds a room.
     *
     * @param others members beside the founder
     * @param payloadBytes of each message, as it is encrypted
     */
    public Room found(Device founder, List<Device> others, int payloadBytes) throws BenchFailure, InterruptedException {
        return new Founding(client, founder).found(others, payloadBytes);
    }

    /** Waits until this village's server, which is not the rooms' hub, has them with all of their members. */
    public void awaitRooms(Collection<Room> rooms) throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS_MAX);
        for (Room room : rooms) {
            Device member =
                    devices.stream().filter(each -> each.isIn(room)).findFirst().orElseThrow();
            while (!member.sees(room)) {
                if (System.nanoTime() > deadline) {
                    throw new BenchFailure("after " + CATCH_UP_SECONDS_MAX + " s, the server of " + member.user()
                            + " does not have all of " + room);
                }
                client.goOn(LOOK_AGAIN_NANOS);
            }
        }
    }

    /** Lets devices read these rooms and no others, from where they have them. */
    public void follow(Collection<Device> readers, Collection<Room> rooms, Acks acks)
            throws BenchFailure, InterruptedException {
        List<CompletableFuture<ServerFrame>> following = new ArrayList<>();
        for (Device reader : readers) {
            List<Room> own = rooms.stream().filter(reader::isIn).toList();
            following.add(reader.follow(own, acks));
        }
        for (CompletableFuture<ServerFrame> each : following) {
            Answers.require(client.await(each, "beginning to read"), ServerFrame::hasDone, "beginning to read");
        }
    }

    /** Waits until so many messages have been acknowledged, of all members since the beginning. That one is not is a failure. */
    public void awaitAcknowledged(long messages) throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS_MAX);
        while (client.tally().count().acknowledged() < messages) {
            if (System.nanoTime() > deadline) {
                throw new BenchFailure("after " + CATCH_UP_SECONDS_MAX + " s, "
                        + client.tally().count().acknowledged() + " of " + messages + " messages are acknowledged");
            }
            client.goOn(LOOK_AGAIN_NANOS);
        }
    }

    /**
     * Waits until all that was said in talks that have ended is over, and each of these devices has all that was acknowledged in its room.
     * That a message does not arrive is a failure.
     */
    public void awaitAll(Collection<Talk> talks, Collection<Seat> seats) throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS_MAX);
        for (Talk talk : talks) {
            while (!talk.isOver()) {
                if (System.nanoTime() > deadline) {
                    throw new BenchFailure(
                            "after " + CATCH_UP_SECONDS_MAX + " s, not all that was said has arrived: " + talk);
                }
                client.goOn(LOOK_AGAIN_NANOS);
            }
        }
        for (Seat seat : seats) {
            while (seat.readThrough() < seat.room().orderedThrough()) {
                if (System.nanoTime() > deadline) {
                    throw new BenchFailure(seat.device().user() + " has " + seat.room() + " up to " + seat.readThrough()
                            + " after " + CATCH_UP_SECONDS_MAX + " s, but up to "
                            + seat.room().orderedThrough()
                            + " was acknowledged");
                }
                client.goOn(LOOK_AGAIN_NANOS);
            }
        }
    }

    /**
     * Lets devices that lack the last so many entries of a room begin to read it, all at once. Returns when each of them has all of it; then they
     * read no more.
     */
    public void catchUp(Collection<Device> readers, Room room, long lacking) throws BenchFailure, InterruptedException {
        List<Seat> seats = readers.stream().map(reader -> reader.seat(room)).toList();
        seats.forEach(seat -> seat.has(room.orderedThrough() - lacking));
        follow(readers, List.of(room), Acks.SDK);
        awaitAll(List.of(), seats);
        follow(readers, List.of(), Acks.SDK);
    }
}
