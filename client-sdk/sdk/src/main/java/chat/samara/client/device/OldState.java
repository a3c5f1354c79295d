package chat.samara.client.device;

/**
 * By what a device knows that its state is older than what was sent under its key: it was restored from a backup, its folder was copied, or
 * the machine it runs on was set back. Every key that its ratchets would make next may have been used.
 */
public enum OldState {
    /** A channel's log has a message of this device that it does not know. */
    UNKNOWN_MESSAGE,
    /** A channel's log has a commit of this device that it does not know. */
    UNKNOWN_COMMIT,
    /** The server has taken more records of this device than it remembers to have sent. */
    SERVER_COUNTS_MORE,
    /** Another device connects under the same key again and again: a copy of this profile is running. That is the server's word alone, too. */
    CONNECTED_TWICE,
    /**
     * A channel's log has a message of this device under the key by which it has sealed another, that nobody can read now: it is said again. That is the word of its
     * server and of some member.
     */
    KEY_USED_TWICE
}
