package chat.samara.server.node.identity;

import chat.samara.server.node.transport.TlsIdentity;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes the port's key and certificate. The certificate says nothing that anybody checks: clients and peers compare the
 * SHA-256 of its public key with the manifest. So it does not name the server, and it does not run out in practice.
 */
final class SelfSigned {
    private static final Duration VALID = Duration.ofDays(365 * 50);
    private static final Duration CLOCKS_DIFFER = Duration.ofDays(2);
    private static final int SERIAL_BITS = 120;
    private static final X500Name SUBJECT = new X500Name("CN=samara");

    private SelfSigned() {}

    /** A fresh key on P-256, which every TLS 1.3 implementation has (RFC 8446 §9.1), and its certificate. */
    static TlsIdentity generate(Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            X509CertificateHolder holder = new JcaX509v3CertificateBuilder(
                            SUBJECT,
                            new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
                            Date.from(now.minus(CLOCKS_DIFFER)),
                            Date.from(now.plus(VALID)),
                            SUBJECT,
                            pair.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
            return new TlsIdentity(pair.getPrivate(), TlsKeys.parseCertificate(holder.getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException | IOException impossible) {
            throw new IllegalStateException("every Java platform makes P-256 keys and ECDSA signatures", impossible);
        }
    }
}
