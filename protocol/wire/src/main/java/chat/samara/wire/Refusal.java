package chat.samara.wire;

import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;

/**
 * An expected no, as it crosses a link ({@code samara.v1.Error}).
 *
 * @param code what went wrong; what a receiver does about it is said in {@code error.proto}
 * @param reason one sentence for a person, with the value and the remedy
 * @param detail the machine-readable rest, such as a limit or the name of a rule; may be empty
 * @param expected for {@code GAP}: the number that is wanted; otherwise 0
 * @param retryAfterMillis for {@code LIMIT_REACHED} and the like: when to try again; 0 if unknown
 */
public record Refusal(ErrorCode code, String reason, String detail, long expected, long retryAfterMillis) {
    /** The {@code detail} of a {@code NO_KEY_PACKAGE} whose reason is a clock: see {@code error.proto}. */
    public static final String DETAIL_CLOCK = "clock";

    public Refusal {
        reason = cut(Visible.of(reason));
        detail = cut(Visible.of(detail));
    }

    /** A refusal with a reason only. */
    public static Refusal of(ErrorCode code, String reason) {
        return new Refusal(code, reason, "", 0, 0);
    }

    /** A refusal with a reason and a detail. */
    public static Refusal of(ErrorCode code, String reason, String detail) {
        return new Refusal(code, reason, detail, 0, 0);
    }

    /** A sequence number was more than one above the last: {@code expected} is wanted. */
    public static Refusal gap(long expected, long got) {
        return new Refusal(ErrorCode.GAP, "number " + got + " came, but " + expected + " is next", "", expected, 0);
    }

    /** Too much at once; try again after so long. */
    public static Refusal limitReached(String reason, String limit, long retryAfterMillis) {
        return new Refusal(ErrorCode.LIMIT_REACHED, reason, limit, 0, retryAfterMillis);
    }

    /**
     * What the other side said. A code that this version does not know becomes {@code INTERNAL} with the number as detail, so
     * that a switch over the codes stays whole. Never fails.
     */
    public static Refusal of(Error error) {
        boolean known =
                error.getCode() != ErrorCode.UNRECOGNIZED && error.getCode() != ErrorCode.ERROR_CODE_UNSPECIFIED;
        return new Refusal(
                known ? error.getCode() : ErrorCode.INTERNAL,
                error.getReason(),
                known ? error.getDetail() : "error code " + error.getCodeValue() + " " + error.getDetail(),
                Math.max(0, error.getExpected()),
                Math.max(0, error.getRetryAfterMillis()));
    }

    /** As it is sent. */
    public Error toProto() {
        return Error.newBuilder()
                .setCode(code)
                .setReason(reason)
                .setDetail(detail)
                .setExpected(expected)
                .setRetryAfterMillis(retryAfterMillis)
                .build();
    }

    /** To throw where a value cannot be returned. */
    public RefusedException asException() {
        return new RefusedException(this);
    }

    @Override
    public String toString() {
        return code + ": " + reason + (detail.isEmpty() ? "" : " [" + detail + "]");
    }

    private static String cut(String text) {
        if (text.length() <= Limits.ERROR_TEXT_CHARS_MAX) {
            return text;
        }
        // Never between the two halves of a surrogate pair, or the text could not be encoded.
        int end = Character.isHighSurrogate(text.charAt(Limits.ERROR_TEXT_CHARS_MAX - 1))
                ? Limits.ERROR_TEXT_CHARS_MAX - 1
                : Limits.ERROR_TEXT_CHARS_MAX;
        return text.substring(0, end);
    }
}
