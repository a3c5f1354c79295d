package chat.samara.client.profile;

import chat.samara.client.device.DeviceTable;
import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.profile.tree.SealedTree.Change;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredHeader;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Hash;
import chat.samara.mls.crypto.PasswordHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * The rows of a profile of version 1, read to be converted: an MVStore, one map a table, encrypted under the first half of what Argon2id makes of the
 * passphrase. The header recognises the right passphrase by an HMAC under the other half.
 */
final class OldProfile implements AutoCloseable {
    private static final byte[] CHECK_LABEL = "samara/v1/profile-check".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 32;

    /** A commit of the conversion takes so much in memory. */
    private static final int BATCH_BYTES = 4 << 20;

    private final MVStore store;

    private OldProfile(MVStore store) {
        this.store = store;
    }

    /** Opens it for reading only: a refusal, WRONG_PASSPHRASE or PROFILE_DAMAGED, has changed nothing. */
    static OldProfile open(Path file, StoredHeader header, char[] passphrase) throws ClientException {
        byte[] derived = derive(header, passphrase);
        char[] key = HexFormat.of().formatHex(derived, 0, KEY_BYTES).toCharArray();
        Arrays.fill(derived, (byte) 0);
        if (!Files.exists(file)) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, file + " is missing");
        }
        try {
            return new OldProfile(new MVStore.Builder()
                    .fileName(file.toString())
                    .encryptionKey(key)
                    .readOnly()
                    .open());
        } catch (MVStoreException | IllegalArgumentException e) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Version 1 took a passphrase as it came; the same letters may have come in another form than they are typed in now. */
    private static byte[] derive(StoredHeader header, char[] passphrase) throws ClientException {
        PasswordHash cost =
                PassphraseSlot.cost(header.getMemoryKib(), header.getIterations(), header.getLanes(), header.getSalt());
        byte[] normalised = Passphrase.toOpen(passphrase);
        byte[] raw = Passphrase.raw(passphrase);
        try {
            Optional<byte[]> derived = derive(header, cost, normalised);
            if (derived.isEmpty() && !Arrays.equals(normalised, raw)) {
                derived = derive(header, cost, raw);
            }
            return derived.orElseThrow(() -> new ClientException(
                    RefusalCode.WRONG_PASSPHRASE, "the passphrase is not the profile's. Nothing was changed"));
        } finally {
            Arrays.fill(normalised, (byte) 0);
            Arrays.fill(raw, (byte) 0);
        }
    }

    private static Optional<byte[]> derive(StoredHeader header, PasswordHash cost, byte[] passphrase) {
        byte[] derived = cost.derive(passphrase, Bytes.of(header.getSalt().toByteArray()), 2 * KEY_BYTES);
        byte[] checkKey = Arrays.copyOfRange(derived, KEY_BYTES, 2 * KEY_BYTES);
        byte[] check = Hash.SHA256.mac(checkKey, CHECK_LABEL);
        Arrays.fill(checkKey, (byte) 0);
        if (MessageDigest.isEqual(check, header.getCheck().toByteArray())) {
            return Optional.of(derived);
        }
        Arrays.fill(derived, (byte) 0);
        return Optional.empty();
    }

    /** Puts all rows into a tree. */
    void copyInto(SealedTree tree) throws IOException, ClientException {
        try {
            for (DeviceTable table : DeviceTable.values()) {
                if (store.hasMap(table.name())) {
                    copy(table, tree);
                }
            }
        } catch (MVStoreException e) {
            throw new ClientException(
                    RefusalCode.PROFILE_DAMAGED, "the profile's rows cannot be read: " + e.getMessage(), e);
        }
    }

    private void copy(DeviceTable table, SealedTree tree) throws IOException {
        MVMap<byte[], byte[]> map = store.openMap(
                table.name(),
                new MVMap.Builder<byte[], byte[]>()
                        .keyType(ByteStringType.INSTANCE)
                        .valueType(ByteStringType.INSTANCE));
        List<Change> batch = new ArrayList<>();
        int bytes = 0;
        Cursor<byte[], byte[]> rows = map.cursor(null);
        while (rows.hasNext()) {
            byte[] key = rows.next();
            byte[] value = rows.getValue().clone();
            batch.add(new Change.Put(TreeTables.treeKey(table, Bytes.wrapUnsafe(key)), value));
            bytes += key.length + value.length;
            if (bytes > BATCH_BYTES) {
                tree.commit(batch);
                batch.clear();
                bytes = 0;
            }
        }
        tree.commit(batch);
    }

    @Override
    public void close() {
        store.closeImmediately();
    }
}
