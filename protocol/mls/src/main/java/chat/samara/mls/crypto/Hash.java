package chat.samara.mls.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;

/** A hash function by the JDK with the HMAC and HKDF (RFC 5869) over it, and HPKE's identifier of that KDF. */
public enum Hash {
    SHA256(0x0001, 32, "SHA-256", "HmacSHA256"),
    SHA384(0x0002, 48, "SHA-384", "HmacSHA384"),
    SHA512(0x0003, 64, "SHA-512", "HmacSHA512");

    private final int kdfId;
    private final int bytes;
    private final String digestAlgorithm;
    private final String macAlgorithm;

    Hash(int kdfId, int bytes, String digestAlgorithm, String macAlgorithm) {
        this.kdfId = kdfId;
        this.bytes = bytes;
        this.digestAlgorithm = digestAlgorithm;
        this.macAlgorithm = macAlgorithm;
    }

    /** HPKE's {@code kdf_id} (RFC 9180 §7.2). */
    public int kdfId() {
        return kdfId;
    }

    /** Bytes in an output, {@code KDF.Nh}. */
    public int bytes() {
        return bytes;
    }

    /** The hash of the parts, one after the other. */
    public byte[] digest(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(digestAlgorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw unavailable(digestAlgorithm, e);
        }
    }

    /** For many short inputs. */
    RepeatedHash repeated() {
        try {
            return new RepeatedHash(MessageDigest.getInstance(digestAlgorithm));
        } catch (GeneralSecurityException e) {
            throw unavailable(digestAlgorithm, e);
        }
    }

    /** HMAC of the parts, one after the other. */
    public byte[] mac(byte[] key, byte[]... parts) {
        Mac mac = keyedMac(key);
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    /** HKDF-Extract (RFC 5869 §2.2). */
    public byte[] extract(byte[] salt, byte[]... inputKeyingMaterial) {
        return mac(salt, inputKeyingMaterial);
    }

    /** HKDF-Expand (RFC 5869 §2.3): at most 255 blocks. */
    public byte[] expand(byte[] pseudoRandomKey, byte[] info, int length) {
        if (length < 0 || length > 255 * bytes) {
            throw new IllegalArgumentException("an expansion to " + length + " bytes, expected 0 to " + 255 * bytes);
        }
        Mac mac = keyedMac(pseudoRandomKey);
        byte[] output = new byte[length];
        byte[] block = new byte[0];
        for (int offset = 0, counter = 1; offset < length; offset += bytes, counter++) {
            mac.update(block);
            mac.update(info);
            mac.update((byte) counter);
            Arrays.fill(block, (byte) 0);
            block = mac.doFinal();
            System.arraycopy(block, 0, output, offset, Math.min(bytes, length - offset));
        }
        Arrays.fill(block, (byte) 0);
        return output;
    }

    private Mac keyedMac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(macAlgorithm);
            // It overwrites its copy of the key at once. It refuses an empty key, but HMAC pads with zeros anyhow (RFC
            // 2104 §2).
            mac.init(new KeyView(key.length == 0 ? new byte[1] : key, macAlgorithm));
            return mac;
        } catch (GeneralSecurityException e) {
            throw unavailable(macAlgorithm, e);
        }
    }

    private static IllegalStateException unavailable(String algorithm, Exception cause) {
        return new IllegalStateException(algorithm + " is missing, expected in every Java 17", cause);
    }
}
