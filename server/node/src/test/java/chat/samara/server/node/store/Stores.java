package chat.samara.server.node.store;

import java.nio.file.Path;

/** What the tests of the store share. */
final class Stores {
    /** Unpacked once a test run, below the build's folder. */
    static final Path LIBRARY = Path.of("target", "test-native");

    private Stores() {}
}
