package chat.samara.server.node.folder;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** The data folder cannot be used as it is. The message is one sentence for the operator, with path and remedy. */
public final class FolderException extends Exception {
    private static final long serialVersionUID = 1L;

    public FolderException(String message) {
        super(message);
    }

    public FolderException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Why a file could not be read or written, in the system's words; where it has none, by the kind of the exception. */
    public static String reason(IOException failed) {
        if (failed instanceof FileSystemException ofFile && ofFile.getReason() != null) {
            return ofFile.getReason();
        }
        String message = failed.getMessage();
        String kind = failed.getClass().getSimpleName();
        if (message == null) {
            return kind;
        }
        return failed.getClass() == IOException.class ? message : kind + ": " + message;
    }
}
