package chat.samara.client.profile.tree;

import java.io.IOException;

/** What stands in the file is not what was written there: it was changed, put back, cut off, or the disk has failed. */
public final class DamagedTreeException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedTreeException(String message) {
        super(message);
    }

    DamagedTreeException(String message, Throwable cause) {
        super(message, cause);
    }
}
