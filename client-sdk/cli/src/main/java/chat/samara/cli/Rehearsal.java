package chat.samara.cli;

import chat.samara.cli.profile.ProfileAccess;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Plays commands on a profile that is thrown away, with a server that hangs up, so that all is loaded that a command needs, and can be written down for Java's class-data
 * sharing. The passphrase has to be in {@value ProfileAccess#PASSPHRASE_VARIABLE}.
 */
public final class Rehearsal {
    private static final RandomSource RANDOM = RandomSource.secure();
    private static final int WAITING_MAX = 8;
    private static final String CLASS = ".class";

    private Rehearsal() {}

    /**
     * Plays them, and ends the process.
     *
     * @param arguments the folder of the profile, which is made
     */
    public static void main(String[] arguments) throws IOException, RefusedException {
        Main.beforeLogging();
        Surroundings surroundings = Main.ofProcess();
        try (ServerSocket door = new ServerSocket(0, WAITING_MAX, InetAddress.getLoopbackAddress())) {
            Thread hangsUp = new Thread(() -> hangUp(door), "samara-rehearsal");
            hangsUp.setDaemon(true);
            hangsUp.start();
            String link = new InviteLink(
                            List.of(new ServerAddress(door.getInetAddress().getHostAddress(), door.getLocalPort())),
                            ServerName.parse("rehearsal.example"),
                            Ed25519.generate(RANDOM).publicKey(),
                            Bytes.of(RANDOM.bytes(InviteLink.TOKEN_BYTES)))
                    .format();
            List<String> rest = List.of("--profile", arguments[0], "--timeout", "1");
            play(surroundings, rest, "join", link, "--as", "rehearsal");
            play(surroundings, rest, "send", "rehearsal", "text");
        }
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path jar = Path.of(each);
            if (jar.getFileName().toString().startsWith("samara-")) {
                loadAll(jar);
            }
        }
        System.exit(ExitCode.DONE.number());
    }

    /** It fails for want of a server; by then it has loaded what was wanted. */
    private static void play(Surroundings surroundings, List<String> rest, String... command) {
        String[] arguments = new String[command.length + rest.size()];
        System.arraycopy(command, 0, arguments, 0, command.length);
        for (int i = 0; i < rest.size(); i++) {
            arguments[command.length + i] = rest.get(i);
        }
        int unused = Main.run(surroundings, arguments);
    }

    private static void hangUp(ServerSocket door) {
        try {
            while (true) {
                try (Socket visitor = door.accept()) {
                    // The beginning of its ClientHello; it is then made.
                    int unused = visitor.getInputStream().read();
                }
            }
        } catch (IOException ended) {
            // The rehearsal is over.
        }
    }

    /** What follows once there is an account, which here there is not. */
    private static void loadAll(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().toList()) {
                if (entry.getName().endsWith(CLASS)) {
                    load(entry.getName());
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void load(String entry) {
        String name = entry.substring(0, entry.length() - CLASS.length()).replace('/', '.');
        try {
            Class<?> unused = Class.forName(name, false, Rehearsal.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError notNeeded) {
            // Of a library that is not there, or no class but a description of one.
        }
    }
}
