package chat.samara.cli.hosting;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** The socket in a profile's folder. */
final class ProfileSocket {
    private static final String NAME = "profile.socket";

    /** Whoever owns it owns the profile. */
    private static final String HEADER = "profile.header";

    private ProfileSocket() {}

    private static Path in(Path folder) {
        return folder.resolve(NAME);
    }

    /**
     * Listens, in the place of whoever has left one behind: to be called by the process that has the profile open.
     *
     * @throws IOException also where the folder's path is longer than a socket's name may be, some 100 bytes
     */
    static ServerSocketChannel listen(Path folder) throws IOException {
        Path socket = in(folder);
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
            if (Files.getFileStore(socket).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            }
            return server;
        } catch (IOException | UnsupportedOperationException failed) {
            server.close();
            throw failed instanceof IOException e ? e : new IOException(failed);
        }
    }

    static void delete(Path folder) throws IOException {
        Files.deleteIfExists(in(folder));
    }

    /** A connection to the process that serves the profile; empty if none does, or one that is not of the folder's owner. */
    static Optional<SocketChannel> connect(Path folder) {
        if (!Files.exists(in(folder), LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(in(folder)));
            if (isOfOwner(connection, folder)) {
                return Optional.of(connection);
            }
            connection.close();
            return Optional.empty();
        } catch (IOException | UnsupportedOperationException nobodyThere) {
            return Optional.empty();
        }
    }

    /** Whether the process at the other end is of the user to whom the profile belongs, where the system tells: others may be able to enter the folder, too. */
    static boolean isOfOwner(SocketChannel connection, Path folder) throws IOException {
        if (!connection.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
            return true;
        }
        UnixDomainPrincipal peer = connection.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return peer.user().equals(Files.getOwner(folder.resolve(HEADER)));
    }
}
