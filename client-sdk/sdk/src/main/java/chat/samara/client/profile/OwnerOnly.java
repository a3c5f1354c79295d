package chat.samara.client.profile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Folders and files that nobody but their owner may open, where the file system can say so (POSIX); elsewhere the folder's rules hold. */
final class OwnerOnly {
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<?>[] NONE = {};

    private OwnerOnly() {}

    /** Makes the folder and those above it that are missing, all of them for their owner only. Leaves one that is there as it is. */
    static void createFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, posix(folder) ? attribute(FOLDER) : NONE);
        }
    }

    /** Opens a file; if it is made by that, then never for anybody else, not even for a moment. */
    static FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        return FileChannel.open(file, options, posix(file) ? attribute(FILE) : NONE);
    }

    /** Takes group's and others' permissions away from a file or folder that has some. */
    static void tighten(Path path) throws IOException {
        if (posix(path)) {
            Set<PosixFilePermission> present = Files.getPosixFilePermissions(path);
            if (present.retainAll(FOLDER)) {
                Files.setPosixFilePermissions(path, present);
            }
        }
    }

    /** Whether somebody else may put files into this folder, or take some away. */
    static boolean othersMayWrite(Path folder) throws IOException {
        if (!posix(folder)) {
            return false;
        }
        Set<PosixFilePermission> present = Files.getPosixFilePermissions(folder);
        return present.contains(PosixFilePermission.GROUP_WRITE) || present.contains(PosixFilePermission.OTHERS_WRITE);
    }

    private static boolean posix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] attribute(Set<PosixFilePermission> permissions) {
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
}
