package chat.samara.client.device;

/** A claimed KeyPackage that must not be used; the message says why. */
final class RefusedKeyPackageException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedKeyPackageException(String message) {
        super(message);
    }

    RefusedKeyPackageException(String message, Throwable cause) {
        super(message, cause);
    }
}
