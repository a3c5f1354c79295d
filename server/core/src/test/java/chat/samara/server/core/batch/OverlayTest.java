package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.AfterCommit;
import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Reading what is not durable yet, and undoing an event. */
final class OverlayTest {
    private static final Table TABLE = Table.ENTRY;

    private final MemoryStore store = new MemoryStore();
    private final Journal journal = new Journal(store);
    private final SignatureKeyPair key = Ed25519.keyPair(new byte[32]);

    private static List<String> scan(Rows rows, String from, String to) {
        List<String> found = new ArrayList<>();
        rows.scan(TABLE, Bytes.ofUtf8(from), Bytes.ofUtf8(to), (k, v) -> found.add(k.hex() + "=" + v.hex()));
        return found;
    }

    @Test
    @DisplayName("reads over any number of batches under way agree with a sorted map (seed 31)")
    void agreesWithAModel() {
        Random random = new Random(31);
        SortedMap<Bytes, Bytes> model = new TreeMap<>();
        Deque<Batch> underWay = new ArrayDeque<>();
        for (int round = 0; round < 3_000; round++) {
            Bytes k = Bytes.ofUtf8("k" + random.nextInt(40));
            SortedMap<Bytes, Bytes> before = new TreeMap<>(model);
            if (random.nextInt(12) == 0) {
                Bytes prefix = Bytes.ofUtf8("k" + random.nextInt(6));
                journal.deletePrefix(TABLE, prefix);
                model.keySet().removeIf(it -> it.startsWith(prefix));
            } else if (random.nextInt(3) == 0) {
                journal.delete(TABLE, k);
                model.remove(k);
            } else {
                Bytes v = Bytes.ofUtf8("v" + round);
                journal.put(TABLE, k, v);
                model.put(k, v);
            }
            if (random.nextInt(5) == 0) {
                journal.undo();
                model = before;
            } else if (random.nextInt(3) > 0) {
                journal.keep();
                if (random.nextInt(4) == 0) {
                    journal.seal(key).ifPresent(underWay::add);
                }
            } else {
                journal.keep();
            }
            if (underWay.size() > 3 || (!underWay.isEmpty() && random.nextInt(6) == 0)) {
                Batch oldest = underWay.remove();
                store.write(oldest.writes());
                journal.durable(oldest, action -> {});
            }
            check(model, random);
        }
    }

    private void check(SortedMap<Bytes, Bytes> model, Random random) {
        String from = "k" + random.nextInt(40);
        String to = random.nextInt(4) == 0 ? "" : "k" + random.nextInt(40);
        List<String> expected = new ArrayList<>();
        model.forEach((k, v) -> {
            boolean within =
                    k.compareTo(Bytes.ofUtf8(from)) >= 0 && (to.isEmpty() || k.compareTo(Bytes.ofUtf8(to)) < 0);
            if (within) {
                expected.add(k.hex() + "=" + v.hex());
            }
        });
        assertThat(scan(journal, from, to)).isEqualTo(expected);
        Bytes one = Bytes.ofUtf8(from);
        assertThat(journal.get(TABLE, one)).isEqualTo(Optional.ofNullable(model.get(one)));
        List<String> first = new ArrayList<>();
        journal.scan(TABLE, Bytes.EMPTY, Bytes.EMPTY, (k, v) -> {
            first.add(k.hex());
            return first.size() < 2;
        });
        assertThat(first)
                .isEqualTo(model.keySet().stream().limit(2).map(Bytes::hex).toList());
    }

    @Test
    @DisplayName("what an undone event wrote and wanted never happens")
    void undo() {
        journal.put(TABLE, Bytes.ofUtf8("a"), Bytes.ofUtf8("1"));
        journal.emit(new Effect.SetTimer(TimerId.TICK, 1));
        journal.emitNow(new Effect.SetTimer(TimerId.TICK, 2));
        journal.undo();
        assertThat(journal.seal(key)).isEmpty();
        assertThat(journal.drainImmediate()).isEmpty();
        assertThat(journal.get(TABLE, Bytes.ofUtf8("a"))).isEmpty();
    }

    @Test
    @DisplayName("work after a batch is durable cannot write, and a bug in it keeps nothing else from leaving")
    void afterwards() {
        Effect tick = new Effect.SetTimer(TimerId.TICK, 1);
        journal.whenDurable(() -> journal.put(TABLE, Bytes.ofUtf8("a"), Bytes.ofUtf8("1")));
        journal.emit(tick);
        journal.keep();
        Batch batch = journal.seal(key).orElseThrow();
        assertThat(journal.durable(batch, action -> {})).containsExactly(tick);
        assertThat(journal.faults()).isEqualTo(1);
        assertThat(journal.get(TABLE, Bytes.ofUtf8("a"))).isEmpty();
    }

