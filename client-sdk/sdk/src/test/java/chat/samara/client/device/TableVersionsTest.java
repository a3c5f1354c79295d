package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.MessageContent;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.stored.StoredSealing;
import chat.samara.client.stored.StoredTableVersion;
import chat.samara.client.stored.StoredUnvouched;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The rows of a table of an earlier version")
class TableVersionsTest {
    private static final ChannelId CHANNEL = new ChannelId(Bytes.ofHex("07".repeat(ChannelId.SIZE_BYTES)));

    /** More than one commit brings up to date. */
    private static final int ROWS = 200;

    private final Random seeded = new Random(16);

    /** As version 1 of OUTGOING has it: what it says three times over, and of what was sealed nothing but hashes. */
    private StoredOutgoing outgoing(String text) {
        try {
            ComposedContent content = ContentCodec.text(text, 5, seeded::nextBytes);
            return StoredOutgoing.newBuilder()
                    .setKind(StoredOutgoingKind.MESSAGE)
                    .setState(StoredOutgoingState.SEALED)
                    .setFrankingKey(Stored.bytes(content.frankingKey()))
                    .setBody(Stored.bytes(content.body()))
                    .setPayload(ByteString.copyFromUtf8("payload of " + text))
                    .addSealedHashes(ByteString.copyFromUtf8("hash of one before"))
                    .setMessage(StoredMessage.newBuilder().setSentMillis(5).setText(text))
                    .build();
        } catch (ContentException e) {
            throw new AssertionError(e);
        }
    }

    private MemoryStore store() {
        MemoryStore store = new MemoryStore();
        for (int i = 0; i < ROWS; i++) {
            store.put(
                    DeviceTable.OUTGOING,
                    Keys.numbered(CHANNEL, i),
                    outgoing("text " + i).toByteArray());
        }
        StoredOutgoing commit = StoredOutgoing.newBuilder()
                .setKind(StoredOutgoingKind.COMMIT)
                .setIntent(3)
                .build();
        store.put(DeviceTable.OUTGOING, Keys.numbered(CHANNEL, ROWS), commit.toByteArray());
        store.put(
                DeviceTable.UNVOUCHED,
                Keys.numbered(CHANNEL, 1),
                StoredUnvouched.newBuilder()
                        .setNumber(1)
                        .setOutgoing(outgoing("unvouched"))
                        .build()
                        .toByteArray());
        store.put(
                DeviceTable.PIN,
                Bytes.ofUtf8("alice@home.example"),
                StoredPin.newBuilder()
                        .setIdentityKey(ByteString.copyFromUtf8("key"))
                        .setSeenMillis(7)
                        .setVerified(true)
                        .build()
                        .toByteArray());
        return store;
    }

    private static Map<String, Bytes> rows(MemoryStore store) {
        Map<String, Bytes> rows = new LinkedHashMap<>();
        for (DeviceTable table : DeviceTable.values()) {
            store.scan(table, Keys.FIRST, Keys.LAST, (key, row) -> {
                rows.put(table + "/" + key.hex(), Bytes.of(row));
                return true;
            });
        }
        return rows;
    }

    private static void assertSays(StoredOutgoing row, String text) throws ContentException {
        assertThat(SaidRows.content(row.getMessage().getSaid()).content()).isEqualTo(new MessageContent.Text(text));
        assertThat(SaidRows.content(row.getMessage().getSaid()).sentMillis()).isEqualTo(5);
        assertThat(row.getBody().isEmpty() && row.getFrankingKey().isEmpty()).isTrue();
        assertThat(row.getSealedHashesCount()).isZero();
        assertThat(row.getSealingsList())
                .extracting(StoredSealing::getPayloadHash)
                .containsExactly(
                        ByteString.copyFromUtf8("hash of one before"),
                        PayloadForm.hashOf(Bytes.ofUtf8("payload of " + text)));
    }

    @Test
    @DisplayName("say the same in the form of this one")
    void same() throws ContentException {
        MemoryStore store = store();
        TableVersions.bringUpToDate(store);
        List<StoredOutgoing> waiting = new ArrayList<>();
        store.scan(DeviceTable.OUTGOING, Keys.FIRST, Keys.LAST, (key, row) -> {
            waiting.add(Stored.parse(StoredOutgoing.parser(), row));
            return true;
        });
        assertThat(waiting).hasSize(ROWS + 1);
        for (int i = 0; i < ROWS; i++) {
            assertSays(waiting.get(i), "text " + i);
        }
        assertThat(waiting.get(ROWS).getIntent()).isEqualTo(3);
        assertSays(
                Stored.parse(
                                StoredUnvouched.parser(),
                                store.get(DeviceTable.UNVOUCHED, Keys.numbered(CHANNEL, 1))
                                        .orElseThrow())
                        .getOutgoing(),
                "unvouched");
        StoredPin pin = Stored.parse(
                StoredPin.parser(),
                store.get(DeviceTable.PIN, Bytes.ofUtf8("alice@home.example")).orElseThrow());
        assertThat(pin.getKeysList()).singleElement().satisfies(key -> {
            assertThat(key.getIdentityKey()).isEqualTo(pin.getIdentityKey());
            assertThat(key.getSeenMillis()).isEqualTo(7);
            assertThat(key.getAcceptedMillis()).isEqualTo(7);
            assertThat(key.getVerified()).isTrue();
        });
    }

    @Test
    @DisplayName("come to the same where it was cut off after any commit, and a second time changes nothing")
    void cutOff() {
        MemoryStore whole = store();
        TableVersions.bringUpToDate(whole);
        int commits = whole.commits();
        assertThat(commits).isGreaterThan(DeviceTable.values().length / 4);
        for (int commit = 1; commit < commits; commit++) {
            seeded.setSeed(16);
            MemoryStore cut = new TableVersionsTest().store();
            cut.crashAfter(commit);
            assertThatThrownBy(() -> TableVersions.bringUpToDate(cut))
                    .as("after commit %d", commit)
                    .isInstanceOf(MemoryStore.Crash.class);
            cut.crashNoMore();
            TableVersions.bringUpToDate(cut);
            assertThat(rows(cut)).as("after commit %d", commit).isEqualTo(rows(whole));
        }
        Map<String, Bytes> before = rows(whole);
        TableVersions.bringUpToDate(whole);
        assertThat(rows(whole)).isEqualTo(before);
        assertThat(whole.commits()).isEqualTo(commits);
    }

    @Test
    @DisplayName("and no others: of a newer version they are refused with a sentence, and not touched")
    void newer() {
        MemoryStore store = store();
        store.put(
                DeviceTable.TABLE_VERSION,
                Bytes.ofUtf8("OUTGOING"),
                StoredTableVersion.newBuilder().setVersion(3).build().toByteArray());
        Map<String, Bytes> before = rows(store);
        Refusal refusal = TableVersions.newer(store).orElseThrow();
        assertThat(refusal.code()).isEqualTo(RefusalCode.PROFILE_NEWER);
        assertThat(refusal.sentence()).contains("OUTGOING", "version 3", "version 2 at most", "update the software");
        assertThatThrownBy(() -> TableVersions.bringUpToDate(store))
                .isInstanceOf(DeviceStoreException.class)
                .hasMessage(refusal.sentence());
        assertThat(rows(store)).isEqualTo(before);
    }
}
