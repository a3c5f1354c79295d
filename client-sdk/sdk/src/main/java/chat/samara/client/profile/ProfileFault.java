package chat.samara.client.profile;

import chat.samara.client.profile.tree.DamagedTreeException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is wrong with a profile's folder, its files or their disk, each with the remedy. {@code docs/profile.md} has all of it as a table. */
public final class ProfileFault {
    /** Of whatever is broken or gone: the parts of a profile are of no use without each other. */
    public static final String PUT_BACK =
            "put back a copy of the whole folder, all files of one and the same copy; if there is"
                    + " none, move this folder away and join anew with another invite";

    private static final int CAUSES_MAX = 16;

    /** What a profile with its library takes to be made, or opened and used for a while. */
    private static final long ROOM_BYTES = 4 * 1024 * 1024;

    /** With less, whatever is complained of, it is the disk. */
    private static final long FREE_BYTES_MIN = 256 * 1024;

    /** How libraries and operating systems say so; where people's languages differ, free space is looked at. */
    private static final List<String> DISK_FULL = List.of(
            "no space left on device",
            "disk quota exceeded",
            "database or disk is full",
            "not enough space on the disk");

    private ProfileFault() {}

    /** A part of the profile is missing, or not what it must be. */
    static ClientException damaged(Path folder, String what) {
        return new ClientException(RefusalCode.PROFILE_DAMAGED, damage(folder, what));
    }

    /** The same, found by way of another failure. */
    static ClientException damaged(Path folder, String what, Throwable cause) {
        return new ClientException(RefusalCode.PROFILE_DAMAGED, damage(folder, what), cause);
    }

    private static String damage(Path folder, String what) {
        return "the profile in " + folder + " is damaged: " + what + "; " + PUT_BACK;
    }

    /** Why the profile in the folder could not be made, opened or changed. */
    static ClientException of(Path folder, IOException failure) {
        if (failure instanceof DamagedTreeException) {
            return damaged(folder, folder.resolve(ProfileFolder.TREE) + ": " + failure.getMessage(), failure);
        } else if (saysDiskFull(failure)) {
            return diskFull(folder, failure);
        } else if (failure instanceof AccessDeniedException denied) {
            return unusable(
                    denied.getFile()
                            + " may not be opened or changed by this user; it has to belong to whoever runs samara"
                            + " (chown, chmod u+rwX)",
                    failure);
        } else if (isReadOnly(folder)) {
            return unusable(folder + " is on a disk that is mounted read-only; mount it for writing", failure);
        } else if (!Files.isDirectory(stands(folder))) {
            return unusable(stands(folder) + " is no folder; move it away", failure);
        } else if (isOfMaking(folder, failure)) {
            return unusable(
                    "no folder " + folder + " can be made in " + stands(folder) + " (" + failure.getMessage()
                            + "); make it yourself",
                    failure);
        } else if (failure instanceof NoSuchFileException missing) {
            return damaged(folder, missing.getFile() + " is missing", failure);
        } else if (hasNoRoom(folder)) {
            return diskFull(folder, failure);
        }
        return new ClientException(
                RefusalCode.PROFILE_FAILED,
                "the profile in " + folder + " cannot be read or written (" + failure.getMessage()
                        + "); look after its disk and try again",
                failure);
    }

    /** Whether the folder itself, or one above it, is what could not be made. */
    private static boolean isOfMaking(Path folder, IOException failure) {
        return failure instanceof FileSystemException of
                && of.getFile() != null
                && folder.toAbsolutePath().startsWith(Path.of(of.getFile()).toAbsolutePath())
                && !Files.exists(folder);
    }

    /** The disk is full. */
    public static ClientException diskFull(Path folder, Throwable cause) {
        return new ClientException(
                RefusalCode.PROFILE_DISK_FULL, diskFullSentence(Optional.of(folder), "do the same again"), cause);
    }

    /**
     * What is full, how much room there is and has to be, what was kept, and what to do.
     *
     * @param then what, once there is room
     */
    public static String diskFullSentence(Optional<Path> folder, String then) {
        return "the disk of the profile" + folder.map(it -> " in " + it).orElse("") + " is full ("
                + folder.flatMap(ProfileFault::roomKib)
                        .map(kib -> kib + " KiB are free, ")
                        .orElse("")
                + (ROOM_BYTES >> 20) + " MiB needed); what was saved is kept; make room and " + then;
    }

    /** How much room there is, where it is too little: of a quota, free space says nothing. */
    private static Optional<Long> roomKib(Path folder) {
        try {
            long free = Files.getFileStore(stands(folder)).getUsableSpace();
            return free < ROOM_BYTES ? Optional.of(free >> 10) : Optional.empty();
        } catch (IOException notToBeHad) {
            return Optional.empty();
        }
    }

    private static ClientException unusable(String what, Throwable cause) {
        return new ClientException(
                RefusalCode.PROFILE_UNUSABLE, what + ", or choose another folder. Nothing was changed", cause);
    }

    /** Whether this, or what caused it, is that the disk of the folder is full. */
    public static boolean isDiskFull(Throwable failure, Path folder) {
        return saysDiskFull(failure) || hasNoRoom(folder);
    }

    /** Whether this, or what caused it, says that a disk is full. */
    public static boolean saysDiskFull(Throwable failure) {
        return causes(failure).stream()
                .map(cause -> String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT))
                .anyMatch(message -> DISK_FULL.stream().anyMatch(message::contains));
    }

    /** This and what caused it, outermost first. */
    public static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && causes.size() < CAUSES_MAX; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    /** Whether the disk of the folder has no room. */
    public static boolean hasNoRoom(Path folder) {
        try {
            return !isReadOnly(folder) && Files.getFileStore(stands(folder)).getUsableSpace() < FREE_BYTES_MIN;
        } catch (IOException notToBeHad) {
            return false;
        }
    }

    private static boolean isReadOnly(Path folder) {
        try {
            return Files.getFileStore(stands(folder)).isReadOnly();
        } catch (IOException notToBeHad) {
            return false;
        }
    }

    /** The folder, or of those above it the nearest that is there. */
    private static Path stands(Path folder) {
        Path path = folder.toAbsolutePath();
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }
}
