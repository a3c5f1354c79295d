package chat.samara.wire;

import chat.samara.wire.proto.ErrorCode;

/**
 * An expected refusal: what came from outside breaks a rule, and nothing has changed. Everything that bytes from outside can
 * cause in this module is one of these.
 */
public class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    // Transient: exceptions of this kind are never serialized, and a refusal need not be serializable for that.
    private final transient Refusal refusal;

    public RefusedException(Refusal refusal) {
        super(refusal.toString());
        this.refusal = refusal;
    }

    /** A refusal with a reason only. */
    public static RefusedException of(ErrorCode code, String reason) {
        return new RefusedException(Refusal.of(code, reason));
    }

    /** A refusal with a reason and a machine-readable detail. */
    public static RefusedException of(ErrorCode code, String reason, String detail) {
        return new RefusedException(Refusal.of(code, reason, detail));
    }

    /** What to tell the other side. */
    public Refusal refusal() {
        return refusal;
    }

    /** Short for {@code refusal().code()}. */
    public ErrorCode code() {
        return refusal.code();
    }
}
