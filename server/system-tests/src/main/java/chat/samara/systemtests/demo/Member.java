package chat.samara.systemtests.demo;

import chat.samara.wire.identity.UserId;
import java.nio.file.Path;
import java.util.List;

/** A member of the demo's channel, with a profile folder of their own. */
interface Member {
    /** {@code name@server}. */
    UserId user();

    /** What stands before the '@'. */
    default String name() {
        return user().local();
    }

    Path profile();

    /** A text as this member's device holds it. {@code seq} is 0 while it is not in the log. */
    record Heard(String id, long seq, String from, String text) {}

    /** All texts that the device holds: those of the log in its order, then those that are not in it yet. */
    List<Heard> heard() throws DemoFailure, InterruptedException;
}
