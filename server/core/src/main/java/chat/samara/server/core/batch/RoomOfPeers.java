package chat.samara.server.core.batch;

import chat.samara.wire.identity.ServerName;
import java.util.HashMap;
import java.util.Map;

/**
 * How much of what peers have sent may wait in memory for its step ({@link LongWork}), in bytes. Each kind has a bound for each peer, and all kinds of all
 * peers together have one: at that bound each peer of which something waits has its part of it, and the first of a peer of which nothing waits goes in beyond what
 * all others have taken, so that however many do their worst, none is shut out. In memory only.
 */
public final class RoomOfPeers {
    /** The first of a peer's goes in, whatever waits of others, up to this part of what may wait of all. */
    private static final int PARTS_OF_FIRST = 128;

    private final long bytesMax;
    private final long bytesMaxOfAll;
    private final long bytesMaxWithFirst;
    private final long firstBytesMax;
    private final Map<ServerName, Long> ofPeers = new HashMap<>();
    private long ofAll;

    /**
     * @param bytesMax bytes of all peers' that wait, but for what comes of a peer of which nothing waits, or less than its part of these: half as many more of those of
     *     which less waits, twice as many with the first of one of which nothing does, and in any case the first of each if it is no more than a 128th part of these, and one
     *     frame
     */
    public RoomOfPeers(long bytesMax) {
        this.bytesMax = bytesMax;
        this.bytesMaxOfAll = bytesMax + bytesMax / 2;
        this.bytesMaxWithFirst = 2 * bytesMax;
        this.firstBytesMax = bytesMax / PARTS_OF_FIRST;
    }

    /** The room for one kind of what peers send, so many bytes of a peer. */
    public Kind kind(long bytesOfPeerMax) {
        return new Kind(bytesOfPeerMax);
    }

    private boolean isFor(ServerName peer, long bytes) {
        long together = ofAll + bytes;
        long ofPeer = ofPeers.getOrDefault(peer, 0L);
        if (ofPeer == 0) {
            return ofAll == 0 || bytes <= firstBytesMax || together <= bytesMaxWithFirst;
        }
        boolean hasPart = ofPeer + bytes <= bytesMax / ofPeers.size();
        return together <= bytesMax || (hasPart && together <= bytesMaxOfAll);
    }

    private long left(ServerName peer) {
        long ofPeer = ofPeers.getOrDefault(peer, 0L);
        int peers = ofPeers.size() + (ofPeers.containsKey(peer) ? 0 : 1);
        long beyondOthers = Math.max(bytesMax - ofAll, bytesMax / peers - ofPeer);
        long left = Math.min(beyondOthers, bytesMaxOfAll - ofAll);
        return ofPeer == 0 ? Math.max(left, firstBytesMax) : left;
    }

    private void add(ServerName peer, long bytes) {
        ofAll += bytes;
        ofPeers.merge(peer, bytes, (before, more) -> before + more == 0 ? null : before + more);
    }

    /** What waits of one kind. */
    public final class Kind {
        private final long bytesOfPeerMax;
        private final Map<ServerName, Long> waiting = new HashMap<>();

        private Kind(long bytesOfPeerMax) {
            this.bytesOfPeerMax = bytesOfPeerMax;
        }

        /** Bytes of the peer's that wait. */
        public long bytesOf(ServerName peer) {
            return waiting.getOrDefault(peer, 0L);
        }

        /** Whether there is room for so many more of the peer's. The first of a peer's are not held against what one may have of this kind. */
        public boolean isFor(ServerName peer, long bytes) {
            long before = bytesOf(peer);
            return (before == 0 || before + bytes <= bytesOfPeerMax) && RoomOfPeers.this.isFor(peer, bytes);
        }

        /** Bytes more of the peer's that there is room for; 0 or less: none. */
        public long left(ServerName peer) {
            return Math.min(bytesOfPeerMax - bytesOf(peer), RoomOfPeers.this.left(peer));
        }

        /** They wait. */
        public void take(ServerName peer, long bytes) {
            waiting.merge(peer, bytes, Long::sum);
            add(peer, bytes);
        }

        /** They wait no more. */
        public void giveBack(ServerName peer, long bytes) {
            waiting.merge(peer, -bytes, (before, more) -> before + more == 0 ? null : before + more);
            add(peer, -bytes);
        }
    }
}
