package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The way from a group to one that follows from it: to its successor after a re-initialization (RFC 9420 §11.2), or to a
 * branch with some of its members (§11.3). The new group's first secrets have the old group's resumption PSK among their
 * sources, so whoever follows was a member of the old group; and whoever founds or joins it checks that it is what it should be.
 *
 * <p>Confined to the old group's thread, like that group, which it reads and does not change.
 */
public final class Linkage {
    private final GroupState old;
    private final Optional<Proposal.ReInit> reInit;

    private Linkage(GroupState old, Optional<Proposal.ReInit> reInit) {
        this.old = old;
        this.reInit = reInit;
    }

    /** To the group that a ReInit has announced. */
    static Linkage toSuccessor(GroupState old) throws MlsException {
        Proposal.ReInit announced = old.publicGroup()
                .reInit()
                .orElseThrow(() -> new MlsException(
                        MlsError.UNRELATED_GROUP, "a successor of a group that no commit has re-initialized"));
        old.requireSecrets();
        return new Linkage(old, Optional.of(announced));
    }

    /** To a group with some of the members. */
    static Linkage toBranch(GroupState old) throws MlsException {
        old.requireActive();
        return new Linkage(old, Optional.empty());
    }

    // ---- for the application ----

    /**
     * Founds the new group and adds all its other members in one commit.
     *
     * @param config of a successor: with the suite, group id and extensions of {@link Group#reInit}; of a branch: with the old
     *     group's suite, and another group id
     * @param credential and {@code signer} of the founder in the new group
     * @param members KeyPackages of the others: of a successor all the old group's members, of a branch some of them
     * @throws MlsException {@link MlsError#UNRELATED_GROUP} where the new group would not follow from the old one; or as {@link
     *     CommitBuilder#build}
     */
    public FoundedGroup found(
            GroupConfig config,
            Credential credential,
            SignatureKeyPair signer,
            List<KeyPackage> members,
            GroupEnvironment environment)
            throws MlsException {
        requireParameters(Capabilities.MLS10, config.suite().code(), config.groupId(), config.groupContextExtensions());
        List<Credential> credentials = new ArrayList<>();
        credentials.add(credential);
        members.forEach(member -> credentials.add(member.credential()));
        requireMembers(credentials, environment.authentication());

        Group group = Group.create(config, credential, signer, environment);
        CommitBuilder builder = group.commit(new PskLookup(environment.preSharedKeys(), old));
        members.forEach(builder::add);
        CommitBundle commit = builder.linkedTo(usage(), old.publicGroup()).build();
        group.mergePending();
        return new FoundedGroup(group, commit);
    }

    /**
     * Joins the new group by a Welcome, as {@link Group#join} does, and checks that it follows from the old one (RFC 9420
     * §12.4.3.1). A branch may have been made a few epochs ago, as long as that epoch's resumption PSK is kept; its members must be
     * members of the old group as it is now.
     *
     * @throws MlsException {@link MlsError#UNRELATED_GROUP}, or as {@link Group#join}
     */
    public Group join(
            byte[] welcome,
            KeyPackageBundle bundle,
            SignatureKeyPair signer,
            Optional<byte[]> ratchetTree,
            GroupEnvironment environment)
            throws MlsException {
        GroupState joined = new Joining(bundle, environment, Optional.of(this)).join(welcome, signer, ratchetTree);
        return Group.of(joined, signer, environment);
    }

    // ---- what must hold ----

    /** {@code ResumptionPSKUsage} of the PSK that links the groups. */
    int usage() {
        return reInit.isPresent() ? PreSharedKeyId.USAGE_REINIT : PreSharedKeyId.USAGE_BRANCH;
    }

    /** Where the linking PSK is found. */
    PskLookup psks(PreSharedKeys application) {
        return new PskLookup(application, old);
    }

    /** The PSK is the old group's; after a re-initialization, that of its last epoch (RFC 9420 §11.2). */
    void requirePsk(PreSharedKeyId.Resumption psk) throws MlsException {
        PublicGroup group = old.publicGroup();
        if (psk.usage() != usage()) {
            throw unrelated("a PSK of usage " + psk.usage() + ", expected " + usage());
        }
        if (!psk.groupId().equals(group.groupId())) {
            throw unrelated("a PSK of group " + psk.groupId() + ", expected " + group.groupId());
        }
        if (reInit.isPresent() && psk.epoch() != group.epoch()) {
            throw unrelated("a PSK of epoch " + Long.toUnsignedString(psk.epoch()) + ", expected the last, "
                    + Long.toUnsignedString(group.epoch()));
        }
    }

    /** What a joiner verifies of the group that a Welcome leads to (RFC 9420 §12.4.3.1). */
    void requireFollows(PublicGroup group, AuthenticationService authentication) throws MlsException {
        if (group.epoch() != 1) {
            throw unrelated("epoch " + Long.toUnsignedString(group.epoch()) + ", expected 1");
        }
        // A GroupContext of another version than mls10 is not read at all.
        requireParameters(Capabilities.MLS10, group.suite().code(), group.groupId(), group.extensions());
        requireMembers(group.members().stream().map(Member::credential).toList(), authentication);
    }

    private void requireParameters(int version, int suite, Bytes groupId, List<Extension> extensions)
            throws MlsException {
        if (reInit.isEmpty()) {
            if (suite != old.suite().code()) {
                throw unrelated("a branch of suite " + suite + ", expected the group's " + old.suite());
            }
            if (groupId.equals(old.publicGroup().groupId())) {
                throw unrelated("a branch with the group's own id, expected another");
            }
            return;
        }
        Proposal.ReInit announced = reInit.get();
        if (version != announced.version()) {
            throw unrelated("version " + version + ", expected that of the ReInit, " + announced.version());
        }
        if (suite != announced.cipherSuite()) {
            throw unrelated("suite " + suite + ", expected that of the ReInit, " + announced.cipherSuite());
        }
        if (!groupId.equals(announced.groupId())) {
            throw unrelated("group " + groupId + ", expected that of the ReInit, " + announced.groupId());
        }
        if (!extensions.equals(announced.extensions())) {
            throw unrelated("other extensions than those of the ReInit");
        }
    }

    /**
     * A successor has all the old group's members, each as often as it was there, and nobody else (RFC 9420 §11.2: "the same
     * membership"); every member of a branch is one of the old group's. Who is who, the application says ({@link AuthenticationService#identityOf}).
     */
    private void requireMembers(List<Credential> members, AuthenticationService authentication) throws MlsException {
        Map<Bytes, Integer> counts = new HashMap<>();
        old.publicGroup()
                .members()
                .forEach(member -> counts.merge(authentication.identityOf(member.credential()), 1, Integer::sum));
        for (Credential member : members) {
            Bytes identity = authentication.identityOf(member);
            if (!counts.containsKey(identity)) {
                throw unrelated("a group with " + identity
                        + ", expected none but members of the old one, and each of them" + " as often as it is there");
            }
            if (reInit.isPresent()) {
                counts.computeIfPresent(identity, (known, count) -> count == 1 ? null : count - 1);
            }
        }
        if (reInit.isPresent() && !counts.isEmpty()) {
            throw unrelated(counts.size() + " members of the group are missing in its successor, "
                    + counts.keySet().iterator().next() + " among them");
        }
    }

    private static MlsException unrelated(String detail) {
        return new MlsException(MlsError.UNRELATED_GROUP, detail + " (RFC 9420 §11.2, §11.3)");
    }
}
