package chat.samara.systemtests.sim.adversary;

import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;

/** Lies about which KeyPackages a member has. */
final class DirectoryLies {
    private final Impostor impostor;
    private final boolean atFirstSight;

    /** Where a device has seen no key of the member at all it has to take what it is given: only tests that prove the oracle lie then. */
    DirectoryLies(Impostor impostor, boolean atFirstSight) {
        this.impostor = impostor;
        this.atFirstSight = atFirstSight;
    }

    List<Lie> all() {
        return List.of(new Lie(Happening.LIE_KEY_PACKAGES, this::claimed));
    }

    private Optional<List<ServerFrame>> claimed(Victim victim, ServerFrame frame) {
        Optional<ClaimKeyPackages> claim = victim.asked(frame).map(ClientFrame::getClaimKeyPackages);
        if (!frame.hasClaimedKeyPackages()
                || claim.isEmpty()
                || frame.getClaimedKeyPackages().getKeyPackagesCount() == 0) {
            return Optional.empty();
        }
        ClaimedKeyPackages.Builder claimed = frame.getClaimedKeyPackages().toBuilder();
        UserId wanted = userOf(claim.get());
        ClaimedKeyPackage truth = claimed.getKeyPackages(0);
        switch (victim.seed().below(4)) {
            case 0 -> claimed.addKeyPackages(posing(wanted, claim.get()));
            case 1 -> {
                boolean known =
                        victim.engine().flatMap(it -> it.safetyNumber(wanted)).isPresent();
                if (!known && !atFirstSight) {
                    return Optional.empty();
                }
                claimed.setKeyPackages(0, posing(wanted, claim.get()));
            }
            case 2 -> claimed.setKeyPackages(0, posing(new UserId("mallory", wanted.server()), claim.get()));
            default -> {
                ByteString changed = Bits.flipped(truth.getKeyPackage(), victim.seed());
                claimed.setKeyPackages(0, truth.toBuilder().setKeyPackage(changed));
            }
        }
        return Lie.instead(frame.toBuilder().setClaimedKeyPackages(claimed));
    }

    private static UserId userOf(ClaimKeyPackages claim) {
        try {
            return UserId.parse(claim.getUserId());
        } catch (RefusedException e) {
            throw new IllegalStateException("a device claims KeyPackages of nobody: " + claim.getUserId(), e);
        }
    }

    private ClaimedKeyPackage posing(UserId as, ClaimKeyPackages claim) {
        try {
            return ClaimedKeyPackage.newBuilder()
                    .setDeviceId(ByteString.copyFrom(impostor.device().bytes().toByteArray()))
                    .setKeyPackage(impostor.keyPackage(as, CipherSuite.of(claim.getCipherSuite())))
                    .build();
        } catch (MlsException e) {
            throw new IllegalStateException("a device claims KeyPackages of suite " + claim.getCipherSuite(), e);
        }
    }
}
