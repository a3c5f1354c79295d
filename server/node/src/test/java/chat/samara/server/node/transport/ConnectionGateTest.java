package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The gate")
class ConnectionGateTest {
    private static final String MEMBER = "203.0.113.7";
    private static final int HOUR = 498_000;

    private final TransportLimits limits = TransportLimits.defaults();
    private long nowMillis = 5_000;
    private long tokens;
    private final ConnectionGate gate = new ConnectionGate(limits, () -> nowMillis);
    private final List<String> closed = new ArrayList<>();

    private Optional<ConnectionGate.Pass> enter(String address, String name) {
        try {
            return gate.enter(InetAddress.getByName(address), () -> closed.add(name));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** A token that the device has not shown before. */
    private Optional<ShownToken> fresh(long device) {
        return Optional.of(new ShownToken(device, ++tokens, HOUR));
    }

    private void flood(String network, int networks, int each) {
        for (int net = 0; net < networks; net++) {
            for (int i = 0; i < each; i++) {
                assertThat(enter(network + Integer.toHexString(net) + "::" + Integer.toHexString(i + 1), net + "/" + i))
                        .isPresent();
            }
        }
    }

    @Test
    @DisplayName("lets a member in, and keeps its place, while somebody fills it from many networks without a word")
    void manyNetworks() {
        flood("2001:db8:1:", 10, limits.strangersPerAddressMax());
        assertThat(gate.strangers()).isEqualTo(limits.strangersMax());
        assertThat(enter(MEMBER, "member")).isPresent();
        flood("2001:db8:2:", 10, limits.strangersPerAddressMax());
        assertThat(closed).doesNotContain("member").hasSize(limits.strangersMax() + 1);
        assertThat(gate.strangers()).isEqualTo(limits.strangersMax());
    }

    @Test
    @DisplayName("keeps those that came last where all come from behind one proxy")
    void oneProxy() {
        for (int i = 0; i < 2 * limits.strangersMax(); i++) {
            assertThat(enter("127.0.0.1", String.valueOf(i))).isPresent();
        }
        assertThat(closed).hasSize(limits.strangersMax()).first().isEqualTo("0");
        assertThat(gate.strangers()).isEqualTo(limits.strangersMax());
    }

    @Test
    @DisplayName("closes nobody that has said who it is")
    void authenticated() {
        enter(MEMBER, "member").orElseThrow().authenticated();
        for (int i = 0; i < 2 * limits.strangersMax(); i++) {
            Optional<ConnectionGate.Pass> unused = enter("127.0.0.1", "stranger");
        }
        assertThat(closed).doesNotContain("member");
    }

    @Test
    @DisplayName("makes room within an address first, where that one has too many")
    void oneAddress() {
        for (int i = 0; i <= limits.strangersPerAddressMax(); i++) {
            assertThat(enter("198.51.100.9", String.valueOf(i))).isPresent();
        }
        assertThat(closed).containsExactly("0");
    }

    @Test
    @DisplayName("counts each once, however it goes")
    void counts() {
        ConnectionGate.Pass first = enter("198.51.100.9", "first").orElseThrow();
        for (int i = 0; i < limits.strangersPerAddressMax(); i++) {
            Optional<ConnectionGate.Pass> unused = enter("198.51.100.9", "later");
        }
        assertThat(closed).containsExactly("first");
        first.leave();
        first.authenticated();
        assertThat(gate.strangers()).isEqualTo(limits.strangersPerAddressMax());
        assertThat(gate.all()).isEqualTo(limits.strangersPerAddressMax());
    }

    private ConnectionGate.Pass fromForwarder(String name) {
        return enter("127.0.0.1", name).orElseThrow();
    }

    @Test
    @DisplayName("keeps the place of a returning device, however many strangers come through the same forwarder")
    void returning() {
        assertThat(fromForwarder("member").begin(fresh(7))).isTrue();
        for (int i = 0; i < 3 * limits.strangersMax(); i++) {
            ConnectionGate.Pass unused = fromForwarder("stranger");
        }
        assertThat(closed).doesNotContain("member");
        assertThat(gate.known()).isEqualTo(1);
        assertThat(gate.strangers()).isEqualTo(limits.strangersMax());
    }

    @Test
    @DisplayName("gives one returning device some places and no more: its own eldest makes room, and nobody else's")
    void oneReturningDevice() {
        fromForwarder("other").begin(fresh(8));
        for (int i = 0; i < TransportLimits.KNOWN_PER_DEVICE_MAX + 2; i++) {
            assertThat(fromForwarder(String.valueOf(i)).begin(fresh(7))).isTrue();
        }
        assertThat(closed).containsExactly("0", "1");
        assertThat(gate.known()).isEqualTo(TransportLimits.KNOWN_PER_DEVICE_MAX + 1);
    }

    @Test
    @DisplayName("has an end to the places of returning devices, too; one that has logged in takes none")
    void manyReturningDevices() {
        ConnectionGate.Pass first = fromForwarder("first");
        first.begin(fresh(0));
        first.authenticated();
        for (int i = 1; i <= TransportLimits.KNOWN_MAX + 1; i++) {
            fromForwarder("device " + i).begin(fresh(i));
        }
        assertThat(closed).containsExactly("device 1");
        assertThat(gate.known()).isEqualTo(TransportLimits.KNOWN_MAX);
    }

    @Test
    @DisplayName(
            "lets strangers of one address begin TLS so often and no more, and returning devices from there all the same")
    void handshakes() {
        Optional<ShownToken> stranger = Optional.empty();
        for (int i = 0; i < TransportLimits.HANDSHAKES_FROM_LOOPBACK_AT_ONCE_MAX; i++) {
            assertThat(fromForwarder("stranger").begin(stranger)).isTrue();
        }
        assertThat(fromForwarder("stranger").begin(stranger)).isFalse();
        assertThat(enter(MEMBER, "elsewhere").orElseThrow().begin(stranger)).isTrue();
        assertThat(fromForwarder("member").begin(fresh(7))).isTrue();
        nowMillis += TransportLimits.HANDSHAKE_FROM_LOOPBACK_EVERY_MILLIS;
        assertThat(fromForwarder("stranger").begin(stranger)).isTrue();
        assertThat(fromForwarder("stranger").begin(stranger)).isFalse();
    }

    @Test
    @DisplayName("counts one handshake for a connection, however often it is asked for, and none for one that is gone")
    void once() {
        Optional<ShownToken> stranger = Optional.empty();
        ConnectionGate.Pass gone = fromForwarder("gone");
        gone.leave();
        assertThat(gone.begin(stranger)).isFalse();
        ConnectionGate.Pass first = fromForwarder("first");
        assertThat(first.begin(stranger)).isTrue();
        for (int i = 0; i < TransportLimits.HANDSHAKES_FROM_LOOPBACK_AT_ONCE_MAX; i++) {
            assertThat(first.begin(stranger)).isFalse();
        }
        assertThat(fromForwarder("second").begin(stranger)).isTrue();
    }

    private void strangersTakeAllHandshakes() {
        for (int i = 0; i < TransportLimits.HANDSHAKES_FROM_LOOPBACK_AT_ONCE_MAX; i++) {
            assertThat(fromForwarder("stranger").begin(Optional.empty())).isTrue();
        }
    }

    @Test
    @DisplayName(
            "counts the handshakes of one returning device: whoever logs in again and again does not get around the strangers' limit")
    void manyTokens() {
        strangersTakeAllHandshakes();
        for (int i = 0; i < TransportLimits.KNOWN_HANDSHAKES_AT_ONCE_MAX; i++) {
            assertThat(fromForwarder("again").begin(fresh(7))).isTrue();
        }
        assertThat(fromForwarder("again").begin(fresh(7))).isFalse();
        nowMillis += TransportLimits.KNOWN_HANDSHAKE_EVERY_MILLIS;
        assertThat(fromForwarder("again").begin(fresh(7))).isTrue();
    }

    @Test
    @DisplayName(
            "lets whoever copied a token on its way do nothing to the device: it comes in by the next one, and keeps its place, during a flood of strangers and of the copy")
    void copiedToken() {
        Optional<ShownToken> copied = fresh(7);
        assertThat(fromForwarder("device, first").begin(copied)).isTrue();
        strangersTakeAllHandshakes();
        for (int i = 0; i < 3 * TransportLimits.KNOWN_HANDSHAKES_AT_ONCE_MAX; i++) {
            assertThat(fromForwarder("copy").begin(copied)).isFalse();
        }
        assertThat(fromForwarder("device, second").begin(fresh(7))).isTrue();
        for (int i = 0; i < limits.strangersMax() + 100; i++) {
            assertThat(fromForwarder("copy").begin(copied)).isFalse();
        }
        assertThat(closed).doesNotContain("device, first", "device, second");
        assertThat(gate.known()).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "lets a thief that shows a copy before the device have that one's place once: the device comes in by its next token, and stays")
    void thiefIsFirst() {
        Optional<ShownToken> copied = fresh(7);
        assertThat(fromForwarder("thief").begin(copied)).isTrue();
        strangersTakeAllHandshakes();
        assertThat(fromForwarder("device").begin(copied)).isFalse();
        assertThat(fromForwarder("device").begin(fresh(7))).isTrue();
        for (int i = 0; i < 2 * TransportLimits.KNOWN_PER_DEVICE_MAX; i++) {
            assertThat(fromForwarder("thief").begin(copied)).isFalse();
        }
        assertThat(closed).doesNotContain("device");
    }

    @Test
    @DisplayName("takes a copy for nothing although the device has shown more tokens since than are remembered")
    void manyCopies() {
        SpentTokens spent = new SpentTokens();
        List<ShownToken> copies = new ArrayList<>();
        for (int i = 0; i < 3 * TransportLimits.SPENT_TOKENS_PER_DEVICE_MAX; i++) {
            copies.add(new ShownToken(7, i, HOUR + i / 8));
        }
        assertThat(copies).allMatch(spent::spend);
        for (int round = 0; round < 2; round++) {
            assertThat(copies).noneMatch(spent::spend);
        }
        assertThat(spent.spend(new ShownToken(7, 1_000, HOUR + 3 * TransportLimits.SPENT_TOKENS_PER_DEVICE_MAX)))
                .isTrue();
        assertThat(spent.spend(new ShownToken(8, 0, HOUR))).isTrue();
    }

    @Test
    @DisplayName(
            "takes a device for a stranger that has shown more tokens of one hour than are remembered, until it has those of the next")
    void manyInOneHour() {
        SpentTokens spent = new SpentTokens();
        for (int i = 0; i < TransportLimits.SPENT_TOKENS_PER_DEVICE_MAX; i++) {
            assertThat(spent.spend(new ShownToken(7, i, HOUR))).isTrue();
        }
        assertThat(spent.spend(new ShownToken(7, 1_000, HOUR))).isFalse();
        assertThat(spent.spend(new ShownToken(7, 1, HOUR))).isFalse();
        assertThat(spent.spend(new ShownToken(7, 1_001, HOUR + 1))).isTrue();
    }
}
