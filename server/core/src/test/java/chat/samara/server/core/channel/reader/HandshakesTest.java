package chat.samara.server.core.channel.reader;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A log's handshakes")
class HandshakesTest {
    private static final long HOUR_MILLIS = 3_600_000;

    private final World world = new World(7);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice;
    private TestDevice bob;
    private TestChannel home;

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
    }

    private static ServerFrame ask(TestDevice device, ChannelId channel, long afterSeq, long throughSeq) {
        return device.ask(ClientFrame.newBuilder()
                .setFetchHandshakes(FetchHandshakes.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setAfterSeq(afterSeq)
                        .setThroughSeq(throughSeq)));
    }

    /** All of them, frame by frame. */
    private static List<Entry> fetch(TestDevice device, ChannelId channel, long throughSeq) throws RefusedException {
        List<Entry> found = new ArrayList<>();
        long afterSeq = 0;
        boolean more = true;
        while (more) {
            Handshakes answer = ask(device, channel, afterSeq, throughSeq).getHandshakes();
            for (LogEntry entry : answer.getEntriesList()) {
                found.add(EntryIn.of(entry).unverified());
            }
            more = answer.getMore();
            assertThat(!more || answer.getThroughSeq() > afterSeq).isTrue();
            afterSeq = answer.getThroughSeq();
        }
        return found;
    }

    private static ObservedChannel replay(List<Entry> handshakes) throws RefusedException {
        ObservedChannel channel = ObservedChannel.begin(HandshakeRules.judgeGenesis(
                Payload.control(handshakes.get(0).record()).getGenesis()));
        for (Entry entry : handshakes.subList(1, handshakes.size())) {
            channel.follow(entry.record());
        }
        return channel;
    }

    @Test
    @DisplayName("come to one who was just added, from the genesis to the commit that adds, without what was said")
    void forAWelcome() throws RefusedException {
        alice.say(home, "not yours");
        alice.submit(alice.update(home));
        alice.say(home, "nor this");
        alice.invite(home, bob);
        long added = home.seq();
        List<Entry> handshakes = fetch(bob, home.id(), added);
        assertThat(handshakes).hasSize(3).extracting(Entry::seq).startsWith(1L).endsWith(added);
        assertThat(replay(handshakes).group().context())
                .isEqualTo(home.group().publicGroup().context());
    }

    @Test
    @DisplayName("come in frames that are bounded, and go on where the last one ended")
    void inFrames() throws RefusedException {
        for (int i = 0; i < 300; i++) {
            alice.submit(alice.update(home));
        }
        alice.invite(home, bob);
        Handshakes first = ask(bob, home.id(), 0, home.seq()).getHandshakes();
        assertThat(first.getMore()).isTrue();
        assertThat(first.getSerializedSize())
                .isLessThan(chat.samara.server.core.Limits.HANDSHAKE_BYTES_PER_FRAME_MAX + 4_096);
        assertThat(fetch(bob, home.id(), home.seq())).hasSize(302);
    }

    @Test
    @DisplayName("are none of a stranger's business, and after a removal end with it")
    void whoMayAsk() throws RefusedException {
        assertThat(ask(bob, home.id(), 0, 9).getError().getCode()).isEqualTo(ErrorCode.UNKNOWN_CHANNEL);
        alice.invite(home, bob);
        bob.join();
        alice.submit(alice.remove(home, bob));
        long removed = home.seq();
        alice.submit(alice.update(home));
        assertThat(fetch(bob, home.id(), home.seq()))
                .last()
                .extracting(Entry::seq)
                .isEqualTo(removed);
    }

    @Test
    @DisplayName("are none behind the end of the log, however far behind it somebody asks")
    void behindTheEnd() {
        for (long afterSeq : new long[] {home.seq(), home.seq() + 1, Long.MAX_VALUE}) {
            for (long throughSeq : new long[] {home.seq(), home.seq() + 1, Long.MAX_VALUE}) {
                Handshakes answer = ask(alice, home.id(), afterSeq, throughSeq).getHandshakes();
                assertThat(answer.getEntriesList()).isEmpty();
                assertThat(answer.getThroughSeq()).isEqualTo(home.seq());
                assertThat(answer.getMore()).isFalse();
            }
        }
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("are found in a log that a version without their table has written, some at a time")
    void olderLog() throws RefusedException {
        int said = chat.samara.server.core.Limits.ENTRIES_READ_PER_REQUEST_MAX + 10;
        for (int i = 0; i < said; i++) {
            alice.say(home, "m" + i);
        }
        alice.invite(home, bob);
        forgetTable(berlin, home.id());
        alice.reconnect();
        bob.reconnect();
        Handshakes first = ask(bob, home.id(), 0, home.seq()).getHandshakes();
        assertThat(first.getMore()).isTrue();
        assertThat(first.getEntriesCount()).isEqualTo(1);
        assertThat(fetch(bob, home.id(), home.seq())).extracting(Entry::seq).containsExactly(1L, home.seq());
        alice.submit(alice.update(home));
        assertThat(fetch(bob, home.id(), home.seq() + 1)).hasSize(3);
    }

    @Test
    @DisplayName("are found in an older log from any place on, each answer further than the one before it")
    void olderLogFromBehindTheIndex() throws RefusedException {
        int said = chat.samara.server.core.Limits.ENTRIES_READ_PER_REQUEST_MAX + 10;
        for (int i = 0; i < said; i++) {
            alice.say(home, "m" + i);
        }
        long known = home.seq();
        alice.submit(alice.update(home));
        alice.invite(home, bob);
        forgetTable(berlin, home.id());
        bob.reconnect();
        Handshakes answer = ask(bob, home.id(), known, home.seq()).getHandshakes();
        assertThat(answer.getEntriesCount()).isEqualTo(2);
        assertThat(answer.getThroughSeq()).isEqualTo(home.seq());
        assertThat(answer.getMore()).isFalse();
        assertThat(fetch(bob, home.id(), home.seq())).extracting(Entry::seq).containsExactly(1L, known + 1, home.seq());
    }

    @Test
    @DisplayName("of an older log of large entries are looked for in so many bytes at a time")
    void olderLogOfLargeEntries() throws RefusedException {
        int bytes = 200 << 10;
        int said = chat.samara.server.core.Limits.ENTRY_BYTES_READ_PER_REQUEST_MAX / bytes + 10;
        for (int i = 0; i < said; i++) {
            Expect.receipt(alice.say(home, "x".repeat(bytes)), ReceiptStatus.ORDERED);
        }
        alice.invite(home, bob);
        forgetTable(berlin, home.id());
        bob.reconnect();
        long end = berlin.logs().position(home.id()).orElseThrow().seq();
        Handshakes first = ask(bob, home.id(), 0, end).getHandshakes();
        assertThat(first.getMore()).isTrue();
        assertThat(first.getThroughSeq()).isLessThan(said);
        assertThat(fetch(bob, home.id(), end)).extracting(Entry::seq).containsExactly(1L, end);
    }

    private static void forgetTable(TestServer server, ChannelId channel) {
        server.crash();
        MemoryStore disk = server.disk();
        WriteBatch batch = new WriteBatch();
        StoreRows rows = new StoreRows(disk);
        rows.scanPrefix(Table.HANDSHAKE, channel.bytes(), (key, value) -> {
            batch.delete(Table.HANDSHAKE, key);
            return true;
        });
        StoredChannel row = ChannelTable.find(rows, channel).orElseThrow();
        batch.put(
                Table.CHANNEL,
                channel.bytes(),
                Stored.encode(row.toBuilder().clearHandshakesIndexedSeq().build()));
        disk.write(batch);
        server.start();
    }

    @Test
    @DisplayName("are whole at a follower whose last member was removed, once it follows again")
    void followerFillsTheGap() throws RefusedException {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice carol = tunis.member("carol");
        alice.invite(home, carol);
        world.settle();
        carol.join();
        alice.submit(alice.remove(home, carol));
        world.settle();
        alice.submit(alice.update(home));
        alice.invite(home, bob);
        alice.submit(alice.update(home));
        world.settle();
        alice.invite(home, carol);
        world.settle();
        List<Entry> handshakes = fetch(carol, home.id(), home.seq());
        assertThat(handshakes).hasSize(7);
        assertThat(replay(handshakes).group().context())
                .isEqualTo(home.group().publicGroup().context());
    }

    @Test
    @DisplayName("a device that is added and removed very often still finds its first removal unless it has read it")
    void manyStretches() {
        alice.invite(home, bob);
        long first = home.seq();
        for (int i = 0; i < chat.samara.server.core.Limits.STRETCHES_PER_READER_MAX + 3; i++) {
            alice.submit(alice.remove(home, bob));
            bob.publish(2);
            world.pass(HOUR_MILLIS / chat.samara.server.core.Limits.CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX);
            alice.invite(home, bob);
        }
        var row = ReaderTable.find(new StoreRows(berlin.disk()), bob.who().device(), home.id())
                .orElseThrow();
        assertThat(row.getStretchesCount()).isEqualTo(chat.samara.server.core.Limits.STRETCHES_PER_READER_MAX);
        assertThat(row.getStretches(0).getFromSeq()).isEqualTo(first);
    }
}
