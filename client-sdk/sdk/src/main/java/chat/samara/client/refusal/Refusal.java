package chat.samara.client.refusal;

import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.proto.ErrorCode;

/**
 * An expected refusal, as a value.
 *
 * @param code what a program decides by
 * @param sentence one sentence for a person: the value, what was expected, the remedy
 */
public record Refusal(RefusalCode code, String sentence) {
    /** The detail where a server does not go on in a channel before it is updated. */
    private static final String TOO_NEW = "CHANNEL_TOO_NEW";

    /** The detail where a server cannot read its own copy of a channel, which some say with the code of one that is over. */
    private static final String DAMAGED = "damaged";

    /** What a refusal of the server, or of the wire library, means to an application. */
    public static Refusal of(chat.samara.wire.Refusal refusal) {
        String sentence = refusal.reason();
        return new Refusal(codeOf(refusal), sentence.isEmpty() ? "the server answered " + refusal.code() : sentence);
    }

    private static RefusalCode codeOf(chat.samara.wire.Refusal refusal) {
        if (refusal.code() == ErrorCode.INVALID_HANDSHAKE && refusal.detail().equals(HandshakeRules.AUTHOR_BARRED)) {
            return RefusalCode.AUTHOR_BARRED;
        }
        if (refusal.code() == ErrorCode.CHANNEL_FROZEN && refusal.detail().equals(TOO_NEW)) {
            return RefusalCode.SERVER_OUTDATED;
        }
        if (refusal.code() == ErrorCode.CHANNEL_FROZEN && refusal.detail().equals(DAMAGED)) {
            return RefusalCode.HUB_BEHIND;
        }
        return switch (refusal.code()) {
            case TOO_LARGE -> RefusalCode.TOO_LARGE;
            case LIMIT_REACHED -> RefusalCode.LIMIT_REACHED;
            case UNAUTHENTICATED, LOGIN_FAILED -> RefusalCode.LOGIN_FAILED;
            case INVITE_INVALID -> RefusalCode.INVITE_INVALID;
            case NAME_TAKEN -> RefusalCode.NAME_TAKEN;
            case NAME_INVALID -> RefusalCode.NAME_INVALID;
            case UNKNOWN_MEMBER -> RefusalCode.UNKNOWN_MEMBER;
            case UNKNOWN_CHANNEL -> RefusalCode.UNKNOWN_CHANNEL;
            case NOT_A_MEMBER -> RefusalCode.NOT_A_MEMBER;
            case STALE_EPOCH -> RefusalCode.STALE_EPOCH;
            case EPOCH_EXPIRED -> RefusalCode.EPOCH_EXPIRED;
            case INVALID_HANDSHAKE -> RefusalCode.INVALID_HANDSHAKE;
            case NO_KEY_PACKAGE -> RefusalCode.NO_KEY_PACKAGE;
            case NOT_A_PEER -> RefusalCode.NOT_A_PEER;
            case PEER_UNREACHABLE -> RefusalCode.PEER_UNREACHABLE;
            case DISK_FULL -> RefusalCode.SERVER_DISK_FULL;
            case SHUTTING_DOWN, HUB_ASKING -> RefusalCode.UNREACHABLE;
            case HUB_BEHIND -> RefusalCode.HUB_BEHIND;
            case CHANNEL_FROZEN -> RefusalCode.CHANNEL_FROZEN;
            case DEVICE_REPLACED -> RefusalCode.DEVICE_REPLACED;
            case ERROR_CODE_UNSPECIFIED,
                    MALFORMED,
                    UNSUPPORTED,
                    GAP,
                    INVALID_PROOF,
                    IDEMPOTENCY_CONFLICT,
                    NOT_THE_HUB,
                    INTERNAL,
                    UNRECOGNIZED -> RefusalCode.PROTOCOL;
        };
    }
}
