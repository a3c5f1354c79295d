package chat.samara.server.core.store;

/**
 * All rows of a store as they were at one moment, whatever is written meanwhile. Keeps disk space from being given back, so it is closed soon, by
 * whoever asked for it; closing twice does nothing. For one thread.
 */
public interface Snapshot extends StoreReads, AutoCloseable {
    @Override
    void close();
}
