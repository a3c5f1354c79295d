package chat.samara.mls;

/**
 * An expected refusal: the input or request breaks a rule, and nothing has changed. Everything that bytes from outside can
 * cause is one of these; an unchecked exception from this library is a bug in it, or in its caller.
 */
public final class MlsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final MlsError code;

    public MlsException(MlsError code, String detail) {
        super(code + ": " + detail);
        this.code = code;
    }

    public MlsException(MlsError code, String detail, Throwable cause) {
        super(code + ": " + detail, cause);
        this.code = code;
    }

    /** The named reason. */
    public MlsError code() {
        return code;
    }
}
