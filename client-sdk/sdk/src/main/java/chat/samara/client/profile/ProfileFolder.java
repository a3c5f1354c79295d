package chat.samara.client.profile;

import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/**
 * The files of a profile, all for their owner only:
 *
 * <pre>
 * profile.lock    held while the profile is open; the number of the process that opened it last
 * profile.header  an encoded StoredHeader: version, and the slots from which a passphrase gets the data key
 * profile.tree    the rows: a sealed tree
 * profile.store   the rows as version 1 kept them, an encrypted MVStore; there until they are converted
 * profile.socket  of a program that does other programs' commands while it has the profile open; nothing here makes it
 * native/         libraries that are unpacked to be used
 * </pre>
 */
final class ProfileFolder {
    private static final String LOCK = "profile.lock";
    private static final String HEADER = "profile.header";
    private static final String FRESH_HEADER = "profile.header.new";
    static final String TREE = "profile.tree";
    private static final String OLD_STORE = "profile.store";
    private static final String SOCKET = "profile.socket";
    private static final List<String> FILES = List.of(LOCK, HEADER, FRESH_HEADER, TREE, OLD_STORE);
    private static final long HEADER_BYTES_MAX = 64 * 1024;
    private static final int ERASE_BYTES = 64 * 1024;
    private static final int PID_CHARS_MAX = 20;

    /** A tree that has more was not left by a creation that was cut off. */
    private static final long FRESH_TREE_BYTES_MAX = SealedTree.FRESH_BYTES;

    private final Path folder;
    private final Opening opening;

    /** How files that are written are opened. */
    @FunctionalInterface
    interface Opening {
        FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException;
    }

    ProfileFolder(Path folder) {
        this(folder, OwnerOnly::open);
    }

    ProfileFolder(Path folder, Opening opening) {
        this.folder = folder;
        this.opening = opening;
    }

    /** Whether there is a profile, whole or not; also where this user may not look. */
    boolean exists() {
        return !Files.notExists(header()) || holdsRows();
    }

    private boolean holdsRows() {
        return length(tree()) > FRESH_TREE_BYTES_MAX || length(oldStore()) > 0;
    }

    private static long length(Path file) {
        try {
            return Files.size(file);
        } catch (IOException notThere) {
            return 0;
        }
    }

    /** Refuses a folder in which a part of the profile is missing, or no file. */
    void refuseIfHalf() throws ClientException {
        if (Files.notExists(header())) {
            throw ProfileFault.damaged(folder, header() + ", without which nothing opens the rest, is missing");
        }
        for (String name : FILES) {
            if (Files.isDirectory(folder.resolve(name))) {
                throw ProfileFault.damaged(folder, folder.resolve(name) + " is a folder and no file");
            }
        }
        if (Files.notExists(tree()) && Files.notExists(oldStore())) {
            throw ProfileFault.damaged(folder, tree() + ", which holds the keys and the history, is missing");
        }
    }

    Path header() {
        return folder.resolve(HEADER);
    }

    Path tree() {
        return folder.resolve(TREE);
    }

    Path oldStore() {
        return folder.resolve(OLD_STORE);
    }

    Path path() {
        return folder;
    }

    /** Makes the folder if it is not there. */
    void make() throws IOException {
        OwnerOnly.createFolder(folder);
    }

    /**
     * Refuses a folder with other things in it into which others may write: they could exchange the profile's files while it is open. PROFILE_EXPOSED.
     */
    void refuseIfExposed() throws IOException, ClientException {
        if (OwnerOnly.othersMayWrite(folder) && !holdsOnlyTheProfile()) {
            throw new ClientException(
                    RefusalCode.PROFILE_EXPOSED,
                    "others may write into " + folder + ", where the profile is; take that permission from them (chmod"
                            + " go-w), or move the profile into a folder of its own. Nothing was changed");
        }
    }

