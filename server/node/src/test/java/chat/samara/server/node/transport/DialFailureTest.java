package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Why a peer cannot be dialled")
class DialFailureTest {
    private static final String REFUSED = "nothing listens there; check the address, and whether the server runs";

    @Test
    @DisplayName("is said by the kind of the failure, whatever the language of the machine")
    void kinds() {
        assertThat(DialFailure.reason(new ConnectException("Verbindungsaufbau abgelehnt: /192.0.2.1:7443")))
                .isEqualTo(REFUSED);
        assertThat(DialFailure.reason(new ConnectTimeoutException("30 s"))).isEqualTo("no answer in time");
        assertThat(DialFailure.reason(new NoRouteToHostException("Keine Route zum Zielrechner")))
                .startsWith("no way leads there from this machine");
        assertThat(DialFailure.reason(new NotSslRecordException("not an SSL/TLS record: 5353482d")))
                .isEqualTo("what answers there does not speak TLS; check the address");
        assertThat(DialFailure.reason(new ClosedChannelException()))
                .startsWith("what answers there closed the connection during the TLS handshake");
        assertThat(DialFailure.reason(new DialFailure.NoPeerProtocolException()))
                .isEqualTo("what answers there speaks TLS, and takes no peers of Samara; check the address");
    }

    @Test
    @DisplayName("is said by the system's number, where native sockets say one")
    void numbers() {
        assumeTrue(Epoll.isAvailable(), "this machine has no epoll");
        assertThat(DialFailure.reason(new ConnectException("finishConnect(..) failed with error("
                        + Errors.ERROR_ECONNREFUSED_NEGATIVE + "): Verbindungsaufbau abgelehnt")))
                .isEqualTo(REFUSED);
        assertThat(DialFailure.reason(Errors.newIOException("recvAddress", Errors.ERRNO_ECONNRESET_NEGATIVE)))
                .startsWith("what answers there closed the connection");
        assertThat(DialFailure.reason(Errors.newIOException("connect", Errors.ERROR_ENETUNREACH_NEGATIVE)))
                .startsWith("no way leads there");
    }

    @Test
    @DisplayName("is said with what is known where it is something else, and never with nothing")
    void others() {
        assertThat(DialFailure.reason(new SSLHandshakeException("Received fatal alert: NO_APPLICATION_PROTOCOL")))
                .contains("takes no peers of Samara");
        assertThat(DialFailure.reason(new SSLHandshakeException("Received fatal alert: protocol_version")))
                .isEqualTo(
                        "TLS with what answers there came to nothing (Received fatal alert: protocol_version); check the address");
        assertThat(DialFailure.reason(new IOException("odd"))).isEqualTo("odd");
        assertThat(DialFailure.reason(new IOException())).isEqualTo("IOException");
        assertThat(DialFailure.reason(null)).isEqualTo("failed");
    }
}
