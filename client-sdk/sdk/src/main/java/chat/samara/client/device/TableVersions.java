package chat.samara.client.device;

import chat.samara.client.content.ComposedContent;
import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.stored.StoredPinnedKey;
import chat.samara.client.stored.StoredSealing;
import chat.samara.client.stored.StoredTableVersion;
import chat.samara.client.stored.StoredUnvouched;
import chat.samara.mls.codec.Bytes;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rows of TABLE_VERSION: how rows of an earlier version of a table become those of this one, before anything else reads them.
 *
 * <p>Only rows of what is under way are rewritten (OUTGOING, UNVOUCHED, PIN): there are few, and all code behind this knows one form of them. HISTORY and PROVISIONAL have
 * both: nothing can prove any more what a version before this one has read, and a history is as long as it is.
 */
public final class TableVersions {
    /** Rows of one commit: so many at their largest fit into memory. */
    private static final int ROWS_PER_COMMIT_MAX = 64;

    private TableVersions() {}

    /** Why this software must not touch a store: a newer one has written it. */
    public static Optional<Refusal> newer(DeviceStore store) {
        List<Refusal> found = new ArrayList<>();
        store.scan(DeviceTable.TABLE_VERSION, Keys.FIRST, Keys.LAST, (key, row) -> {
            String table = new String(key.arrayUnsafe(), StandardCharsets.US_ASCII);
            int version = Stored.parse(StoredTableVersion.parser(), row).getVersion();
            int known = Arrays.stream(DeviceTable.values())
                    .filter(it -> it.name().equals(table))
                    .mapToInt(DeviceTable::version)
                    .findFirst()
                    .orElse(0);
            if (Integer.compareUnsigned(version, known) > 0) {
                found.add(new Refusal(
                        RefusalCode.PROFILE_NEWER,
                        "the table " + table + " of the profile has version " + Integer.toUnsignedString(version)
                                + ", this software knows "
                                + (known == 0 ? "no such table" : "version " + known + " at most")
                                + "; update the software. Nothing was changed"));
            }
            return found.isEmpty();
        });
        return found.stream().findFirst();
    }

    /** Each table is brought up to date by itself, in commits of bounded size; one that is cut off goes on the next time. */
    static void bringUpToDate(DeviceStore store) {
        newer(store).ifPresent(refusal -> {
            throw new DeviceStoreException(refusal.sentence());
        });
        for (DeviceTable table : DeviceTable.values()) {
            if (versionOf(store, table) < table.version()) {
                switch (table) {
                    case OUTGOING -> rewrite(store, table, TableVersions::outgoing);
                    case UNVOUCHED -> rewrite(store, table, TableVersions::unvouched);
                    case PIN -> rewrite(store, table, TableVersions::pin);
                    default -> {
                        // Both forms are read.
                    }
                }
                store.commit(List.of(new Write.Put(
                        DeviceTable.TABLE_VERSION,
                        key(table),
                        StoredTableVersion.newBuilder()
                                .setVersion(table.version())
                                .build()
                                .toByteArray())));
            }
        }
    }

    private static int versionOf(DeviceStore store, DeviceTable table) {
        return store.get(DeviceTable.TABLE_VERSION, key(table))
                .map(row -> Stored.parse(StoredTableVersion.parser(), row).getVersion())
                .orElse(1);
    }

    private static Bytes key(DeviceTable table) {
        return Bytes.wrapUnsafe(table.name().getBytes(StandardCharsets.US_ASCII));
    }

    /** Gives the row as it is now; a row that is so already stays as it is. */
    private interface Step {
        byte[] of(byte[] row);
    }

    private static void rewrite(DeviceStore store, DeviceTable table, Step step) {
        Bytes from = Keys.FIRST;
        while (true) {
            List<Write> writes = new ArrayList<>();
            store.scan(table, from, Keys.LAST, (key, row) -> {
                writes.add(new Write.Put(table, key, step.of(row)));
                return writes.size() < ROWS_PER_COMMIT_MAX;
            });
            if (writes.isEmpty()) {
                return;
            }
            from = Bytes.concat(writes.get(writes.size() - 1).key(), Bytes.of((byte) 0));
            store.commit(writes);
        }
    }

    private static byte[] outgoing(byte[] row) {
        return outgoing(Stored.parse(StoredOutgoing.parser(), row)).toByteArray();
    }

    private static byte[] unvouched(byte[] row) {
        StoredUnvouched unvouched = Stored.parse(StoredUnvouched.parser(), row);
        return unvouched.hasOutgoing()
                ? unvouched.toBuilder()
                        .setOutgoing(outgoing(unvouched.getOutgoing()))
                        .build()
                        .toByteArray()
                : row;
    }

    /** What it says stood in it three times, each in another form; and of what was sealed, nothing but hashes. */
    private static StoredOutgoing outgoing(StoredOutgoing row) {
        if (row.getKind() != StoredOutgoingKind.MESSAGE || row.getMessage().hasSaid()) {
            return row;
        }
        ComposedContent content = new ComposedContent(Stored.bytes(row.getFrankingKey()), Stored.bytes(row.getBody()));
        StoredMessage message = row.getMessage().toBuilder()
                .clearSentMillis()
                .setSaid(SaidRows.of(content))
                .build();
        StoredOutgoing.Builder now = row.toBuilder()
                .clearFrankingKey()
                .clearBody()
                .clearSealedHashes()
                .setMessage(message);
        Set<ByteString> hashes = new LinkedHashSet<>(row.getSealedHashesList());
        if (!row.getPayload().isEmpty()) {
            // The first versions kept no hashes.
            hashes.add(PayloadForm.hashOf(Stored.bytes(row.getPayload())));
        }
        hashes.forEach(hash -> now.addSealings(StoredSealing.newBuilder().setPayloadHash(hash)));
        return now.build();
    }

    /** The first versions kept one key of a member, and went by it. */
    private static byte[] pin(byte[] row) {
        StoredPin pin = Stored.parse(StoredPin.parser(), row);
        return pin.getKeysCount() > 0
                ? row
                : pin.toBuilder()
                        .addKeys(StoredPinnedKey.newBuilder()
                                .setIdentityKey(pin.getIdentityKey())
                                .setSeenMillis(pin.getSeenMillis())
                                .setAcceptedMillis(pin.getSeenMillis())
                                .setVerified(pin.getVerified()))
                        .build()
                        .toByteArray();
    }
}
