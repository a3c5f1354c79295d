package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.credential.PresentedCredential;
import chat.samara.mls.credential.X509Chain;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import java.util.Optional;

/**
 * What RFC 9420 §7.3 asks of a leaf by itself. What it asks of a leaf among the others of its group (unique keys, each
 * other's credential types, the GroupContext's extensions) is the tree's validation; the signature is
 * {@link LeafNode#verifySignature}.
 */
public final class LeafNodeValidation {
    private LeafNodeValidation() {}

    /** Everything but the signature, the source and the present time, of a leaf that somebody new has. */
    public static void requireValid(
            LeafNode leaf, CipherSuite suite, CredentialEvent event, AuthenticationService authentication)
            throws MlsException {
        requireWellFormed(leaf, suite);
        requireAccepted(
                new PresentedCredential(leaf.credential(), leaf.signatureKey(), suite, event, Optional.empty()),
                authentication);
    }

    /**
     * As {@link #requireValid}, of a leaf in place of another one of the same member. A credential that is not new was judged when it
     * was, and is not judged again (RFC 9420 §5.3.1, §5.3.2).
     */
    public static void requireValidReplacement(
            LeafNode leaf,
            LeafNode replaced,
            CipherSuite suite,
            CredentialEvent event,
            AuthenticationService authentication)
            throws MlsException {
        requireWellFormed(leaf, suite);
        boolean isKnown = leaf.credential().equals(replaced.credential())
                && leaf.signatureKey().equals(replaced.signatureKey());
        if (!isKnown) {
            Optional<Credential> old = Optional.of(replaced.credential());
            requireAccepted(
                    new PresentedCredential(leaf.credential(), leaf.signatureKey(), suite, event, old), authentication);
        }
    }

    /**
     * As {@link #requireValid}, of a leaf that joins by an external commit. It is judged even if an old version of the joiner had the
     * same credential: whoever comes back is to be accepted today.
     *
     * @param oldSelf the leaf of that old version
     */
    static void requireValidJoiner(
            LeafNode leaf, Optional<LeafNode> oldSelf, CipherSuite suite, AuthenticationService authentication)
            throws MlsException {
        requireWellFormed(leaf, suite);
        requireAccepted(
                new PresentedCredential(
                        leaf.credential(),
                        leaf.signatureKey(),
                        suite,
                        CredentialEvent.EXTERNAL_COMMIT,
                        oldSelf.map(LeafNode::credential)),
                authentication);
    }

    /** Refuses a credential that is for another key, or that the application does not accept (RFC 9420 §5.3). */
    public static void requireAccepted(PresentedCredential presented, AuthenticationService authentication)
            throws MlsException {
        requireOwnKey(presented.credential(), presented.signatureKey(), presented.suite());
        if (!authentication.accepts(presented)) {
            throw new MlsException(
                    MlsError.CREDENTIAL_REJECTED,
                    "of signature key " + presented.signatureKey() + " at " + presented.event() + " (RFC 9420 §5.3.1)");
        }
    }

    /** RFC 9420 §5.3: an X.509 end-entity certificate is for the very signature key that it is presented with. */
    private static void requireOwnKey(Credential credential, Bytes signatureKey, CipherSuite suite)
            throws MlsException {
        if (credential instanceof Credential.X509 x509) {
            X509Chain.of(x509).requireKey(suite, signatureKey);
        }
    }

    /** As {@link #requireValid}, without asking the authentication service: for a credential that it has accepted. */
    public static void requireWellFormed(LeafNode leaf, CipherSuite suite) throws MlsException {
        suite.requireValidHpkeKey(leaf.encryptionKey());
        suite.requireValidSignatureKey(leaf.signatureKey());
        requireOwnKey(leaf.credential(), leaf.signatureKey(), suite);
        Capabilities capabilities = leaf.capabilities();
        // RFC 9420 §7.2: a client MUST list every version and suite that it supports.
        if (!capabilities.versions().contains(Capabilities.MLS10)) {
            throw invalid("version mls10 is not in its capabilities");
        }
        if (!capabilities.cipherSuites().contains(suite.code())) {
            throw invalid(suite + " is not in its capabilities");
        }
        // RFC 9420 §7.2: default types MUST NOT be listed.
        boolean listsDefaults = capabilities.extensions().stream().anyMatch(Extension::isDefaultType)
                || capabilities.proposals().stream().anyMatch(Capabilities::isDefaultProposal);
        if (listsDefaults) {
            throw invalid("default extension or proposal types are in its capabilities, expected others only");
        }
        // RFC 9420 §7.2, §7.3: its own credential and extensions must be supported by itself.
        if (!capabilities.supportsCredential(leaf.credential().type())) {
            throw invalid("credential type " + leaf.credential().type() + " is not in its capabilities");
        }
        Optional<Integer> unsupported = capabilities.firstUnsupported(leaf.extensions());
        if (unsupported.isPresent()) {
            throw invalid("extension type " + unsupported.get() + " is not in its capabilities");
        }
    }

    /** Refuses a lifetime longer than is acceptable, with {@link MlsError#LIFETIME} (RFC 9420 §7.2). */
    public static void requireAcceptableLifetime(LeafNode leaf, AuthenticationService authentication)
            throws MlsException {
        if (leaf.source() instanceof LeafNodeSource.FromKeyPackage made
                && !made.lifetime().spansAtMost(authentication.leafLifetimeSecondsMax())) {
            throw new MlsException(
                    MlsError.LIFETIME,
                    made.lifetime() + ", expected at most "
                            + Long.toUnsignedString(authentication.leafLifetimeSecondsMax()) + " seconds");
        }
    }

    /** Refuses a leaf outside its lifetime with {@link MlsError#LIFETIME}; a leaf without one is always inside. */
    public static void requireCurrent(LeafNode leaf, long nowEpochSeconds) throws MlsException {
        if (leaf.source() instanceof LeafNodeSource.FromKeyPackage made
                && !made.lifetime().contains(nowEpochSeconds)) {
            throw new MlsException(MlsError.LIFETIME, made.lifetime() + " does not contain " + nowEpochSeconds);
        }
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_LEAF_NODE, detail);
    }
}
