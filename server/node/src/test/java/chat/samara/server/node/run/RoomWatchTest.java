package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RoomWatchTest {
    private static final long FREE = 900L << 20;
    private static final long NEEDED = 300L << 20;

    private final List<Long> toStore = new ArrayList<>();
    private final List<Long> toCore = new ArrayList<>();

    @Test
    @DisplayName("the store is told what is free, and the core what the store leaves of it")
    void besidesTheStore() {
        new RoomWatch(
                        () -> FREE,
                        free -> {
                            toStore.add(free);
                            return free - NEEDED;
                        },
                        toCore::add)
                .look();
        assertThat(toStore).containsExactly(FREE);
        assertThat(toCore).containsExactly(FREE - NEEDED);
    }

    @Test
    @DisplayName("a store that does not tell what it needs keeps the core from hearing nothing of the disk")
    void silentStore() {
        new RoomWatch(
                        () -> FREE,
                        free -> {
                            throw new StoreException(StoreException.Kind.IO, "closed");
                        },
                        toCore::add)
                .look();
        assertThat(toCore).containsExactly(FREE);
    }
}
