package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import java.util.Arrays;

/** DHKEM(Group, HKDF) of RFC 9180 §4.1. */
final class DhKem implements Kem {
    private static final byte[] EMPTY = new byte[0];

    private final DhGroup group;
    private final LabeledKdf kdf;

    DhKem(DhGroup group) {
        this.group = group;
        this.kdf = LabeledKdf.ofKem(group.kemId(), group.hash());
    }

    @Override
    public int id() {
        return group.kemId();
    }

    @Override
    public int privateKeyBytes() {
        return group.privateKeyBytes();
    }

    @Override
    public HpkeKeyPair deriveKeyPair(byte[] inputKeyingMaterial) {
        byte[] prk = kdf.extract(EMPTY, "dkp_prk", inputKeyingMaterial);
        byte[] privateKey = group.derivePrivateKey(kdf, prk);
        Arrays.fill(prk, (byte) 0);
        return new HpkeKeyPair(group.publicKeyOf(privateKey), Secret.take(privateKey));
    }

    @Override
    public HpkeKeyPair keyPairOf(byte[] privateKey) throws MlsException {
        byte[] whole = group.privateKeyOf(privateKey);
        return new HpkeKeyPair(group.publicKeyOf(whole), Secret.take(whole));
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        group.requireValid(publicKey);
    }

    @Override
    public Encapsulated encapsulate(Bytes publicKey, RandomSource random) throws MlsException {
        requireValid(publicKey);
        byte[] seed = random.bytes(group.privateKeyBytes());
        HpkeKeyPair ephemeral = deriveKeyPair(seed);
        Arrays.fill(seed, (byte) 0);
        try {
            byte[] shared = group.agree(ephemeral.privateKey().reveal(), publicKey);
            return new Encapsulated(
                    Secret.take(sharedSecret(shared, ephemeral.publicKey(), publicKey)), ephemeral.publicKey());
        } finally {
            ephemeral.erase();
        }
    }

    @Override
    public byte[] decapsulate(Bytes encapsulation, HpkeKeyPair receiver) throws MlsException {
        if (encapsulation.size() != group.publicKeyBytes()) {
            throw new MlsException(
                    MlsError.DECRYPTION_FAILED,
                    "a KEM output of " + encapsulation.size() + " bytes, expected " + group.publicKeyBytes());
        }
        byte[] shared = group.agree(receiver.privateKey().reveal(), encapsulation);
        return sharedSecret(shared, encapsulation, receiver.publicKey());
    }

    /** ExtractAndExpand; erases the input. */
    private byte[] sharedSecret(byte[] shared, Bytes encapsulation, Bytes receiver) {
        byte[] prk = kdf.extract(EMPTY, "eae_prk", shared);
        byte[] context = Bytes.concat(encapsulation, receiver).arrayUnsafe();
        byte[] secret = kdf.expand(prk, "shared_secret", context, kdf.hash().bytes());
        Arrays.fill(shared, (byte) 0);
        Arrays.fill(prk, (byte) 0);
        return secret;
    }
}
