package chat.samara.client.profile;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code native/} in a profile's folder: where libraries that bring native code unpack it. Not the system's folder for temporary files, which may be
 * full, read-only, missing or mounted noexec, and where others may write: whoever can keep a profile on a disk can run it from there.
 */
public final class NativeFolder {
    static final String NAME = "native";

    private NativeFolder() {}

    /**
     * The folder of a profile, made for its owner only if need be. What an earlier process left there, because it was killed, is deleted: so call
     * it once, while the profile is locked and before anything is unpacked.
     *
     * @return an absolute path
     * @throws IOException if it can't be made or written; the profile's disk is full, or the folder belongs to somebody else
     */
    public static Path prepare(Path profileFolder) throws IOException {
        Path folder = profileFolder.toAbsolutePath().resolve(NAME);
        OwnerOnly.createFolder(folder);
        OwnerOnly.tighten(folder);
        deleteLeftovers(folder);
        return folder;
    }

    /** Deletes it with what is in it, if it is there. */
    static void delete(Path profileFolder) throws IOException {
        Path folder = profileFolder.toAbsolutePath().resolve(NAME);
        if (Files.isDirectory(folder)) {
            deleteLeftovers(folder);
            Files.delete(folder);
        }
    }

    private static void deleteLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException inUse) {
                    // Windows keeps a library that this process has loaded for an earlier opening of the profile; it is
                    // not in the way.
                }
            }
        }
    }
}
