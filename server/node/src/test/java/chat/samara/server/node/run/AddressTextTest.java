package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("An address is written as people do (RFC 5952):")
class AddressTextTest {
    @ParameterizedTest(name = "{0} as {1}")
    @CsvSource({
        "127.0.0.1, 127.0.0.1:7443",
        "0.0.0.0, 0.0.0.0:7443",
        "0:0:0:0:0:0:0:1, [::1]:7443",
        "0:0:0:0:0:0:0:0, [::]:7443",
        "2001:0DB8:0:0:0:0:0:7, [2001:db8::7]:7443",
        "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:7443",
        "2001:0:0:1:0:0:0:1, [2001:0:0:1::1]:7443",
        "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:7443",
        "fe80:0:0:0:1:2:3:4, [fe80::1:2:3:4]:7443",
        "1:2:3:4:5:6:0:0, [1:2:3:4:5:6::]:7443"
    })
    void isWritten(String address, String text) throws Exception {
        assertThat(AddressText.of(new InetSocketAddress(InetAddress.getByName(address), 7443)))
                .isEqualTo(text);
    }
}
