package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Of a channel whose hub has signed two logs nothing more is read: what is left of it on the disk is what people can still use. */
@DisplayName("A channel that was frozen")
class FrozenTest {
    private static final List<DeviceTable> SECRET = List.of(
            DeviceTable.GROUP,
            DeviceTable.JOINING_GROUP,
            DeviceTable.PAST_GROUP,
            DeviceTable.FOOTING,
            DeviceTable.OBSERVER);

    private final Village village = new Village(37);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
    }

    /** The hub has signed another last entry than the one that Bob has read. */
    private void freeze() {
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        forged.append(
                RecordKind.APPLICATION,
                record.epoch(),
                new IdempotencyKey(Bytes.ofHex("01".repeat(16))),
                record.device(),
                record.payload());
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(forged.head()))
                .build());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
    }

    @Test
    @DisplayName("is told with the place that the hub has signed twice, also where the log has gone on since")
    void place() {
        alice.send(channel, "behind it");
        village.pass(1_000);
        FakeChannel real = village.server.channel(channel);
        long twice = real.position.seq() - 1;
        Record record = real.typed.get((int) twice - 1).record();
        FakeChannel forged = real.forkBefore(twice);
        forged.append(
                RecordKind.APPLICATION,
                record.epoch(),
                new IdempotencyKey(Bytes.ofHex("01".repeat(16))),
                record.device(),
                record.payload());
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(forged.head()))
                .build());
        assertThat(bob.events(ClientEvent.ForkDetected.class)).singleElement().satisfies(fork -> {
            assertThat(fork.seq()).isEqualTo(twice);
            assertThat(fork.detail()).contains("another entry " + twice);
        });
    }

    private List<Bytes> valuesOf(DeviceTable table) {
        List<Bytes> values = new ArrayList<>();
        bob.store.scan(table, Keys.FIRST, Keys.LAST, (key, value) -> values.add(Bytes.of(value)));
        return values;
    }

    private void assertNoSecretIsLeft(List<Bytes> secrets) {
        for (DeviceTable table : SECRET) {
            assertThat(valuesOf(table)).as(table.name()).isEmpty();
        }
        for (DeviceTable table : DeviceTable.values()) {
            assertThat(valuesOf(table)).as(table.name()).doesNotContainAnyElementsOf(secrets);
        }
    }

    @Test
    @DisplayName("has no secrets of its group on the disk any more")
    void secrets() {
        List<Bytes> secrets = valuesOf(DeviceTable.GROUP);
        assertThat(secrets).isNotEmpty();
        freeze();
        assertNoSecretIsLeft(secrets);
    }

    @Test
    @DisplayName("has none either where a version before this one had kept them")
    void secretsOfBefore() {
        MemoryStore before = bob.store.copy();
        List<Bytes> secrets = valuesOf(DeviceTable.GROUP);
        freeze();
        bob.stop();
        before.scan(DeviceTable.GROUP, Keys.FIRST, Keys.LAST, (key, value) -> {
            bob.store.put(DeviceTable.GROUP, key, value);
            return true;
        });
        bob.start();
        village.settle();
        assertNoSecretIsLeft(secrets);
        assertThat(bob.texts(channel)).containsExactly("before");
    }

    @Test
    @DisplayName(
            "shows what was said and what proves the fork, also after a new start, and what waited has ended with the"
                    + " reason")
    void whatIsLeft() {
        village.server.hubIsCut = true;
        alice.send(channel, "provisional");
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.DISK_FULL, "later"))
                : Optional.empty();
        bob.send(channel, "queued");
        assertThat(bob.pendingTexts(channel)).contains("provisional", "queued");
        List<Message> shownBefore = bob.history(channel);
        freeze();

        bob.stop();
        bob.start();
        village.pass(60_000);
        assertThat(shownBefore).extracting(Message::body).contains(new MessageBody.Text("before"));
        assertThat(bob.history(channel)).isEqualTo(shownBefore);
        assertThat(bob.engine().members(channel)).isEmpty();
        assertThat(bob.pendingTexts(channel)).doesNotContain("provisional");
        assertThat(bob.engine().pending(channel)).allSatisfy(message -> {
            assertThat(message.state()).isEqualTo(MessageState.REFUSED);
            assertThat(message.refusal())
                    .hasValueSatisfying(why -> assertThat(why.code()).isEqualTo(RefusalCode.CHANNEL_FROZEN));
        });
        assertThat(bob.events(ClientEvent.MessageStateChanged.class))
                .filteredOn(changed -> !changed.own() && changed.state() == MessageState.REFUSED)
                .singleElement()
                .satisfies(ended ->
                        assertThat(ended.refusal().orElseThrow().code()).isEqualTo(RefusalCode.CHANNEL_FROZEN));
        assertThat(row().getEvidenceHead().isEmpty()).isFalse();
        assertThat(bob.send(channel, "more")).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    @DisplayName(
            "keeps what proves to others that the hub has signed two logs: its two words, and the entries that lead to"
                    + " the second")
    void evidence() throws RefusedException, InvalidProtocolBufferException {
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        for (int i = 1; i <= 4; i++) {
            forged.append(
                    RecordKind.APPLICATION,
                    record.epoch(),
                    new IdempotencyKey(Bytes.ofHex("01".repeat(15) + "0" + i)),
                    record.device(),
                    record.payload());
        }
        List<LogEntry> behind = forged.entries.subList((int) real.position.seq(), forged.entries.size());
        Entries.Builder frame = Entries.newBuilder().setChannelId(Protobuf.toByteString(channel.bytes()));
        bob.receive(ServerFrame.newBuilder()
                .setEntries(frame.clone().addAllEntries(behind.subList(0, 2)))
                .build());
        assertThat(row().getMembership()).isEqualTo(StoredMembership.MEMBER);
        bob.receive(ServerFrame.newBuilder()
                .setEntries(frame.clone().addAllEntries(behind.subList(2, 3)).setHead(forged.head()))
                .build());
        assertThat(row().getMembership()).isEqualTo(StoredMembership.FROZEN);

        LogVerifier verifier = LogVerifier.ofHub(village.server.rootKey.publicKey());
        LogPosition one = verifier.verifyHint(channel, HeadIn.of(SignedHead.parseFrom(row().getSignedHead())))
                .head()
                .position();
        List<EntryIn> chain = new ArrayList<>();
        for (ByteString entry : row().getEvidenceChainList()) {
            chain.add(EntryIn.of(LogEntry.parseFrom(entry)));
        }
        LogPosition other =
                new LogPosition(channel, one.term(), one.seq(), chain.get(0).claimedPrevious());
        assertThat(other.entryHash()).isNotEqualTo(one.entryHash());
        LogVerifier.Verified shown =
                verifier.verify(other, chain, Optional.of(HeadIn.of(SignedHead.parseFrom(row().getEvidenceHead()))));
        assertThat(shown.position()).isEqualTo(shown.head().orElseThrow().head().position());
    }

    private StoredChannel row() {
        return Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
    }
}
