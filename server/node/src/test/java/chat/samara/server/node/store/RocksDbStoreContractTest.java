package chat.samara.server.node.store;

import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreContract;
import chat.samara.server.node.folder.FolderException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** RocksDB keeps what the core relies on. */
class RocksDbStoreContractTest extends StoreContract {
    @TempDir
    private Path folder = Path.of("");

    private final List<RocksDbStore> open = new ArrayList<>();

    @AfterEach
    void closeAll() {
        open.forEach(RocksDbStore::close);
    }

    @Override
    protected Store emptyStore() {
        return openStore();
    }

    @Override
    protected Store reopen(Store store) {
        RocksDbStore rocks = (RocksDbStore) store;
        open.remove(rocks);
        rocks.close();
        return openStore();
    }

    private RocksDbStore openStore() {
        try {
            RocksDbStore store = RocksDbStore.open(folder.resolve("store"), Stores.LIBRARY, StoreTuning.defaults());
            open.add(store);
            return store;
        } catch (FolderException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
