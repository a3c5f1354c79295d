package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.log.ChannelId;

/**
 * Table EVIDENCE: what proves that a hub cheated.
 *
 * <ul>
 *   <li>key: channel id (32), a number from 1; value: {@link StoredEvidence}. Kept for ever, at most
 *       {@code Limits.EVIDENCE_PER_CHANNEL_MAX} a channel.
 * </ul>
 */
final class EvidenceTable {
    private final Journal journal;

    EvidenceTable(Journal journal) {
        this.journal = journal;
    }

    void add(ChannelId channel, StoredEvidence evidence) {
        long[] count = new long[1];
        journal.scanPrefix(Table.EVIDENCE, channel.bytes(), (key, value) -> {
            count[0]++;
            return true;
        });
        if (count[0] < Limits.EVIDENCE_PER_CHANNEL_MAX) {
            journal.put(
                    Table.EVIDENCE, Key.of(channel.bytes()).and(count[0] + 1).bytes(), Stored.encode(evidence));
        }
    }
}
