package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Seat;
import chat.samara.benchmarks.load.Talk;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So many channels, into which so many members speak: one channel with all of them in it, or several, each with one of them.
 */
record AcceptCase(int channels, int senders) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
    private static final int MOST = 2_000;

    /** What one member may found at once, as servers have it. */
    private static final int FOUNDED_BY_ONE_MAX = 200;

    /** Reads {@code CHANNELSxSENDERS}. */
    static AcceptCase parse(String text) throws BenchFailure {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new WrongOption("--case is " + text + ", expected CHANNELSxSENDERS such as 256x10");
        }
        AcceptCase read = new AcceptCase(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        RunOptions.between("the channels of --case " + text, read.channels, 1, MOST);
        RunOptions.between("the senders of --case " + text, read.senders, 1, MOST);
        if (read.channels > 1 && read.senders > read.channels) {
            throw new WrongOption("--case is " + text + ": each channel has one sender, so there can be "
                    + read.channels + " at most; take 1 channel for many senders in one");
        }
        if (read.channels > read.senders * FOUNDED_BY_ONE_MAX) {
            throw new WrongOption("--case is " + text + ", but a member may found " + FOUNDED_BY_ONE_MAX
                    + " channels at once; take at least "
                    + (read.channels + FOUNDED_BY_ONE_MAX - 1) / FOUNDED_BY_ONE_MAX
                    + " senders");
        }
        return read;
    }

    /** Makes the channels, and a talk for each. */
    List<Talk> found(Scene scene, int payloadBytes) throws BenchFailure, InterruptedException {
        List<Device> members = scene.village().devices().subList(0, senders);
        List<Talk> talks = new ArrayList<>();
        if (channels == 1) {
            Room room = scene.village().found(members.get(0), members.subList(1, senders), payloadBytes);
            List<Seat> seats = members.stream().map(member -> member.seat(room)).toList();
            talks.add(room.talkWithoutListeners(seats));
        } else {
            for (int i = 0; i < channels; i++) {
                Device founder = members.get(i % senders);
                Room room = scene.village().found(founder, List.of(), payloadBytes);
                talks.add(room.talkWithoutListeners(List.of(founder.seat(room))));
            }
        }
        return talks;
    }
}
