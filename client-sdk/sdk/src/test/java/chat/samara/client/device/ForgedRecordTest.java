package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.client.stored.StoredUnreadable;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A payload that is not what was sent or read")
class ForgedRecordTest {
    private static final Bytes JUNK = Bytes.ofHex("0011223344");

    private final Village village = new Village(13);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void aliceAndBobTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    @Test
    @DisplayName("is not the own message: it is shown as forged, and the message arrives under a new id")
    void ownMessage() {
        village.server.hubIsCut = true;
        MessageId before = queued(alice.send(channel, "hello"));
        log().append(RecordKind.APPLICATION, 1, before.key(), Optional.of(before.device()), JUNK);
        village.server.push();
        village.settle();
        assertThat(reasons(alice)).containsExactly(UnreadableReason.OWN_RECORD_FORGED);
        assertThat(alice.texts(channel)).isEmpty();
        MessageId now = alice.events(ClientEvent.MessageRenamed.class).get(0).now();
        assertThat(alice.events(ClientEvent.MessageRenamed.class))
                .containsExactly(new ClientEvent.MessageRenamed(channel, before, now));
        village.server.reachHub();
        village.settle();
        assertThat(alice.texts(channel)).containsExactly("hello");
        assertThat(bob.texts(channel)).containsExactly("hello");
        assertThat(alice.engine().message(channel, now).orElseThrow().state()).isEqualTo(MessageState.STABLE);
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("may be any of the forms in which the own message was sealed")
    void anySealedForm() {
        village.server.hubIsCut = true;
        MessageId id = queued(alice.send(channel, "hello"));
        StoredOutgoing first = outgoing(alice).get(0);
        village.server.hubIsCut = false;
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, 1);
        village.server.reachHub();
        // The hub has returned the first form, the second one is in the log; another hub could have taken the first.
        assertThat(alice.engine().pending(channel)).hasSize(1);
        assertThat(outgoing(alice).get(0).getSealingsCount()).isEqualTo(1);
        village.server.hubIsCut = true;
        village.settle();
        assertThat(outgoing(alice).get(0).getSealingsCount()).isEqualTo(2);
        log().append(
                        RecordKind.APPLICATION,
                        first.getEpoch(),
                        id.key(),
                        Optional.of(id.device()),
                        Stored.bytes(first.getPayload()));
        village.server.push();
        village.settle();
        assertThat(alice.texts(channel)).containsExactly("hello");
        assertThat(reasons(alice)).isEmpty();
    }

