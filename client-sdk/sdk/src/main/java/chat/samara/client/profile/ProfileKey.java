package chat.samara.client.profile;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredHeader;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The key of a profile's store: made from the passphrase as the header says, and recognised by it. */
final class ProfileKey {
    static final int VERSION = 1;
    private static final String MAGIC = "samara-profile";
    private static final int SALT_BYTES = 16;
    private static final int KEY_BYTES = 32;
    private static final byte[] CHECK_LABEL = "samara/v1/profile-check".getBytes(StandardCharsets.US_ASCII);

    /** Bounds for what a header may ask of this machine. */
    private static final int MEMORY_KIB_MAX = 1 << 20;

    private static final int ITERATIONS_MAX = 64;
    private static final int LANES_MAX = 16;

    private final StoredHeader header;
    private final char[] storeKey;

    private ProfileKey(StoredHeader header, char[] storeKey) {
        this.header = header;
        this.storeKey = storeKey;
    }

    /** A key for a new profile. */
    static ProfileKey make(char[] passphrase, PasswordHash cost, RandomSource random) {
        byte[] salt = random.bytes(SALT_BYTES);
        byte[] derived = derive(passphrase, cost, salt);
        StoredHeader header = StoredHeader.newBuilder()
                .setMagic(MAGIC)
                .setVersion(VERSION)
                .setMemoryKib(cost.memoryKib())
                .setIterations(cost.iterations())
                .setLanes(cost.lanes())
                .setSalt(ByteString.copyFrom(salt))
                .setCheck(ByteString.copyFrom(check(derived)))
                .build();
        return new ProfileKey(header, storeKey(derived));
    }

    /** The key of an existing profile. Refused with PROFILE_NEWER, PROFILE_DAMAGED or WRONG_PASSPHRASE. */
    static ProfileKey of(byte[] encodedHeader, char[] passphrase) throws ClientException {
        StoredHeader header;
        try {
            header = StoredHeader.parseFrom(encodedHeader);
        } catch (InvalidProtocolBufferException e) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header cannot be read", e);
        }
        if (!header.getMagic().equals(MAGIC)) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header is not that of a profile");
        }
        if (header.getVersion() != VERSION) {
            throw new ClientException(
                    RefusalCode.PROFILE_NEWER,
                    "the profile has version " + Integer.toUnsignedString(header.getVersion())
                            + ", this software knows " + VERSION + "; update the software. Nothing was changed");
        }
        boolean costIsSane = header.getMemoryKib() <= MEMORY_KIB_MAX
                && header.getIterations() <= ITERATIONS_MAX
                && header.getLanes() >= 1
                && header.getLanes() <= LANES_MAX
                && header.getSalt().size() >= SALT_BYTES;
        if (!costIsSane) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header asks for impossible costs");
        }
        PasswordHash cost;
        try {
            cost = new PasswordHash(header.getMemoryKib(), header.getIterations(), header.getLanes());
        } catch (IllegalArgumentException e) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header asks for impossible costs", e);
        }
        byte[] derived = derive(passphrase, cost, header.getSalt().toByteArray());
        if (!MessageDigest.isEqual(check(derived), header.getCheck().toByteArray())) {
            Arrays.fill(derived, (byte) 0);
            throw new ClientException(
                    RefusalCode.WRONG_PASSPHRASE, "the passphrase is not the profile's. Nothing was changed");
        }
        return new ProfileKey(header, storeKey(derived));
    }

    byte[] header() {
        return header.toByteArray();
    }

    /** In the form that MVStore wants; the live array, which MVStore erases. */
    char[] storeKey() {
        return storeKey;
    }

    private static byte[] derive(char[] passphrase, PasswordHash cost, byte[] salt) {
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(passphrase));
        byte[] password = new byte[encoded.remaining()];
        encoded.get(password);
        try {
            // One half opens the store, the other only shows that the passphrase is right.
            return cost.derive(password, Bytes.of(salt), 2 * KEY_BYTES);
        } finally {
            Arrays.fill(password, (byte) 0);
            encoded.clear();
            encoded.put(new byte[encoded.capacity()]);
        }
    }

    private static char[] storeKey(byte[] derived) {
        char[] key = HexFormat.of().formatHex(derived, 0, KEY_BYTES).toCharArray();
        Arrays.fill(derived, (byte) 0);
        return key;
    }

    private static byte[] check(byte[] derived) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(derived, KEY_BYTES, KEY_BYTES, "HmacSHA256"));
            return mac.doFinal(CHECK_LABEL);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    @Override
    public String toString() {
        return "ProfileKey(version " + header.getVersion() + ")";
    }
}
