package chat.samara.server.node.identity;

import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import chat.samara.server.node.transport.TlsIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;

/**
 * The port's key and certificate in their files. An operator may put others in their place (for example from a
 * certificate authority); the manifest then follows.
 */
final class TlsKeys {
    private TlsKeys() {}

    static TlsIdentity loadOrCreate(DataFolder folder, Instant now) throws FolderException {
        boolean hasKey = Files.exists(folder.tlsKeyFile());
        boolean hasCertificate = Files.exists(folder.tlsCertificateFile());
        if (hasKey && hasCertificate) {
            return load(folder);
        }
        TlsIdentity made = SelfSigned.generate(now);
        try {
            PrivateFile.write(
                    folder.tlsKeyFile(),
                    Pem.encode(Pem.PRIVATE_KEY, made.privateKey().getEncoded()));
            PrivateFile.write(
                    folder.tlsCertificateFile(),
                    Pem.encode(Pem.CERTIFICATE, made.certificate().getEncoded()));
            return made;
        } catch (IOException failed) {
            throw new FolderException(
                    "The keys in " + folder.path() + " cannot be written (" + FolderException.reason(failed) + ").",
                    failed);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("a certificate that was just made cannot be encoded", impossible);
        }
    }

    private static TlsIdentity load(DataFolder folder) throws FolderException {
        byte[] keyDer = Pem.read(folder.tlsKeyFile(), Pem.PRIVATE_KEY);
        byte[] certificateDer = Pem.read(folder.tlsCertificateFile(), Pem.CERTIFICATE);
        try {
            X509Certificate certificate = parseCertificate(certificateDer);
            PrivateKey key = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(keyDer));
            requirePair(key, certificate);
            return new TlsIdentity(key, certificate);
        } catch (GeneralSecurityException damaged) {
            throw new FolderException(
                    "The files " + folder.tlsKeyFile() + " and " + folder.tlsCertificateFile()
                            + " are damaged or do not belong together; remove both to have new ones made.",
                    damaged);
        }
    }

    /** Better told at the start than by every handshake. */
    private static void requirePair(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(certificate.getSerialNumber().toByteArray());
        byte[] signature = signing.sign();
        Signature verifying = Signature.getInstance(algorithm);
        verifying.initVerify(certificate.getPublicKey());
        verifying.update(certificate.getSerialNumber().toByteArray());
        if (!verifying.verify(signature)) {
            throw new GeneralSecurityException("the key does not belong to the certificate");
        }
    }

    static X509Certificate parseCertificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }
}
