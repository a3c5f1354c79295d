package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.Address;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ManifestBody;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/** A {@link Manifest} from outside: well formed, but nobody has checked the signature. */
public final class ManifestIn {
    /** The detail of the refusal of a manifest under another root key than the one that was accepted for the server. */
    public static final String OTHER_ROOT_KEY = "manifest-root-key";

    private final Manifest.Content content;
    private final Bytes rootKey;
    private final chat.samara.wire.proto.Manifest message;

    private ManifestIn(Manifest.Content content, Bytes rootKey, chat.samara.wire.proto.Manifest message) {
        this.content = content;
        this.rootKey = rootKey;
        this.message = message;
    }

    /** Decodes an encoded {@code samara.v1.Manifest}. */
    public static ManifestIn decode(Bytes encoded) throws RefusedException {
        int bytesMax = Limits.MANIFEST_BODY_BYTES_MAX + Ed25519.SIGNATURE_BYTES + 16;
        return of(Protobuf.decode("manifest", chat.samara.wire.proto.Manifest.parser(), encoded, bytesMax));
    }

    /** As part of another message. */
    public static ManifestIn of(chat.samara.wire.proto.Manifest message) throws RefusedException {
        Field.requireFilled("Manifest.body", message.getBody(), Limits.MANIFEST_BODY_BYTES_MAX);
        Field.requireSize("Manifest.signature", message.getSignature(), Ed25519.SIGNATURE_BYTES);
        ManifestBody body = Protobuf.decode(
                "Manifest.body",
                ManifestBody.parser(),
                Protobuf.toBytes(message.getBody()),
                Limits.MANIFEST_BODY_BYTES_MAX);
        Field.requireVersion("ManifestBody.version", body.getVersion(), Manifest.VERSION);
        Field.requireCount("ManifestBody.addresses", body.getAddressesCount(), Limits.MANIFEST_ADDRESSES_MAX);
        Field.requireCount("ManifestBody.tls_spki_sha256", body.getTlsSpkiSha256Count(), Limits.MANIFEST_TLS_KEYS_MAX);
        List<ServerAddress> addresses = new ArrayList<>();
        for (Address address : body.getAddressesList()) {
            addresses.add(ServerAddress.of(address));
        }
        List<Bytes> tlsKeys = new ArrayList<>();
        for (ByteString hash : body.getTlsSpkiSha256List()) {
            tlsKeys.add(Field.exactly("ManifestBody.tls_spki_sha256", hash, Sha256.BYTES));
        }
        Manifest.Content content = new Manifest.Content(
                ServerName.fromWire(body.getServerName()),
                Field.atLeast("ManifestBody.sequence", body.getSequence(), 1),
                addresses,
                tlsKeys,
                Field.atLeast("ManifestBody.issued_at_millis", body.getIssuedAtMillis(), 0));
        Bytes rootKey = Field.exactly("ManifestBody.root_key", body.getRootKey(), Ed25519.KEY_BYTES);
        return new ManifestIn(content, rootKey, message);
    }

    static void requireReadable(chat.samara.wire.proto.Manifest own) {
        try {
            of(own);
        } catch (RefusedException e) {
            throw new IllegalArgumentException("a manifest that no reader would accept", e);
        }
    }

    /** The name that it claims. */
    public ServerName claimedName() {
        return content.serverName();
    }

    /** The root key that it claims. */
    public Bytes claimedRootKey() {
        return rootKey;
    }

    /** Checks the signature with the root key inside. Refused with {@code INVALID_PROOF}. */
    public Manifest verify() throws RefusedException {
        if (!SigningLabel.MANIFEST.verify(
                rootKey, Protobuf.toBytes(message.getBody()), Protobuf.toBytes(message.getSignature()))) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the manifest of " + content.serverName() + " is not signed by the root key in it",
                    "manifest-signature");
        }
        return new Manifest(content, rootKey, message);
    }

    /** As {@link #verify()}, and the name and root key must be those that are pinned. Refused with {@code INVALID_PROOF}. */
    public Manifest verify(ServerName pinnedName, Bytes pinnedRootKey) throws RefusedException {
        if (!content.serverName().equals(pinnedName)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the server says it is " + content.serverName() + ", but " + pinnedName
                            + " was expected; check the address, or ask the operator for a new link",
                    "manifest-name");
        }
        if (!rootKey.equals(pinnedRootKey)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    pinnedName + " shows root key " + Fingerprint.of(rootKey) + ", but " + Fingerprint.of(pinnedRootKey)
                            + " was expected; somebody may be in the middle: ask the operator which is right",
                    OTHER_ROOT_KEY);
        }
        return verify();
    }
}
