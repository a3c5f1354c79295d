package chat.samara.client.profile;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.device.TableVersions;
import chat.samara.client.profile.tree.ChannelBlockFile;
import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A device's store in a folder: {@link TreeTables}, under a data key that a passphrase opens. */
public final class ProfileStore implements DeviceStore, AutoCloseable {
    /** Argon2id with 64 MiB and three passes (RFC 9106 §4): over a second of a program that has just started, for every guess. */
    private static final PasswordHash COST = new PasswordHash(64 * 1024, 3, 1);

    private final ProfileFolder files;
    private final FileChannel lock;
    private final ProfileKeys keys;
    private final SealedTree tree;
    private final TreeTables tables;

    /** Whether the folder was made for this profile. */
    private final boolean madeFolder;

    private ProfileStore(ProfileFolder files, FileChannel lock, ProfileKeys keys, SealedTree tree, boolean madeFolder) {
        this.files = files;
        this.lock = lock;
        this.keys = keys;
        this.tree = tree;
        this.madeFolder = madeFolder;
        this.tables = new TreeTables(tree, "the profile in " + files.path());
    }

    /** Whether there is a profile in the folder. */
    public static boolean exists(Path folder) {
        return new ProfileFolder(folder).exists();
    }

    /**
     * Makes a profile. Refused with PROFILE_EXISTS, PROFILE_IN_USE, PROFILE_EXPOSED, PASSPHRASE_INVALID, PROFILE_DISK_FULL, PROFILE_UNUSABLE, PROFILE_FAILED or
     * PROFILE_DAMAGED (parts of a profile are there); leaves nothing behind then.
     */
    public static ProfileStore create(Path folder, char[] passphrase) throws ClientException {
        return create(folder, passphrase, COST);
    }

    static ProfileStore create(Path folder, char[] passphrase, PasswordHash cost) throws ClientException {
        return create(new ProfileFolder(folder), passphrase, cost);
    }

