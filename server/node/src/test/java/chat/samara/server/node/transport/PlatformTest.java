package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PlatformTest {
    @Test
    @DisplayName("without a word of the operator's it is what this machine has")
    void whatIsThere() throws IOException {
        Platform chosen = Platform.of("", "");

        assertThat(chosen.sockets()).isEqualTo(Epoll.isAvailable() ? Platform.Sockets.EPOLL : Platform.Sockets.NIO);
        assertThat(chosen.tls()).isEqualTo(OpenSsl.isAvailable() ? Platform.Tls.BORINGSSL : Platform.Tls.JDK);
    }

    @Test
    @DisplayName("Java's own can always be had, and the log says by what it goes")
    void forced() throws IOException {
        Platform forced = Platform.of("nio", "JDK");

        assertThat(forced).isEqualTo(Platform.ofJava());
        assertThat(forced).hasToString("sockets by NIO, TLS by the JDK");
    }

    @Test
    @DisplayName("a word that is not known names itself and what was expected")
    void unknown() {
        assertThatThrownBy(() -> Platform.of("", "openssl"))
                .isInstanceOf(IOException.class)
                .hasMessage("-Dsamara.tls is openssl, expected boringssl or jdk, or leave it out");
    }

    @Test
    @DisplayName("what is forced and cannot be had is an error, with the reason and the remedy")
    void notToBeHad() {
        Throwable missing = new UnsatisfiedLinkError("no library for this machine");

        assertThatThrownBy(() -> Platform.choose("samara.tls", Platform.Tls.class, "boringssl", false, missing))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("-Dsamara.tls=boringssl cannot be had on this machine")
                .hasMessageContaining("no library for this machine")
                .hasMessageEndingWith("leave the option out");
    }

    @Test
    @DisplayName("a library that does not load stops no server that was not told to use it")
    void fallsBack() throws IOException {
        Throwable missing = new UnsatisfiedLinkError("no library for this machine");

        assertThat(Platform.choose("samara.sockets", Platform.Sockets.class, "", false, missing))
                .isEqualTo(Platform.Sockets.NIO);
    }
}
