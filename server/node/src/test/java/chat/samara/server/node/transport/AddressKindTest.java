package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressKindTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,PUBLIC",
        "2001:db8::1,PUBLIC",
        "127.0.0.1,LOOPBACK",
        "127.8.9.1,LOOPBACK",
        "::1,LOOPBACK",
        "::ffff:127.0.0.1,LOOPBACK",
        "0.0.0.0,ANY",
        "0.1.2.3,ANY",
        "::,ANY",
        "169.254.169.254,LINK_LOCAL",
        "fe80::1,LINK_LOCAL",
        "10.1.2.3,PRIVATE",
        "172.16.0.1,PRIVATE",
        "172.32.0.1,PUBLIC",
        "192.168.1.1,PRIVATE",
        "100.64.0.1,PRIVATE",
        "100.128.0.1,PUBLIC",
        "fd12::1,PRIVATE",
        "fec0::1,PRIVATE",
        "224.0.0.251,MULTICAST",
        "ff02::1,MULTICAST",
        "64:ff9b::192.0.2.1,PUBLIC",
        "64:ff9b::10.0.0.1,PRIVATE",
        "64:ff9b::169.254.169.254,LINK_LOCAL",
        "64:ff9b:1::192.0.2.1,PRIVATE",
        "64:ff9b:1:fffe::1,PRIVATE",
        "64:ff9b:2::1,PUBLIC",
        "2002:c000:201::1,PUBLIC",
        "2002:7f00:1::1,LOOPBACK",
        "2002:c0a8:101::1,PRIVATE",
        "2001:0:c000:201::3fff:fdfe,PUBLIC",
        "2001:0:c000:201::f5ff:fffe,PRIVATE",
        "2001:0:a00:1::3fff:fdfe,PRIVATE",
        "::192.0.2.1,PUBLIC",
        "::127.0.0.1,LOOPBACK",
        "::10.0.0.1,PRIVATE",
        "::ffff:0:10.0.0.1,PRIVATE",
        "::ffff:10.0.0.1,PRIVATE",
    })
    @DisplayName("an address leads into a network of its kind")
    void kinds(String address, AddressKind kind) throws UnknownHostException {
        assertThat(AddressKind.of(InetAddress.getByName(address))).isEqualTo(kind);
    }
}
