package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** I10: a hub that cheats, together with a member who was removed while her epoch is still open. */
@DisplayName("A message that a member encrypted, and that the hub orders after her removal")
class RemovedAuthorTest {
    private final Village village = new Village(41);
    private Resident alice;
    private Resident bob;
    private Resident mallory;
    private ChannelId channel;
    private FakeChannel log;
    private StoredOutgoing message;

    @BeforeEach
    void malloryIsRemoved() {
        alice = village.join("alice");
        bob = village.join("bob");
        mallory = village.join("mallory");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.add(channel, mallory);
        village.pass(1_000);
        log = village.server.channel(channel);
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        mallory.send(channel, "from outside");
        message = Stored.parse(
                StoredOutgoing.parser(),
                mallory.store
                        .get(
                                DeviceTable.OUTGOING,
                                Keys.numbered(channel, mallory.store.firstNumber(DeviceTable.OUTGOING)))
                        .orElseThrow());
        village.server.hubIsCut = false;
        alice.remove(channel, mallory);
        village.pass(1_000);
    }

    private static DeviceId device(Resident resident) {
        return resident.engine().account().orElseThrow().device();
    }

    private IdempotencyKey key() {
        return new IdempotencyKey(Stored.bytes(message.getIdempotencyKey()));
    }

    private void order(DeviceId author, IdempotencyKey key) {
        log.append(
                RecordKind.APPLICATION,
                message.getEpoch(),
                key,
                Optional.of(author),
                Stored.bytes(message.getPayload()));
        village.server.push();
        village.settle();
    }

    private List<UnreadableReason> reasons() {
        return bob.history(channel).stream()
                .filter(it -> it.body() instanceof MessageBody.Unreadable)
                .map(it -> ((MessageBody.Unreadable) it.body()).reason())
                .toList();
    }

    private void assertNothingIsShown(UnreadableReason reason) {
        assertThat(reasons()).containsExactly(reason);
        assertNothingIsShown();
    }

    private void assertNothingIsShown() {
        assertThat(bob.texts(channel)).isEmpty();
        assertThat(bob.told()).isEmpty();
        assertThat(bob.pendingTexts(channel)).isEmpty();
        alice.send(channel, "among us");
        assertThat(bob.texts(channel)).containsExactly("among us");
    }

    @Test
    @DisplayName("is not shown, but named as what it is")
    void ordered() {
        order(device(mallory), key());
        assertNothingIsShown(UnreadableReason.NOT_A_MEMBER);
    }

    @Test
    @DisplayName("is not shown under a member's name either")
    void underAMembersName() {
        order(device(alice), IdempotencyKey.random(village.random()));
        assertNothingIsShown(UnreadableReason.RELABELLED);
    }

    @Test
    @DisplayName("is not shown before it is ordered")
    void provisional() {
        Record record = Record.of(new Record.Content(
                channel,
                FakeServer.NAME,
                1,
                1,
                RecordKind.APPLICATION,
                message.getEpoch(),
                key(),
                Optional.of(device(mallory)),
                Stored.bytes(message.getPayload()),
                1));
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        village.server.provisional(
                channel,
                new ProvenRecord(record, batch.sign(village.server.rootKey).proof(place)));
        village.settle();
        assertNothingIsShown();
    }

    @Test
    @DisplayName("is read where it was ordered before")
    void orderedBefore() {
        alice.add(channel, mallory);
        village.pass(60_000);
        order(device(mallory), key());
        assertThat(bob.texts(channel)).containsExactly("from outside");
    }

    @Test
    @DisplayName("comes with a note that closes the present epoch, which no hub may write: it closes nothing")
    void closesThePresentEpoch() {
        log.append(
                RecordKind.CONTROL,
                log.group.epoch(),
                IdempotencyKey.random(village.random()),
                Optional.empty(),
                Payload.epochClosed(log.group.epoch()));
        village.server.push();
        village.settle();
        assertNothingIsShown(UnreadableReason.CONTROL_INVALID);
    }
}
