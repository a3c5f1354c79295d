package chat.samara.client.device;

import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.wire.channel.Change;
import chat.samara.wire.log.Record;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A Welcome stands in the very commit that adds a leaf, and so in the log, signed by its author. Where the log shows that a commit adds a leaf
 * of this device, and the private keys of that KeyPackage are here, the device opens it there. It does not matter then what its server
 * says of Welcomes that wait.
 */
final class WelcomeInLog {
    private final OwnKeyPackages keyPackages;
    private final Joining joining;

    WelcomeInLog(OwnKeyPackages keyPackages, Joining joining) {
        this.keyPackages = keyPackages;
        this.joining = joining;
    }

    /**
     * A Welcome that has opened.
     *
     * @param group the group after the commit that adds the leaf
     */
    record Opened(Group group, Bytes keyPackageRef) {}

    /**
     * The KeyPackage by which a commit adds a leaf of this device, if its private keys are here. Of several, which only a member adds who wants to do it harm, that of
     * its present device key or else of the latest: no other leaf would be heard.
     */
    private Optional<KeyPackageBundle> keyPackage(Turn turn, OwnIdentity own, Change.Committed commit) {
        List<KeyPackageBundle> here = commit.addedRefs().stream()
                .flatMap(ref -> keyPackages.find(turn, ref).stream())
                .toList();
        Optional<KeyPackageBundle> latest = here.stream()
                .filter(bundle -> OwnKeyPackages.isSignerHere(own, bundle))
                .min(Comparator.comparingInt(bundle -> own.ageOf(OwnKeyPackages.device(bundle))));
        here.stream()
                .filter(bundle -> latest.filter(it -> it == bundle).isEmpty())
                .forEach(KeyPackageBundle::destroy);
        return latest;
    }

    /**
     * Opens the Welcome in a commit.
     *
     * @param after the group as every observer has it after that commit
     * @return empty where no private keys for it are here, or where the device key that it is for was given up too long ago
     * @throws Joining.RefusedWelcomeException if it does not lead there: the fault of the commit's author
     */
    Optional<Opened> open(Turn turn, OwnIdentity own, Change.Committed commit, Record record, PublicGroup after)
            throws Joining.RefusedWelcomeException {
        Optional<KeyPackageBundle> bundle = keyPackage(turn, own, commit);
        if (bundle.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Opened(
                    joining.open(own, bundle.get(), record, after), bundle.get().ref()));
        } finally {
            bundle.get().destroy();
        }
    }

    /**
     * The device goes on by that Welcome. Its private keys are erased as soon as the hub vouches for the place ({@link Welcomes#settle}): as long as it does
     * not, the commit may stand elsewhere in the log.
     */
    static void opened(LiveChannel channel, long seq, Bytes keyPackageRef) {
        channel.row().setWelcomeSeq(seq).setWelcomeRef(Stored.bytes(keyPackageRef));
        UnsettledWelcomes.add(channel.row(), seq, keyPackageRef);
    }

    /** Whether the author of the commit has spoilt the Welcome; else it cannot be told whose fault it is that it does not open. */
    static boolean isSpoilt(Joining.RefusedWelcomeException why) {
        return why.refusal().code() == RefusalCode.INVALID_HANDSHAKE;
    }
}
