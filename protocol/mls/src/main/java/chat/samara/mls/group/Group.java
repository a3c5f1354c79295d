package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A member's view of a group: the public group, and the secrets of its epochs. Confined to one thread at a time; groups share
 * nothing. A method that throws has changed nothing.
 */
@SuppressWarnings("DoNotCallSuggester") // until the methods do something
public final class Group {
    private Group() {}

    /** Founds a group of one (RFC 9420 §11), in epoch 0. */
    public static Group create(
            GroupConfig config, Credential credential, SignatureKeyPair signer, GroupEnvironment environment)
            throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Joins by a Welcome (RFC 9420 §12.4.3.1). The bundle stays the caller's, to destroy once the group's state is stored.
     *
     * @param welcome an MLSMessage
     * @param ratchetTree encoded; only needed where it is not in the Welcome
     */
    public static Group join(
            byte[] welcome,
            KeyPackageBundle bundle,
            SignatureKeyPair signer,
            Optional<byte[]> ratchetTree,
            GroupEnvironment environment)
            throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** The group whose state is the sum of all the deltas that were drained. */
    public static Group restore(Map<Bytes, Bytes> state, SignatureKeyPair signer, GroupEnvironment environment)
            throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** What has changed in the stored state since the last call; at first, all of it. */
    public StateDelta drainDelta() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The present epoch. */
    public long epoch() {
        throw new UnsupportedOperationException("not yet");
    }

    public Bytes groupId() {
        throw new UnsupportedOperationException("not yet");
    }

    public int ownLeafIndex() {
        throw new UnsupportedOperationException("not yet");
    }

    /** All members, by rising leaf index. */
    public List<Member> members() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whether this member is still one, and the group was not destroyed. */
    public boolean isActive() {
        throw new UnsupportedOperationException("not yet");
    }

    /** An MLSMessage with a PrivateMessage of application data (RFC 9420 §15), padded by the caller. */
    public byte[] protect(byte[] plaintext, byte[] authenticatedData) throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** An MLSMessage with a PublicMessage of the proposal, which is kept for a commit to refer to (RFC 9420 §12.1). */
    public byte[] propose(ProposalDraft draft) throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whether proposals wait for a commit: until then {@link #protect} is refused (RFC 9420 §12.4). */
    public boolean hasPendingProposals() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Starts a commit. */
    public CommitBuilder commit() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The own commit that waits to be seen in the log: an MLSMessage. */
    public Optional<Bytes> pendingCommit() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Drops the own commit: it was refused. */
    public void clearPendingCommit() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Verifies a message from the group's log: an MLSMessage with a PublicMessage or PrivateMessage. */
    public Processed process(byte[] mlsMessage) throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Enters the epoch of a commit that {@link #process} has verified in the present one. */
    public void merge(StagedCommit commit) throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Erases the message secrets of this epoch and all before; the present epoch's are kept. */
    public void closeEpochsThrough(long epoch) {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@code MLS-Exporter} (RFC 9420 §8.5) of the present epoch. */
    public byte[] exportSecret(String label, byte[] context, int length) throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@code epoch_authenticator} (RFC 9420 §8.7). */
    public Bytes epochAuthenticator() throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** An MLSMessage with a GroupInfo of the present epoch, with external_pub, the tree outside (RFC 9420 §12.4.3). */
    public byte[] groupInfo() throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }

    /** The encoded ratchet tree (RFC 9420 §12.4.3.3). */
    public byte[] ratchetTree() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Erases every secret; the group is inactive, and its stored state is deleted by the next delta. */
    public void destroy() {
        throw new UnsupportedOperationException("not yet");
    }
}
