package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.TreePrivateKeys;
import java.util.Optional;

/**
 * The second half of a commit's verification, which takes the group's secrets (RFC 9420 §12.4.2): the path secret, the key
 * schedule and the confirmation tag. Changes nothing.
 */
final class CommitStaging {
    private CommitStaging() {}

    /** Stages a commit that has passed all that an observer verifies. */
    static StagedCommit stage(GroupState state, VerifiedCommit commit, PskLookup psks) throws MlsException {
        boolean own = !commit.isExternal() && commit.committerLeaf() == state.ownLeaf();
        boolean selfRemoved = commit.removed().stream().anyMatch(member -> member.leafIndex() == state.ownLeaf());
        if (selfRemoved) {
            // Nobody tells a removed member the new secrets: its confirmation tag cannot be verified here.
            return new StagedCommit(commit, Optional.empty(), false);
        }
        if (own && commit.hasPath()) {
            throw new MlsException(
                    MlsError.OWN_MESSAGE,
                    "a commit of this member's that this state does not hold the path secrets of");
        }
        // RFC 9420 §12.4.2: verify that all pre-shared keys are available.
        Secret pskSecret = psks.combined(state.suite(), commit.preSharedKeys());
        try {
            return new StagedCommit(commit, Optional.of(nextEpoch(state, commit, pskSecret)), own);
        } finally {
            pskSecret.erase();
        }
    }

    private static NextEpoch nextEpoch(GroupState state, VerifiedCommit commit, Secret pskSecret) throws MlsException {
        CipherSuite suite = state.suite();
        Secret init = initSecret(state, commit);
        TreeKem.OpenedPath opened;
        Secret joiner;
        try {
            opened = openPath(state, commit);
            joiner = KeySchedule.joinerSecret(
                    suite, init, opened.commitSecret(), commit.after().context());
        } finally {
            init.erase();
        }
        opened.commitSecret().erase();
        EpochSecrets secrets = KeySchedule.epochSecrets(
                suite, joiner, pskSecret, commit.after().context());
        joiner.erase();
        NextEpoch next = new NextEpoch(opened.privateKeys(), secrets);
        if (!secrets.verifyConfirmationTag(
                commit.after().context().confirmedTranscriptHash(),
                commit.after().confirmationTag())) {
            next.eraseAllBut(state.keys());
            throw new MlsException(MlsError.INVALID_CONFIRMATION_TAG, "of a commit by leaf " + commit.committerLeaf());
        }
        return next;
    }

    /** Of an external commit the one that its ExternalInit carries (RFC 9420 §8.3), or else the present epoch's: a copy. */
    private static Secret initSecret(GroupState state, VerifiedCommit commit) throws MlsException {
        Optional<ExternalJoin> joining = commit.applied().joining();
        if (joining.isEmpty()) {
            return state.secrets().init().copy();
        }
        HpkeKeyPair external = state.secrets().externalKeyPair();
        try {
            return state.suite().receiveExport(joining.get().kemOutput(), external, ExternalJoin.INIT_SECRET_LABEL);
        } finally {
            external.erase();
        }
    }

    /** A GroupInfo's external_pub, if it has one, is the epoch's (RFC 9420 §8). */
    static void requireExternalPub(EpochSecrets secrets, byte[] groupInfo) throws MlsException {
        Optional<Bytes> externalPub =
                ExternalPub.in(MlsMessage.decode(groupInfo).requireGroupInfo().extensions());
        if (externalPub.isPresent()) {
            Bytes expected = secrets.externalPublicKey();
            if (!externalPub.get().equals(expected)) {
                throw new MlsException(
                        MlsError.INVALID_GROUP_INFO,
                        "external_pub " + externalPub.get() + ", expected " + expected + " (RFC 9420 §8)");
            }
        }
    }

    private static TreeKem.OpenedPath openPath(GroupState state, VerifiedCommit commit) throws MlsException {
        AppliedProposals applied = commit.applied();
        TreePrivateKeys own = state.keysFor(applied.tree());
        if (commit.path().isEmpty()) {
            own.requireMatch(commit.after().tree());
            return new TreeKem.OpenedPath(own, Secret.zeros(state.suite().hashBytes()));
        }
        return TreeKem.openPath(
                applied.tree(),
                commit.after().tree(),
                commit.committerLeaf(),
                commit.path().get(),
                applied.addedLeaves(),
                own,
                commit.provisionalContext().encode());
    }
}
