package chat.samara.mls.credential;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import java.io.ByteArrayInputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The certificates of an X.509 credential, read by the JDK (RFC 9420 §5.3). They are well-formed; nobody has verified who issued
 * them. Immutable; callable from any thread.
 */
public final class X509Chain {
    private final List<X509Certificate> certificates;

    private X509Chain(List<X509Certificate> certificates) {
        this.certificates = List.copyOf(certificates);
    }

    /** Reads the certificates; {@link MlsError#INVALID_CREDENTIAL} where one is none, or there are too many. */
    public static X509Chain of(Credential.X509 credential) throws MlsException {
        if (credential.certificates().size() > Limits.CERTIFICATES_MAX) {
            throw invalid(
                    credential.certificates().size() + " certificates, expected at most " + Limits.CERTIFICATES_MAX);
        }
        List<X509Certificate> read = new ArrayList<>();
        for (Bytes encoded : credential.certificates()) {
            read.add(read(encoded));
        }
        return new X509Chain(read);
    }

    private static X509Certificate read(Bytes encoded) throws MlsException {
        try {
            Certificate certificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(encoded.toByteArray()));
            // The JDK reads PEM, too, and ignores what follows: neither is one DER-encoded certificate.
            if (certificate instanceof X509Certificate x509
                    && Arrays.equals(x509.getEncoded(), encoded.arrayUnsafe())) {
                return x509;
            }
        } catch (CertificateException | RuntimeException e) {
            // The JDK's parser has let others than CertificateException escape; these are bytes from outside.
            throw new MlsException(MlsError.INVALID_CREDENTIAL, "a certificate that cannot be read: " + encoded, e);
        }
        throw invalid("a certificate that is not in DER alone: " + encoded);
    }

    /** The end entity's certificate, then those of its issuers. */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    /** The certificate of the client. */
    public X509Certificate endEntity() {
        return certificates.get(0);
    }

    /**
     * Refuses a chain whose end entity has another public key than this one, with {@link MlsError#INVALID_CREDENTIAL} (RFC 9420 §5.3):
     * the same algorithm, the same curve, the same bytes.
     */
    public void requireKey(CipherSuite suite, Bytes signatureKey) throws MlsException {
        byte[] expected = suite.subjectPublicKeyInfo(signatureKey).arrayUnsafe();
        if (!Arrays.equals(endEntity().getPublicKey().getEncoded(), expected)) {
            throw invalid("an end-entity certificate for another key, expected one for signature key " + signatureKey);
        }
    }

    /**
     * The identifiers that it presents (RFC 9420 §5.3.1), sorted: the end entity's subject alternative names, such as {@code
     * dns:host.example} or {@code email:a@example}, or, where there are none, its subject, as {@code dn:CN=…}.
     */
    public List<String> identifiers() throws MlsException {
        TreeSet<String> identifiers = new TreeSet<>();
        try {
            Collection<List<?>> names = endEntity().getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                identifiers.add(identifier((Integer) name.get(0), name.get(1)));
            }
        } catch (CertificateParsingException e) {
            throw new MlsException(MlsError.INVALID_CREDENTIAL, "subject alternative names that cannot be read", e);
        }
        if (identifiers.isEmpty()) {
            identifiers.add("dn:" + endEntity().getSubjectX500Principal().getName());
        }
        return List.copyOf(identifiers);
    }

    /** By the tag of a GeneralName (RFC 5280 §4.2.1.6). */
    private static String identifier(int tag, Object value) {
        String kind = switch (tag) {
            case 1 -> "email";
            case 2 -> "dns";
            case 4 -> "dn";
            case 6 -> "uri";
            case 7 -> "ip";
            default -> "name" + tag;
        };
        return kind + ":" + (value instanceof byte[] bytes ? Bytes.of(bytes).hex() : value);
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_CREDENTIAL, detail + " (RFC 9420 §5.3)");
    }
}
