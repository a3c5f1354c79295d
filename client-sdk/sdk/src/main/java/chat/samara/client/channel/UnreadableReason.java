package chat.samara.client.channel;

/** The named reasons of I5: why a current member's device cannot read an entry. */
public enum UnreadableReason {
    /** Sent in an epoch before this device was added. */
    JOINED_LATER,
    /** Its epoch's secrets have been erased. */
    EPOCH_EXPIRED,
    /** Sent while this device was out of its place, because it could not process a commit before it. */
    EPOCH_AHEAD,
    /** Its key was used already: the same ciphertext came under another name. */
    KEY_CONSUMED,
    /** So many later messages of its sender were read before it that its key was given up; or it was used before that. */
    KEY_GIVEN_UP,
    /** It does not open, or its MLS signature is wrong. */
    DECRYPTION_FAILED,
    /** The record names another device or idempotency key than what is inside. */
    RELABELLED,
    /** Its context is malformed or impossible. */
    CONTEXT_INVALID,
    /** It opened, but its content is malformed, over-long or does not fit its franking tag. */
    CONTENT_INVALID,
    /** A commit or proposal that this device must refuse: a hub that keeps I4 never orders one. */
    HANDSHAKE_REFUSED,
    /** Its author was no member when it was ordered, or is one of another server: a hub that keeps the rules never orders one. */
    NOT_A_MEMBER,
    /** A record of this very device that its store does not know: the profile was copied or restored. */
    OWN_RECORD_UNKNOWN,
    /** A record under this device's name and the key of an own message or commit, which this device did not send. */
    OWN_RECORD_FORGED,
    /** A control record that cannot be parsed or is not allowed here. */
    CONTROL_INVALID,
    /** It is in this profile, written by a version of this software newer than this one. */
    MADE_BY_NEWER_VERSION;

    /** As a device kept it: a name that this version does not know is a newer one's. */
    public static UnreadableReason ofKept(String name) {
        for (UnreadableReason known : values()) {
            if (known.name().equals(name)) {
                return known;
            }
        }
        return MADE_BY_NEWER_VERSION;
    }
}
