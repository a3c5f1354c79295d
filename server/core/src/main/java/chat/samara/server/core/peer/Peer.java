package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredPeer;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A server that the operator has accepted, with what this process knows about reaching it, by monotonic time. */
final class Peer {
    private final ServerName name;
    private StoredPeer stored;
    private Optional<Link> ready = Optional.empty();
    private boolean dialling;
    private long nextDialAtMillis;
    private long dialWaitMillis;
    private int firstAddress;
    private String problem = "";
    private Optional<Refusal> mistrust = Optional.empty();
    private Optional<Long> twinSeenAtMillis = Optional.empty();

    Peer(ServerName name, StoredPeer stored) {
        this.name = name;
        this.stored = stored;
    }

    ServerName name() {
        return name;
    }

    Bytes rootKey() {
        return Stored.bytes(stored.getRootKey());
    }

    StoredPeer stored() {
        return stored;
    }

    void store(StoredPeer next) {
        stored = next;
    }

    /** The newest manifest that the peer has shown. */
    Optional<Manifest> manifest() {
        if (stored.getManifest().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    ManifestIn.decode(Stored.bytes(stored.getManifest())).verify());
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }

    /** Where to reach it: what it says itself, then what the operator was told; at most 16. */
    List<ServerAddress> addresses() {
        Set<ServerAddress> found = new LinkedHashSet<>();
        manifest().ifPresent(manifest -> found.addAll(manifest.addresses()));
        found.addAll(operatorsOwn());
        List<ServerAddress> addresses = new ArrayList<>(found);
        return List.copyOf(
                addresses.subList(0, Math.min(addresses.size(), chat.samara.wire.Limits.MANIFEST_ADDRESSES_MAX)));
    }

    /** Where to reach it by the word of this server's operator. */
    List<ServerAddress> operatorsOwn() {
        List<ServerAddress> found = new ArrayList<>();
        for (String address : stored.getAddressesList()) {
            try {
                found.add(ServerAddress.parse(address));
            } catch (RefusedException e) {
                throw Stored.corrupt(chat.samara.server.core.store.Table.PEER, e);
            }
        }
        return found;
    }

    /** The same as all of {@link #addresses}, as the next dial tries them. */
    List<ServerAddress> addressesInTurn() {
        List<ServerAddress> turned = new ArrayList<>(addresses());
        Collections.rotate(turned, -firstAddress);
        return turned;
    }

    /**
     * A connection was made, and nobody proved anything on it: whatever answers there may let nothing through to the peer. So the next dial begins with
     * another address, until a link is ready by one.
     */
    void beginElsewhere() {
        firstAddress++;
    }

    /** The link on which both sides have proved who they are. */
    Optional<Link> ready() {
        return ready;
    }

    void ready(Optional<Link> link) {
        ready = link;
    }

    boolean dialling() {
        return dialling;
    }

    void dialling(boolean now) {
        dialling = now;
    }

    boolean isDue(long nowMillis) {
        return ready.isEmpty() && !dialling && nextDialAtMillis <= nowMillis;
    }

    /** The next dial waits twice as long as the one before; jitter (0 to 1) keeps servers from dialling in step. */
    void backOff(long nowMillis, long minMillis, long maxMillis, double jitter) {
        dialWaitMillis = Math.min(maxMillis, Math.max(minMillis, dialWaitMillis * 2));
        nextDialAtMillis = nowMillis + (long) (dialWaitMillis * (0.5 + jitter / 2));
    }

    /** It was reached: the next dial need not wait. */
    void reached() {
        dialWaitMillis = 0;
        nextDialAtMillis = 0;
        problem = "";
        mistrust = Optional.empty();
    }

    /** Why whoever answers in its place is not believed to be it; empty unless it is so. */
    Optional<Refusal> mistrust() {
        return mistrust;
    }

    void mistrusts(Optional<Refusal> why) {
        mistrust = why;
    }

    /** When somebody with its identity dialled last while another one's link stood; empty if that never was. */
    Optional<Long> twinSeenAtMillis() {
        return twinSeenAtMillis;
    }

    void twinSeen(long nowMillis) {
        twinSeenAtMillis = Optional.of(nowMillis);
    }

    /** Why there is no link; empty if unknown. */
    String problem() {
        return problem;
    }

    void problem(String why) {
        problem = why;
    }
}
