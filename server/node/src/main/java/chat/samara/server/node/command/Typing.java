package chat.samara.server.node.command;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How an operator types commands: by the launcher, or from outside of a container.
 *
 * @param container the name of the container in which this runs, as its image or its operator has said it
 */
record Typing(Optional<String> container) {
    private static final String LAUNCHER = "./samara server";

    /** By {@code SAMARA_CONTAINER}, which the image sets. */
    static Typing by(Map<String, String> environment) {
        return new Typing(
                Optional.ofNullable(environment.get("SAMARA_CONTAINER")).filter(name -> !name.isBlank()));
    }

    /** What stands in front of each command, for a server on this data folder; in a container there is one. */
    String server(Path dataFolder) {
        return container
                .map(name -> "docker exec " + ShellWord.of(name) + " samara-server")
                .orElseGet(() -> LAUNCHER
                        + (dataFolder.equals(ServerCommand.DEFAULT_DATA_FOLDER)
                                ? ""
                                : " --data " + ShellWord.of(dataFolder.toString())));
    }

    /** How a start is begun, without its options. */
    String start() {
        return container.isPresent() ? "docker run … samara" : LAUNCHER;
    }

    /** How the server is stopped. */
    String stop() {
        return container.map(name -> "docker stop " + ShellWord.of(name)).orElse("Ctrl-C");
    }
}
