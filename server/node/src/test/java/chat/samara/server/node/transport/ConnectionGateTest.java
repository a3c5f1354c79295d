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

    private final TransportLimits limits = TransportLimits.defaults();
    private final ConnectionGate gate = new ConnectionGate(limits);
    private final List<String> closed = new ArrayList<>();

    private Optional<ConnectionGate.Pass> enter(String address, String name) {
        try {
            return gate.enter(InetAddress.getByName(address), () -> closed.add(name));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
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
}