    @Test
    @DisplayName(
            "and is somebody's genuine message waits for its place, and expires though its epoch is closed in the same turn")
    void relabelledAndClosed() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        MessageId id = queued(alice.send(channel, "early"));
        Bytes payload = Stored.bytes(outgoing(alice).get(0).getPayload());
        village.server.hubIsCut = false;
        alice.cut();
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        log().append(
                        RecordKind.APPLICATION,
                        1,
                        IdempotencyKey.random(village.random()),
                        Optional.of(id.device()),
                        payload);
        village.server.closeEpochs(channel, 1);
        village.settle();
        assertThat(reasons(bob)).containsExactly(UnreadableReason.RELABELLED);
        assertThat(bob.told()).containsExactly("early");
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.MessageStateChanged.class))
                .extracting(ClientEvent.MessageStateChanged::state)
                .containsExactly(MessageState.REFUSED);
    }

    @Test
    @DisplayName("or expired long ago does not keep a device from reading provisionally, and is kept within bounds")
    void expiredRows() {
        List<DeviceStore.Write> rows = new ArrayList<>();
        for (int i = 0; i < Limits.EXPIRED_PROVISIONAL_MAX; i++) {
            rows.add(new DeviceStore.Write.Put(
                    DeviceTable.PROVISIONAL,
                    Keys.numbered(channel, 1_000_000 + i),
                    StoredProvisional.newBuilder()
                            .setEpoch(1)
                            .setExpired(true)
                            .build()
                            .toByteArray()));
        }
        bob.stop();
        bob.store.commit(rows);
        bob.start();
        village.settle();
        village.server.hubIsCut = true;
        alice.send(channel, "early");
        village.settle();
        assertThat(bob.pendingTexts(channel)).containsExactly("early");
        village.server.hubIsCut = false;
        alice.cut();
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, 1);
        village.settle();
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.store.size(DeviceTable.PROVISIONAL)).isEqualTo(Limits.EXPIRED_PROVISIONAL_MAX / 2);
    }

    @Test
    @DisplayName(
            "is not the message that was read provisionally: that is refused, and ordered all the same when its own record comes")
    void othersProvisional() {
        village.server.hubIsCut = true;
        MessageId id = queued(alice.send(channel, "early"));
        StoredOutgoing row = outgoing(alice).get(0);
        assertThat(bob.pendingTexts(channel)).containsExactly("early");
        alice.cut();
        log().append(RecordKind.APPLICATION, 1, id.key(), Optional.of(id.device()), JUNK);
        village.server.push();
        village.settle();
        assertThat(reasons(bob)).containsExactly(UnreadableReason.DECRYPTION_FAILED);
        assertThat(bob.texts(channel)).isEmpty();
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.MessageStateChanged.class))
                .singleElement()
                .satisfies(changed -> {
                    assertThat(changed.id()).isEqualTo(id);
                    assertThat(changed.state()).isEqualTo(MessageState.REFUSED);
                });
        log().append(
                        RecordKind.APPLICATION,
                        row.getEpoch(),
                        id.key(),
                        Optional.of(id.device()),
                        Stored.bytes(row.getPayload()));
        village.server.push();
        village.settle();
        assertThat(bob.texts(channel)).containsExactly("early");
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.told()).containsExactly("early");
    }

    @Test
    @DisplayName("takes no message away, where it is a genuine one under another label: that is kept for its own place")
    void relabelledBeforeItsPlace() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        MessageId id = queued(alice.send(channel, "mine"));
        Bytes payload = Stored.bytes(outgoing(alice).get(0).getPayload());
        log().append(
                        RecordKind.APPLICATION,
                        1,
                        IdempotencyKey.random(bytes -> java.util.Arrays.fill(bytes, (byte) 7)),
                        Optional.of(id.device()),
                        payload);
        village.server.push();
        village.settle();
        assertThat(reasons(bob)).containsExactly(UnreadableReason.RELABELLED);
        village.server.reachHub();
        village.settle();
        assertThat(bob.texts(channel)).containsExactly("mine");
        assertThat(bob.told()).containsExactly("mine");
    }

    @Test
    @DisplayName("is kept as a code with arguments; rows with a sentence, of an older version, are still read")
    void rows() {
        log().append(RecordKind.APPLICATION, 99, key(1), Optional.of(other()), JUNK);
        village.server.push();
        village.settle();
        List<StoredUnreadable> kept = new ArrayList<>();
        bob.store.scan(DeviceTable.HISTORY, channel.bytes(), Keys.endOf(channel), (key, value) -> {
            StoredMessage row = Stored.parse(StoredMessage.parser(), value);
            if (row.hasUnreadable()) {
                kept.add(row.getUnreadable());
                bob.store.put(
                        DeviceTable.HISTORY,
                        Keys.history(channel, 1_000, 0),
                        row.toBuilder()
                                .setUnreadable(StoredUnreadable.newBuilder()
                                        .setReason("DECRYPTION_FAILED")
                                        .setDetail("as it was written then"))
                                .build()
                                .toByteArray());
            }
            return true;
        });
        assertThat(kept).singleElement().satisfies(row -> {
            assertThat(row.getDetail()).isEmpty();
            assertThat(row.getCode()).isEqualTo("EPOCH_NOT_REACHED");
            assertThat(row.getArgumentsList()).containsExactly("99", "1");
        });
        assertThat(details(bob)).containsExactly("sent in epoch 99, here is 1", "as it was written then");
    }

    @Test
    @DisplayName("has a sentence for every code, and none for one that is not known here")
    void sentences() {
        for (UnreadableDetail.Code code : UnreadableDetail.Code.values()) {
            for (int count = 0; count < 4; count++) {
                UnreadableDetail detail = UnreadableDetail.ofKept(
                        code.name(), List.of("a", "b", "c").subList(0, Math.min(count, 3)));
                assertThat(detail.sentence()).doesNotContain("%s");
            }
        }
        assertThat(UnreadableDetail.ofKept("OF_THE_FUTURE", List.of())).isEqualTo(UnreadableDetail.NONE);
    }

    private FakeChannel log() {
        return village.server.channel(channel);
    }

    private DeviceId other() {
        return alice.engine().account().orElseThrow().device();
    }

    private static IdempotencyKey key(int value) {
        return IdempotencyKey.random(bytes -> java.util.Arrays.fill(bytes, (byte) value));
    }

    private static MessageId queued(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Queued.class);
        return ((Outcome.Queued) outcome).id();
    }

    private List<StoredOutgoing> outgoing(Resident resident) {
        List<StoredOutgoing> rows = new ArrayList<>();
        resident.store.scan(DeviceTable.OUTGOING, channel.bytes(), Keys.endOf(channel), (key, row) -> {
            rows.add(Stored.parse(StoredOutgoing.parser(), row));
            return true;
        });
        return rows;
    }

    private List<UnreadableReason> reasons(Resident resident) {
        return unreadable(resident).stream().map(MessageBody.Unreadable::reason).toList();
    }

    private List<String> details(Resident resident) {
        return unreadable(resident).stream()
                .map(body -> body.detail().sentence())
                .toList();
    }

    private List<MessageBody.Unreadable> unreadable(Resident resident) {
        return resident.history(channel).stream()
                .map(Message::body)
                .filter(MessageBody.Unreadable.class::isInstance)
                .map(MessageBody.Unreadable.class::cast)
                .toList();
    }
}
