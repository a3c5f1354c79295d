package chat.samara.benchmarks.mls;

import chat.samara.mls.crypto.Aead;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * What the primitives that suite 0x0001 demands for a case cost by themselves, on one thread: nothing is encoded, looked up or
 * kept. They are the fastest that are to be had in Java without native code: curves by Bouncy Castle; SHA-256, HMAC and AES-GCM
 * by the JDK, whose intrinsics use the processor's instructions.
 */
final class Floor {
    /** The operations that are counted. */
    private enum Primitive {
        SIGN,
        /** Of what an application message of 1 KiB has signed. */
        SIGN_1024,
        VERIFY,
        VERIFY_1024,
        /** With a public key that was decoded before: of a sender who has sent already. */
        VERIFY_KNOWN,
        /** X25519 with the base point: a public key. */
        X25519_BASE,
        /** X25519 with another point. */
        X25519_AGREE,
        /** HMAC-SHA-256 with a fresh key over a label: HKDF-Extract, or one block of HKDF-Expand. */
        HMAC,
        /** SHA-256 over 200 bytes, as many as a node has. */
        SHA256,
        /** AES-128-GCM with a fresh key over a path secret. */
        AES_SECRET,
        AES_100,
        AES_1024
    }

    private static final int SAMPLES = 400;
    private static final int WARM_UP_CALLS = 20_000;

    private final Map<Primitive, Double> micros = new EnumMap<>(Primitive.class);

    /** Measures the primitives; takes a few seconds. */
    Floor() throws Exception {
        byte[] privateKey = filled(32);
        byte[] ed25519 = new byte[32];
        Ed25519.generatePublicKey(privateKey, 0, ed25519, 0);
        byte[] x25519 = new byte[32];
        X25519.generatePublicKey(privateKey, 0, x25519, 0);
        byte[] message = filled(250);
        byte[] signature = new byte[64];
        Ed25519.sign(privateKey, 0, ed25519, 0, message, 0, message.length, signature, 0);
        measure(Primitive.SIGN, () -> {
            Ed25519.sign(privateKey, 0, ed25519, 0, message, 0, message.length, new byte[64], 0);
            return null;
        });
        measure(Primitive.VERIFY, () -> Ed25519.verify(signature, 0, ed25519, 0, message, 0, message.length));
        Ed25519.PublicPoint point = Ed25519.validatePublicKeyPartialExport(ed25519, 0);
        measure(Primitive.VERIFY_KNOWN, () -> Ed25519.verify(signature, 0, point, message, 0, message.length));
        byte[] longMessage = filled(1_250);
        byte[] longSignature = new byte[64];
        measure(Primitive.SIGN_1024, () -> {
            Ed25519.sign(privateKey, 0, ed25519, 0, longMessage, 0, longMessage.length, longSignature, 0);
            return null;
        });
        measure(
                Primitive.VERIFY_1024,
                () -> Ed25519.verify(longSignature, 0, point, longMessage, 0, longMessage.length));
        measure(Primitive.X25519_BASE, () -> {
            X25519.generatePublicKey(privateKey, 0, new byte[32], 0);
            return null;
        });
        measure(Primitive.X25519_AGREE, () -> X25519.calculateAgreement(privateKey, 0, x25519, 0, new byte[32], 0));
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        measure(Primitive.SHA256, () -> sha256.digest(filled(200)));
        Mac mac = Mac.getInstance("HmacSHA256");
        measure(Primitive.HMAC, () -> {
            mac.init(new SecretKeySpec(privateKey, "HmacSHA256"));
            return mac.doFinal(x25519);
        });
        measure(Primitive.AES_SECRET, sealing(48));
        measure(Primitive.AES_100, sealing(170));
        measure(Primitive.AES_1024, sealing(1_100));
    }

