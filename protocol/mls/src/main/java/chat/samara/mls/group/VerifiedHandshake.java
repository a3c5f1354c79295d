package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;

/**
 * A handshake message of which everything was verified that its reader can verify, and the public group that it leads to.
 * Nothing has changed until the reader goes on with {@link #after}.
 */
public sealed interface VerifiedHandshake permits VerifiedCommit, VerifiedProposal {
    /** The public group with the message applied. */
    PublicGroup after();

    /** Who sent it: not necessarily a member. */
    VerifiedSender sender();

    /** What the sender bound to the message in the clear. */
    Bytes authenticatedData();
}
