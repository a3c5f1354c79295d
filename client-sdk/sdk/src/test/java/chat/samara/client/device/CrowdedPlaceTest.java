package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageId;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredMembersChanged;
import chat.samara.client.stored.StoredMessage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A commit that brings hundreds of changed keys to light fills its place in the history; a membership that ended in such a one, which no head
 * covered, leaves those rows behind. Then something is said that stands in the same place.
 */
@DisplayName("A place of the history that is full already")
class CrowdedPlaceTest {
    private final Village village = new Village(73);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    @BeforeEach
    void theNextPlaceIsFull() {
        alice.add(channel, bob);
        village.pass(10_000);
        bob.stop();
        long seq = log.position.seq() + 1;
        for (int within = 0; within < HistoryBook.ROWS_PER_ENTRY_MAX; within++) {
            StoredMessage row = HistoryBook.ofServer(village.now)
                    .setMembersChanged(StoredMembersChanged.getDefaultInstance())
                    .build();
            bob.store.put(DeviceTable.HISTORY, Keys.history(channel, seq, within), row.toByteArray());
        }
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead())
                        .build()
                : frame;
        bob.start();
        village.pass(10_000);
        alice.send(channel, "hello");
    }

    private void lie() {
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        Record like = log.typed.get((int) log.position.seq() - 1).record();
        fork.append(
                RecordKind.COMMIT,
                like.epoch(),
                IdempotencyKey.random(village.random()),
                like.device(),
                Bytes.ofHex("0011"));
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).isNotEmpty();
    }

    private void honest() {
        village.server.tamper = frame -> frame;
        bob.cut();
        bob.reconnect();
        village.pass(120_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).containsExactly("hello");
        assertThat(bob.told()).containsExactly("hello");
    }

    @Test
    @DisplayName("has room for what somebody says there all the same")
    void hasRoom() {
        assertThat(bob.texts(channel)).containsExactly("hello");
        MessageId id = bob.history(channel).stream()
                .flatMap(message -> message.id().stream())
                .findFirst()
                .orElseThrow();
        assertThat(bob.engine().message(channel, id)).isPresent();
    }

    @Test
    @DisplayName("keeps nobody from going back, or from starting again")
    void goesBack() {
        lie();
        bob.stop();
        bob.start();
        village.settle();
        honest();
    }

    @Test
    @DisplayName("keeps nobody from going back either where a version before this one has found no room")
    void goesBackWithoutTheRow() {
        MessageId id = bob.history(channel).stream()
                .flatMap(message -> message.id().stream())
                .findFirst()
                .orElseThrow();
        bob.stop();
        for (int within = 0; within < HistoryBook.ROWS_PER_ENTRY_MAX; within++) {
            Bytes key = Keys.history(channel, log.position.seq(), within);
            StoredMessage row = Stored.parse(
                    StoredMessage.parser(),
                    bob.store.get(DeviceTable.HISTORY, key).orElseThrow());
            if (HistoryBook.idOf(row).isPresent()) {
                bob.store.put(
                        DeviceTable.HISTORY,
                        key,
                        HistoryBook.ofServer(village.now)
                                .setMembersChanged(StoredMembersChanged.getDefaultInstance())
                                .build()
                                .toByteArray());
            }
        }
        bob.store.commit(List.of(new DeviceStore.Write.Delete(DeviceTable.PLACE, Keys.place(channel, id))));
        bob.start();
        village.pass(10_000);
        lie();
        bob.stop();
        bob.start();
        village.server.tamper = frame -> frame;
        village.pass(120_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }
}
