package chat.samara.cli.hosting;

import java.nio.file.Path;

/** The profile that a command means is open in another process, which does for it what it is to do. Nothing was done yet. */
public final class OpenElsewhereException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path folder;

    public OpenElsewhereException(Path folder) {
        super("the profile in " + folder + " is open in another process");
        this.folder = folder;
    }

    /** The profile's. */
    public Path folder() {
        return folder;
    }
}
