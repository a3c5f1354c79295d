package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Of the addresses that are named for a peer")
final class DialRuleTest {
    private static final int PORT = 7443;

    private static InetSocketAddress named(String host) {
        return InetSocketAddress.createUnresolved(host, PORT);
    }

    private static boolean allows(String operators, String named, String resolved) throws UnknownHostException {
        return new DialRule(List.of(named(operators))).allows(named(named), InetAddress.getByName(resolved));
    }

    @Test
    @DisplayName("all public ones are dialled, whoever names them")
    void publicOnes() throws UnknownHostException {
        assertThat(allows("tunis.example", "elsewhere.example", "192.0.2.7")).isTrue();
    }

    @Test
    @DisplayName("private ones are where the operator has written an address of the kind, and only of the kind")
    void literals() throws UnknownHostException {
        assertThat(allows("10.0.0.1", "192.168.7.7", "192.168.7.7")).isTrue();
        assertThat(allows("10.0.0.1", "127.0.0.1", "127.0.0.1")).isFalse();
        assertThat(allows("127.0.0.1", "10.0.0.1", "10.0.0.1")).isFalse();
        assertThat(allows("fd00::1", "10.0.0.1", "10.0.0.1")).isTrue();
    }

    @Test
    @DisplayName("a name that the operator has written lets nothing else be dialled, wherever it leads to by then")
    void namesOpenNothingElse() throws UnknownHostException {
        assertThat(allows("tunis.example", "10.0.0.5", "10.0.0.5")).isFalse();
        assertThat(allows("tunis.example", "other.example", "10.0.0.5")).isFalse();
        assertThat(new DialRule(List.of(named("tunis.example")))
                        .allows(
                                InetSocketAddress.createUnresolved("tunis.example", 22),
                                InetAddress.getByName("10.0.0.5")))
                .as("another port of it")
                .isFalse();
    }

    @Test
    @DisplayName("a name that the operator has written leads itself into a private network, but not into this machine")
    void namesThemselves() throws UnknownHostException {
        assertThat(allows("tunis.example", "Tunis.example", "172.18.0.3")).isTrue();
        assertThat(allows("tunis.example", "tunis.example", "127.0.0.1")).isFalse();
        assertThat(allows("tunis.example", "tunis.example", "169.254.169.254")).isFalse();
        assertThat(allows("tunis.example", "tunis.example", "0.0.0.0")).isFalse();
        assertThat(allows("localhost", "localhost", "127.0.0.1")).isTrue();
        assertThat(allows("localhost", "tunis.example", "127.0.0.1")).isFalse();
    }

    @Test
    @DisplayName("those that carry a private one inside are as private")
    void embedded() throws UnknownHostException {
        assertThat(allows("tunis.example", "64:ff9b::a00:5", "64:ff9b::a00:5")).isFalse();
        assertThat(allows("10.0.0.1", "64:ff9b::a00:5", "64:ff9b::a00:5")).isTrue();
    }
}
