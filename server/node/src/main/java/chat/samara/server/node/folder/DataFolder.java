package chat.samara.server.node.folder;

import chat.samara.wire.Visible;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that one server keeps, in one folder:
 *
 * <pre>
 * format        "1": version of this layout
 * lock          held (by the kernel) while a server runs on the folder
 * root.key      Ed25519 root identity key, PKCS #8 PEM; who has it is the server
 * tls.key       ECDSA P-256 key of the port, PKCS #8 PEM
 * tls.crt       its certificate, self-signed, PEM
 * manifest      samara.v1.Manifest, as last issued
 * settings.json the options of the last start that named any, taken again where a later start names none
 * admin.json    port and token for the operator's commands, new with each start
 * store/        RocksDB
 * native/       RocksDB's library, unpacked at each start
 * </pre>
 *
 * Holding an open {@code DataFolder} is the right to use it: one process at a time.
 */
public final class DataFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);

    /** The layout that this version writes. */
    public static final int FORMAT = 1;

    /** What a server keeps, and what it may be given before its first start. */
    private static final Set<String> OWN_NAMES = Set.of(
            "format",
            "lock",
            "root.key",
            "tls.key",
            "tls.crt",
            "manifest",
            "settings.json",
            "admin.json",
            "store",
            "native");

    /** What file systems, version control and desktops lay into a folder that is nobody's. */
    private static final Set<String> NOBODYS_NAMES = Set.of(
            "lost+found",
            ".snapshot",
            ".snapshots",
            ".zfs",
            ".gitkeep",
            ".keep",
            ".DS_Store",
            ".Spotlight-V100",
            ".Trashes",
            ".fseventsd",
            ".directory");

    /** Of these, what is read of a folder that is set up: whoever owns one of them says who this server is. */
    static final List<String> READ_NAMES =
            List.of("format", "root.key", "tls.key", "tls.crt", "manifest", "settings.json", "store");

    /** Of a first start that ended while it wrote the format. */
    private static final String FORMAT_BEGUN = "format" + PrivateFile.BEGUN_SUFFIX;

    /**
     * What this process holds, without links. On Linux a process that closes any channel of a file gives up its lock, so that of these no second channel is opened. Guarded by itself.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private static final int LOCK_TRIED_AGAIN_MAX = 5;
    private static final long LOCK_AGAIN_NANOS = 20_000_000;

    private final Path path;
    private final Path held;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private DataFolder(Path path, Path held, FileChannel lockChannel, FileLock lock) {
        this.path = path;
        this.held = held;
        this.lockChannel = lockChannel;
        this.lock = lock;
    }

    /**
     * Makes the folder if it is missing, locks it and checks its version. One in which something else lies stays as it is.
     *
     * @throws FolderException if it cannot be written, it is used for something else, its files are another user's, another server runs on it, or a newer
     *     version wrote it
     */
    public static DataFolder open(Path path) throws FolderException {
        Path folder = path.toAbsolutePath().normalize();
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new FolderException("The data folder " + folder + " is a file; choose another place with --data.");
        }
        Ownership.requireOwn(folder, READ_NAMES, Ownership.currentUser());
        try {
            requireNothingElseIn(folder);
            PrivateFile.createFolder(folder);
            return hold(folder).checked();
        } catch (IOException failed) {
            throw new FolderException(
                    "The data folder " + folder + " cannot be written (" + FolderException.reason(failed)
                            + "); make it writable for this user or choose another with --data.",
                    failed);
        }
    }

    private static DataFolder hold(Path folder) throws IOException, FolderException {
        Path held = folder.toRealPath();
        synchronized (HELD) {
            if (!HELD.add(held)) {
                throw heldAlready(folder);
            }
        }
        try {
            FileChannel channel =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new DataFolder(folder, held, channel, lock(folder, channel));
        } catch (IOException | FolderException | RuntimeException failed) {
            letGo(held);
            throw failed;
        }
    }

    private static void letGo(Path held) {
        synchronized (HELD) {
            HELD.remove(held);
        }
    }

    private static FolderException heldAlready(Path folder) {
        return new FolderException("Another server already runs on the data folder " + folder
                + "; stop it first, or choose another folder with --data.");
    }

    private DataFolder checked() throws IOException, FolderException {
        try {
            checkFormat();
            closeToOthers();
            return this;
        } catch (IOException | FolderException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /** A wrong word behind {@code --data} must not close somebody's folder to everybody else. */
    private static void requireNothingElseIn(Path folder) throws IOException, FolderException {
        if (!Files.exists(folder) || isSetUp(folder)) {
            return;
        }
        try (Stream<Path> found = Files.list(folder)) {
            Optional<String> other = found.map(each -> String.valueOf(each.getFileName()))
                    .filter(name ->
                            !OWN_NAMES.contains(name) && !NOBODYS_NAMES.contains(name) && !name.equals(FORMAT_BEGUN))
                    .min(Comparator.naturalOrder());
            if (other.isPresent()) {
                throw new FolderException(
                        "The folder " + folder + " is no server's data folder, and something else lies in it ("
                                + Visible.of(other.get()) + "); name a new or an empty one with --data.");
            }
        }
    }

    /** Whether the server of this folder has its name for good; looks without locking. */
    public static boolean isNamed(Path path) {
        return Files.exists(path.resolve("manifest"));
    }

    /** Whether a server has ever been set up in this folder; looks without locking. */
    public static boolean isSetUp(Path path) {
        return Files.exists(path.resolve("format"));
    }

    /**
     * Why this user cannot look into the folder at this path, or an empty text if it can or there is none; looks without locking.
     */
    public static String closedTo(Path path) {
        if (!Files.isDirectory(path) || Files.isExecutable(path)) {
            return "";
        }
        String owner = Ownership.ownerOf(path);
        return "The data folder " + path.toAbsolutePath().normalize() + " is closed to this user; run this as "
                + (owner.isEmpty() ? "the user that the server runs as" : owner + " (sudo -u " + owner + " …)") + ".";
    }

    /** Where {@code admin.json} of the folder at this path is; looks without locking. */
    public static Path adminFile(Path path) {
        return path.resolve("admin.json");
    }

    public Path path() {
        return path;
    }

    public Path rootKeyFile() {
        return path.resolve("root.key");
    }

    public Path tlsKeyFile() {
        return path.resolve("tls.key");
    }

    public Path tlsCertificateFile() {
        return path.resolve("tls.crt");
    }

    public Path manifestFile() {
        return path.resolve("manifest");
    }

    public Path adminFile() {
        return adminFile(path);
    }

    public Path settingsFile() {
        return path.resolve("settings.json");
    }

    public Path nativeFolder() {
        return path.resolve("native");
    }

    /** Bytes that this user may still write on the folder's disk; as many as there can be if the system does not say. */
    public long freeBytes() {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException unknown) {
            // No reason to refuse anybody: if the disk itself has failed, the next write says so and stops the server.
            return Long.MAX_VALUE;
        }
    }

    public Path storeFolder() {
        return path.resolve("store");
    }

    @Override
    public void close() {
        if (!lockChannel.isOpen()) {
            return;
        }
        try (lockChannel) {
            lock.release();
        } catch (IOException ignored) {
            // The kernel drops the lock with the process; nothing is lost by not dropping it now.
        }
        letGo(held);
    }

    /** Whether this or another process holds the folder at this path: a server that runs, starts or stops, wherever that can be reached. Any thread. */
    public static boolean isHeld(Path path) {
        Path file = path.resolve("lock");
        if (!Files.exists(file)) {
            return false;
        }
        synchronized (HELD) {
            try {
                return HELD.contains(path.toRealPath()) || isHeldElsewhere(file);
            } catch (IOException unknown) {
                return false;
            }
        }
    }

    /** Takes the lock for a moment, if it can. */
    private static boolean isHeldElsewhere(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            Optional<FileLock> lock = tryLock(channel);
            if (lock.isPresent()) {
                lock.get().release();
            }
            return lock.isEmpty();
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException sameProcess) {
            return Optional.empty();
        }
    }

    private static FileLock lock(Path folder, FileChannel channel) throws IOException, FolderException {
        Optional<FileLock> lock = tryLock(channel);
        // A command that looks whether a server is there has it for a moment.
        for (int again = 0; lock.isEmpty() && again < LOCK_TRIED_AGAIN_MAX; again++) {
            LockSupport.parkNanos(LOCK_AGAIN_NANOS);
            lock = tryLock(channel);
        }
        if (lock.isEmpty()) {
            channel.close();
            throw heldAlready(folder);
        }
        return lock.get();
    }

    private void closeToOthers() throws IOException {
        for (Path each : List.of(path, rootKeyFile(), tlsKeyFile(), adminFile())) {
            if (PrivateFile.close(each)) {
                LOG.warn("{} was open to other users of this machine; it is closed to them now", each);
            }
        }
    }

    private void checkFormat() throws IOException, FolderException {
        Path file = path.resolve("format");
        if (!Files.exists(file)) {
            PrivateFile.write(file, (FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
            return;
        }
        String text = Files.readString(file, StandardCharsets.UTF_8).strip();
        int found;
        try {
            found = Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            throw new FolderException("The file " + file + " holds \"" + text
                    + "\", expected a version number; restore the data folder from a backup.");
        }
        if (found > FORMAT) {
            throw new FolderException("The data folder " + path + " has format " + found
                    + ", but this version knows formats up to " + FORMAT + "; use the newer version that wrote it.");
        }
    }
}
