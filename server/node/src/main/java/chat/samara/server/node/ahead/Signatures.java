package chat.samara.server.node.ahead;

import chat.samara.mls.MlsException;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signatures of the KeyPackages that one frame brings, verified in parts: all devices' certificates, then of each KeyPackage the leaf's and its own. The first that is not good is
 * the last one that is looked at, since the core refuses the frame by it, in this very order. The verifying thread's only.
 */
final class Signatures {
    private static final Logger LOG = LoggerFactory.getLogger(Signatures.class);

    /** The leaf's and the KeyPackage's own. */
    private static final int SIGNED_TWICE = 2;

    private final List<KeyPackageIn> brought;
    private final Checks checks;
    private int certified;
    private int signed;
    private boolean refused;

    /** How far it has come. */
    enum Progress {
        MORE,
        DONE,
        /** The sender has gone. */
        GONE
    }

    /** What is done with each KeyPackage: first of all the one, then of all the other. */
    record Checks(Check certificate, Check signed) {
        static final Checks REAL = new Checks(
                it -> DeviceAuthentication.verify(
                        it.leafNode().credential(), it.leafNode().signatureKey()),
                KeyPackageIn::requireSigned);
    }

    /** Throws if it is not valid. */
    @FunctionalInterface
    interface Check {
        void of(KeyPackageIn keyPackage) throws RefusedException, MlsException;
    }

    Signatures(List<KeyPackageIn> brought, Checks checks) {
        this.brought = brought;
        this.checks = checks;
    }

    int keyPackages() {
        return brought.size();
    }

    /** Verifies {@link Limits#SIGNATURES_OF_A_PART} more, or one more than these, and no further than the sender is there. */
    Progress verify(BooleanSupplier isGone) {
        int verified = 0;
        try {
            while (verified < Limits.SIGNATURES_OF_A_PART && !isDone()) {
                if (isGone.getAsBoolean()) {
                    return Progress.GONE;
                }
                verified += verifyNext();
            }
        } catch (RefusedException | MlsException invalid) {
            LOG.debug("a KeyPackage is not valid: {}", invalid.toString());
            refused = true;
        }
        return isDone() ? Progress.DONE : Progress.MORE;
    }

    private boolean isDone() {
        return refused || signed == brought.size();
    }

    /** Returns how many signatures that were. */
    private int verifyNext() throws RefusedException, MlsException {
        if (certified < brought.size()) {
            checks.certificate().of(brought.get(certified++));
            return 1;
        }
        checks.signed().of(brought.get(signed++));
        return SIGNED_TWICE;
    }
}
