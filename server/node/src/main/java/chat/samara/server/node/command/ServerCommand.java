package chat.samara.server.node.command;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FullDisk;
import chat.samara.server.node.run.ListenAddress;
import chat.samara.server.node.run.Node;
import chat.samara.server.node.run.NodeOptions;
import chat.samara.server.node.run.QuotaOptions;
import chat.samara.server.node.run.StartException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code ./samara server}: runs a server until it is told to stop. */
@Command(
        name = "server",
        mixinStandardHelpOptions = true,
        version = "samara 0.1.0",
        sortOptions = false,
        description = {
            "Runs a Samara server in this terminal until Ctrl-C or SIGTERM.",
            "The first start makes its keys and prints an invite for the first member.",
            "The commands below ask a server that runs on the same --data folder."
        },
        subcommands = {PeerCommand.class, InviteCommand.class, StatusCommand.class})
public final class ServerCommand implements Callable<Integer> {
    static final Path DEFAULT_DATA_FOLDER = Path.of("samara-data");

    static final Typing TYPING = Typing.by(System.getenv());
    private static final Duration FIRST_INVITE_VALID = Duration.ofDays(7);
    private static final String FIRST_INVITE_NOTE = "for the first member";
    private static final int PORT_MAX = 65_535;

    /** What Java makes of an argument's bytes that the locale's encoding does not know. */
    private static final char LOST_CHARACTER = '\uFFFD';

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "Folder for keys and messages, made at the first start. Default: ./samara-data")
    private Path dataFolder = DEFAULT_DATA_FOLDER;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The server's name, as in alice@NAME; fixed at the first start. Default: this machine's name")
    private @Nullable ServerName name;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where to listen; remembered. Default: 0.0.0.0:7443")
    private @Nullable ListenAddress listen;

    @Option(
            names = "--advertise",
            paramLabel = "HOST:PORT",
            description = "Where others reach this server; repeat it for several, best first; remembered."
                    + " Default: this machine's addresses")
    private List<ServerAddress> advertise = new ArrayList<>();

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "Port on 127.0.0.1 for these commands, /health and /metrics; remembered; 0 for any free one."
                    + " Default: any free one")
    private @Nullable Integer adminPort;

    @Option(
            names = "--member-records",
            paramLabel = "N",
            description =
                    "How many messages and changes one member may send in a day; a quarter of them at once; remembered."
                            + " Default: 200000")
    private @Nullable Integer memberRecords;

    @Option(
            names = "--member-mib",
            paramLabel = "N",
            description =
                    "How many MiB of them one member may send in a day; a quarter at once; remembered. Default: 4096")
    private @Nullable Integer memberMebibytes;

    @Option(
            names = "--member-channels",
            paramLabel = "N",
            description = "How many channels one member may found in a day; remembered. Default: 200")
    private @Nullable Integer memberChannels;

    @Option(
            names = "--hub-mib",
            paramLabel = "N",
            description =
                    "How many MiB of logs are taken of one other server in a day; all of them at once; less where the disk has"
                            + " little room; remembered. Default: 40960")
    private @Nullable Integer hubMebibytes;

    @Option(
            names = "--restored",
            description =
                    "The folder is an older copy: in channels that this server orders, wait for every server that follows,"
                            + " and ten minutes for members' devices, before anything new is taken. Voids the invites that"
                            + " are in it. For this start only")
    private boolean restored;

    @Option(
            names = "--rehearse",
            hidden = true,
            description =
                    "Let a device of this process join and log in, and end: for the launcher's class-data sharing")
    private boolean rehearse;

    /** Runs what the arguments say, and returns how the process should end. */
    public static int run(String... args) {
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return run(Output.ofProcess(), err, args);
    }

    static int run(Output out, PrintWriter err, String... args) {
        if (Arrays.stream(args).anyMatch(arg -> arg.indexOf(LOST_CHARACTER) >= 0)) {
            err.println("The arguments did not arrive as UTF-8 text; nothing was done. Set LC_ALL=C.UTF-8.");
            return ExitCode.USAGE;
        }
        int exitCode = commandLine().setOut(out).setErr(err).execute(args);
        Optional<String> failure = out.failure();
        if (failure.isEmpty() || out.hasLostItsReader()) {
            return exitCode;
        }
        err.println("Standard output cannot be written (" + failure.get() + "); what the command had to say is lost.");
        return exitCode == ExitCode.OK ? ExitCode.FAILED : exitCode;
    }

    /** The command line, with how it reads names and addresses and how it words errors. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new ServerCommand());
        line.registerConverter(Path.class, Converters::folder);
        line.registerConverter(ServerName.class, Converters::serverName);
        line.registerConverter(ServerAddress.class, Converters::serverAddress);
        line.registerConverter(ListenAddress.class, Converters::listenAddress);
        line.registerConverter(Integer.class, Converters::wholeNumber);
        line.registerConverter(int.class, Converters::wholeNumber);
        line.setCommandName(TYPING.server(DEFAULT_DATA_FOLDER));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler(new UsageErrors());
        line.setExecutionExceptionHandler(new ExecutionErrors());
        line.setExecutionStrategy(StartOptions::executeUnlessMisplaced);
        return line;
    }

    Path dataFolder() {
        return dataFolder;
    }

    /** What to type to ask this server: with --data unless it is the default. */
    String commandPrefix() {
        return TYPING.server(dataFolder);
    }

    @Override
    public Integer call() throws StartException, InterruptedException, IOException {
        NodeOptions options = new NodeOptions(
                dataFolder,
                Optional.ofNullable(name),
                Optional.ofNullable(listen),
                advertise,
                adminPort(),
                quota(),
                restored);
        if (rehearse) {
            return rehearse(options);
        }
        requireName();
        CountDownLatch stopped = new CountDownLatch(1);
        Node node = Node.start(options, failure -> die(failure, dataFolder));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopBySignal(node, stopped), "samara-stop"));
        greet(node);
        stopped.await();
        return ExitCode.OK;
    }

    /** A container has a name that nobody chose, and the server would have it for good. */
    private void requireName() {
        if (TYPING.container().isPresent() && name == null && !DataFolder.isNamed(dataFolder)) {
            throw new ParameterException(
                    line(),
                    "The first start in a container needs --name, since the server keeps its name for good, and the container's is"
                            + " made up: docker run … samara --name berlin.example --advertise berlin.example:7443");
        }
    }

    private int rehearse(NodeOptions options) throws StartException, IOException {
        if (Files.exists(options.dataFolder())) {
            throw new ParameterException(
                    line(),
                    "--rehearse makes an account, so not in " + options.dataFolder()
                            + ", which is there already; name a folder with --data that is not.");
        }
        try (Node node = Node.start(options, failure -> die(failure, dataFolder))) {
            greet(node);
            Rehearsal.play(node);
            return ExitCode.OK;
        }
    }

    private OptionalInt adminPort() {
        if (adminPort == null) {
            return OptionalInt.empty();
        }
        if (adminPort < 0 || adminPort > PORT_MAX) {
            throw new ParameterException(
                    line(), "--admin-port is " + adminPort + ", expected 0 (any) to " + PORT_MAX + ".");
        }
        return OptionalInt.of(adminPort);
    }

    private QuotaOptions quota() {
        return new QuotaOptions(
                number("--member-records", memberRecords, MemberQuota.RECORDS_PER_DAY_MAX),
                number("--member-mib", memberMebibytes, MemberQuota.MEBIBYTES_PER_DAY_MAX),
                number("--member-channels", memberChannels, MemberQuota.CHANNELS_PER_DAY_MAX),
                number("--hub-mib", hubMebibytes, MemberQuota.MEBIBYTES_PER_DAY_MAX));
    }

    private OptionalInt number(String option, @Nullable Integer value, int max) {
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value < 1 || value > max) {
            throw new ParameterException(line(), option + " is " + value + ", expected 1 to " + max + ".");
        }
        return OptionalInt.of(value);
    }

    private void stopBySignal(Node node, CountDownLatch stopped) {
        PrintWriter err = line().getErr();
        err.println("Stopping …");
        err.flush();
        node.close();
        err.println("Stopped.");
        err.flush();
        stopped.countDown();
        // The JVM would report death by signal; this was a clean stop.
        Runtime.getRuntime().halt(ExitCode.OK);
    }

    private static void die(Throwable failure, Path dataFolder) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        boolean disk = cause instanceof StoreException;
        String what = disk ? diskSentence(FullDisk.isCauseOf(cause, dataFolder)) : "a bug in the server";
        LoggerFactory.getLogger(ServerCommand.class)
                .error(
                        "{}: it stops at once; what it has acknowledged is on disk, start it again when this is mended: {}",
                        what,
                        cause.toString(),
                        failure);
        Runtime.getRuntime().halt(disk ? ExitCode.DISK_FAILED : ExitCode.BUG);
    }

    /** What is wrong with the disk of the data folder. */
    static String diskSentence(boolean isFull) {
        return isFull
                ? "the disk of the data folder is full ("
                        + (CoreConfig.standard().diskFreeBytesResume() >> 20) + " MiB needed; make room)"
                : "the disk of the data folder failed";
    }

    private void greet(Node node) {
        Greeting greeting = new Greeting(node.started(), node.dataFolder(), commandPrefix(), TYPING.stop());
        PrintWriter out = line().getOut();
        greeting.standing().forEach(out::println);
        out.flush();
        Optional<String> invite = firstInvite(node);
        List<String> next = invite.isPresent() ? greeting.firstMember(invite.get()) : greeting.more();
        next.forEach(out::println);
        if (out.checkError()) {
            line().getErr()
                    .println(
                            "Standard output cannot be written: what a start says, an invite perhaps, is lost. The server runs; see "
                                    + commandPrefix() + " --help");
        }
    }

    /** An invite as long as nobody has joined: the one of an earlier start if it is still good. */
    private static Optional<String> firstInvite(Node node) {
        try {
            AdminResult standing = node.ask(new AdminCommand.ShowStatus()).join();
            if (!(standing instanceof AdminResult.Status status) || status.accounts() > 0) {
                return Optional.empty();
            }
            if (node.ask(new AdminCommand.ListInvites()).join() instanceof AdminResult.Invites invites) {
                Manifest manifest = node.started().manifest();
                for (AdminResult.Invite invite : invites.invites()) {
                    if (invite.note().equals(FIRST_INVITE_NOTE)) {
                        return Optional.of(new InviteLink(
                                        manifest.addresses(), manifest.serverName(), manifest.rootKey(), invite.token())
                                .format());
                    }
                }
            }
            AdminResult made = node.ask(
                            new AdminCommand.CreateInvite(1, FIRST_INVITE_VALID.toMillis(), FIRST_INVITE_NOTE))
                    .join();
            return made instanceof AdminResult.InviteCreated created
                    ? Optional.of(created.link().format())
                    : Optional.empty();
        } catch (CompletionException late) {
            return Optional.empty();
        }
    }

    private CommandLine line() {
        if (spec == null) {
            throw new IllegalStateException("no command spec, expected picocli to have set it");
        }
        return spec.commandLine();
    }
}
