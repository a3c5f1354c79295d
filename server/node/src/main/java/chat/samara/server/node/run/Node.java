package chat.samara.server.node.run;

import chat.samara.mls.crypto.Primitives;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Figures;
import chat.samara.server.core.ServerCore;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.session.ReturnTokens;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.node.admin.AdminServer;
import chat.samara.server.node.admin.Libraries;
import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import chat.samara.server.node.identity.ServerKeys;
import chat.samara.server.node.store.RocksDbStore;
import chat.samara.server.node.store.StoreTuning;
import chat.samara.server.node.transport.ShownToken;
import chat.samara.server.node.transport.Transport;
import chat.samara.server.node.transport.TransportLimits;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole server, from start to stop. Methods may be called from any thread. */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final DataFolder folder;
    private final RocksDbStore store;
    private final Transport transport;
    private final Ahead ahead;
    private final CoreLoop loop;
    private final AdminServer admin;
    private final ScheduledExecutorService watcher;
    private final Started started;
    private boolean closed;

    /**
     * What a start came to.
     *
     * @param manifest what the server says about itself now
     * @param listening where it listens
     * @param adminPort the port on loopback
     * @param isNew whether this was the first start on the folder
     * @param isNameChosen whether the name was said by the operator, now or before
     * @param areAddressesChosen whether the advertised addresses were said by the operator
     */
    public record Started(
            Manifest manifest,
            InetSocketAddress listening,
            int adminPort,
            boolean isNew,
            boolean isNameChosen,
            boolean areAddressesChosen) {}

    private Node(
            DataFolder folder,
            RocksDbStore store,
            Transport transport,
            Ahead ahead,
            CoreLoop loop,
            AdminServer admin,
            ScheduledExecutorService watcher,
            Started started) {
        this.folder = folder;
        this.store = store;
        this.transport = transport;
        this.ahead = ahead;
        this.loop = loop;
        this.admin = admin;
        this.watcher = watcher;
        this.started = started;
    }

    /**
     * Starts a server; it runs on threads of its own until {@link #close}.
     *
     * @param onFatal told if the server cannot go on: it should end the process at once, without {@link #close}
     * @throws StartException if it cannot start; nothing is left running then
     */
    public static Node start(NodeOptions options, Consumer<Throwable> onFatal) throws StartException {
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        boolean wasNamed = DataFolder.isNamed(options.dataFolder());
        try {
            return start(options, onFatal, opened);
        } catch (FolderException | StartException | IOException | StoreException failed) {
            closeAll(opened);
            throw new StartException(failed.getMessage() + (wasNamed ? "" : named(options)), failed);
        } catch (RuntimeException failed) {
            closeAll(opened);
            throw failed;
        }
    }

    /** What a first start that failed has done all the same. */
    private static String named(NodeOptions options) {
        return DataFolder.isNamed(options.dataFolder())
                ? " The server has its name, "
                        + options.name().orElseGet(LocalAddresses::machineName)
                        + ", from now on; for another, remove the folder "
                        + options.dataFolder().toAbsolutePath().normalize() + " first."
                : "";
    }

    private static Node start(NodeOptions options, Consumer<Throwable> onFatal, Deque<AutoCloseable> opened)
            throws StartException, FolderException, IOException {
        Clock clock = Clock.systemUTC();
        DataFolder folder = keep(opened, DataFolder.open(options.dataFolder()));
        ChosenPrimitives.choose(folder);
        Settings settings = Settings.merge(options, folder.settingsFile());
        ServerKeys keys = ServerKeys.open(folder, RandomSource.secure(), clock.instant());
        ServerName name = name(options, keys);

        PrivateFile.createFolder(folder.nativeFolder());
        Ahead ahead = keep(opened, new Ahead(System::nanoTime));
        Inbox inbox = new Inbox(ahead);
        ReturnTokens tokens = new ReturnTokens(keys.rootKey());
        Transport transport = keep(
                opened,
                Transport.of(
                        keys.tls(),
                        TransportLimits.defaults(),
                        folder.nativeFolder(),
                        offered -> Alpn.returnToken(offered)
                                .flatMap(token -> tokens.read(token, clock.millis()))
                                .map(it -> new ShownToken(it.device(), it.number(), it.hour())),
                        inbox));
        InetSocketAddress listening = transport.listen(settings.listen().resolve());
        List<ServerAddress> addresses =
                settings.advertise().isEmpty() ? LocalAddresses.reaching(listening) : settings.advertise();
        Manifest manifest = keys.manifest(name, addresses, clock.instant());
        // Last, since a store without a manifest is taken for a folder that has lost one.
        RocksDbStore store =
                keep(opened, RocksDbStore.open(folder.storeFolder(), folder.nativeFolder(), StoreTuning.defaults()));

        ServerCore core = new ServerCore(
                new ServerIdentity(keys.rootKey(), manifest),
                settings.quota().over(CoreConfig.standard()),
                store,
                RandomSource.secure());
        if (options.restored()) {
            core.restored();
        }
        NodeMetrics metrics = new NodeMetrics();
        CoreLoop loop = new CoreLoop(
                DrivenCore.of(core), store, clock, inbox, transport::dial, transport::pressure, metrics, onFatal);
        metrics.watch(loop, ahead, transport, store);
        RoomWatch room = new RoomWatch(folder::freeBytes, store::roomBesides, loop::diskFree);
        room.look();
        ahead.start();
        loop.start();
        opened.push(loop::stop);
        ScheduledExecutorService watcher = keepWatching(room);
        opened.push(watcher::shutdownNow);
        AdminServer admin = AdminServer.start(
                settings.adminPort(),
                folder.adminFile(),
                loop::ask,
                loop::probe,
                metrics::scrape,
                new Libraries(Primitives.choice().name(), transport.platform()));
        settings.remember(folder.settingsFile());
        Started started = new Started(
                manifest,
                listening,
                admin.port(),
                keys.issued().isEmpty(),
                options.name().isPresent() || keys.issued().isPresent(),
                !settings.advertise().isEmpty());
        return new Node(folder, store, transport, ahead, loop, admin, watcher, started);
    }

    public Started started() {
        return started;
    }

    public Path dataFolder() {
        return folder.path();
    }

    /** Asks the core as the operator; fails if there is no answer in time. */
    public CompletableFuture<AdminResult> ask(AdminCommand command) {
        return loop.ask(command);
    }

    public Figures figures() {
        return loop.figures();
    }

    /** Stops cleanly: takes nobody new, lets the core finish and write, says goodbye, and leaves the folder to the next start. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        transport.stopAccepting();
        watcher.shutdownNow();
        admin.close();
        boolean ended = false;
        try {
            ended = loop.stop();
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        ahead.close();
        transport.close();
        if (ended) {
            store.close();
            folder.close();
        } else {
            // Closing the store under a thread that reads it would crash the process; ending the process is as safe.
            LOG.warn("the core did not stop in {} ms; everything acknowledged is on disk", Limits.STOP_TIMEOUT_MILLIS);
        }
    }

    private static ServerName name(NodeOptions options, ServerKeys keys) throws FolderException {
        if (keys.name().isPresent()) {
            ServerName is = keys.name().get();
            if (options.name().isPresent() && !options.name().get().equals(is)) {
                throw keys.renamed(is, options.name().get());
            }
            return is;
        }
        return options.name().orElseGet(LocalAddresses::machineName);
    }

    private static ScheduledExecutorService keepWatching(RoomWatch room) {
        ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "samara-watch");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = watcher.scheduleWithFixedDelay(
                room::look, Limits.DISK_CHECK_MILLIS, Limits.DISK_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        return watcher;
    }

    private static <T extends AutoCloseable> T keep(Deque<AutoCloseable> opened, T resource) {
        opened.push(resource);
        return resource;
    }

    private static void closeAll(Deque<AutoCloseable> opened) {
        for (AutoCloseable each : opened) {
            try {
                each.close();
            } catch (Exception failed) {
                LOG.debug("closing after a failed start: {}", failed.toString());
            }
        }
    }
}
