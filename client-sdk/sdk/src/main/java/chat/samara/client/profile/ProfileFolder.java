package chat.samara.client.profile;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files of a profile:
 *
 * <pre>
 * profile.lock    held while the profile is open; empty
 * profile.header  an encoded StoredHeader: version, how the key is made from the passphrase, how to recognise the right one
 * profile.store   the MVStore file, encrypted
 * </pre>
 */
final class ProfileFolder {
    private static final String LOCK = "profile.lock";
    private static final String HEADER = "profile.header";
    private static final String STORE = "profile.store";
    private static final long HEADER_BYTES_MAX = 4096;

    private final Path folder;

    ProfileFolder(Path folder) {
        this.folder = folder;
    }

    boolean exists() {
        return Files.exists(header());
    }

    Path header() {
        return folder.resolve(HEADER);
    }

    Path store() {
        return folder.resolve(STORE);
    }

    Path path() {
        return folder;
    }

    /** Makes the folder, for its owner only where the file system can say so. */
    void make() throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    /** Takes the lock, or refuses with PROFILE_IN_USE. Closing the channel gives it back. */
    FileChannel lock() throws IOException, ClientException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Open in this very process.
        }
        channel.close();
        throw new ClientException(
                RefusalCode.PROFILE_IN_USE, "the profile in " + folder + " is open already; close it there first");
    }

    byte[] readHeader() throws IOException, ClientException {
        if (Files.size(header()) > HEADER_BYTES_MAX) {
            throw new ClientException(
                    RefusalCode.PROFILE_DAMAGED, header() + " has more than " + HEADER_BYTES_MAX + " bytes");
        }
        return Files.readAllBytes(header());
    }

    /** Writes the header as a whole: under another name first, then moved. */
    void writeHeader(byte[] header) throws IOException {
        Path fresh = folder.resolve(HEADER + ".new");
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(header);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, header(), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Leaves nothing of a profile that could not be made. */
    void discard() throws IOException {
        Files.deleteIfExists(folder.resolve(HEADER + ".new"));
        Files.deleteIfExists(header());
        Files.deleteIfExists(store());
        Files.deleteIfExists(folder.resolve(LOCK));
    }
}