    private static Callable<byte[]> sealing(int bytes) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        byte[] nonce = new byte[Aead.NONCE_BYTES];
        byte[] plaintext = filled(bytes);
        long[] counter = {0};
        return () -> {
            // The JDK refuses a nonce that it has just seen under the same key.
            nonce[0] = (byte) counter[0]++;
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(plaintext, 0, 16, "AES"),
                    new GCMParameterSpec(8 * Aead.TAG_BYTES, nonce));
            cipher.updateAAD(nonce);
            return cipher.doFinal(plaintext);
        };
    }

    private static byte[] filled(int bytes) {
        byte[] filled = new byte[bytes];
        Arrays.fill(filled, (byte) 9);
        return filled;
    }

    /** The least of many batches that are long enough for the clock: a floor is not raised by what else runs here. */
    private void measure(Primitive primitive, Callable<?> work) throws Exception {
        for (int i = 0; i < WARM_UP_CALLS; i++) {
            work.call();
        }
        int batch = 16;
        double least = Double.MAX_VALUE;
        for (int i = 0; i < SAMPLES; i++) {
            long begun = System.nanoTime();
            for (int j = 0; j < batch; j++) {
                work.call();
            }
            least = Math.min(least, (System.nanoTime() - begun) / 1_000.0 / batch);
        }
        micros.put(primitive, least);
    }

    /** Microseconds by primitive, for the notes. */
    Map<String, Double> primitives() {
        Map<String, Double> named = new LinkedHashMap<>();
        micros.forEach((primitive, cost) -> named.put(primitive.name().toLowerCase(Locale.ROOT), cost));
        return named;
    }

    /** The floor of a case in microseconds; NaN where there is none. */
    double of(MlsCase measured, int members) {
        double steps = WarmGroup.pathSteps(members);
        double seal = cost(Primitive.X25519_BASE)
                + cost(Primitive.X25519_AGREE)
                + 8 * cost(Primitive.HMAC)
                + cost(Primitive.AES_SECRET);
        double open = cost(Primitive.X25519_AGREE) + 6 * cost(Primitive.HMAC) + cost(Primitive.AES_SECRET);
        double nodeKey = cost(Primitive.X25519_BASE) + 4 * cost(Primitive.HMAC);
        double schedule = 17 * cost(Primitive.HMAC);
        double hashes = (2 * steps + 4) * cost(Primitive.SHA256);
        double ratchet = 5 * cost(Primitive.HMAC) + cost(Primitive.AES_SECRET);
        return switch (measured) {
            // Signed: the leaf, the message, the GroupInfo. Two more public keys: the leaf's and external_pub.
            case COMMIT_CREATE -> steps * (seal + nodeKey) + 2 * nodeKey + 3 * cost(Primitive.SIGN) + schedule + hashes;
            case COMMIT_PROCESS -> 2 * cost(Primitive.VERIFY_KNOWN) + open + 2 * nodeKey + schedule + hashes;
            case PUBLIC_GROUP_COMMIT -> 2 * cost(Primitive.VERIFY_KNOWN) + hashes;
            // Of each KeyPackage, its own signature and its leaf's.
            case CREATE_GROUP ->
                (members - 1)
                        * (cost(Primitive.VERIFY) + cost(Primitive.VERIFY_KNOWN) + seal + 2 * cost(Primitive.SHA256));
            case JOIN ->
                members * (cost(Primitive.VERIFY) + 3 * cost(Primitive.SHA256)) + cost(Primitive.VERIFY) + 2 * open;
            case PROTECT_100 -> cost(Primitive.SIGN) + ratchet + cost(Primitive.AES_100);
            case PROTECT_1024 -> cost(Primitive.SIGN_1024) + ratchet + cost(Primitive.AES_1024);
            case UNPROTECT_100 -> cost(Primitive.VERIFY_KNOWN) + ratchet + cost(Primitive.AES_100);
            case UNPROTECT_1024 -> cost(Primitive.VERIFY_1024) + ratchet + cost(Primitive.AES_1024);
            case STATE_BYTES, MESSAGE_DELTA_BYTES -> Double.NaN;
        };
    }

    private double cost(Primitive primitive) {
        return micros.getOrDefault(primitive, Double.NaN);
    }
}
