package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.bare.BareVillage;
import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Talk;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One room in which some speak and others read; and the same without Samara. */
final class FanoutRoom {
    private final Scene scene;
    private final Room room;
    private final List<Seat> speakers;
    private final List<Device> readers;

    private FanoutRoom(Scene scene, Room room, List<Seat> speakers, List<Device> readers) {
        this.scene = scene;
        this.room = room;
        this.speakers = speakers;
        this.readers = readers;
    }

    /** Makes the room: the village's first members speak, the next ones read. */
    static FanoutRoom found(Scene scene, int speakers, int readers, int payloadBytes)
            throws BenchFailure, InterruptedException {
        List<Device> members = scene.village().devices().subList(0, speakers + readers);
        Room room = scene.village().found(members.get(0), members.subList(1, members.size()), payloadBytes);
        List<Seat> seats = members.subList(0, speakers).stream()
                .map(device -> device.seat(room))
                .toList();
        return new FanoutRoom(scene, room, seats, members.subList(speakers, speakers + readers));
    }

    /**
     * Measures a talk.
     *
     * @param acks whether readers say how far they are
     * @param timed whether latencies are wanted
     * @param begin how the talk goes
     */
    List<Run> measure(Acks acks, boolean timed, Consumer<Talk> begin) throws BenchFailure, InterruptedException {
        scene.village().follow(readers, List.of(room), acks);
        Talk talk = room.talk(speakers, readers.size());
        scene.client().tally().timed(timed);
        begin.accept(talk);
        List<Run> runs = scene.meter().read();
        talk.end();
        List<Seat> seats = new ArrayList<>();
        readers.forEach(reader -> seats.add(reader.seat(room)));
        scene.village().awaitAll(List.of(talk), seats);
        scene.village().follow(readers, List.of(), acks);
        return runs;
    }

    /** The same by the bare fan-out, with frames of so many bytes. */
    List<Run> measureBare(BareServer bare, double frameBytes, boolean timed, Consumer<Talk> begin)
            throws BenchFailure, InterruptedException {
        try (BareVillage village = BareVillage.open(scene.client(), bare.address(), readers.size() + 1)) {
            List<Integer> listeners =
                    IntStream.rangeClosed(1, readers.size()).boxed().toList();
            Talk talk = village.room(0, listeners, 0, (int) Math.round(frameBytes));
            scene.client().tally().timed(timed);
            begin.accept(talk);
            List<Run> runs = scene.meter(bare).read();
            talk.end();
            scene.village().awaitAll(List.of(talk), List.of());
            return runs;
        }
    }
}
