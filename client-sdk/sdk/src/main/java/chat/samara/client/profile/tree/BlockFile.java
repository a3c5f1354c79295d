package chat.samara.client.profile.tree;

import java.io.Closeable;
import java.io.IOException;

/** The file under a tree, so that tests can let it tear, lose and refuse what is written. */
public interface BlockFile extends Closeable {
    /** Fills the array from this place on. */
    void read(long at, byte[] into) throws IOException;

    /** Writes all of the array; durable after the next {@link #sync}, and until then perhaps in part, in any order. */
    void write(long at, byte[] bytes) throws IOException;

    /** Returns when everything that was written before is durable. */
    void sync() throws IOException;

    /** Length in bytes. */
    long length() throws IOException;

    /** Cuts the file off there. */
    void truncate(long length) throws IOException;
}
