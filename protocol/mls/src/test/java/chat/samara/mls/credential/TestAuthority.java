package chat.samara.mls.credential;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of tests. */
public final class TestAuthority {
    public static final Instant NOW = Instant.ofEpochSecond(1_800_000_000L);
    private static final long YEAR_SECONDS = 365L * 24 * 3600;
    private static long lastSerial;

    private final String name;
    private final PrivateKey key;
    private final X509Certificate certificate;

    private TestAuthority(String name, PrivateKey key, X509Certificate certificate) {
        this.name = name;
        this.key = key;
        this.certificate = certificate;
    }

    /** One that has certified itself. */
    public static TestAuthority root(String name) {
        KeyPair pair = keyPair();
        SubjectPublicKeyInfo key =
                SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
        return new TestAuthority(
                name, pair.getPrivate(), new Issue(name, key).authority(true).by(name, pair.getPrivate()));
    }

    /** One that this one has certified, as an authority or, if it pretends to be one, as an end entity. */
    public TestAuthority intermediate(String other, boolean isAuthority) {
        KeyPair pair = keyPair();
        SubjectPublicKeyInfo subject =
                SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
        return new TestAuthority(
                other,
                pair.getPrivate(),
                new Issue(other, subject).authority(isAuthority).by(name, key));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /** A certificate of this authority's for a client with that DNS name. */
    public X509Certificate issue(String client, CipherSuite suite, Bytes signatureKey) {
        return endEntity(client, suite, signatureKey).by(name, key);
    }

    /** One that was valid until some time ago, or will be valid in some time, as seconds say. */
    public X509Certificate issue(
            String client, CipherSuite suite, Bytes signatureKey, long fromSeconds, long toSeconds) {
        return endEntity(client, suite, signatureKey)
                .valid(fromSeconds, toSeconds)
                .by(name, key);
    }

    /** One for another use than signing. */
    public X509Certificate issueForAgreement(String client, CipherSuite suite, Bytes signatureKey) {
        return endEntity(client, suite, signatureKey)
                .usage(KeyUsage.keyAgreement)
                .by(name, key);
    }

    /** One without alternative names. */
    public X509Certificate issueToSubject(String client, CipherSuite suite, Bytes signatureKey) {
        return endEntity(client, suite, signatureKey).withoutNames().by(name, key);
    }

    private static Issue endEntity(String client, CipherSuite suite, Bytes signatureKey) {
        return new Issue(
                client,
                SubjectPublicKeyInfo.getInstance(
                        suite.subjectPublicKeyInfo(signatureKey).toByteArray()));
    }

    /** Revokes certificates. */
    public X509CRL revoke(X509Certificate... certificates) {
        try {
            X509v2CRLBuilder list = new X509v2CRLBuilder(new X500Name("CN=" + name), Date.from(NOW.minusSeconds(60)));
            list.setNextUpdate(Date.from(NOW.plusSeconds(YEAR_SECONDS)));
            for (X509Certificate revoked : certificates) {
                list.addCRLEntry(revoked.getSerialNumber(), Date.from(NOW.minusSeconds(60)), CRLReason.keyCompromise);
            }
            byte[] encoded = list.build(signer(key)).getEncoded();
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(encoded));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public static Credential.X509 credential(X509Certificate... chain) {
        return new Credential.X509(
                List.of(chain).stream().map(TestAuthority::encoded).toList());
    }

    public static Bytes encoded(X509Certificate certificate) {
        try {
            return Bytes.of(certificate.getEncoded());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static ContentSigner signer(PrivateKey key) throws Exception {
        return new JcaContentSignerBuilder("SHA256withECDSA").build(key);
    }

    /** A certificate in the making. */
    private static final class Issue {
        private final String subject;
        private final SubjectPublicKeyInfo key;
        private boolean isAuthority;
        private boolean hasNames = true;
        private int usage = KeyUsage.digitalSignature;
        private long fromSeconds = -YEAR_SECONDS;
        private long toSeconds = YEAR_SECONDS;

        Issue(String subject, SubjectPublicKeyInfo key) {
            this.subject = subject;
            this.key = key;
        }

        Issue authority(boolean authority) {
            isAuthority = authority;
            usage = authority ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature;
            hasNames = false;
            return this;
        }

        Issue withoutNames() {
            hasNames = false;
            return this;
        }

        Issue usage(int bits) {
            usage = bits;
            return this;
        }

        Issue valid(long from, long to) {
            fromSeconds = from;
            toSeconds = to;
            return this;
        }

        X509Certificate by(String issuer, PrivateKey issuerKey) {
            try {
                X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                        new X500Name("CN=" + issuer),
                        BigInteger.valueOf(++lastSerial),
                        Date.from(NOW.plusSeconds(fromSeconds)),
                        Date.from(NOW.plusSeconds(toSeconds)),
                        new X500Name("CN=" + subject),
                        key);
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
                if (hasNames) {
                    GeneralName name = new GeneralName(GeneralName.dNSName, subject + ".example");
                    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
                }
                byte[] encoded = builder.build(signer(issuerKey)).getEncoded();
                return (X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
