package chat.samara.server.node.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whose files are in a data folder. A server that was started once as another user, most often as root, would leave files that its own user
 * cannot read any more.
 */
final class Ownership {
    private Ownership() {}

    /** The user of this process, or an empty text if the system does not say. */
    static String currentUser() {
        return ProcessHandle.current().info().user().orElse("");
    }

    /**
     * @param user of this process, as the system names the owners of files; empty for unknown
     * @throws FolderException if one of the files belongs to another user
     */
    static void requireOwn(Path folder, List<String> names, String user) throws FolderException {
        for (String name : names) {
            Path file = folder.resolve(name);
            String owner = ownerOf(file);
            if (!owner.isEmpty() && !user.isEmpty() && !owner.equals(user)) {
                throw new FolderException("The file " + file + " belongs to " + owner + ", but this is run by " + user
                        + "; run it as " + owner + " (sudo -u " + owner + " …), or give the folder to " + user
                        + " (chown -R " + user + " " + folder + ") while no server runs on it.");
            }
        }
    }

    /** An empty text if the system does not say. */
    static String ownerOf(Path file) {
        try {
            return Files.exists(file) ? Files.getOwner(file).getName() : "";
        } catch (IOException | UnsupportedOperationException unknown) {
            return "";
        }
    }
}
