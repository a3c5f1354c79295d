package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * A cipher suite (RFC 9420 §5.1, §17.1) and the labelled functions that the protocol is written in. Code points are integers:
 * structs carry any of them, and only {@link #of} asks whether it is implemented. Immutable; callable from any thread.
 */
public final class CipherSuite {
    /** {@code MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519}. */
    public static final CipherSuite X25519_AES128GCM_SHA256_ED25519 =
            new CipherSuite(0x0001, new DhKem(MontgomeryGroup.X25519), Hash.SHA256, Aead.AES_128_GCM, Ed25519.SCHEME);

    /** {@code MLS_128_DHKEMP256_AES128GCM_SHA256_P256}. */
    public static final CipherSuite P256_AES128GCM_SHA256_P256 =
            new CipherSuite(0x0002, new DhKem(NistGroup.P256), Hash.SHA256, Aead.AES_128_GCM, Ecdsa.P256_SHA256);

    /** {@code MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519}. */
    public static final CipherSuite X25519_CHACHA20POLY1305_SHA256_ED25519 = new CipherSuite(
            0x0003, new DhKem(MontgomeryGroup.X25519), Hash.SHA256, Aead.CHACHA20_POLY1305, Ed25519.SCHEME);

    /** {@code MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448}. */
    public static final CipherSuite X448_AES256GCM_SHA512_ED448 =
            new CipherSuite(0x0004, new DhKem(MontgomeryGroup.X448), Hash.SHA512, Aead.AES_256_GCM, Ed448.SCHEME);

    /** {@code MLS_256_DHKEMP521_AES256GCM_SHA512_P521}. */
    public static final CipherSuite P521_AES256GCM_SHA512_P521 =
            new CipherSuite(0x0005, new DhKem(NistGroup.P521), Hash.SHA512, Aead.AES_256_GCM, Ecdsa.P521_SHA512);

    /** {@code MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448}. */
    public static final CipherSuite X448_CHACHA20POLY1305_SHA512_ED448 =
            new CipherSuite(0x0006, new DhKem(MontgomeryGroup.X448), Hash.SHA512, Aead.CHACHA20_POLY1305, Ed448.SCHEME);

    /** {@code MLS_256_DHKEMP384_AES256GCM_SHA384_P384}. */
    public static final CipherSuite P384_AES256GCM_SHA384_P384 =
            new CipherSuite(0x0007, new DhKem(NistGroup.P384), Hash.SHA384, Aead.AES_256_GCM, Ecdsa.P384_SHA384);

    /**
     * {@code MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519} of draft-ietf-mls-pq-ciphersuites: encrypted for whoever may have a
     * quantum computer later, signed as today. IANA has assigned no number yet: this one is of the range for private use
     * (RFC 9420 §17.1), and ends like the KEM's own.
     */
    public static final CipherSuite MLKEM768X25519_AES128GCM_SHA256_ED25519 =
            new CipherSuite(0xf47a, XWingKem.INSTANCE, Hash.SHA256, Aead.AES_128_GCM, Ed25519.SCHEME);

    private static final List<CipherSuite> ALL = List.of(
            X25519_AES128GCM_SHA256_ED25519,
            P256_AES128GCM_SHA256_P256,
            X25519_CHACHA20POLY1305_SHA256_ED25519,
            X448_AES256GCM_SHA512_ED448,
            P521_AES256GCM_SHA512_P521,
            X448_CHACHA20POLY1305_SHA512_ED448,
            P384_AES256GCM_SHA384_P384,
            MLKEM768X25519_AES128GCM_SHA256_ED25519);

    private static final String LABEL_PREFIX = "MLS 1.0 ";
    private static final byte[] EMPTY = new byte[0];

    private final int code;
    private final Kem kem;
    private final Hash hash;
    private final Aead aead;
    private final Hpke hpke;
    private final SignatureScheme signatureScheme;

    private CipherSuite(int code, Kem kem, Hash hash, Aead aead, SignatureScheme signatureScheme) {
        this.code = code;
        this.kem = kem;
        this.hash = hash;
        this.aead = aead;
        this.hpke = new Hpke(kem, hash, aead);
        this.signatureScheme = signatureScheme;
    }

    /** The suite of a code point, or {@link MlsError#UNSUPPORTED_CIPHER_SUITE}. */
    public static CipherSuite of(int code) throws MlsException {
        for (CipherSuite suite : ALL) {
            if (suite.code == code) {
                return suite;
            }
        }
        throw new MlsException(MlsError.UNSUPPORTED_CIPHER_SUITE, String.format("0x%04x", code));
    }

    /** Every suite that is implemented. */
    public static List<CipherSuite> all() {
        return ALL;
    }

    /** The code point (RFC 9420 §17.1). */
    public int code() {
        return code;
    }

    /** {@code KDF.Nh}: bytes in a hash, in a secret of the key schedule and in a PSK nonce. */
    public int hashBytes() {
        return hash.bytes();
    }

    /** The AEAD for messages and Welcomes. */
    public Aead aead() {
        return aead;
    }

    SignatureScheme signatureScheme() {
        return signatureScheme;
    }

    /** {@code Hash} of the parts, one after the other. */
    public Bytes hash(byte[]... parts) {
        return Bytes.wrapUnsafe(hash.digest(parts));
    }

    /** {@code Hash}, for many short inputs. */
    public RepeatedHash repeatedHash() {
        return hash.repeated();
    }

    /** {@code RefHash(label, value)} (RFC 9420 §5.2); the label is complete as given. */
    public Bytes refHash(String label, byte[] value) {
        return hash(new TlsWriter(64 + value.length)
                .opaque(utf8(label))
                .opaque(value)
                .toByteArray());
    }

    /** {@code MAC(key, message)}. */
    public Bytes mac(Secret key, byte[] message) {
        return Bytes.wrapUnsafe(hash.mac(key.reveal(), message));
    }

    /** Whether the tag is {@code MAC(key, message)}, compared in constant time. */
    public boolean verifyMac(Secret key, byte[] message, Bytes tag) {
        return MessageDigest.isEqual(hash.mac(key.reveal(), message), tag.arrayUnsafe());
    }

    /** {@code KDF.Extract}. */
    public Secret extract(Secret salt, Secret inputKeyingMaterial) {
        return Secret.take(hash.extract(salt.reveal(), inputKeyingMaterial.reveal()));
    }

    /** {@code ExpandWithLabel} (RFC 9420 §8). */
    public Secret expandWithLabel(Secret secret, String label, byte[] context, int length) {
        byte[] info = new TlsWriter(64 + context.length)
                .uint16(length)
                .opaque(utf8(LABEL_PREFIX + label))
                .opaque(context)
                .toByteArray();
        return Secret.take(hash.expand(secret.reveal(), info, length));
    }

    /** {@code DeriveSecret} (RFC 9420 §8). */
    public Secret deriveSecret(Secret secret, String label) {
        return expandWithLabel(secret, label, EMPTY, hash.bytes());
    }

    /** {@code DeriveTreeSecret} (RFC 9420 §9.1). */
    public Secret deriveTreeSecret(Secret secret, String label, int generation, int length) {
        return expandWithLabel(
                secret, label, new TlsWriter(4).uint32(generation).toByteArray(), length);
    }

    /** {@code SignWithLabel} (RFC 9420 §5.1.2). */
    public Bytes signWithLabel(SignatureKeyPair signer, String label, byte[] content) {
        return signer.sign(labelled(label, content));
    }

    /** {@code VerifyWithLabel} (RFC 9420 §5.1.2). */
    public boolean verifyWithLabel(Bytes publicKey, String label, byte[] content, Bytes signature) {
        return signatureScheme.verify(publicKey, labelled(label, content), signature);
    }

    /** {@code EncryptWithLabel} (RFC 9420 §5.1.3). */
    public HpkeCiphertext encryptWithLabel(
            Bytes publicKey, String label, byte[] context, byte[] plaintext, RandomSource random) throws MlsException {
        return hpke.seal(publicKey, labelled(label, context), EMPTY, plaintext, random);
    }

    /**
     * One encryption among many.
     *
     * @param publicKey of the receiver
     * @param plaintext the live object, which stays the caller's
     */
    public record Sealing(Bytes publicKey, Secret plaintext) {}

    /**
     * {@code EncryptWithLabel} (RFC 9420 §5.1.3) for many receivers, on the cores there are ({@link Batch}). Takes the same
     * randomness and gives the same as one call of {@link #encryptWithLabel} after the other.
     */
    public List<HpkeCiphertext> encryptAllWithLabel(
            List<Sealing> sealings, String label, byte[] context, RandomSource random) throws MlsException {
        byte[] info = labelled(label, context);
        List<Drawn> drawn = new ArrayList<>(sealings.size());
        for (Sealing sealing : sealings) {
            drawn.add(new Drawn(sealing, Secret.random(kem.encapsulationRandomBytes(), random)));
        }
        return Batch.map(
                drawn,
                item -> hpke.seal(
                        item.sealing.publicKey, info, EMPTY, item.sealing.plaintext.reveal(), item::handOver));
    }

    /** An encryption with its randomness, which is drawn on the caller's thread, in order. */
    private record Drawn(Sealing sealing, Secret randomBytes) {
        void handOver(byte[] out) {
            if (out.length != randomBytes.size()) {
                throw new IllegalStateException(
                        out.length + " random bytes for an encapsulation, expected " + randomBytes.size());
            }
            System.arraycopy(randomBytes.reveal(), 0, out, 0, out.length);
            randomBytes.erase();
        }
    }

    /** {@code DecryptWithLabel} (RFC 9420 §5.1.3). */
    public byte[] decryptWithLabel(HpkeKeyPair receiver, String label, byte[] context, HpkeCiphertext sealed)
            throws MlsException {
        return hpke.open(sealed, receiver, labelled(label, context), EMPTY);
    }

    /** A fresh secret for the holder of the external key, with the KEM output that carries it (RFC 9420 §8.3). */
    public ExportedSecret sendExport(Bytes publicKey, String label, RandomSource random) throws MlsException {
        return hpke.sendExport(publicKey, EMPTY, utf8(LABEL_PREFIX + label), hash.bytes(), random);
    }

    /** The secret that {@link #sendExport} made (RFC 9420 §8.3). */
    public Secret receiveExport(Bytes kemOutput, HpkeKeyPair receiver, String label) throws MlsException {
        return hpke.receiveExport(kemOutput, receiver, EMPTY, utf8(LABEL_PREFIX + label), hash.bytes());
    }

    /** {@code KEM.DeriveKeyPair}. */
    public HpkeKeyPair deriveKeyPair(Secret inputKeyingMaterial) {
        return kem.deriveKeyPair(inputKeyingMaterial.reveal());
    }

    /** A fresh key pair. */
    public HpkeKeyPair generateKeyPair(RandomSource random) {
        Secret seed = Secret.random(kem.privateKeyBytes(), random);
        HpkeKeyPair pair = deriveKeyPair(seed);
        seed.erase();
        return pair;
    }

    /** The key pair of a stored private key, which is copied. */
    public HpkeKeyPair keyPairOf(byte[] privateKey) throws MlsException {
        return kem.keyPairOf(privateKey);
    }

    /** Refuses an HPKE public key that nobody can encrypt to, with {@link MlsError#INVALID_PUBLIC_KEY}. */
    public void requireValidHpkeKey(Bytes publicKey) throws MlsException {
        kem.requireValid(publicKey);
    }

    /** A signature key as X.509 certificates hold it: a SubjectPublicKeyInfo in DER (RFC 5480, RFC 8410). */
    public Bytes subjectPublicKeyInfo(Bytes signatureKey) {
        return Bytes.concat(signatureScheme.subjectPublicKeyInfoPrefix(), signatureKey);
    }

    /** Refuses a KEM output that nobody can have made, with {@link MlsError#INVALID_PUBLIC_KEY}. */
    public void requireValidKemOutput(Bytes kemOutput) throws MlsException {
        kem.requireValidEncapsulation(kemOutput);
    }

    /** Refuses what cannot be a signature key of this suite, with {@link MlsError#INVALID_PUBLIC_KEY}. */
    public void requireValidSignatureKey(Bytes publicKey) throws MlsException {
        signatureScheme.requireValid(publicKey);
    }

    @Override
    public String toString() {
        return String.format("CipherSuite(0x%04x)", code);
    }

    /** {@code SignContent} and {@code EncryptContext} have one layout. */
    private static byte[] labelled(String label, byte[] content) {
        return new TlsWriter(64 + content.length)
                .opaque(utf8(LABEL_PREFIX + label))
                .opaque(content)
                .toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
