package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ManifestBody;
import java.util.List;

/**
 * What a server says about itself, signed by its root identity key. Verified: it was signed here, or came out of
 * {@link ManifestIn}. That the root key is the right one for the name is the caller's to judge: it is pinned by an invite or by
 * an operator who accepts a peer.
 */
public final class Manifest {
    static final int VERSION = 1;

    private final Content content;
    private final Bytes rootKey;
    private final chat.samara.wire.proto.Manifest message;

    Manifest(Content content, Bytes rootKey, chat.samara.wire.proto.Manifest message) {
        this.content = content;
        this.rootKey = rootKey;
        this.message = message;
    }

    /**
     * What a server chooses to say.
     *
     * @param serverName its name
     * @param sequence rises with every change, from 1
     * @param addresses where to reach it, best first; at most {@link Limits#MANIFEST_ADDRESSES_MAX}
     * @param tlsSpkiSha256 SHA-256 over the SubjectPublicKeyInfo of each TLS key that it uses now; at most
     *     {@link Limits#MANIFEST_TLS_KEYS_MAX}
     * @param issuedAtMillis milliseconds since 1970 UTC
     */
    public record Content(
            ServerName serverName,
            long sequence,
            List<ServerAddress> addresses,
            List<Bytes> tlsSpkiSha256,
            long issuedAtMillis) {
        public Content {
            addresses = List.copyOf(addresses);
            tlsSpkiSha256 = List.copyOf(tlsSpkiSha256);
        }
    }

    /** Signs a manifest with the server's root key. A content that its readers would refuse is a bug here. */
    public static Manifest sign(SignatureKeyPair rootKey, Content content) {
        ManifestBody.Builder body = ManifestBody.newBuilder()
                .setVersion(VERSION)
                .setServerName(content.serverName().value())
                .setRootKey(Protobuf.toByteString(rootKey.publicKey()))
                .setSequence(content.sequence())
                .setIssuedAtMillis(content.issuedAtMillis());
        content.addresses().forEach(address -> body.addAddresses(address.toProto()));
        content.tlsSpkiSha256().forEach(hash -> body.addTlsSpkiSha256(Protobuf.toByteString(hash)));
        Bytes encoded = Protobuf.encode(body.build());
        chat.samara.wire.proto.Manifest message = chat.samara.wire.proto.Manifest.newBuilder()
                .setBody(Protobuf.toByteString(encoded))
                .setSignature(Protobuf.toByteString(SigningLabel.MANIFEST.sign(rootKey, encoded)))
                .build();
        ManifestIn.requireReadable(message);
        return new Manifest(content, rootKey.publicKey(), message);
    }

    /** The server's name. */
    public ServerName serverName() {
        return content.serverName();
    }

    /** The server's Ed25519 root identity public key, 32 bytes. */
    public Bytes rootKey() {
        return rootKey;
    }

    /** Rises with every change. */
    public long sequence() {
        return content.sequence();
    }

    /** Where to reach it, best first. */
    public List<ServerAddress> addresses() {
        return content.addresses();
    }

    /** All that it says. */
    public Content content() {
        return content;
    }

    /** Whether a connection that presents this TLS key (SHA-256 over its SubjectPublicKeyInfo) may be the server's. */
    public boolean listsTlsKey(Bytes spkiSha256) {
        return content.tlsSpkiSha256().contains(spkiSha256);
    }

    /** Whether this one holds instead of the other: same name, same root key, higher sequence. */
    public boolean supersedes(Manifest other) {
        return serverName().equals(other.serverName())
                && rootKey.equals(other.rootKey)
                && sequence() > other.sequence();
    }

    /** As part of another message; the body's bytes are those that were signed. */
    public chat.samara.wire.proto.Manifest toProto() {
        return message;
    }

    /** An encoded {@code samara.v1.Manifest}. */
    public Bytes encoded() {
        return Protobuf.encode(message);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Manifest that && message.equals(that.message);
    }

    @Override
    public int hashCode() {
        return message.hashCode();
    }

    @Override
    public String toString() {
        return "Manifest(" + serverName() + " #" + sequence() + ", root key " + rootKey + ", " + addresses() + ")";
    }
}
