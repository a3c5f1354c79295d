package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;

/** The own commit that waits to be seen in the log: its message, what it does, and the secrets of the epoch it starts. */
record PendingCommit(Bytes message, VerifiedCommit commit, NextEpoch next) {}
