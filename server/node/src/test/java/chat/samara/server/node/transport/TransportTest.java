package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.node.identity.TlsIdentities;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
@ParameterizedClass
@MethodSource("platforms")
class TransportTest {
    private static final TlsIdentity IDENTITY = TlsIdentities.fresh();
    private static final String CLIENT = Protocol.CLIENT.alpn();
    private static final String PEER = Protocol.PEER.alpn();

    private final Platform platform;
    private final Recorder core = new Recorder();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Transport> transports = new ArrayList<>();

    TransportTest(Platform platform) {
        this.platform = platform;
    }

    /** Java's own, and what else this machine has. */
    static Set<Platform> platforms() throws IOException {
        Set<Platform> platforms = new LinkedHashSet<>();
        platforms.add(Platform.ofJava());
        platforms.add(Platform.chosen());
        return platforms;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void offersTls13OnlyAndPresentsTheKeyOfTheIdentity() throws IOException {
        TlsSocket client = connect(listen(TransportLimits.defaults()), CLIENT);
        assertThat(client.version()).isEqualTo("TLSv1.3");
        assertThat(client.spkiSha256()).isEqualTo(IDENTITY.spkiSha256());
    }

    @Test
    void hasAnEventLoopForEachProcessor() throws IOException {
        assertThat(transport(TransportLimits.defaults()).eventLoops())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void tellsClientsFromPeersByAlpn() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        connect(server, CLIENT);
        connect(server, PEER);
        await().until(() -> core.opened.size() == 2);
        assertThat(core.opened)
                .extracting(Connection::protocol)
                .containsExactlyInAnyOrder(Protocol.CLIENT, Protocol.PEER);
        assertThat(core.opened).extracting(Connection::dialledServer).containsOnly(Optional.empty());
        assertThat(core.opened.get(0).acceptorSpkiSha256()).isEqualTo(IDENTITY.spkiSha256());
    }

    @Test
    void closesAConnectionThatOffersNoProtocolOfOurs() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        assertThat(connect(server, "h2").isClosedByServer()).isTrue();
        assertThat(connect(server).isClosedByServer()).isTrue();
        assertThat(core.opened).isEmpty();
    }

