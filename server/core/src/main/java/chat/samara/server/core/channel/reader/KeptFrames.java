package chat.samara.server.core.channel.reader;

import chat.samara.server.core.Limits;
import chat.samara.wire.log.ChannelId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Frames that were made for readers who catch up, for those who come to the same place in a later round. What is durable in a log never changes, and a channel
 * whose log is given up is one of which nobody read anything: so a frame stays true, and whoever may read what is in it may be sent it. Whether it is the one
 * to be sent next {@link SharedFrames} says, by the log as it is then.
 */
final class KeptFrames {
    private final long bytesMax;

    /** The one that was asked for longest ago first. */
    private final Map<Place, Kept> frames = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    /**
     * Where a reader stands, and what it takes.
     *
     * @param bytesMax of entries in one frame
     * @param leadsOn whether it was sent the entry before, in the same session
     */
    record Place(ChannelId channel, long fromSeq, long bytesMax, EntryForm form, boolean leadsOn) {
        Place slim() {
            return new Place(channel, fromSeq, bytesMax, EntryForm.SLIM, false);
        }
    }

    private record Kept(SharedFrames.Made frame, long askedForAtMillis) {}

    KeptFrames(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** What was made for a place last. */
    Optional<SharedFrames.Made> find(Place place, long nowMillis) {
        Kept found = frames.get(place);
        if (found == null) {
            return Optional.empty();
        }
        frames.put(place, new Kept(found.frame, nowMillis));
        return Optional.of(found.frame);
    }

    /** Keeps what was made for a place instead of what was made for it before; what was asked for longest ago goes, if there is no room. */
    void keep(Place place, SharedFrames.Made frame, long nowMillis) {
        Kept before = frames.put(place, new Kept(frame, nowMillis));
        bytes += frame.bytesInMemory() - (before == null ? 0 : before.frame.bytesInMemory());
        Iterator<Kept> longestAgo = frames.values().iterator();
        while (bytes > bytesMax && longestAgo.hasNext()) {
            bytes -= longestAgo.next().frame.bytesInMemory();
            longestAgo.remove();
        }
    }

    /** Forgets what was not asked for since long ago. */
    void forgetOld(long nowMillis) {
        Iterator<Kept> longestAgo = frames.values().iterator();
        boolean old = true;
        while (old && longestAgo.hasNext()) {
            Kept kept = longestAgo.next();
            old = nowMillis - kept.askedForAtMillis >= Limits.FRAME_KEPT_MILLIS;
            if (old) {
                bytes -= kept.frame.bytesInMemory();
                longestAgo.remove();
            }
        }
    }

    /** By an estimate, of all that are kept. */
    long bytes() {
        return bytes;
    }
}
