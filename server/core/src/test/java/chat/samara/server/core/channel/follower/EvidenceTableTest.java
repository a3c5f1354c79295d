package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How much is kept against a hub that cheats as often as it can. */
final class EvidenceTableTest {
    private static final ServerName HUB = new ServerName("berlin.example");
    private static final ServerName OTHER = new ServerName("hanoi.example");

    private final Journal journal = new Journal(new MemoryStore());
    private EvidenceTable table = new EvidenceTable(journal);

    @BeforeEach
    void load() {
        table.load();
    }

    private ChannelId caught(ServerName hub, int number, boolean hadReaders, int bytes) {
        ChannelId channel = new ChannelId(Bytes.concat(
                Bytes.of(new byte[ChannelId.SIZE_BYTES - Integer.BYTES]),
                Key.of(Bytes.EMPTY).and(number).bytes().slice(Integer.BYTES, Long.BYTES)));
        journal.put(
                Table.CHANNEL,
                channel.bytes(),
                Stored.encode(StoredChannel.newBuilder()
                        .setHub(hub.value())
                        .setHadReaders(hadReaders)
                        .build()));
        table.add(
                channel,
                hub,
                hadReaders,
                StoredEvidence.newBuilder().addOtherEntries(ByteString.copyFrom(new byte[bytes])));
        return channel;
    }

    private boolean isKept(ChannelId channel, long number) {
        return journal.get(Table.EVIDENCE, Key.of(channel.bytes()).and(number).bytes())
                .isPresent();
    }

    private int pieces() {
        int[] count = {0};
        journal.scanPrefix(Table.EVIDENCE, Bytes.EMPTY, (key, value) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }

    @Test
    @DisplayName(
            "a hub that cheats in a thousand channels takes room for some of them, also over a restart, and the operator is told")
    void manyChannels() {
        for (int i = 0; i < 500; i++) {
            caught(HUB, i, true, 10);
        }
        table = new EvidenceTable(journal);
        table.load();
        for (int i = 500; i < 1_000; i++) {
            caught(HUB, i, true, 10);
        }
        assertThat(pieces()).isEqualTo(Limits.EVIDENCE_CHANNELS_PER_HUB_MAX);
        assertThat(table.full()).singleElement().asString().contains(HUB.value());
    }

    @Test
    @DisplayName("that a channel is set aside, so that not even its hub is known, keeps nothing from being counted")
    void setAside() {
        ChannelId channel = caught(HUB, 1, true, 10);
        journal.put(
                Table.CHANNEL,
                channel.bytes(),
                Stored.encode(StoredChannel.newBuilder()
                        .setState(StoredChannelState.CHANNEL_DAMAGED)
                        .build()));
        table.load();
        assertThat(isKept(caught(HUB, 2, true, 10), 1)).isTrue();
    }

    @Test
    @DisplayName("what is kept of a channel whose log was dropped counts against its hub, also over a restart")
    void dropped() {
        for (int i = 0; i < Limits.EVIDENCE_OF_OTHERS_PER_HUB_MAX; i++) {
            journal.delete(Table.CHANNEL, caught(HUB, i, false, 10).bytes());
        }
        table = new EvidenceTable(journal);
        table.load();
        assertThat(isKept(caught(HUB, 100, false, 10), 1)).isFalse();
    }

    @Test
    @DisplayName("a row of before, which does not name the hub, counts as long as its channel's row does")
    void ofBefore() {
        for (int i = 0; i < Limits.EVIDENCE_OF_OTHERS_PER_HUB_MAX; i++) {
            journal.put(
                    Table.EVIDENCE,
                    Key.of(caught(HUB, i, false, 10).bytes()).and(1).bytes(),
                    Stored.encode(
                            StoredEvidence.newBuilder().setReason("of before").build()));
        }
        table = new EvidenceTable(journal);
        table.load();
        assertThat(isKept(caught(HUB, 100, false, 10), 1)).isFalse();
    }

    @Test
    @DisplayName("its bytes are bounded as well as its pieces")
    void largePieces() {
        int bytes = Limits.EVIDENCE_BYTES_MAX - 100;
        for (int i = 0; i < 20; i++) {
            caught(HUB, i, true, bytes);
        }
        assertThat(pieces() * (long) bytes).isLessThanOrEqualTo(Limits.EVIDENCE_BYTES_PER_HUB_MAX);
        assertThat(pieces()).isEqualTo(16);
    }

    @Test
    @DisplayName(
            "further proofs of the same channels, and of channels that the hub makes up, take no room of a channel's first")
    void firstOfEachChannel() {
        for (int again = 0; again < 20; again++) {
            for (int i = 0; i < 20; i++) {
                caught(HUB, i, true, 10);
            }
        }
        for (int i = 1_000; i < 1_100; i++) {
            caught(HUB, i, false, 10);
        }
        assertThat(isKept(caught(HUB, 50, true, 10), 1)).isTrue();
        assertThat(pieces())
                .isEqualTo(21 + Limits.EVIDENCE_FURTHER_PER_HUB_MAX + Limits.EVIDENCE_OF_OTHERS_PER_HUB_MAX);
    }

    @Test
    @DisplayName("the first proof against a hub is kept, whatever it is and however much there is against another")
    void firstOfHub() {
        for (int i = 0; i < 100; i++) {
            caught(HUB, i, true, 10);
        }
        int more = (int) Limits.EVIDENCE_OF_OTHERS_BYTES_PER_HUB_MAX + 1;
        assertThat(isKept(caught(OTHER, 1_000, false, more), 1)).isTrue();
        assertThat(isKept(caught(OTHER, 1_001, false, 10), 1)).isFalse();
        assertThat(List.of(table.full().toArray())).hasSize(2);
    }

    @Test
    @DisplayName("what was undone with its event takes no room")
    void undone() {
        for (int i = 0; i < 2 * Limits.EVIDENCE_CHANNELS_PER_HUB_MAX; i++) {
            ChannelId unused = caught(HUB, 1, true, 10);
            journal.undo();
        }
        assertThat(isKept(caught(HUB, 1, true, 10), 1)).isTrue();
    }

    @Test
    @DisplayName(
            "an event that is undone is taken back without a look at the rows, and what else is known of the hub stays")
    void undoneBesideRot() {
        for (int i = 0; i < Limits.EVIDENCE_OF_OTHERS_PER_HUB_MAX + 1; i++) {
            caught(HUB, i, false, 10);
        }
        journal.keep();
        Bytes first = Key.of(caught(OTHER, 1_000, true, 10).bytes()).and(1).bytes();
        journal.put(Table.EVIDENCE, first, Bytes.ofUtf8("rotten"));
        journal.keep();
        caught(HUB, 2_000, true, 10);
        journal.undo();
        assertThat(table.full()).singleElement().asString().contains(HUB.value());
        for (int i = 3_000; i < 3_000 + Limits.EVIDENCE_CHANNELS_PER_HUB_MAX; i++) {
            assertThat(isKept(caught(HUB, i, true, 10), 1)).isTrue();
        }
        assertThat(isKept(caught(HUB, 4_000, true, 10), 1)).isFalse();
    }
}
