package chat.samara.mls.keypackage;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.LeafNodeValidation;
import chat.samara.mls.tree.Lifetime;
import java.util.List;

/** A KeyPackage that was verified (RFC 9420 §10.1), or made here. Immutable; callable from any thread. */
public final class KeyPackage {
    private final CipherSuite suite;
    private final KeyPackageIn content;

    KeyPackage(CipherSuite suite, KeyPackageIn content) {
        this.suite = suite;
        this.content = content;
    }

    /** Decodes a bare {@code KeyPackage} struct; {@link KeyPackageIn#verify} makes it one of these. */
    public static KeyPackageIn decode(byte[] bytes) throws MlsException {
        return TlsReader.decode(bytes, KeyPackageIn::readFrom);
    }

    /** The bare {@code KeyPackage} struct. */
    public byte[] encode() {
        return content.encode();
    }

    /** As it stands in an Add proposal. */
    public KeyPackageIn content() {
        return content;
    }

    public CipherSuite suite() {
        return suite;
    }

    public Bytes initKey() {
        return content.initKey();
    }

    public LeafNode leafNode() {
        return content.leafNode();
    }

    public Credential credential() {
        return content.leafNode().credential();
    }

    public List<Extension> extensions() {
        return content.extensions();
    }

    /** Whether it may be handed out more than once. */
    public boolean isLastResort() {
        return Extension.find(content.extensions(), Capabilities.LAST_RESORT_EXTENSION)
                .isPresent();
    }

    /** When it is valid. */
    public Lifetime lifetime() {
        // Verification has let no other source through.
        return ((LeafNodeSource.FromKeyPackage) content.leafNode().source()).lifetime();
    }

    /** Refuses a KeyPackage outside its lifetime, with {@link MlsError#LIFETIME} (RFC 9420 §7.3). */
    public void requireCurrent(long nowEpochSeconds) throws MlsException {
        LeafNodeValidation.requireCurrent(content.leafNode(), nowEpochSeconds);
    }

    /** {@code KeyPackageRef} (RFC 9420 §5.2). */
    public Bytes ref() {
        try {
            return content.ref();
        } catch (MlsException e) {
            throw new IllegalStateException("a verified KeyPackage of " + suite + ", expected an implemented suite", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyPackage that && content.equals(that.content);
    }

    @Override
    public int hashCode() {
        return content.hashCode();
    }

    @Override
    public String toString() {
        return "KeyPackage(" + suite + ", init key " + content.initKey() + ")";
    }
}
