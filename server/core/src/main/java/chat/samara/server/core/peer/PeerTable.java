package chat.samara.server.core.peer;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredPeer;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import java.util.SortedMap;
import java.util.TreeMap;

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

    SortedMap<ServerName, StoredPeer> all() {
        SortedMap<ServerName, StoredPeer> peers = new TreeMap<>();
        journal.scanPrefix(Table.PEER, chat.samara.mls.codec.Bytes.EMPTY, (key, value) -> {
            try {
                peers.put(
                        ServerName.fromWire(Key.nameAt(key, 0)), Stored.decode(Table.PEER, StoredPeer.parser(), value));
            } catch (RefusedException e) {
                throw Stored.corrupt(Table.PEER, e);
            }
            return true;
        });
        return peers;
    }

    void put(ServerName name, StoredPeer peer) {
        journal.put(Table.PEER, Key.of(name.value()).bytes(), Stored.encode(peer));
    }

    void delete(ServerName name) {
        journal.delete(Table.PEER, Key.of(name.value()).bytes());
    }
}
