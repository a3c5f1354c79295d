package chat.samara.cli.hosting;

import chat.samara.cli.ExitCode;
import chat.samara.cli.Farewell;
import chat.samara.cli.Surroundings;
import chat.samara.cli.TerminalWidth;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A command whose profile is open in another process: that one does it, and this one prints what it says. Main thread. */
public final class Guest {
    private static final int INPUT_BYTES = 64 << 10;

    /** How long the other process has to say that it is there. */
    private static final long HELLO_MILLIS_MAX = 5_000;

    /** What a command heeds of the environment, but for passphrases. */
    private static final List<String> VARIABLES = List.of("HOME", "NO_COLOR", "SAMARA_DEBUG", "SAMARA_PROFILE");

    private final Surroundings surroundings;
    private final DataInputStream in;
    private final DataOutputStream out;

    private Guest(Surroundings surroundings, SocketChannel connection) {
        this.surroundings = surroundings;
        this.in = new DataInputStream(OneWay.in(connection));
        this.out = new DataOutputStream(OneWay.out(connection));
    }

    /** Whether there is a process that serves the profile. */
    public static boolean isServed(Path folder) {
        Optional<SocketChannel> connection = ProfileSocket.connect(folder);
        if (connection.isPresent()) {
            close(connection.get());
        }
        return connection.isPresent();
    }

    /** Has the command done by the process that serves the profile; returns its exit code. */
    public static int run(Path folder, Surroundings surroundings, String... arguments) {
        Optional<SocketChannel> connection = ProfileSocket.connect(folder);
        if (connection.isEmpty()) {
            surroundings.say("samara: the process that had the profile in " + folder
                    + " open has ended just now; nothing was done. Run the same again.");
            return ExitCode.PROFILE.number();
        }
        Farewell.Awaited farewell = surroundings
                .farewell()
                .ifEnded(
                        () -> Optional.of(
                                "the samara that has this profile open was told to stop this; what it had taken before is kept: see samara unsent"));
        try (SocketChannel open = connection.get()) {
            Guest guest = new Guest(surroundings, open);
            if (!guest.isHeard(open)) {
                surroundings.say(
                        "samara: the samara that has the profile in " + folder
                                + " open does not answer, or is of another version; nothing was done. Is it stopped (Ctrl-Z)? Go on with it (fg), or end it.");
                return ExitCode.PROFILE.number();
            }
            return guest.run(arguments);
        } catch (IOException gone) {
            return lost(surroundings, String.valueOf(gone.getMessage()));
        } finally {
            farewell.close();
        }
    }

    private static int lost(Surroundings surroundings, String why) {
        surroundings.say("samara: the process that has the profile open does not answer any more (" + why
                + "); what it had done by then is in the profile: see samara unsent");
        return ExitCode.LATER.number();
    }

    /** Whether the other process says that it is there, and of this version. Nothing is said to it before: it could take that for an order when nobody waits any more. */
    private boolean isHeard(SocketChannel connection) throws IOException {
        AtomicBoolean isHeard = new AtomicBoolean();
        Thread waiting = new Thread(
                () -> {
                    try {
                        Thread.sleep(HELLO_MILLIS_MAX);
                        if (!isHeard.get()) {
                            connection.close();
                        }
                    } catch (InterruptedException heard) {
                        Thread.currentThread().interrupt();
                    } catch (IOException gone) {
                        isHeard.set(false);
                    }
                },
                "samara-patience");
        waiting.setDaemon(true);
        waiting.start();
        try {
            Optional<Frame> first = Frame.read(in);
            isHeard.set(first.filter(frame -> frame.kind() == Frame.Kind.HELLO
                            && frame.bytes().length == Integer.BYTES
                            && ByteBuffer.wrap(frame.bytes()).getInt() == Order.VERSION)
                    .isPresent());
            return isHeard.get();
        } catch (ClosedChannelException tooLate) {
            return false;
        } finally {
            waiting.interrupt();
        }
    }

    private int run(String... arguments) throws IOException {
        try {
            order(arguments).frame().write(out);
        } catch (IOException turnedAway) {
            // What it says before it closes is read, and else that it has ended.
            surroundings.err().flush();
        }
        while (true) {
            Optional<Frame> frame = Frame.read(in);
            if (frame.isEmpty()) {
                return lost(surroundings, "it has ended");
            }
            switch (frame.get().kind()) {
                case OUT ->
                    surroundings.out().write(frame.get().bytes(), 0, frame.get().bytes().length);
                case ERR ->
                    surroundings.err().write(frame.get().bytes(), 0, frame.get().bytes().length);
                case WANT_INPUT -> new Frame(Frame.Kind.INPUT, input()).write(out);
                case EXIT -> {
                    return ByteBuffer.wrap(frame.get().bytes()).getInt();
                }
                case HELLO, ORDER, INPUT -> throw new IOException("a frame that does not belong there");
            }
            surroundings.out().flush();
            surroundings.err().flush();
            if (surroundings.out().checkError()) {
                // Nobody reads it any more: there, too.
                return ExitCode.DONE.number();
            }
        }
    }

    private byte[] input() throws IOException {
        byte[] bytes = new byte[INPUT_BYTES];
        int count = surroundings.in().read(bytes);
        return Arrays.copyOf(bytes, Math.max(0, count));
    }

    private Order order(String... arguments) {
        Map<String, String> environment = new LinkedHashMap<>(surroundings.environment());
        environment.keySet().retainAll(VARIABLES);
        return new Order(
                List.of(arguments),
                environment,
                surroundings.width().columns(TerminalWidth.Stream.OUT),
                surroundings.width().columns(TerminalWidth.Stream.ERR),
                surroundings.out().isPipe());
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException alreadyGone) {
            // Nothing was said over it.
            return;
        }
    }
}
