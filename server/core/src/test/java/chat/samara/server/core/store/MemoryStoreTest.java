package chat.samara.server.core.store;

/** The store in memory keeps the contract. */
final class MemoryStoreTest extends StoreContract {
    @Override
    protected Store emptyStore() {
        return new MemoryStore();
    }

    @Override
    protected Store reopen(Store store) {
        return ((MemoryStore) store).copy();
    }
}
