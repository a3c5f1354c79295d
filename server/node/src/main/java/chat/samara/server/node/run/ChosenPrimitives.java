package chat.samara.server.node.run;

import chat.samara.mls.crypto.Primitives;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.PrivateFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which library verifies and signs in this process. To be chosen before the first key is read. */
final class ChosenPrimitives {
    private static final Logger LOG = LoggerFactory.getLogger(ChosenPrimitives.class);

    /** Conscrypt's names for its library. */
    private static final String LIBRARY = "*conscrypt*";

    private ChosenPrimitives() {}

    /**
     * Chooses, and says so in the log.
     *
     * @throws StartException if the operator has demanded one that cannot be had here
     */
    static void choose(DataFolder folder) throws StartException, IOException {
        PrivateFile.createFolder(folder.nativeFolder());
        deleteLeftovers(folder.nativeFolder());
        try {
            LOG.info(
                    "signatures and key agreements by {}",
                    Primitives.choose(folder.nativeFolder().toString()));
            Primitives.rememberSignatures(Limits.SIGNATURES_REMEMBERED_MAX);
        } catch (Primitives.ForcedException missing) {
            throw new StartException(String.valueOf(missing.getMessage()), missing);
        }
    }

    /** Each start unpacks the library under a new name, and Windows deletes none that is in use: a killed process leaves it behind. */
    private static void deleteLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, LIBRARY)) {
            for (Path file : files) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException inUse) {
                    LOG.debug("left where it is: {}", inUse.toString());
                }
            }
        }
    }
}
