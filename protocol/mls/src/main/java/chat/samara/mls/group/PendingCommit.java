package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.WireFormat;

/** The own commit that waits to be seen in the log: its message, what it does, and the secrets of the epoch it starts. */
record PendingCommit(Bytes message, VerifiedCommit commit, NextEpoch next) {
    /** Whether the message is a PrivateMessage. */
    boolean isEncrypted() {
        return commit.content().wireFormat() == WireFormat.PRIVATE_MESSAGE;
    }
}
