package chat.samara.server.node.folder;

/** The data folder cannot be used as it is. The message is one sentence for the operator, with path and remedy. */
public final class FolderException extends Exception {
    private static final long serialVersionUID = 1L;

    public FolderException(String message) {
        super(message);
    }

    public FolderException(String message, Throwable cause) {
        super(message, cause);
    }
}