    @Test
    void closesAConnectionThatDoesNotSpeakTls() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        try (Socket plain = new Socket(server.getAddress(), server.getPort())) {
            plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            plain.setSoTimeout(10_000);
            while (plain.getInputStream().read() >= 0) {
                // A TLS alert may come before the end.
            }
        }
        assertThat(core.opened).isEmpty();
    }

    @Test
    void passesFramesBothWaysInOrder() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.send(frame);
            connection.send(frame);
            connection.flush();
        };
        TlsSocket client = connect(listen(TransportLimits.defaults()), CLIENT);
        for (int i = 1; i <= 100; i++) {
            client.send(new byte[] {(byte) i});
        }
        for (int i = 1; i <= 100; i++) {
            assertThat(client.receive()).containsExactly(i);
            assertThat(client.receive()).containsExactly(i);
        }
    }

    @Test
    void refusesAFrameAboveTheStrangersLimitByItsLengthAlone() throws IOException {
        TransportLimits limits = TransportLimits.defaults();
        TlsSocket client = connect(listen(limits), CLIENT);
        client.sendLength(limits.strangerFrameBytesMax() + 1);
        ServerFrame last = ServerFrame.parseFrom(client.receive());
        assertThat(last.getRequestId()).isZero();
        assertThat(last.getError().getCode()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(last.getError().getReason()).contains("16385").contains("16384");
        assertThat(client.isClosedByServer()).isTrue();
        assertThat(core.frames).isEmpty();
    }

    @Test
    void aLargeFrameOfAPeerWaitsUntilItsProofHasBeenLookedAt() throws IOException {
        TransportLimits limits = TransportLimits.defaults();
        TlsSocket peer = connect(listen(limits), PEER);
        byte[] large = new byte[10 * limits.strangerFrameBytesMax()];
        peer.send(new byte[] {1});
        peer.send(large);
        peer.send(new byte[] {2});
        await().until(() -> core.frames.size() == 1);
        core.opened.get(0).authenticated("member a");
        await().until(() -> core.frames.size() == 3);
        assertThat(core.frames.get(1)).isEqualTo(large);
        assertThat(core.frames.get(2)).containsExactly(2);
    }

    @Test
    void aLargeFrameOfSomebodyWhoProvesNothingIsNeverTaken() throws IOException {
        TransportLimits limits = TestLimits.withTimeouts(10_000, 500, 60_000);
        TlsSocket stranger = connect(listen(limits), PEER);
        stranger.send(new byte[2 * limits.strangerFrameBytesMax()]);
        assertThat(PeerFrame.parseFrom(stranger.receive()).getError().getCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(stranger.isClosedByServer()).isTrue();
        assertThat(core.frames).isEmpty();
    }

    @Test
    void takesAFrameOfExactlyTheLimit() throws IOException {
        TransportLimits limits = TransportLimits.defaults();
        TlsSocket client = connect(listen(limits), CLIENT);
        client.send(new byte[limits.strangerFrameBytesMax()]);
        await().until(() -> core.frames.size() == 1);
    }

    @Test
    void refusesAFrameOfNoBytesAndNegativeLengths() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        TlsSocket empty = connect(server, PEER);
        empty.sendLength(0);
        assertThat(PeerFrame.parseFrom(empty.receive()).getError().getCode()).isEqualTo(ErrorCode.MALFORMED);
        TlsSocket negative = connect(server, PEER);
        negative.sendLength(-1);
        assertThat(PeerFrame.parseFrom(negative.receive()).getError().getCode()).isEqualTo(ErrorCode.TOO_LARGE);
    }

    @Test
    void garbageEndsItsOwnConnectionOnly() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        TlsSocket good = connect(server, CLIENT);
        TlsSocket bad = connect(server, CLIENT);
        bad.sendRaw("\u00ff\u00fe garbage that is no frame at all".getBytes(StandardCharsets.UTF_8));
        assertThat(ServerFrame.parseFrom(bad.receive()).getError().getCode()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(bad.isClosedByServer()).isTrue();
        good.send(new byte[] {1});
        await().until(() -> core.frames.size() == 1);
    }

    @Test
    void letsLargerFramesInOnceTheCoreHasAuthenticatedTheSide() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.authenticated("member a");
            connection.send(frame);
            connection.flush();
        };
        TransportLimits limits = TransportLimits.defaults();
        TlsSocket client = connect(listen(limits), CLIENT);
        client.send(new byte[] {1});
        client.receive();
        client.send(new byte[limits.clientFrameBytesMax()]);
        assertThat(client.receive()).hasSize(limits.clientFrameBytesMax());
        client.sendLength(limits.clientFrameBytesMax() + 1);
        assertThat(ServerFrame.parseFrom(client.receive()).getError().getCode()).isEqualTo(ErrorCode.TOO_LARGE);
    }

    @Test
    void cutsOffWhoHasBegunMostFramesAndEndedNone() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.authenticated(frame[0] == 0 ? "member slow" : "member greedy");
            connection.send(frame);
            connection.flush();
        };
        InetSocketAddress server = listen(TestLimits.withUnfinishedBytes(1 << 20));
        List<TlsSocket> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(connect(server, CLIENT));
            all.get(i).send(new byte[] {(byte) i});
            all.get(i).receive();
            all.get(i).sendLength(300_000);
            all.get(i).sendRaw(new byte[200_000]);
        }
        assertThat(all.get(1).isClosedByServer()).isTrue();
        all.get(0).sendRaw(new byte[100_000]);
        assertThat(all.get(0).receive()).hasSize(300_000);
    }

    @Test
    void cutsOffWhoDoesNotAuthenticateInTimeHoweverBusy() throws Exception {
        TlsSocket slow = connect(listen(TestLimits.withTimeouts(5_000, 300, 60_000)), CLIENT);
        slow.send(new byte[] {1});
        slow.sendRaw(new byte[] {0, 0}); // Half a length, and never the rest.
        assertThat(ServerFrame.parseFrom(slow.receive()).getError().getCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(slow.isClosedByServer()).isTrue();
        await().until(() -> core.closed.size() == 1);
    }

    @Test
    void cutsOffWhoConnectsAndNeverBeginsTls() throws IOException {
        InetSocketAddress server = listen(TestLimits.withTimeouts(300, 60_000, 60_000));
        try (Socket silent = new Socket(server.getAddress(), server.getPort())) {
            silent.setSoTimeout(10_000);
            while (silent.getInputStream().read() >= 0) {
                // A TLS alert may come before the end.
            }
        }
        assertThat(core.opened).isEmpty();
    }

    @Test
    void cutsOffAnAuthenticatedSideThatFallsSilent() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.authenticated("member a");
        };
        TlsSocket client = connect(listen(TestLimits.withTimeouts(5_000, 60_000, 300)), CLIENT);
        client.send(new byte[] {1});
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void anAuthenticatedSideOutlivesTheHelloTimeout() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.authenticated("member a");
            connection.send(frame);
            connection.flush();
        };
        TlsSocket client = connect(listen(TestLimits.withTimeouts(5_000, 200, 60_000)), CLIENT);
        long start = System.nanoTime();
        client.send(new byte[] {1});
        client.receive();
        await().until(() -> System.nanoTime() - start > 500_000_000L);
        client.send(new byte[] {2});
        assertThat(client.receive()).containsExactly(2);
    }

    @Test
    void readsNoFurtherFromASideThatIsAheadOfTheCoreUntilItHasCaughtUp() throws Exception {
        core.onFrame = (connection, frame) -> {};
        TransportLimits limits = TestLimits.withUnhandledBytes(64 * 1024, 1024 * 1024);
        TlsSocket eager = connect(listen(limits), CLIENT);
        AtomicInteger sent = new AtomicInteger();
        int all = 4_000;
        Thread sender = new Thread(() -> {
            try {
                for (int i = 0; i < all; i++) {
                    eager.send(new byte[10_000]);
                    sent.incrementAndGet();
                }
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        });
        sender.start();
        // What is between the two sides (socket buffers, one read) is some megabytes at most; 40 MB were to be sent.
        await().until(() -> core.frames.size() >= 7);
        await().during(java.time.Duration.ofMillis(500)).until(() -> core.frames.size() < 100);
        assertThat(sent.get()).isLessThan(all);
        int waiting = core.frames.size();
        core.onFrame = (connection, frame) -> connection.handled(frame.length);
        for (int i = 0; i < waiting; i++) {
            core.opened.get(0).handled(10_000);
        }
        await().until(() -> core.frames.size() == all);
        sender.join();
    }

    @Test
    void readsFromEverybodyAgainOnceTheCoreHasCaughtUpWithAllTogether() throws Exception {
        List<Connection> from = new CopyOnWriteArrayList<>();
        core.onFrame = (connection, frame) -> from.add(connection);
        InetSocketAddress port = listen(TestLimits.withUnhandledBytes(256 * 1024, 64 * 1024));
        List<TlsSocket> sides = List.of(connect(port, CLIENT), connect(port, CLIENT), connect(port, CLIENT));
        for (TlsSocket side : sides) {
            for (int i = 0; i < 10; i++) {
                side.send(new byte[10_000]);
            }
        }
        // Each is far below its own limit; together they are over theirs before the last side's first frame.
        await().until(() -> core.frames.size() >= 7);
        await().during(java.time.Duration.ofMillis(300)).until(() -> core.frames.size() < 30);
        List<Connection> waiting = List.copyOf(from);
        core.onFrame = (connection, frame) -> connection.handled(frame.length);
        waiting.forEach(connection -> connection.handled(10_000));
        await().until(() -> core.frames.size() == 30);
    }

    @Test
    void cutsOffAReaderThatDoesNotReadBeforeItCostsMoreThanItsLimit() throws Exception {
        TransportLimits limits = TestLimits.withUnsentBytes(1024 * 1024);
        connect(listen(limits), CLIENT);
        await().until(() -> core.opened.size() == 1);
        Connection stuck = core.opened.get(0);
        long most = 0;
        for (int i = 0; i < 10_000 && core.closed.isEmpty(); i++) {
            stuck.send(new byte[10_000]);
            stuck.flush();
            most = Math.max(most, stuck.unsentBytes());
        }
        await().until(() -> core.closed.size() == 1);
        assertThat(most).isLessThanOrEqualTo(1024 * 1024 + 10_004);
    }

    /** Sends until the network takes nothing more; returns how many frames that were. */
    private int fill(Connection connection, int frameBytes) {
        int frames = 0;
        do {
            connection.send(new byte[frameBytes]);
            connection.flush();
            frames++;
        } while (!core.closed.contains(connection) && (!connection.isStalled() || !staysStalled(connection)));
        return frames;
    }

    private static boolean staysStalled(Connection connection) {
        try {
            await().during(Duration.ofMillis(100))
                    .atMost(Duration.ofMillis(200))
                    .pollInterval(Duration.ofMillis(5))
                    .until(connection::isStalled);
            return true;
        } catch (ConditionTimeoutException flows) {
            return false;
        }
    }

    @Test
    void tellsThatAConnectionTakesNothingAndThatItTakesFramesAgain() throws Exception {
        TlsSocket socket = connect(listen(TransportLimits.defaults()), CLIENT);
        await().until(() -> core.opened.size() == 1);
        Connection connection = core.opened.get(0);
        int sent = fill(connection, 500_000);
        assertThat(core.pressure).endsWith(true);
        for (int i = 0; i < sent; i++) {
            socket.receive();
        }
        await().until(() -> !connection.isStalled());
        assertThat(core.pressure).endsWith(false);
        await().until(() -> connection.unsentBytes() == 0);
    }

    @Test
    void whereTooMuchWaitsForAllTogetherTheLongestStalledIsCutAndNobodyElse() throws Exception {
        Transport transport = transport(TestLimits.withUnsentBytesOfAll(6_000_000));
        InetSocketAddress server = transport.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        TlsSocket reads = connect(server, CLIENT);
        await().until(() -> core.opened.size() == 1);
        Connection good = core.opened.get(0);
        good.authenticated("member a");
        for (int i = 1; i <= 5; i++) {
            int number = i;
            connect(server, CLIENT);
            await().until(() -> core.opened.size() == number + 1);
            core.opened.get(number).authenticated("member a");
            fill(core.opened.get(number), 500_000);
        }
        Connection longest = core.opened.get(1);
        Connection last = core.opened.get(5);
        while (transport.unsentBytes() <= 6_000_000 && core.closed.isEmpty()) {
            last.send(new byte[10_000]);
            last.flush();
        }
        await().until(() -> core.closed.contains(longest));
        assertThat(core.closed).doesNotContain(good, last);
        good.send(new byte[] {5});
        good.flush();
        assertThat(reads.receive()).containsExactly(5);
    }

    @Test
    void cutsOffWhoTakesNothingOfWhatWaitsForItHoweverMuchItSays() throws Exception {
        core.onFrame = (connection, frame) -> connection.handled(frame.length);
        TlsSocket socket = connect(listen(TestLimits.withTimeouts(5_000, 5_000, 1_000)), CLIENT);
        await().until(() -> core.opened.size() == 1);
        Connection connection = core.opened.get(0);
        connection.authenticated("member a");
        Thread talker = new Thread(() -> {
            try {
                while (core.closed.isEmpty()) {
                    socket.send(new byte[] {1});
                    await().pollDelay(Duration.ofMillis(20)).until(() -> true);
                }
            } catch (IOException closed) {
                // As it should be.
            }
        });
        talker.setDaemon(true);
        talker.start();
        fill(connection, 500_000);
        await().until(() -> core.closed.contains(connection));
        talker.join();
    }

    @Test
    void refusesConnectionsAboveTheLimitAndTakesThemAgainWhenOthersHaveGone() throws Exception {
        InetSocketAddress server = listen(TestLimits.withConnections(2, 2));
        TlsSocket first = connect(server, CLIENT);
        connect(server, CLIENT);
        assertThatThrownBy(() -> connect(server, CLIENT)).isInstanceOf(IOException.class);
        first.close();
        await().until(() -> core.closed.size() == 1);
        await().ignoreExceptions().until(() -> {
            connect(server, CLIENT);
            return true;
        });
    }

    @Test
    void sendsWhatWasSentBeforeClosing() throws IOException {
        core.onFrame = (connection, frame) -> {
            connection.send(new byte[] {7});
            connection.close();
            connection.send(new byte[] {8});
            connection.flush();
        };
        TlsSocket client = connect(listen(TransportLimits.defaults()), CLIENT);
        client.send(new byte[] {1});
        assertThat(client.receive()).containsExactly(7);
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void saysInOneSentenceThatThePortIsInUse() throws IOException {
        InetSocketAddress taken = listen(TransportLimits.defaults());
        Transport second = transport(TransportLimits.defaults());
        assertThatThrownBy(() -> second.listen(taken))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(String.valueOf(taken.getPort()))
                .hasMessageContaining("another program has that port; choose another with --listen")
                .message()
                .doesNotContain("this machine");
    }

    @Test
    void saysInOneSentenceThatTheAddressIsAnotherMachines() throws IOException {
        Transport transport = transport(TransportLimits.defaults());
        // Kept for documentation (RFC 5737): no machine has it.
        InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.1", 0);
        assertThatThrownBy(() -> transport.listen(elsewhere))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("this machine does not have that address; choose another with --listen")
                .message()
                .doesNotContain("another program");
    }

    @Test
    void dialsAPeerAndTellsWhichKeyItPresented() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        Recorder dialler = new Recorder();
        Transport other =
                new Transport(TlsIdentities.fresh(), TransportLimits.defaults(), platform, KnownDevices.NONE, dialler);
        open.add(other);
        List<InetSocketAddress> addresses = List.of(unresolved(closedPort()), unresolved(server.getPort()));
        other.dial("tunis.example", addresses, addresses);
        await().until(() -> dialler.opened.size() == 1 && core.opened.size() == 1);
        Connection outbound = dialler.opened.get(0);
        assertThat(outbound.dialledServer()).contains("tunis.example");
        assertThat(outbound.acceptorSpkiSha256()).isEqualTo(IDENTITY.spkiSha256());
        outbound.send(new byte[] {5});
        outbound.flush();
        await().until(() -> core.frames.size() == 1);
        core.opened.get(0).send(new byte[] {6});
        core.opened.get(0).flush();
        await().until(() -> dialler.frames.size() == 1);
    }

    @Test
    void tellsWhyADialFailed() throws IOException {
        Transport other = transport(TransportLimits.defaults());
        int nobody = closedPort();
        other.dial(
                "tunis.example",
                List.of(unresolved(nobody), InetSocketAddress.createUnresolved("no.such.invalid", 1)),
                List.of(unresolved(nobody)));
        await().until(() -> core.dialFailures.size() == 1);
        assertThat(core.dialFailures.get(0))
                .contains("tunis.example")
                .contains("127.0.0.1:" + nobody + ": nothing listens there")
                .contains("no.such.invalid: no such host");
    }

    @Test
    void dialsNoPrivateAddressThatOnlyThePeerNames() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        Recorder dialler = new Recorder();
        Transport other =
                new Transport(TlsIdentities.fresh(), TransportLimits.defaults(), platform, KnownDevices.NONE, dialler);
        open.add(other);
        List<InetSocketAddress> named =
                List.of(unresolved(server.getPort()), InetSocketAddress.createUnresolved("0.0.0.0", server.getPort()));
        other.dial("tunis.example", named, List.of(InetSocketAddress.createUnresolved("192.0.2.7", 7443)));
        await().until(() -> dialler.dialFailures.size() == 1);
        assertThat(dialler.dialFailures.get(0)).contains("kind loopback").contains("kind any");
        assertThat(core.opened).isEmpty();
    }

    @Test
    void tellsThatWhatItDialledEndedTheTlsHandshake() throws Exception {
        try (ServerSocket cutting = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> {
                try {
                    while (true) {
                        Socket socket = cutting.accept();
                        int unused = socket.getInputStream().read();
                        socket.close();
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
            accepting.start();
            Transport other = transport(TransportLimits.defaults());
            List<InetSocketAddress> addresses = List.of(unresolved(cutting.getLocalPort()));
            other.dial("tunis.example", addresses, addresses);
            await().until(() -> core.dialFailures.size() == 1);
        }
        assertThat(core.dialFailures.get(0))
                .contains("during the TLS handshake")
                .doesNotContain("failed");
    }

    @Test
    void closingEndsEveryConnection() throws IOException {
        Transport server = transport(TransportLimits.defaults());
        InetSocketAddress address = server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        TlsSocket client = connect(address, CLIENT);
        await().until(() -> core.opened.size() == 1);
        server.close();
        assertThat(client.isClosedByServer()).isTrue();
        assertThat(core.closed).hasSize(1);
        assertThatThrownBy(() -> connect(address, CLIENT)).isInstanceOf(IOException.class);
    }

    @Test
    void resumesTheTlsSessionOfWhoComesBack() throws IOException {
        InetSocketAddress server = listen(TransportLimits.defaults());
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.send(frame);
            connection.flush();
        };
        SSLContext context = TlsSocket.newContext();
        long began;
        try (TlsSocket first = new TlsSocket(context, server, CLIENT)) {
            first.send(new byte[] {1});
            assertThat(first.receive()).containsExactly(1);
            began = first.sessionBeganMillis();
        }
        await().until(() -> System.currentTimeMillis() > began);
        try (TlsSocket second = new TlsSocket(context, server, CLIENT)) {
            second.send(new byte[] {2});
            assertThat(second.receive()).containsExactly(2);
            assertThat(second.sessionBeganMillis()).isEqualTo(began);
            assertThat(second.spkiSha256()).isEqualTo(TlsContexts.spkiSha256(IDENTITY.certificate()));
        }
        try (TlsSocket stranger = new TlsSocket(server, CLIENT)) {
            stranger.send(new byte[] {3});
            assertThat(stranger.receive()).containsExactly(3);
            assertThat(stranger.sessionBeganMillis()).isGreaterThan(began);
        }
    }

    /** As the core's tokens do: whoever shows seven bytes is device seven, and the first of them is the token's number. */
    private static Optional<ShownToken> shownBy(String name) {
        return Alpn.returnToken(name)
                .filter(token -> token.size() == 7)
                .map(token -> new ShownToken(7, token.toByteArray()[0], 1));
    }

    private static String returning(int number) {
        byte[] token = new byte[7];
        token[0] = (byte) number;
        return Alpn.returning(Bytes.of(token));
    }

    @Test
    void keepsThePlaceOfAReturningDeviceWhileStrangersTakeAllOthersFromBehindOneForwarder() throws IOException {
        TransportLimits limits = TransportLimits.defaults();
        InetSocketAddress server = listen(limits);
        TlsSocket member = connect(server, CLIENT, returning(1));
        await().until(() -> core.opened.size() == 1);
        for (int i = 0; i < limits.strangersMax() + 100; i++) {
            halfOpen(server);
        }
        await().until(() -> core.opened.size() == 1 && transportStrangers() == limits.strangersMax());
        core.onFrame = (connection, frame) -> {
            connection.handled(frame.length);
            connection.send(frame);
            connection.flush();
        };
        member.send(new byte[] {1});
        assertThat(member.receive()).containsExactly(1);
        TlsSocket another = connect(server, CLIENT, returning(2));
        another.send(new byte[] {2});
        assertThat(another.receive()).containsExactly(2);
        // Of a version that shows nothing: it goes on as before.
        TlsSocket old = connect(server, CLIENT);
        old.send(new byte[] {3});
        assertThat(old.receive()).containsExactly(3);
        assertThat(core.opened)
                .extracting(it -> it.origin().orElseThrow())
                .containsExactly(Origin.ofReturning(7), Origin.ofReturning(7), Origin.ofForwarders(Protocol.CLIENT));
    }

    private int transportStrangers() {
        return transports.get(transports.size() - 1).strangers();
    }

    /** A connection that has come through the forwarder, and says nothing. */
    private void halfOpen(InetSocketAddress server) throws IOException {
        Socket plain = new Socket(server.getAddress(), server.getPort());
        open.add(plain);
    }

    private InetSocketAddress listen(TransportLimits limits) throws IOException {
        return transport(limits).listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private Transport transport(TransportLimits limits) throws IOException {
        Transport transport = new Transport(IDENTITY, limits, platform, TransportTest::shownBy, core);
        open.add(transport);
        transports.add(transport);
        return transport;
    }

    private TlsSocket connect(InetSocketAddress server, String... alpn) throws IOException {
        TlsSocket socket = new TlsSocket(server, alpn);
        open.add(socket);
        return socket;
    }

    private static InetSocketAddress unresolved(int port) {
        return InetSocketAddress.createUnresolved("127.0.0.1", port);
    }

    private static int closedPort() throws IOException {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
