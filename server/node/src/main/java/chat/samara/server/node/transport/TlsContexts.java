package chat.samara.server.node.transport;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS 1.3 and nothing older, by BoringSSL or by the JDK. */
final class TlsContexts {
    private static final String TLS_1_3 = "TLSv1.3";

    private TlsContexts() {}

    /** For the port: both protocols, the other side's certificate is not asked for. */
    static SslContext accepting(TlsIdentity identity, Platform.Tls by) throws SSLException {
        ApplicationProtocolConfig alpn = alpn(Protocol.CLIENT, Protocol.PEER);
        if (by == Platform.Tls.BORINGSSL) {
            SslContext context = SslContextBuilder.forServer(new OneKey(identity))
                    .sslProvider(SslProvider.OPENSSL)
                    .protocols(TLS_1_3)
                    .applicationProtocolConfig(alpn)
                    .build();
            // Tickets, as the JDK's TLS gives them, under keys that BoringSSL makes, and makes anew every two days.
            ((ReferenceCountedOpenSslContext) context).sessionContext().setTicketKeys();
            return context;
        }
        return byJdk(false, new KeyManager[] {new OneKey(identity)}, alpn);
    }

    /** For dialling a peer. */
    static SslContext dialling(Platform.Tls by) throws SSLException {
        ApplicationProtocolConfig alpn = alpn(Protocol.PEER);
        if (by == Platform.Tls.BORINGSSL) {
            return SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL)
                    .protocols(TLS_1_3)
                    .trustManager(new AnyCertificate())
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(alpn)
                    .build();
        }
        return byJdk(true, new KeyManager[0], alpn);
    }

    /** Without Netty's builder, which tries out key stores and trust managers that are not used here: half a second a start. */
    private static SslContext byJdk(boolean isClient, KeyManager[] keys, ApplicationProtocolConfig alpn)
            throws SSLException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {new AnyCertificate()}, null);
            return new JdkSslContext(
                    context,
                    isClient,
                    null,
                    SupportedCipherSuiteFilter.INSTANCE,
                    alpn,
                    ClientAuth.NONE,
                    new String[] {TLS_1_3},
                    false);
        } catch (GeneralSecurityException failed) {
            throw new SSLException("TLS cannot be set up", failed);
        }
    }

    /** SHA-256 over the certificate's SubjectPublicKeyInfo, 32 bytes. */
    static byte[] spkiSha256(Certificate certificate) {
        try {
            // X509 public keys encode as SubjectPublicKeyInfo (java.security.Key#getEncoded, format "X.509").
            return MessageDigest.getInstance("SHA-256")
                    .digest(certificate.getPublicKey().getEncoded());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** Both providers know these two behaviours only; a connection without a protocol of ours is closed afterwards. */
    private static ApplicationProtocolConfig alpn(Protocol... protocols) {
        String[] names = new String[protocols.length];
        for (int i = 0; i < protocols.length; i++) {
            names[i] = protocols[i].alpn();
        }
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                names);
    }

    /** The one key, whatever is asked for. Given like this, no key store is built, encrypted and decrypted at each start. */
    private static final class OneKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "samara";

        private final TlsIdentity identity;

        OneKey(TlsIdentity identity) {
            this.identity = identity;
        }

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return ALIAS;
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return ALIAS;
        }

        @Override
        public @Nullable String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {identity.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.privateKey();
        }
    }

    /**
     * Accepts what the other side presents. Who it is is settled in the protocol (PeerHello and PeerProof, whose
     * signature covers the presented key), by pinned root keys and not by certificate authorities (design §4).
     */
    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
