package chat.samara.server.core;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerName;

/** Who this server is: its root identity key and what it says about itself. */
public final class ServerIdentity {
    private final SignatureKeyPair rootKey;
    private final Manifest manifest;

    /**
     * An identity.
     *
     * @param rootKey Ed25519; signs manifests, batches and peer proofs
     * @param manifest signed by that key
     */
    public ServerIdentity(SignatureKeyPair rootKey, Manifest manifest) {
        if (!manifest.rootKey().equals(rootKey.publicKey())) {
            throw new IllegalArgumentException(
                    "manifest of root key " + manifest.rootKey() + ", expected the own " + rootKey.publicKey());
        }
        this.rootKey = rootKey;
        this.manifest = manifest;
    }

    /** The server's name. */
    public ServerName name() {
        return manifest.serverName();
    }

    /** The root key pair. */
    public SignatureKeyPair rootKey() {
        return rootKey;
    }

    /** The root public key, 32 bytes. */
    public Bytes rootPublicKey() {
        return manifest.rootKey();
    }

    /** What the server shows to devices and peers. */
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public String toString() {
        return "ServerIdentity(" + manifest + ")";
    }
}
