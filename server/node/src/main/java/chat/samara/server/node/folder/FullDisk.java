package chat.samara.server.node.folder;

import chat.samara.server.core.store.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Tells a disk that is full from one that fails. The system's words for it are in the language of the machine, so they are the last that is looked at: the store says it by
 * a code, and of any other file that could not be written it is asked how much room there is.
 */
public final class FullDisk {
    /** What a start writes before anything else, RocksDB's library, needs about as much. */
    private static final long ROOM_BYTES_MIN = 20L * 1024 * 1024;

    private static final int CAUSES_MAX = 10;

    private FullDisk() {}

    /**
     * Whether the disk has no room, and that is why something failed.
     *
     * @param folder on the disk; it need not be there
     */
    public static boolean isCauseOf(Throwable failed, Path folder) {
        return isCauseOf(failed, usableBytes(folder));
    }

    static boolean isCauseOf(Throwable failed, long usableBytes) {
        return causes(failed).anyMatch(cause -> isSaidBy(cause) || (isOfAFile(cause) && usableBytes < ROOM_BYTES_MIN));
    }

    private static Stream<Throwable> causes(Throwable failed) {
        return Stream.iterate(failed, cause -> cause != null, Throwable::getCause)
                .limit(CAUSES_MAX);
    }

    /** By a code, or by words in English: that a quota is used up has no other sign, since the disk has room. */
    private static boolean isSaidBy(Throwable cause) {
        if (cause instanceof StoreException store && store.kind() == StoreException.Kind.FULL) {
            return true;
        }
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space left") || message.contains("quota exceeded");
    }

    /** Java has no kinds of their own for a full disk: what has one, a file that is missing, or an address that is taken, is something else. */
    private static boolean isOfAFile(Throwable cause) {
        return cause.getCause() == null
                && (cause.getClass() == IOException.class || cause.getClass() == FileSystemException.class);
    }

    /** On the disk of the folder, or of the first above it that is there; as many as there can be if the system does not say. */
    private static long usableBytes(Path folder) {
        for (Path at = folder.toAbsolutePath(); at != null; at = at.getParent()) {
            try {
                if (Files.exists(at)) {
                    return Files.getFileStore(at).getUsableSpace();
                }
            } catch (IOException unknown) {
                return Long.MAX_VALUE;
            }
        }
        return Long.MAX_VALUE;
    }
}