    @Test
    @DisplayName("a batch that is not the oldest is refused")
    void order() {
        journal.emit(new Effect.SetTimer(TimerId.TICK, 1));
        journal.keep();
        Batch first = journal.seal(key).orElseThrow();
        journal.durable(first, action -> {});
        assertThatThrownBy(() -> journal.durable(first, action -> {})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName(
            "what is durable stays for all that one event reads, though a batch lands meanwhile; the next event sees it")
    void durableWithinAnEvent() {
        Bytes head = Bytes.ofUtf8("head");
        assertThat(journal.durable().get(TABLE, head)).isEmpty();
        store.write(row(head));

        assertThat(journal.durable().get(TABLE, head)).isEmpty();
        assertThat(scan(journal.durable(), "", "")).isEmpty();
        journal.keep();
        assertThat(journal.durable().get(TABLE, head)).isPresent();
        assertThat(scan(journal.durable(), "", "")).hasSize(1);
    }

    @Test
    @DisplayName("work after a batch is durable sees that batch, whatever was read before")
    void durableAfterABatch() {
        Bytes head = Bytes.ofUtf8("head");
        List<Optional<Bytes>> seen = new ArrayList<>();
        journal.put(TABLE, head, head);
        journal.whenDurable(() -> seen.add(journal.durable().get(TABLE, head)));
        journal.keep();
        Batch batch = journal.seal(key).orElseThrow();
        assertThat(journal.durable().get(TABLE, head)).isEmpty();
        store.write(batch.writes());
        journal.durable(batch, action -> {});
        assertThat(seen).containsExactly(Optional.of(head));
    }

    @Test
    @DisplayName(
            "no snapshot outlives an event that went well, one that was undone, or the work after a batch that failed")
    void noSnapshotIsLeft() {
        Bytes head = Bytes.ofUtf8("head");
        journal.durable().get(TABLE, head);
        assertThat(store.snapshotsOpen()).isEqualTo(1);
        journal.keep();
        assertThat(store.snapshotsOpen()).isZero();

        journal.durable().get(TABLE, head);
        journal.undo();
        assertThat(store.snapshotsOpen()).isZero();

        journal.whenDurable(() -> {
            journal.durable().get(TABLE, head);
            throw new StoreException(StoreException.Kind.IO, "the disk is gone");
        });
        journal.keep();
        Batch batch = journal.seal(key).orElseThrow();
        assertThatThrownBy(() -> journal.durable(batch, action -> {})).isInstanceOf(StoreException.class);
        assertThat(store.snapshotsOpen()).isZero();
    }

    @Test
    @DisplayName(
            "what follows from a batch is carried out in the order in which it was decided, of an undone event nothing, and a grown log"
                    + " once and last; what meets a bug ends nothing else")
    void whatFollowsFromABatch() {
        ChannelId channel = new ChannelId(Bytes.of(new byte[32]));
        AfterCommit grown = new AfterCommit.LogGrown(channel);
        AfterCommit ended = new AfterCommit.EpochEnded(channel);
        AfterCommit removed = new AfterCommit.FollowerRemoved(channel, new ServerName("a.example"));
        journal.afterCommit(grown);
        journal.afterCommit(ended);
        journal.keep();
        journal.afterCommit(new AfterCommit.FollowerRemoved(channel, new ServerName("undone.example")));
        journal.undo();
        journal.afterCommit(removed);
        journal.afterCommit(grown);
        journal.keep();
        Batch batch = journal.seal(key).orElseThrow();

        List<AfterCommit> carriedOut = new ArrayList<>();
        journal.durable(batch, action -> {
            carriedOut.add(action);
            assertThatThrownBy(() -> journal.afterCommit(ended)).isInstanceOf(IllegalStateException.class);
            throw new IllegalStateException("a bug");
        });
        assertThat(carriedOut).containsExactly(ended, removed, grown);
        assertThat(journal.faults()).isEqualTo(3);
    }

    private static WriteBatch row(Bytes key) {
        WriteBatch batch = new WriteBatch();
        batch.put(TABLE, key, key);
        return batch;
    }

    @Test
    @DisplayName("what follows a batch reads as of its landing, though the next one has landed since")
    void asOfItsLanding() {
        List<String> read = new ArrayList<>();
        List<Batch> sealed = new ArrayList<>();
        for (String value : List.of("1", "2")) {
            journal.put(TABLE, Bytes.ofUtf8("row"), Bytes.ofUtf8(value));
            journal.put(TABLE, Bytes.ofUtf8("row of " + value), Bytes.ofUtf8(value));
            journal.whenDurable(() ->
                    read.add(scan(journal.durable(), "row", "rox").size() + " "
                            + journal.durable()
                                    .get(TABLE, Bytes.ofUtf8("row"))
                                    .map(bytes -> new String(bytes.toByteArray(), StandardCharsets.UTF_8))
                                    .orElseThrow()));
            journal.keep();
            journal.seal(key).ifPresent(sealed::add);
        }
        store.write(sealed.get(0).writes());
        journal.landed(sealed.get(0));
        store.write(sealed.get(1).writes());
        journal.durable(sealed.get(0), action -> {});
        journal.durable(sealed.get(1), action -> {});
        assertThat(read).containsExactly("2 1", "3 2");
    }

    @Test
    @DisplayName("an event reads a row of the store once, also one that is not there; the next event reads it anew")
    void readOnce() {
        AtomicInteger reads = new AtomicInteger();
        Journal counted = new Journal(new CountingStore(store, reads));
        Bytes missing = Bytes.ofUtf8("missing");
        assertThat(counted.get(TABLE, missing)).isEmpty();
        assertThat(counted.get(TABLE, missing)).isEmpty();
        assertThat(reads).hasValue(1);
        counted.put(TABLE, missing, Bytes.ofUtf8("there"));
        assertThat(counted.get(TABLE, missing)).contains(Bytes.ofUtf8("there"));
        counted.undo();
        assertThat(counted.get(TABLE, missing)).isEmpty();
        assertThat(reads).hasValue(2);
    }

    private record CountingStore(Store store, AtomicInteger reads) implements Store {
        @Override
        public Optional<byte[]> get(Table table, byte[] key) {
            reads.incrementAndGet();
            return store.get(table, key);
        }

        @Override
        public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
            store.scan(table, fromInclusive, toExclusive, visitor);
        }

        @Override
        public Snapshot snapshot() {
            return store.snapshot();
        }

        @Override
        public void write(WriteBatch batch) {
            store.write(batch);
        }
    }
}
