package chat.samara.client.channel;

/** How this device stands in a channel. */
public enum Membership {
    /** Founded here; the server has not confirmed it yet. */
    FOUNDING,
    /** A member. */
    MEMBER,
    /** Removed; secrets are erased, history is kept. */
    REMOVED,
    /** The log was found forked or broken; nothing more is read or sent, secrets are erased, history is kept. */
    FROZEN,
    /** A member that has lost its place, because it could not process somebody's commit, and is coming back by itself. */
    RETURNING,
    /**
     * Made here, and refused by its server: nobody else knows of it, as far as that server says. It is kept for the messages that were written
     * in it, all of them refused, until {@code forgetChannel}.
     */
    NOT_FOUNDED,
    /** A newer version of this software has put it into a state that this one does not know: nothing is read, sent or erased in it until that version is back. */
    OF_NEWER_VERSION;

    /** Whether nothing is read or sent in it any more. */
    public boolean isOver() {
        return this == REMOVED || this == FROZEN || this == NOT_FOUNDED || this == OF_NEWER_VERSION;
    }
}
