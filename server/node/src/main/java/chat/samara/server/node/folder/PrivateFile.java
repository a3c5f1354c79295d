package chat.samara.server.node.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and folders that only the server's own user may read. */
public final class PrivateFile {
    /** Behind the name of a file that is being written. */
    static final String BEGUN_SUFFIX = ".new";

    private static final String FILE_PERMISSIONS = "rw-------";
    private static final String FOLDER_PERMISSIONS = "rwx------";

    private PrivateFile() {}

    /**
     * Replaces the file's content so that a crash leaves the old content or the new one, durably, never with wider
     * permissions than 0600.
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " has no folder");
        }
        Path fresh = folder.resolve(file.getFileName() + BEGUN_SUFFIX);
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(
                fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes(FILE_PERMISSIONS))) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException notHere) {
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        }
        syncFolder(folder);
    }

    /** Makes the folder, and those above it that are missing, with 0700. A folder that is there stays as it is. */
    public static void createFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, attributes(FOLDER_PERMISSIONS));
        }
    }

    /**
     * Takes from everybody but its owner what they may do with a file or folder that is there, as after a copy that did not keep permissions.
     *
     * @return whether they could do anything
     */
    static boolean close(Path path) throws IOException {
        if (!isPosix() || !Files.exists(path)) {
            return false;
        }
        Set<PosixFilePermission> found = Files.getPosixFilePermissions(path);
        Set<PosixFilePermission> owners =
                PosixFilePermissions.fromString(Files.isDirectory(path) ? FOLDER_PERMISSIONS : FILE_PERMISSIONS);
        if (owners.containsAll(found)) {
            return false;
        }
        found.retainAll(owners);
        Files.setPosixFilePermissions(path, found);
        return true;
    }

    /** A rename is durable only once its folder is. */
    private static void syncFolder(Path folder) throws IOException {
        if (isPosix()) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        return isPosix()
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }
}