    /** Takes everybody else's permissions away: from the profile's files, and from the folder if there is nothing else in it. */
    void tighten() throws IOException {
        for (String file : FILES) {
            if (Files.exists(folder.resolve(file))) {
                OwnerOnly.tighten(folder.resolve(file));
            }
        }
        if (holdsOnlyTheProfile()) {
            OwnerOnly.tighten(folder);
        }
    }

    private boolean holdsOnlyTheProfile() throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                String name = String.valueOf(file.getFileName());
                if (!FILES.contains(name) && !name.equals(NativeFolder.NAME) && !name.equals(SOCKET)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Takes the lock, or refuses with PROFILE_IN_USE. Closing the channel gives it back. */
    FileChannel lock() throws IOException, ClientException {
        FileChannel channel =
                opening.open(folder.resolve(LOCK), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                sayWho(channel);
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw inUse("in this very process");
        }
        channel.close();
        // This process has no lock on the file, which some systems would take from it when what is read is closed.
        throw inUse(holder());
    }

    private ClientException inUse(String where) {
        return new ClientException(
                RefusalCode.PROFILE_IN_USE,
                "the profile in " + folder + " is open already, " + where + "; close it there first");
    }

    /** For whoever finds it locked. It says nothing of itself: only the lock does. */
    private static void sayWho(FileChannel channel) {
        try {
            channel.truncate(0);
            int unused = channel.write(
                    ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException full) {
            // A disk that is full is found where something has to be written.
        }
    }

    private String holder() {
        try (InputStream in = Files.newInputStream(folder.resolve(LOCK))) {
            String pid = new String(in.readNBytes(PID_CHARS_MAX), StandardCharsets.US_ASCII).strip();
            if (pid.matches("[0-9]+")) {
                return "in process " + pid;
            }
        } catch (IOException unreadable) {
            // Some systems let nobody read what is locked.
        }
        return "in another process";
    }

    byte[] readHeader() throws IOException, ClientException {
        if (Files.size(header()) > HEADER_BYTES_MAX) {
            throw new ClientException(
                    RefusalCode.PROFILE_DAMAGED, header() + " has more than " + HEADER_BYTES_MAX + " bytes");
        }
        return Files.readAllBytes(header());
    }

    /** Writes the header as a whole: under another name first, then moved; durable on return. */
    void writeHeader(ProfileHeader header) throws IOException {
        Path fresh = folder.resolve(FRESH_HEADER);
        Files.deleteIfExists(fresh);
        try (FileChannel out = opening.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            ByteBuffer bytes = ByteBuffer.wrap(header.encoded());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, header(), StandardCopyOption.ATOMIC_MOVE);
        syncNames();
    }

    /** Opens the file of the tree, which has to be there. */
    FileChannel openTree() throws IOException {
        return opening.open(tree(), Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Makes the file of the tree; one that is there was left by a creation or conversion that a crash cut off before its header was written. */
    FileChannel makeTree() throws IOException {
        Files.deleteIfExists(tree());
        return opening.open(
                tree(), Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    }

    /** Overwrites the rows of version 1 and deletes them. Nothing to do if they are not there. */
    void eraseOldStore() throws IOException {
        if (!Files.exists(oldStore())) {
            return;
        }
        try (FileChannel out = FileChannel.open(oldStore(), StandardOpenOption.WRITE)) {
            long size = out.size();
            for (long at = 0; at < size; at += ERASE_BYTES) {
                ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ERASE_BYTES, size - at));
                while (zeros.hasRemaining()) {
                    out.write(zeros, at + zeros.position());
                }
            }
            out.force(true);
        }
        Files.delete(oldStore());
        syncNames();
    }

    /** Leaves nothing of a profile that could not be made, whose lock is still held; that goes last. */
    void discard() throws IOException {
        for (String file : List.of(HEADER, FRESH_HEADER, TREE, LOCK)) {
            Files.deleteIfExists(folder.resolve(file));
        }
    }

    /** Makes durable which files there are. */
    private void syncNames() throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException notAFile) {
            // Windows opens no folders; its file systems keep names in a journal.
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                throw notAFile;
            }
        }
    }
}
