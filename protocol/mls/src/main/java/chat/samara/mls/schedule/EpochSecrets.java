package chat.samara.mls.schedule;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is derived from an epoch's {@code epoch_secret} (RFC 9420 §8, table 4; the last by draft-ietf-mls-extensions), that secret
 * itself being gone. The {@code encryption_secret} starts the secret tree, {@code application_export_secret} the exporter tree;
 * both are erased there. Owned by one group.
 */
public final class EpochSecrets {
    private static final int STORED_BY_VERSION_1 = 9;
    private static final int COUNT = 10;

    private final CipherSuite suite;
    private final Secret senderData;
    private final Secret encryption;
    private final Secret exporter;
    private final Secret external;
    private final Secret confirmation;
    private final Secret membership;
    private final Secret resumption;
    private final Secret authenticator;
    private final Secret init;
    private final Secret applicationExport;

    private EpochSecrets(CipherSuite suite, List<Secret> inOrder) {
        this.suite = suite;
        senderData = inOrder.get(0);
        encryption = inOrder.get(1);
        exporter = inOrder.get(2);
        external = inOrder.get(3);
        confirmation = inOrder.get(4);
        membership = inOrder.get(5);
        resumption = inOrder.get(6);
        authenticator = inOrder.get(7);
        init = inOrder.get(8);
        applicationExport = inOrder.get(9);
    }

    /** Derives all of them; the caller erases the {@code epoch_secret}. */
    public static EpochSecrets derive(CipherSuite suite, Secret epochSecret) {
        return new EpochSecrets(
                suite,
                List.of(
                        suite.deriveSecret(epochSecret, "sender data"),
                        suite.deriveSecret(epochSecret, "encryption"),
                        suite.deriveSecret(epochSecret, "exporter"),
                        suite.deriveSecret(epochSecret, "external"),
                        suite.deriveSecret(epochSecret, "confirm"),
                        suite.deriveSecret(epochSecret, "membership"),
                        suite.deriveSecret(epochSecret, "resumption"),
                        suite.deriveSecret(epochSecret, "authentication"),
                        suite.deriveSecret(epochSecret, "init"),
                        suite.deriveSecret(epochSecret, "application_export")));
    }

    /** Those of an epoch whose secrets this client was never told: all of them erased. */
    public static EpochSecrets unknown(CipherSuite suite) {
        EpochSecrets unknown = new EpochSecrets(suite, Collections.nCopies(COUNT, Secret.zeros(0)));
        unknown.erase();
        return unknown;
    }

    /**
     * Reads what {@link #writeTo} wrote, which is the last of what there is to read; those that were erased come back empty. A
     * state of version 1 has no {@code application_export_secret}.
     */
    public static EpochSecrets readFrom(TlsReader reader, CipherSuite suite) throws MlsException {
        List<Secret> inOrder = new ArrayList<>();
        for (int i = 0; i < STORED_BY_VERSION_1; i++) {
            inOrder.add(Secret.take(reader.opaqueArray()));
        }
        inOrder.add(Secret.take(reader.hasRemaining() ? reader.opaqueArray() : new byte[0]));
        return new EpochSecrets(suite, inOrder);
    }

    /** Appends every secret that is not erased, in the order of the RFC's table, as {@code opaque<V>}. */
    public void writeTo(TlsWriter writer) {
        for (Secret secret : all()) {
            writer.opaque(secret.isErased() ? new byte[0] : secret.reveal());
        }
    }

    /** {@code sender_data_secret}. */
    public Secret senderData() {
        return senderData;
    }

    /** {@code encryption_secret}, until the secret tree has taken it. */
    public Secret encryption() {
        return encryption;
    }

    /** {@code membership_key}. */
    public Secret membership() {
        return membership;
    }

    /** {@code resumption_psk}. */
    public Secret resumption() {
        return resumption;
    }

    /** {@code init_secret}, which the next epoch starts from. */
    public Secret init() {
        return init;
    }

    /** {@code application_export_secret}, until the exporter tree has taken it; empty in a state that was stored without. */
    public Secret applicationExport() {
        return applicationExport;
    }

    Secret exporter() {
        return exporter;
    }

    Secret external() {
        return external;
    }

    Secret confirmation() {
        return confirmation;
    }

    /** {@code epoch_authenticator} (RFC 9420 §8.7). */
    public Bytes authenticator() {
        return Bytes.of(authenticator.reveal());
    }

    /** The confirmation tag of a commit that led to this transcript hash (RFC 9420 §6.1). */
    public Bytes confirmationTag(Bytes confirmedTranscriptHash) {
        return suite.mac(confirmation, confirmedTranscriptHash.arrayUnsafe());
    }

    /** Whether the tag is right, compared in constant time (RFC 9420 §6.1). */
    public boolean verifyConfirmationTag(Bytes confirmedTranscriptHash, Bytes tag) {
        return suite.verifyMac(confirmation, confirmedTranscriptHash.arrayUnsafe(), tag);
    }

    /** The key pair for external joins (RFC 9420 §8); the caller erases it. */
    public HpkeKeyPair externalKeyPair() {
        return suite.deriveKeyPair(external);
    }

    /** {@code external_pub}: the public key of {@link #externalKeyPair}. */
    public Bytes externalPublicKey() {
        HpkeKeyPair pair = externalKeyPair();
        pair.erase();
        return pair.publicKey();
    }

    /** {@code MLS-Exporter} (RFC 9420 §8.5): at most 255 hashes long. */
    public Secret export(String label, byte[] context, int length) {
        Secret derived = suite.deriveSecret(exporter, label);
        Secret exported =
                suite.expandWithLabel(derived, "exported", suite.hash(context).arrayUnsafe(), length);
        derived.erase();
        return exported;
    }

    /** Overwrites everything. */
    public void erase() {
        all().forEach(Secret::erase);
    }

    private List<Secret> all() {
        return List.of(
                senderData,
                encryption,
                exporter,
                external,
                confirmation,
                membership,
                resumption,
                authenticator,
                init,
                applicationExport);
    }
}
