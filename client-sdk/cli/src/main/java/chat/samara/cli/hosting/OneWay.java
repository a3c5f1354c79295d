package chat.samara.cli.hosting;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** One direction of a socket, as a stream. Java's own streams of a socket channel take turns: whoever waits to read keeps others from writing. */
record OneWay(SocketChannel socket) implements ReadableByteChannel, WritableByteChannel {
    static InputStream in(SocketChannel socket) {
        return Channels.newInputStream(new OneWay(socket));
    }

    static OutputStream out(SocketChannel socket) {
        return Channels.newOutputStream(new OneWay(socket));
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        return socket.read(to);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return socket.write(from);
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
