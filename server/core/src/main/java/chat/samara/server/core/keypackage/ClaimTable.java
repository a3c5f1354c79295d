package chat.samara.server.core.keypackage;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredClaim;
import java.util.ArrayList;
import java.util.List;
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

    ClaimTable(Journal journal) {
        this.journal = journal;
    }

    Optional<StoredClaim> find(String asker, Bytes claimId) {
        return journal.get(Table.CLAIM, key(asker, claimId)).map(ClaimTable::decode);
    }

    void put(String asker, Bytes claimId, StoredClaim claim) {
        journal.put(Table.CLAIM, key(asker, claimId), Stored.encode(claim));
    }

    void prune(long beforeMillis, int rowsMax) {
        List<Bytes> old = new ArrayList<>();
        journal.scanPrefix(Table.CLAIM, Bytes.EMPTY, (key, value) -> {
            if (decode(value).getClaimedAtMillis() < beforeMillis) {
                old.add(key);
            }
            return old.size() < rowsMax;
        });
        old.forEach(key -> journal.delete(Table.CLAIM, key));
    }

    private static Bytes key(String asker, Bytes claimId) {
        return Key.of(asker).and(claimId).bytes();
    }

    private static StoredClaim decode(Bytes value) {
        return Stored.decode(Table.CLAIM, StoredClaim.parser(), value);
    }
}
