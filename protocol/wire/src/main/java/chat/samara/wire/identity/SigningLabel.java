package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a signature is for. Every Ed25519 signature outside of MLS covers {@code label || 0x00 || body}, so none can be used for
 * another purpose. (MLS puts its own labels around what it signs, which begin with a length and "MLS 1.0 ": the two never meet.)
 * The labels are part of the protocol and never change.
 */
public enum SigningLabel {
    /** An identity key over a {@code DeviceCertificateBody}. */
    DEVICE_CERTIFICATE("samara/v1/device-certificate"),
    /** An identity key over a {@code MovedBody}. */
    MOVED("samara/v1/moved"),
    /** A root key over a {@code ManifestBody}. */
    MANIFEST("samara/v1/manifest"),
    /** A device's signature key over a {@code LoginBody}. */
    LOGIN("samara/v1/login"),
    /** A root key over a {@code PeerProofBody}. */
    PEER("samara/v1/peer"),
    /** A device's signature key over a {@code GenesisBody}. */
    GENESIS("samara/v1/genesis"),
    /** A device's signature key over what {@code chat.samara.wire.log.CommitSignature} lists. */
    COMMIT_PAYLOAD("samara/v1/commit-payload"),
    /** A root key over the Merkle root of a batch. */
    BATCH("samara/v1/batch"),
    /** Not signed by itself: marks a record among a batch's leaves. */
    RECORD("samara/v1/record"),
    /** Not signed by itself: marks a head among a batch's leaves. */
    HEAD("samara/v1/head");

    private final String label;

    SigningLabel(String label) {
        this.label = label;
    }

    /** {@code label || 0x00 || body}: what is signed. */
    public byte[] signedBytes(Bytes body) {
        return ByteBuffer.allocate(label.length() + 1 + body.size())
                .put(label.getBytes(StandardCharsets.US_ASCII))
                .put((byte) 0)
                .put(body.asReadOnlyBuffer())
                .array();
    }

    /** The key's signature, 64 bytes, over the body for this purpose. */
    public Bytes sign(SignatureKeyPair key, Bytes body) {
        return key.sign(signedBytes(body));
    }

    /** Whether the signature is the key's over the body for this purpose. False for keys and signatures of a wrong form. */
    public boolean verify(Bytes publicKey, Bytes body, Bytes signature) {
        return Ed25519.verify(publicKey, signedBytes(body), signature);
    }
}
