package chat.samara.server.node.transport;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * What the port presents: a certificate, self-signed as a rule, and its key. Nobody checks the certificate's names or
 * issuer; the manifest lists the SHA-256 of its public key, signed by the server's root key.
 */
public record TlsIdentity(PrivateKey privateKey, X509Certificate certificate) {
    /** SHA-256 over the certificate's SubjectPublicKeyInfo, 32 bytes: what the manifest lists. */
    public byte[] spkiSha256() {
        return TlsContexts.spkiSha256(certificate);
    }

    @Override
    public String toString() {
        return "TlsIdentity[" + certificate.getSubjectX500Principal() + "]";
    }
}
