package chat.samara.client.profile;

import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredKeySlot;
import chat.samara.client.stored.StoredKeySlotKind;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The key that Argon2id makes of a passphrase, and how it wraps a profile's data keys:
 *
 * <pre>
 * sealed_keys = AES-256-GCM under Argon2id(passphrase, salt, cost), random nonce,
 *               additional data: label | the slot's encoding without nonce and sealed_keys
 * </pre>
 */
final class PassphraseSlot {
    private static final byte[] LABEL = "samara/v1/profile-key-slot".getBytes(StandardCharsets.US_ASCII);
    private static final int SALT_BYTES = 16;

    /** Bounds for what a header may ask of this machine. */
    private static final int MEMORY_KIB_MAX = 1 << 20;

    private static final int ITERATIONS_MAX = 64;
    private static final int LANES_MAX = 16;

    /** The slot without what it holds. */
    private final StoredKeySlot empty;

    private final byte[] wrappingKey;

    private PassphraseSlot(StoredKeySlot empty, byte[] wrappingKey) {
        this.empty = empty;
        this.wrappingKey = wrappingKey;
    }

    /** For a new passphrase, or an old one at a new cost. */
    static PassphraseSlot make(byte[] passphrase, PasswordHash cost, RandomSource random) {
        StoredKeySlot empty = StoredKeySlot.newBuilder()
                .setKind(StoredKeySlotKind.PASSPHRASE)
                .setMemoryKib(cost.memoryKib())
                .setIterations(cost.iterations())
                .setLanes(cost.lanes())
                .setSalt(ByteString.copyFrom(random.bytes(SALT_BYTES)))
                .build();
        return new PassphraseSlot(empty, derive(passphrase, cost, empty.getSalt()));
    }

    /** Of an existing slot; whether the passphrase is right shows when it is {@link #unwrap}ped. */
    static PassphraseSlot of(StoredKeySlot slot, byte[] passphrase) throws ClientException {
        PasswordHash cost = cost(slot.getMemoryKib(), slot.getIterations(), slot.getLanes(), slot.getSalt());
        StoredKeySlot empty = slot.toBuilder().clearNonce().clearSealedKeys().build();
        return new PassphraseSlot(empty, derive(passphrase, cost, slot.getSalt()));
    }

    /** The cost that a header asks for, if this machine should pay it; else PROFILE_DAMAGED. */
    static PasswordHash cost(int memoryKib, int iterations, int lanes, ByteString salt) throws ClientException {
        boolean sane = memoryKib <= MEMORY_KIB_MAX
                && iterations <= ITERATIONS_MAX
                && lanes >= 1
                && lanes <= LANES_MAX
                && salt.size() >= PasswordHash.SALT_BYTES_MIN;
        try {
            if (sane) {
                return new PasswordHash(memoryKib, iterations, lanes);
            }
        } catch (IllegalArgumentException tooLittle) {
            // Refused below, as what is too much.
        }
        throw new ClientException(
                RefusalCode.PROFILE_DAMAGED,
                "the profile's header asks for impossible costs: " + Integer.toUnsignedString(memoryKib) + " KiB, "
                        + Integer.toUnsignedString(iterations) + " passes, " + Integer.toUnsignedString(lanes)
                        + " lanes");
    }

    private static byte[] derive(byte[] passphrase, PasswordHash cost, ByteString salt) {
        return cost.derive(passphrase, Bytes.of(salt.toByteArray()), Aead.AES_256_GCM.keyBytes());
    }

    /** Whether a guess costs less than it should by now. */
    boolean cheaperThan(PasswordHash cost) {
        return empty.getMemoryKib() < cost.memoryKib() || empty.getIterations() < cost.iterations();
    }

    StoredKeySlot wrap(List<byte[]> dataKeys, RandomSource random) {
        byte[] keys = new byte[dataKeys.size() * SealedTree.DATA_KEY_BYTES];
        for (int i = 0; i < dataKeys.size(); i++) {
            System.arraycopy(dataKeys.get(i), 0, keys, i * SealedTree.DATA_KEY_BYTES, SealedTree.DATA_KEY_BYTES);
        }
        byte[] nonce = random.bytes(Aead.NONCE_BYTES);
        byte[] sealed = Aead.AES_256_GCM.seal(wrappingKey, nonce, additionalData(), keys);
        Arrays.fill(keys, (byte) 0);
        return empty.toBuilder()
                .setNonce(ByteString.copyFrom(nonce))
                .setSealedKeys(ByteString.copyFrom(sealed))
                .build();
    }

    /** The data keys, the valid one first; the caller erases them. Refused with WRONG_PASSPHRASE. */
    List<byte[]> unwrap(StoredKeySlot slot) throws ClientException {
        byte[] nonce = slot.getNonce().toByteArray();
        if (nonce.length != Aead.NONCE_BYTES) {
            throw new ClientException(
                    RefusalCode.PROFILE_DAMAGED, "the profile's header has a nonce of " + nonce.length + " bytes");
        }
        byte[] keys;
        try {
            keys = Aead.AES_256_GCM.open(
                    wrappingKey, nonce, additionalData(), slot.getSealedKeys().toByteArray());
        } catch (MlsException wrong) {
            throw new ClientException(
                    RefusalCode.WRONG_PASSPHRASE, "the passphrase is not the profile's. Nothing was changed", wrong);
        }
        List<byte[]> dataKeys = new ArrayList<>();
        for (int at = 0; at < keys.length; at += SealedTree.DATA_KEY_BYTES) {
            dataKeys.add(Arrays.copyOfRange(keys, at, at + SealedTree.DATA_KEY_BYTES));
        }
        Arrays.fill(keys, (byte) 0);
        return dataKeys;
    }

    private byte[] additionalData() {
        return Bytes.concat(Bytes.of(LABEL), Bytes.of(empty.toByteArray())).toByteArray();
    }

    void erase() {
        Arrays.fill(wrappingKey, (byte) 0);
    }

    @Override
    public String toString() {
        return "PassphraseSlot(" + empty.getMemoryKib() + " KiB, " + empty.getIterations() + " passes)";
    }
}
