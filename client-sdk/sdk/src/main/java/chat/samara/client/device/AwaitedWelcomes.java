package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How many Welcomes its server has said at login to keep for this device, and how many of them it has given since: as many at once as fit into a frame.
 * All of that is its word alone. It only says whether there may be another way into a channel than by its log.
 */
final class AwaitedWelcomes {
    /** As many as a server keeps for one device. */
    private static final int COUNTED_MAX = 1_000;

    private long saidAtLogin;

    // Only looked up by key: by a hash of all that a Welcome is.
    private final Set<Bytes> given = new HashSet<>();

    private boolean broughtNew;

    void beginSession(long waitingAtServer) {
        saidAtLogin = Math.min(waitingAtServer, COUNTED_MAX);
        given.clear();
        broughtNew = false;
    }

    /** The server gives some, perhaps the same as before. */
    void given(List<WaitingWelcome> welcomes) {
        int before = given.size();
        welcomes.stream()
                .map(welcome -> Sha256.of(welcome.toByteArray()))
                .filter(hash -> given.size() < COUNTED_MAX)
                .forEach(given::add);
        broughtNew = given.size() > before;
    }

    /** Whether it has not given as many as it said. */
    boolean hasMore() {
        return given.size() < saidAtLogin;
    }

    /** Whether the last answer brought others than those before; a server that gives the same again and again is asked again after a while only. */
    boolean hasBroughtNew() {
        return broughtNew;
    }
}
