package chat.samara.client.profile.tree;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A file of the operating system. */
public final class ChannelBlockFile implements BlockFile {
    private final FileChannel channel;

    /** @param channel open for reading and writing; belongs to this object from now on */
    public ChannelBlockFile(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public void read(long at, byte[] into) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new EOFException("the file ends at byte " + channel.size() + ", expected " + into.length
                        + " bytes from " + at + " on");
            }
        }
    }

    @Override
    public void write(long at, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer, at + buffer.position());
        }
    }

    @Override
    public void sync() throws IOException {
        // Times are of no interest; a changed length is written all the same, since what is behind it could not be read
        // otherwise.
        channel.force(false);
    }

    @Override
    public long length() throws IOException {
        return channel.size();
    }

    @Override
    public void truncate(long length) throws IOException {
        channel.truncate(length);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
