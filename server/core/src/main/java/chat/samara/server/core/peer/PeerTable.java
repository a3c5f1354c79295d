package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredPeer;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Table PEER.
 *
 * <ul>
 *   <li>key: the peer's name as a name; value: {@link StoredPeer}. Deleted when the operator removes the peer.
 * </ul>
 */
final class PeerTable {
    private final Journal journal;

    PeerTable(Journal journal) {
        this.journal = journal;
    }

    /**
     * All rows.
     *
     * @param unreadable the names in keys whose row cannot be read
     */
    record Stock(SortedMap<ServerName, StoredPeer> peers, SortedSet<ServerName> unreadable) {}

    Stock all() {
        SortedMap<ServerName, StoredPeer> peers = new TreeMap<>();
        SortedSet<ServerName> unreadable = new TreeSet<>();
        journal.scanPrefix(Table.PEER, Bytes.EMPTY, (key, value) -> {
            ServerName name = name(key);
            try {
                peers.put(name, checked(Stored.decode(Table.PEER, StoredPeer.parser(), value)));
            } catch (StoreException e) {
                unreadable.add(name);
            }
            return true;
        });
        return new Stock(peers, unreadable);
    }

    private static ServerName name(Bytes key) {
        try {
            return ServerName.fromWire(Key.nameAt(key, 0));
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.PEER, e);
        }
    }

    /** All that is needed later is looked at now: what cannot be read is met once, here. */
    private static StoredPeer checked(StoredPeer row) {
        if (row.getRootKey().size() != Ed25519.KEY_BYTES) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "a root key of " + row.getRootKey().size() + " bytes in table PEER, expected " + Ed25519.KEY_BYTES);
        }
        for (String address : row.getAddressesList()) {
            try {
                ServerAddress.parse(address);
            } catch (RefusedException e) {
                throw Stored.corrupt(Table.PEER, e);
            }
        }
        return row;
    }

    void put(ServerName name, StoredPeer peer) {
        journal.put(Table.PEER, Key.of(name.value()).bytes(), Stored.encode(peer));
    }

    void delete(ServerName name) {
        journal.delete(Table.PEER, Key.of(name.value()).bytes());
    }
}
