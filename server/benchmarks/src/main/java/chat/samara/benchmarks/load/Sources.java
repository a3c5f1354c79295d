package chat.samara.benchmarks.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * The addresses that connections come from: 127.0.0.1 and those that follow, in turn. To a server they are as many machines. A system that has the
 * first only refuses the others when they are used.
 */
public record Sources(int count) {
    /** Where the connection of a number comes from, any port. */
    public InetSocketAddress of(int number) {
        byte[] address = {127, 0, 0, (byte) (1 + number % count)};
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), 0);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("four bytes are an address", impossible);
        }
    }
}
