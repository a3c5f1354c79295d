package chat.samara.cli;

import chat.samara.client.refusal.RefusalCode;

/** How the process ends: what scripts decide by. Numbers are stable; {@code README.md} beside this module lists them. */
public enum ExitCode {
    /** Done. */
    DONE(0),
    /** Something that must not happen, in the command itself or at the other side of the connection: a bug in Samara. */
    BUG(1),
    /** The command line is wrong; nothing was tried. */
    USAGE(2),
    /** The profile: missing, there already, open elsewhere, damaged, newer, on a full or failing disk, wrong passphrase, without an account. */
    PROFILE(3),
    /** A server, the channel, the memory or another limit said no, or a bug ended the device; trying the same again will not help. */
    REFUSED(4),
    /** Not in time: the server cannot be reached, or did not answer. What was asked for goes on when it can. */
    LATER(5),
    /** Somebody may be tampering: the server is not the one of the invite, a log was found forked, a member's identity key changed. */
    ALARM(6),
    /** It was done, but the result could not be written to standard output. */
    OUTPUT(7);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** For {@code exit}. */
    public int number() {
        return number;
    }

    /** Which of the kinds above a refusal of the SDK is. */
    public static ExitCode of(RefusalCode code) {
        return switch (code) {
            case PROFILE_MISSING,
                    PROFILE_EXISTS,
                    PROFILE_IN_USE,
                    PROFILE_NEWER,
                    PROFILE_DAMAGED,
                    PROFILE_UNUSABLE,
                    PROFILE_DISK_FULL,
                    PROFILE_FAILED,
                    NATIVE_LIBRARY,
                    WRONG_PASSPHRASE,
                    PASSPHRASE_INVALID,
                    PROFILE_EXPOSED,
                    NOT_JOINED,
                    ALREADY_JOINED,
                    DEVICE_REPLACED -> PROFILE;
            case UNREACHABLE,
                    PEER_UNREACHABLE,
                    TIMEOUT,
                    SERVER_DISK_FULL,
                    HUB_BEHIND,
                    LIMIT_REACHED,
                    STALE_EPOCH,
                    REMOVAL_NOT_DONE -> LATER;
            case WRONG_ROOT_KEY, CHANNEL_FROZEN, IDENTITY_KEY_CHANGED, IDENTITY_KEY_UNDECIDED, IDENTITY_KEYS_DIFFER ->
                ALARM;
            case CLOSED, PROTOCOL, INVALID_HANDSHAKE -> BUG;
            default -> REFUSED;
        };
    }
}
