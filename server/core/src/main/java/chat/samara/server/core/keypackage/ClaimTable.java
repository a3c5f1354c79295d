package chat.samara.server.core.keypackage;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.batch.Sweep;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredClaim;
import java.util.Optional;

/**
 * Table CLAIM: answers to claims, so that a claim that is repeated hands nothing more out.
 *
 * <ul>
 *   <li>key: who asked (a member's id, or a peer's name) as a name, claim id (16); value: {@link StoredClaim}. Pruned by
 *       housekeeping after {@code Limits.CLAIM_MILLIS_MAX}.
 * </ul>
 */
final class ClaimTable {
    private final Journal journal;
    private final Sweep sweep;

    ClaimTable(Journal journal) {
        this.journal = journal;
        this.sweep = new Sweep(journal, Table.CLAIM);
    }

    Optional<StoredClaim> find(String asker, Bytes claimId) {
        return journal.get(Table.CLAIM, key(asker, claimId)).map(ClaimTable::decode);
    }

    /** Whether a claim of this asker is remembered. */
    static boolean isAny(Rows rows, String asker) {
        boolean[] found = {false};
        rows.scanPrefix(Table.CLAIM, Key.of(asker).bytes(), (key, value) -> {
            found[0] = true;
            return false;
        });
        return found[0];
    }

    void put(String asker, Bytes claimId, StoredClaim claim) {
        journal.put(Table.CLAIM, key(asker, claimId), Stored.encode(claim));
    }

    /** Deletes answers that were given before this time, among the next so many. */
    void sweep(long beforeMillis, int rowsMax) {
        sweep.go(rowsMax, row -> decode(row).getClaimedAtMillis() < beforeMillis);
    }

    private static Bytes key(String asker, Bytes claimId) {
        return Key.of(asker).and(claimId).bytes();
    }

    private static StoredClaim decode(Bytes value) {
        return Stored.decode(Table.CLAIM, StoredClaim.parser(), value);
    }
}
