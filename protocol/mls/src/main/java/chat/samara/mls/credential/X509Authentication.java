package chat.samara.mls.credential;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Accepts X.509 credentials (RFC 9420 §5.3) whose end-entity certificate leads to a trust anchor, by the JDK's PKIX path
 * validation (RFC 5280), and no other credentials. Immutable; callable from any thread.
 *
 * <p><b>Time.</b> Certificates expire, so members with different clocks, or who come to a commit at different times, may judge it
 * differently. Make certificates live much longer than a message may be on its way, and replace them well before they end
 * (RFC 9420 §5.3.2).
 */
public final class X509Authentication implements AuthenticationService {
    private static final int KEY_USAGE_DIGITAL_SIGNATURE = 0;

    private final Set<TrustAnchor> trustAnchors;
    private final List<X509Certificate> intermediates;
    private final List<X509CRL> revocationLists;
    private final Predicate<X509Chain> wanted;
    private final InstantSource clock;

    private X509Authentication(
            Set<TrustAnchor> trustAnchors,
            List<X509Certificate> intermediates,
            List<X509CRL> revocationLists,
            Predicate<X509Chain> wanted,
            InstantSource clock) {
        this.trustAnchors = Set.copyOf(trustAnchors);
        this.intermediates = List.copyOf(intermediates);
        this.revocationLists = List.copyOf(revocationLists);
        this.wanted = wanted;
        this.clock = clock;
    }

    /**
     * Trusts what these anchors have issued.
     *
     * @param clock tells at which time certificates have to be valid
     */
    public static X509Authentication of(Collection<X509Certificate> trustAnchors, InstantSource clock) {
        Set<TrustAnchor> anchors = new HashSet<>();
        trustAnchors.forEach(anchor -> anchors.add(new TrustAnchor(anchor, null)));
        if (anchors.isEmpty()) {
            throw new IllegalArgumentException("no trust anchor, expected one at least");
        }
        return new X509Authentication(anchors, List.of(), List.of(), chain -> true, clock);
    }

    /** The same, knowing certificates of issuers that a chain may leave out (RFC 9420 §5.3). */
    public X509Authentication withIntermediates(Collection<X509Certificate> known) {
        return new X509Authentication(trustAnchors, List.copyOf(known), revocationLists, wanted, clock);
    }

    /** The same, with revocation checked by these lists alone: each issuer on a path needs one that is current. */
    public X509Authentication withRevocationLists(Collection<X509CRL> lists) {
        return new X509Authentication(trustAnchors, intermediates, List.copyOf(lists), wanted, clock);
    }

    /** The same, accepting those only whose {@link X509Chain#identifiers presented identifiers} the application wants. */
    public X509Authentication accepting(Predicate<X509Chain> identifiers) {
        return new X509Authentication(trustAnchors, intermediates, revocationLists, identifiers, clock);
    }

    /** Whether the path is valid now and may sign; that it is for this signature key, everything that validates a leaf checks. */
    @Override
    public boolean accepts(Credential credential, Bytes signatureKey) {
        if (!(credential instanceof Credential.X509 x509)) {
            return false;
        }
        try {
            X509Chain chain = X509Chain.of(x509);
            return maySign(chain.endEntity()) && hasPath(chain) && wanted.test(chain);
        } catch (MlsException e) {
            return false;
        }
    }

    /** A certificate with the same identifiers may follow. */
    @Override
    public boolean acceptsSuccessor(Credential old, Credential fresh) {
        return identityOf(old).equals(identityOf(fresh));
    }

    /** The identifiers that the chain presents, whoever issued it. */
    @Override
    public Bytes identityOf(Credential credential) {
        if (credential instanceof Credential.X509 x509) {
            try {
                return Bytes.ofUtf8(String.join("\n", X509Chain.of(x509).identifiers()));
            } catch (MlsException e) {
                // Then it has none but itself.
                return Bytes.wrapUnsafe(credential.encode());
            }
        }
        return Bytes.wrapUnsafe(credential.encode());
    }

    private boolean hasPath(X509Chain chain) {
        X509CertSelector target = new X509CertSelector();
        target.setCertificate(chain.endEntity());
        List<Object> known = new ArrayList<>(chain.certificates());
        known.addAll(intermediates);
        known.addAll(revocationLists);
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(trustAnchors, target);
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(known)));
            parameters.setMaxPathLength(Limits.CERTIFICATES_MAX);
            parameters.setDate(Date.from(clock.instant()));
            parameters.setRevocationEnabled(!revocationLists.isEmpty());
            CertPathBuilder.getInstance("PKIX").build(parameters);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean maySign(X509Certificate endEntity) {
        boolean[] usage = endEntity.getKeyUsage();
        return usage == null || usage[KEY_USAGE_DIGITAL_SIGNATURE];
    }
}
