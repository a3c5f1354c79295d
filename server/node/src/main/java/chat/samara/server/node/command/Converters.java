package chat.samara.server.node.command;

import chat.samara.server.node.run.ListenAddress;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.TypeConversionException;

/** How options are read; what is refused says why. */
final class Converters {
    private Converters() {}

    static ServerName serverName(String text) {
        try {
            return ServerName.parse(text);
        } catch (RefusedException refused) {
            throw new TypeConversionException(refused.refusal().reason());
        }
    }

    static ServerAddress serverAddress(String text) {
        try {
            return ServerAddress.parse(text);
        } catch (RefusedException refused) {
            throw new TypeConversionException(refused.refusal().reason());
        }
    }

    /** An empty one would be the folder in which one happens to be. */
    static Path folder(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("'" + text + "' is no folder; is a variable empty?");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException refused) {
            throw new TypeConversionException(String.valueOf(refused.getMessage()));
        }
    }

    static ListenAddress listenAddress(String text) {
        try {
            return ListenAddress.parse(text);
        } catch (IllegalArgumentException refused) {
            throw new TypeConversionException(String.valueOf(refused.getMessage()));
        }
    }

    static int wholeNumber(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException refused) {
            throw new TypeConversionException("'" + text + "' is not a whole number, for example 3");
        }
    }
}
