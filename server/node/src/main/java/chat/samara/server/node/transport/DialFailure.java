package chat.samara.server.node.transport;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why a peer could not be dialled, in words for its operator: what answers at the address, if anything does, and what to look at. Told by the kind of the exception and by
 * the system's number of the error, since its words are in the language of the machine.
 */
final class DialFailure {
    private static final String CLOSED =
            "what answers there closed the connection during the TLS handshake; check the address, and what lies between";
    private static final String REFUSED = "nothing listens there; check the address, and whether the server runs";
    private static final String NO_WAY =
            "no way leads there from this machine; check the address, and this machine's network";
    private static final String NO_PEER_PROTOCOL =
            "what answers there speaks TLS, and takes no peers of Samara; check the address";

    /** As native sockets say it where they connect. */
    private static final Pattern NUMBER = Pattern.compile("failed with error\\((-[0-9]{1,9})\\)");

    private DialFailure() {}

    /** TLS came about with something that has chosen none of the protocols that it was offered. */
    static final class NoPeerProtocolException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** A part of a sentence. */
    static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "failed";
        }
        return ofKind(cause).or(() -> ofNumber(cause)).orElseGet(() -> ofWords(cause));
    }

    private static Optional<String> ofKind(Throwable cause) {
        String reason = "";
        if (cause instanceof ClosedChannelException) {
            reason = CLOSED;
        } else if (cause instanceof ConnectTimeoutException) {
            reason = "no answer in time";
        } else if (cause instanceof NoRouteToHostException) {
            reason = NO_WAY;
        } else if (cause instanceof NotSslRecordException) {
            reason = "what answers there does not speak TLS; check the address";
        } else if (cause instanceof NoPeerProtocolException) {
            reason = NO_PEER_PROTOCOL;
        }
        return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
    }

    private static Optional<String> ofNumber(Throwable cause) {
        OptionalInt number = number(cause);
        if (number.isPresent()) {
            return ofNumber(number.getAsInt());
        }
        // Java's own sockets say no number. Beside this, their exception of the kind is of a timeout, for which Netty
        // has its own.
        return cause instanceof ConnectException ? Optional.of(REFUSED) : Optional.empty();
    }

    /** Only where native sockets have said one, so that their library is there to be asked for the system's numbers. */
    private static Optional<String> ofNumber(int number) {
        if (number == Errors.ERROR_ECONNREFUSED_NEGATIVE) {
            return Optional.of(REFUSED);
        }
        if (number == Errors.ERROR_ENETUNREACH_NEGATIVE || number == Errors.ERROR_EHOSTUNREACH_NEGATIVE) {
            return Optional.of(NO_WAY);
        }
        return number == Errors.ERRNO_ECONNRESET_NEGATIVE ? Optional.of(CLOSED) : Optional.empty();
    }

    private static OptionalInt number(Throwable cause) {
        if (cause instanceof NativeIoException known) {
            return OptionalInt.of(known.expectedErr());
        }
        Matcher matcher = NUMBER.matcher(String.valueOf(cause.getMessage()));
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    private static String ofWords(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String upper = message.toUpperCase(Locale.ROOT);
        if (upper.contains("NO_APPLICATION_PROTOCOL")) {
            return NO_PEER_PROTOCOL;
        }
        if (cause instanceof SSLException) {
            return "TLS with what answers there came to nothing (" + message + "); check the address";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : message;
    }
}
