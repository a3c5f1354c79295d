package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.bare.BareVillage;
import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Talk;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** So many rooms of so many members each, all of whom read; the first of each speaks. Members are in several rooms, all in as many. */
record RoomsCase(int rooms, int members) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,6})x(\\d{1,6})");
    private static final int ROOMS_MAX = 20_000;
    private static final int MEMBERS_MAX = 1_000;

    /** What one member may found at once, as servers have it. */
    private static final int FOUNDED_BY_ONE_MAX = 200;

    /** Reads {@code ROOMSxMEMBERS}, for a village of so many devices. */
    static RoomsCase parse(String text, int devices) throws BenchFailure {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new WrongOption("--rooms is " + text + ", expected ROOMSxMEMBERS such as 500x10");
        }
        RoomsCase read = new RoomsCase(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        RunOptions.between("the rooms of --rooms " + text, read.rooms, 1, ROOMS_MAX);
        RunOptions.between("the members of --rooms " + text, read.members, 1, Math.min(MEMBERS_MAX, devices));
        if (read.rooms > devices * FOUNDED_BY_ONE_MAX) {
            throw new WrongOption("--rooms is " + text + ", but a member may found " + FOUNDED_BY_ONE_MAX
                    + " channels at once; take more --devices than " + devices);
        }
        return read;
    }

    /** The members of a room, by their number among the devices: spread over all, so that each is in as many rooms. */
    private List<Integer> membersOf(int room, int devices) {
        int step = devices / members;
        return IntStream.range(0, members)
                .mapToObj(i -> (room + i * step) % devices)
                .toList();
    }

    /** The rooms, with whoever sits in them. */
    record Founded(List<Room> rooms, List<List<Seat>> seats) {}

    Founded found(Scene scene, int payloadBytes) throws BenchFailure, InterruptedException {
        List<Device> devices = scene.village().devices();
        List<Room> founded = new ArrayList<>();
        List<List<Seat>> seats = new ArrayList<>();
        for (int i = 0; i < rooms; i++) {
            List<Device> in =
                    membersOf(i, devices.size()).stream().map(devices::get).toList();
            Room room = scene.village().found(in.get(0), in.subList(1, in.size()), payloadBytes);
            founded.add(room);
            seats.add(in.stream().map(device -> device.seat(room)).toList());
        }
        return new Founded(founded, seats);
    }

    List<Run> measure(Scene scene, Founded founded, Acks acks, int underWay) throws BenchFailure, InterruptedException {
        scene.village().follow(scene.village().devices(), founded.rooms(), acks);
        List<Talk> talks = new ArrayList<>();
        for (int i = 0; i < rooms; i++) {
            talks.add(founded.rooms().get(i).talk(founded.seats().get(i).subList(0, 1), members));
        }
        List<Run> runs = run(scene, talks, underWay, scene.meter());
        scene.village()
                .awaitAll(talks, founded.seats().stream().flatMap(List::stream).toList());
        scene.village().follow(scene.village().devices(), List.of(), acks);
        return runs;
    }

    /** The same by the bare fan-out. */
    List<Run> measureBare(Scene scene, BareServer bare, double frameBytes, int underWay)
            throws BenchFailure, InterruptedException {
        int devices = scene.village().devices().size();
        try (BareVillage village = BareVillage.open(scene.client(), bare.address(), devices)) {
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < rooms; i++) {
                List<Integer> in = membersOf(i, devices);
                talks.add(village.room(i, in, in.get(0), (int) Math.round(frameBytes)));
            }
            List<Run> runs = run(scene, talks, underWay, scene.meter(bare));
            scene.village().awaitAll(talks, List.of());
            return runs;
        }
    }

    private static List<Run> run(Scene scene, List<Talk> talks, int underWay, Meter meter)
            throws BenchFailure, InterruptedException {
        scene.client().tally().timed(false);
        talks.forEach(talk -> talk.pipelined(underWay));
        List<Run> runs = meter.read();
        talks.forEach(Talk::end);
        return runs;
    }
}
