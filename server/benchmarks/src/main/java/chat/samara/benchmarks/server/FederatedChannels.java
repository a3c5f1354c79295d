package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Talk;
import chat.samara.benchmarks.load.Village;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Channels of two servers, with as many members of each: one that reads, and some that speak. */
final class FederatedChannels implements AutoCloseable {
    private final Scene scene;
    private final List<Room> rooms = new ArrayList<>();

    private FederatedChannels(Scene scene) {
        this.scene = scene;
    }

    /** Starts the servers, and makes the channels at one of them. */
    static FederatedChannels found(RunOptions options, int channels, int senders)
            throws BenchFailure, InterruptedException {
        FederatedChannels founded = new FederatedChannels(Scene.open(options, List.of(1 + senders, 1 + senders)));
        boolean complete = false;
        try {
            founded.found(channels, options.payloadBytes);
            complete = true;
            return founded;
        } finally {
            if (!complete) {
                founded.close();
            }
        }
    }

    private void found(int channels, int payloadBytes) throws BenchFailure, InterruptedException {
        List<Device> ofHub = village(Side.HUB).devices();
        List<Device> others = new ArrayList<>(ofHub.subList(1, ofHub.size()));
        others.addAll(village(Side.FOLLOWER).devices());
        for (int i = 0; i < channels; i++) {
            rooms.add(village(Side.HUB).found(ofHub.get(0), others, payloadBytes));
        }
        village(Side.FOLLOWER).awaitRooms(rooms);
    }

    private Village village(Side side) {
        return scene.village(side.server());
    }

    /** The first founds or reads, and does not speak. */
    private Device reader(Side side) {
        return village(side).devices().get(0);
    }

    private List<Seat> speakers(Side side, Room room) {
        List<Device> devices = village(side).devices();
        return devices.subList(1, devices.size()).stream()
                .map(device -> device.seat(room))
                .toList();
    }

    /** Measures talks that are read at both servers. */
    List<Run> measureMost(Side speaking, Consumer<Talk> begin) throws BenchFailure, InterruptedException {
        return measure(speaking, List.of(Side.HUB, Side.FOLLOWER), false, begin);
    }

    /** Measures how long talks take to the other server, where alone they are read. */
    List<Run> measureLatency(Side speaking, Consumer<Talk> begin) throws BenchFailure, InterruptedException {
        return measure(speaking, List.of(speaking.other()), true, begin);
    }

    private List<Run> measure(Side speaking, List<Side> reading, boolean timed, Consumer<Talk> begin)
            throws BenchFailure, InterruptedException {
        for (Side side : reading) {
            village(side).follow(List.of(reader(side)), rooms, Acks.SDK);
        }
        List<Talk> talks = new ArrayList<>();
        for (Room room : rooms) {
            talks.add(room.talk(speakers(speaking, room), reading.size()));
        }
        long acknowledged = scene.client().tally().count().acknowledged();
        scene.client().tally().timed(timed);
        talks.forEach(begin);
        List<Run> runs = scene.meter().read();
        talks.forEach(Talk::end);
        awaitAll(talks, acknowledged, reading);
        for (Side side : reading) {
            village(side).follow(List.of(reader(side)), List.of(), Acks.SDK);
        }
        return runs;
    }

    /** All that was said has been acknowledged, and whoever reads has it. */
    private void awaitAll(List<Talk> talks, long acknowledgedBefore, List<Side> reading)
            throws BenchFailure, InterruptedException {
        scene.village()
                .awaitAcknowledged(acknowledgedBefore
                        + talks.stream().mapToLong(Talk::said).sum());
        List<Seat> seats = new ArrayList<>();
        reading.forEach(side -> rooms.forEach(room -> seats.add(reader(side).seat(room))));
        scene.village().awaitAll(talks, seats);
    }

    @Override
    public void close() {
        scene.close();
    }
}