    static ProfileStore create(ProfileFolder files, char[] passphrase, PasswordHash cost) throws ClientException {
        byte[] prepared = Passphrase.prepare(passphrase);
        Path folder = files.path();
        boolean madeFolder = !Files.exists(folder);
        if (files.exists()) {
            files.refuseIfHalf();
        }
        try {
            files.make();
            files.refuseIfExposed();
            FileChannel lock = files.lock();
            boolean begun = false;
            boolean made = false;
            try {
                if (files.exists()) {
                    throw new ClientException(
                            RefusalCode.PROFILE_EXISTS,
                            "there is a profile in " + folder + " already; open it instead");
                }
                begun = true;
                ProfileStore store = make(files, lock, prepared, cost, madeFolder);
                made = true;
                return store;
            } finally {
                if (!made) {
                    // Under the lock: behind it, another process may be making its own.
                    try (lock) {
                        if (begun) {
                            discard(files, madeFolder);
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw ProfileFault.of(folder, e);
        } finally {
            Arrays.fill(prepared, (byte) 0);
        }
    }

    private static ProfileStore make(
            ProfileFolder files, FileChannel lock, byte[] passphrase, PasswordHash cost, boolean madeFolder)
            throws IOException {
        RandomSource random = RandomSource.secure();
        files.tighten();
        ProfileKeys keys = ProfileKeys.make(passphrase, cost, random);
        SealedTree tree = makeTree(files, keys, random);
        try {
            files.writeHeader(keys.header());
            return new ProfileStore(files, lock, keys, tree, madeFolder);
        } catch (IOException failed) {
            tree.close();
            throw failed;
        }
    }

    private static SealedTree makeTree(ProfileFolder files, ProfileKeys keys, RandomSource random) throws IOException {
        FileChannel channel = files.makeTree();
        try {
            return SealedTree.create(
                    new ChannelBlockFile(channel), keys.dataKeys().get(0), random);
        } catch (IOException failed) {
            channel.close();
            Files.deleteIfExists(files.tree());
            throw failed;
        }
    }

    /** Closes a profile that was just made, and takes it away again. */
    public void discard() {
        keys.erase();
        close(tree);
        try {
            NativeFolder.delete(files.path());
            discard(files, madeFolder);
        } catch (IOException left) {
            // It opens, and holds nothing.
            System.getLogger(ProfileStore.class.getName())
                    .log(System.Logger.Level.WARNING, "a profile that is of no use could not be deleted", left);
        } finally {
            close(lock);
        }
    }

    private static void discard(ProfileFolder files, boolean madeFolder) throws IOException {
        files.discard();
        if (madeFolder) {
            try {
                Files.deleteIfExists(files.path());
            } catch (DirectoryNotEmptyException othersAreInIt) {
                // Then it is theirs.
                return;
            }
        }
    }

    /**
     * Opens a profile. Refused with PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED, PROFILE_EXPOSED, PROFILE_UNUSABLE, PROFILE_DISK_FULL,
     * PROFILE_FAILED, PASSPHRASE_INVALID or WRONG_PASSPHRASE; a refusal changes nothing. A profile of version 1 is converted; until that is durable it stays what it was.
     */
    public static ProfileStore open(Path folder, char[] passphrase) throws ClientException {
        return open(folder, passphrase, COST);
    }

    /** @param cost what a guess has to cost at the least from now on */
    static ProfileStore open(Path folder, char[] passphrase, PasswordHash cost) throws ClientException {
        ProfileFolder files = new ProfileFolder(folder);
        if (!files.exists()) {
            throw new ClientException(
                    RefusalCode.PROFILE_MISSING, "there is no profile in " + folder + "; create one first");
        }
        files.refuseIfHalf();
        try {
            files.refuseIfExposed();
            FileChannel lock = files.lock();
            boolean opened = false;
            try {
                ProfileHeader header = ProfileHeader.parse(files.readHeader());
                ProfileStore store = header.old()
                        ? convert(files, lock, header, passphrase, cost)
                        : open(files, lock, header, passphrase, cost);
                opened = true;
                return store;
            } catch (ClientException refused) {
                // The parts of a profile say what is wrong with them; where they are, and what helps, is the same for
                // all.
                throw refused.code() == RefusalCode.PROFILE_DAMAGED
                        ? ProfileFault.damaged(folder, refused.refusal().sentence(), refused)
                        : refused;
            } finally {
                if (!opened) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw ProfileFault.of(folder, e);
        }
    }

    private static ProfileStore open(
            ProfileFolder files, FileChannel lock, ProfileHeader header, char[] passphrase, PasswordHash cost)
            throws IOException, ClientException {
        try {
            return open(files, lock, header, Passphrase.toOpen(passphrase), cost);
        } catch (ClientException refused) {
            if (refused.refusal().code() != RefusalCode.WRONG_PASSPHRASE || !Passphrase.mayHaveBeenRaw(passphrase)) {
                throw refused;
            }
            return open(files, lock, header, Passphrase.raw(passphrase), cost);
        }
    }

    private static ProfileStore open(
            ProfileFolder files, FileChannel lock, ProfileHeader header, byte[] prepared, PasswordHash cost)
            throws IOException, ClientException {
        RandomSource random = RandomSource.secure();
        try {
            ProfileKeys keys = ProfileKeys.unlock(header, prepared, cost, random);
            FileChannel channel = files.openTree();
            try {
                SealedTree tree = SealedTree.open(new ChannelBlockFile(channel), keys.dataKeys(), random);
                refuseNewer(tree);
                files.tighten();
                files.eraseOldStore();
                keys.bringUpToDate(files, prepared);
                return new ProfileStore(files, lock, keys, tree, false);
            } catch (IOException | ClientException failed) {
                channel.close();
                throw failed;
            }
        } finally {
            Arrays.fill(prepared, (byte) 0);
        }
    }

    /** A newer version that leaves the files as they are may have changed what stands in a table: this one would read it wrongly. */
    private static void refuseNewer(SealedTree tree) throws IOException, ClientException {
        try {
            Optional<Refusal> newer = TableVersions.newer(new TreeTables(tree, "the profile"));
            if (newer.isPresent()) {
                throw new ClientException(newer.get());
            }
        } catch (DeviceStoreException unreadable) {
            throw unreadable.getCause() instanceof IOException cause ? cause : new IOException(unreadable);
        }
    }

    /** The header decides which files count: it is replaced once all rows are durable in the tree, and only then the old rows are erased. */
    private static ProfileStore convert(
            ProfileFolder files, FileChannel lock, ProfileHeader header, char[] passphrase, PasswordHash cost)
            throws IOException, ClientException {
        byte[] prepared = Passphrase.toOpen(passphrase);
        RandomSource random = RandomSource.secure();
        try (OldProfile old = OldProfile.open(files.oldStore(), header.stored(), passphrase)) {
            ProfileKeys keys = ProfileKeys.make(prepared, cost, random);
            SealedTree tree = makeTree(files, keys, random);
            try {
                old.copyInto(tree);
                files.tighten();
                files.writeHeader(keys.header());
                files.eraseOldStore();
                return new ProfileStore(files, lock, keys, tree, false);
            } catch (IOException | ClientException failed) {
                tree.close();
                if (ProfileHeader.parse(files.readHeader()).old()) {
                    Files.deleteIfExists(files.tree());
                }
                throw failed;
            }
        } finally {
            Arrays.fill(prepared, (byte) 0);
        }
    }

    /**
     * Gives the profile another passphrase; the old one opens nothing any more, also not with copies of the header from before. Whenever this is cut off, one of
     * the two opens the profile.
     *
     * @throws ClientException PASSPHRASE_INVALID, and nothing was changed; PROFILE_DISK_FULL or PROFILE_FAILED if a file cannot be written, and the profile has to be opened
     *     anew, with the one or the other
     */
    public void changePassphrase(char[] fresh) throws ClientException {
        byte[] prepared = Passphrase.prepare(fresh);
        try {
            keys.change(files, tree, prepared);
        } catch (IOException e) {
            throw ProfileFault.of(files.path(), e);
        } finally {
            Arrays.fill(prepared, (byte) 0);
        }
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        return tables.get(table, key);
    }

    @Override
    public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        tables.scan(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        tables.scanBack(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public void commit(List<Write> writes) {
        tables.commit(writes);
    }

    @Override
    public void close() {
        keys.erase();
        // Before the lock is given back: whoever has it next reads what is here.
        close(tree);
        close(lock);
    }

    private static void close(Closeable part) {
        try {
            part.close();
        } catch (IOException e) {
            // All that counts is durable, and the process gives the lock back at its end, at the latest.
            System.getLogger(ProfileStore.class.getName())
                    .log(System.Logger.Level.WARNING, "a file of the profile could not be closed", e);
        }
    }
}
