package chat.samara.mls;

/**
 * An expected refusal: the input or request breaks a rule, and nothing has changed. Everything that bytes from outside can
 * cause is one of these; an unchecked exception from this library is a bug in it, or in its caller.
 */
public final class MlsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final MlsError code;
    private final boolean secretOnly;

    public MlsException(MlsError code, String detail) {
        super(code + ": " + detail);
        this.code = code;
        this.secretOnly = false;
    }

    public MlsException(MlsError code, String detail, Throwable cause) {
        super(code + ": " + detail, cause);
        this.code = code;
        this.secretOnly = false;
    }

    private MlsException(MlsException observed) {
        super(observed.getMessage(), observed);
        this.code = observed.code;
        this.secretOnly = true;
    }

    /** The named reason. */
    public MlsError code() {
        return code;
    }

    /**
     * Whether a handshake failed <em>only</em> in what takes a secret of the group: everything that an observer verifies ({@code
     * PublicGroup.verify}) was verified and holds, so that whoever ordered it could not see it. Which of these it is, {@link #code}
     * says:
     *
     * <ul>
     *   <li>{@link MlsError#INVALID_MEMBERSHIP_TAG}, {@link MlsError#INVALID_CONFIRMATION_TAG}: a tag, which the signature does not
     *       cover, and so whoever carried the message can have changed, too
     *   <li>{@link MlsError#DECRYPTION_FAILED}, {@link MlsError#KEY_MISMATCH}, {@link MlsError#INVALID_PATH_SECRET}: what the path
     *       encrypts to this member
     *   <li>{@link MlsError#PSK_UNAVAILABLE}, {@link MlsError#OWN_MESSAGE}: nothing is wrong with it; it is this member that lacks a
     *       secret which it should have
     * </ul>
     *
     * <p>Of a PublicMessage that an active member refuses otherwise, an observer of the same epoch refuses just the same. It says
     * nothing of a PrivateMessage that does not open, nor where the group is not active.
     */
    public boolean isSecretOnly() {
        return secretOnly;
    }

    /** The same refusal, by somebody who has verified before all that takes no secret. */
    public MlsException asSecretOnly() {
        return new MlsException(this);
    }
}
