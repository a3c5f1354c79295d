package chat.samara.client;

import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.profile.ProfileFault;
import chat.samara.client.profile.tree.DamagedTreeException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What ended an engine, as one sentence with the cause and the remedy. */
final class EngineFailure {
    private static final String KEPT = "; what was saved is kept";

    private EngineFailure() {}

    /** @param profile the folder of the store, if it is on a disk */
    static Refusal of(Throwable failure, Optional<Path> profile) {
        List<Throwable> causes = ProfileFault.causes(failure);
        String where = profile.map(folder -> " in " + folder).orElse("");
        if (has(causes, OutOfMemoryError.class)) {
            return new Refusal(
                    RefusalCode.OUT_OF_MEMORY,
                    "the program ran out of memory (it may use "
                            + (Runtime.getRuntime().maxMemory() >> 20) + " MiB); start it again with more" + KEPT);
        }
        boolean ofStore = has(causes, DeviceStoreException.class) || has(causes, IOException.class);
        if (has(causes, DamagedTreeException.class)) {
            return new Refusal(
                    RefusalCode.PROFILE_DAMAGED,
                    "the profile" + where + " is damaged: " + message(causes) + "; " + ProfileFault.PUT_BACK);
        }
        if (ofStore && isDiskFull(failure, profile)) {
            return new Refusal(RefusalCode.PROFILE_DISK_FULL, ProfileFault.diskFullSentence(profile, "start again"));
        }
        if (ofStore) {
            return new Refusal(
                    RefusalCode.PROFILE_FAILED,
                    "the profile" + where + " cannot be read or written any more (" + message(causes)
                            + "); look after its disk and start again");
        }
        if (has(causes, LinkageError.class)) {
            return new Refusal(
                    RefusalCode.NATIVE_LIBRARY,
                    "a part of the program cannot be loaded (" + message(causes) + "); install it anew" + KEPT);
        }
        return new Refusal(
                RefusalCode.INTERNAL,
                "a bug in this program (" + failure + ") ended it; start it again, and report what it was doing"
                        + KEPT);
    }

    private static boolean has(List<Throwable> causes, Class<? extends Throwable> type) {
        return causes.stream().anyMatch(type::isInstance);
    }

    /** What the innermost one says. */
    private static String message(List<Throwable> causes) {
        Throwable innermost = causes.get(causes.size() - 1);
        String message = innermost.getMessage();
        return message == null || message.isBlank() ? innermost.getClass().getSimpleName() : message;
    }

    private static boolean isDiskFull(Throwable failure, Optional<Path> profile) {
        return profile.map(folder -> ProfileFault.isDiskFull(failure, folder))
                .orElseGet(() -> ProfileFault.saysDiskFull(failure));
    }
}
