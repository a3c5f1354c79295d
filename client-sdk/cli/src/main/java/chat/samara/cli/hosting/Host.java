package chat.samara.cli.hosting;

import chat.samara.cli.CommandRunner;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Output;
import chat.samara.cli.Surroundings;
import chat.samara.cli.profile.Profiles;
import chat.samara.cli.profile.SecretPrompt;
import chat.samara.client.Client;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does for other commands what they want of a profile that this process has open. Each runs on a thread of its own, over the one client. A guest that goes has its command
 * interrupted; when the host goes, all have.
 */
public final class Host implements Profiles.Served {
    private static final Logger log = LoggerFactory.getLogger(Host.class);

    /** Commands that are served at once; a further one is turned away. */
    private static final int GUESTS_MAX = 16;

    /** How long the host's end waits for its guests' commands to end. */
    private static final long END_MILLIS_MAX = 2_000;

    /** How long it is waited before the next guest is served where one could not be. */
    private static final long PAUSE_MILLIS = 100;

    private final Path folder;
    private final Client client;
    private final Surroundings own;
    private final CommandRunner commands;
    private final Optional<ServerSocketChannel> server;
    private final Set<Visit> visits = ConcurrentHashMap.newKeySet();

    private Host(
            Path folder,
            Client client,
            Surroundings own,
            CommandRunner commands,
            Optional<ServerSocketChannel> server) {
        this.folder = folder;
        this.client = client;
        this.own = own;
        this.commands = commands;
        this.server = server;
    }

    /**
     * Begins to serve; where there can be no socket, as in a folder whose path is too long for one, nobody is served, and other commands find the profile in use.
     *
     * @param own what guests have in common with this process: its clock and home
     */
    public static Host open(Path folder, Client client, Surroundings own, CommandRunner commands) {
        Optional<ServerSocketChannel> server = Optional.empty();
        try {
            server = Optional.of(ProfileSocket.listen(folder));
        } catch (IOException none) {
            log.info("other commands cannot use the profile in {} meanwhile: {}", folder, none.getMessage());
        }
        Host host = new Host(folder, client, own, commands, server);
        server.ifPresent(it -> begin(() -> host.accept(it), "samara-host"));
        return host;
    }

    private static Thread begin(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Until it is closed; what goes wrong with one guest ends nothing else. */
    private void accept(ServerSocketChannel socket) {
        while (socket.isOpen()) {
            try {
                begin(socket.accept());
            } catch (ClosedChannelException end) {
                return;
            } catch (IOException | RuntimeException failed) {
                log.info("a command could not be served: {}", failed.getMessage());
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private void begin(SocketChannel connection) throws IOException {
        if (!ProfileSocket.isOfOwner(connection, folder)) {
            connection.close();
        } else if (visits.size() >= GUESTS_MAX) {
            try (connection) {
                DataOutputStream out = new DataOutputStream(OneWay.out(connection));
                hello().write(out);
                new Frame(
                                Frame.Kind.ERR,
                                ("samara: " + GUESTS_MAX
                                                + " commands use this profile just now; nothing was done. Try again.\n")
                                        .getBytes(StandardCharsets.UTF_8))
                        .write(out);
                new Frame(Frame.Kind.EXIT, code(ExitCode.LATER.number())).write(out);
            }
        } else {
            Visit visit = new Visit(connection);
            visits.add(visit);
            begin(visit::run, "samara-guest");
        }
    }

    private static Frame hello() {
        return new Frame(Frame.Kind.HELLO, code(Order.VERSION));
    }

    private static byte[] code(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    /** As where the process has no file left: what is open elsewhere has to end first. Returns whether to go on. */
    private static boolean pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
            return true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends what is being done for others, and serves nobody any more. */
    @Override
    public void close() {
        try {
            if (server.isPresent()) {
                server.get().close();
                ProfileSocket.delete(folder);
            }
        } catch (IOException left) {
            log.info("the socket in {} could not be taken away: {}", folder, left.getMessage());
        }
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(END_MILLIS_MAX);
        visits.forEach(Visit::end);
        visits.forEach(visit -> visit.await(endNanos));
    }

    /** One guest. */
    private final class Visit {
        private final SocketChannel connection;
        private final GuestStreams streams = new GuestStreams();
        private volatile Optional<Thread> command = Optional.empty();

        Visit(SocketChannel connection) {
            this.connection = connection;
        }

        /** Reads what the guest sends, as long as it is there. */
        void run() {
            try (connection) {
                DataInputStream in = new DataInputStream(OneWay.in(connection));
                hello().write(new DataOutputStream(OneWay.out(connection)));
                Optional<Frame> first = Frame.read(in);
                if (first.isEmpty()) {
                    return; // It only looked whether somebody serves.
                }
                Order order = Order.of(first.get());
                Thread writing = begin(this::write, "samara-guest-writer");
                Thread running = begin(() -> runCommand(order), "samara-guest-command");
                command = Optional.of(running);
                for (Optional<Frame> frame = Frame.read(in); frame.isPresent(); frame = Frame.read(in)) {
                    if (frame.get().kind() == Frame.Kind.INPUT) {
                        streams.input(frame.get().bytes());
                    }
                }
                end();
                writing.join();
            } catch (IOException broken) {
                log.debug("a guest has gone: {}", broken.getMessage());
                end();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            } finally {
                visits.remove(this);
            }
        }

        private void write() {
            try {
                streams.writeAll(new DataOutputStream(OneWay.out(connection)));
                // The guest reads what is on its way, and then the end.
                connection.shutdownOutput();
            } catch (IOException gone) {
                end();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        private void runCommand(Order order) {
            int code = commands.run(surroundings(order), order.arguments().toArray(new String[0]));
            streams.exit(code(code));
        }

        private Surroundings surroundings(Order order) {
            return new Surroundings(
                    streams.in(),
                    Output.to(streams.out(), order::isPipe),
                    new PrintStream(streams.err(), true, StandardCharsets.UTF_8),
                    Map.copyOf(order.environment()),
                    own.home(),
                    SecretPrompt.ofNobody(),
                    sentence -> () -> {},
                    Profiles.ofOne(SharedClient.of(client)),
                    own.clock(),
                    order::columns,
                    own.burstPause());
        }

        /** The guest is not there any more, or is not waited for. */
        void end() {
            streams.gone();
            command.ifPresent(Thread::interrupt);
        }

        void await(long endNanos) {
            command.ifPresent(it -> {
                try {
                    it.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime())));
                    connection.close();
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                } catch (IOException gone) {
                    log.debug("a guest has gone: {}", gone.getMessage());
                }
            });
        }
    }
}
