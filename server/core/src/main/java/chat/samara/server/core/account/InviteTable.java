package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Sweep;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredInvite;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Table INVITE.
 *
 * <ul>
 *   <li>key: token (16 bytes); value: {@link StoredInvite}. An invite that is used up stays, so that whoever comes too late is told
 *       so; housekeeping prunes it once it has expired for a while ({@link Invites}).
 * </ul>
 */
final class InviteTable {
    private final Journal journal;
    private final Sweep sweep;

    InviteTable(Journal journal) {
        this.journal = journal;
        this.sweep = new Sweep(journal, Table.INVITE);
    }

    Optional<StoredInvite> find(Bytes token) {
        return journal.get(Table.INVITE, token).map(InviteTable::decode);
    }

    void put(Bytes token, StoredInvite invite) {
        journal.put(Table.INVITE, token, Stored.encode(invite));
    }

    void delete(Bytes token) {
        journal.delete(Table.INVITE, token);
    }

    /** All of them, by token; there are at most a few times {@code Limits.INVITES_MAX}. */
    Map<Bytes, StoredInvite> all() {
        Map<Bytes, StoredInvite> found = new TreeMap<>();
        journal.scanPrefix(Table.INVITE, Bytes.EMPTY, (token, value) -> {
            found.put(token, decode(value));
            return true;
        });
        return found;
    }

    /** Deletes those that had expired before then, of the next so many. */
    void sweep(long beforeMillis, int rowsMax) {
        sweep.go(rowsMax, row -> decode(row).getExpiresAtMillis() < beforeMillis);
    }

    private static StoredInvite decode(Bytes value) {
        return Stored.decode(Table.INVITE, StoredInvite.parser(), value);
    }
}
