package chat.samara.client.device;

/** A claimed KeyPackage that must not be used; the message says why. */
final class RefusedKeyPackageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean wrongClock;

    RefusedKeyPackageException(String message) {
        super(message);
        this.wrongClock = false;
    }

    RefusedKeyPackageException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private RefusedKeyPackageException(String message, Throwable cause, boolean wrongClock) {
        super(message, cause);
        this.wrongClock = wrongClock;
    }

    /** It is of another time; the message is a whole sentence. */
    static RefusedKeyPackageException ofAnotherTime(String sentence, Throwable cause) {
        return new RefusedKeyPackageException(sentence, cause, true);
    }

    /** Whether a clock is wrong, here or there. */
    boolean isWrongClock() {
        return wrongClock;
    }
}
