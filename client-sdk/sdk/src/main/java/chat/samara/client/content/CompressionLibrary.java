package chat.samara.client.content;

import com.github.luben.zstd.util.Native;
import java.nio.file.Path;

/**
 * zstd's native code, which has to be unpacked into a folder from which programs may be run. Callable from any thread; once loaded, it is for the
 * whole process.
 */
public final class CompressionLibrary {
    private CompressionLibrary() {}

    /**
     * Loads it from the folder, or else from the system's folder for temporary files.
     *
     * @throws UnsatisfiedLinkError if it can be loaded from neither; the message names both, why, and what to do
     */
    public static synchronized void load(Path folder) {
        if (Native.isLoaded()) {
            return;
        }
        try {
            Native.load(folder.toFile());
        } catch (LinkageError notFromFolder) {
            try {
                Native.load();
            } catch (LinkageError notAtAll) {
                UnsatisfiedLinkError neither = new UnsatisfiedLinkError(
                        "the compression library cannot be unpacked and run in " + folder + " (" + line(notFromFolder)
                                + "), nor in the folder for temporary files, " + System.getProperty("java.io.tmpdir")
                                + " ("
                                + line(notAtAll)
                                + "). One of the two must be writable, have 2 MiB of room, and not be mounted"
                                + " noexec; nothing was changed. Make room, or name another folder for temporary files:"
                                + " SAMARA_JAVA_OPTS=-Djava.io.tmpdir=DIR");
                neither.initCause(notAtAll);
                throw neither;
            }
        }
    }

    /** The library says a lot, over many lines, beginning with what it tried first. */
    private static String line(LinkageError problem) {
        String message = String.valueOf(problem.getMessage()).strip();
        return message.substring(message.lastIndexOf('\n') + 1);
    }
}
