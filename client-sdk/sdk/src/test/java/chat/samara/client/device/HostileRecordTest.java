package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.MessageContent;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The own server and the hub give a device every record that they can make: each kind × whose key × whose name × which epoch × what is
 * inside, as an entry of the log (but for handshakes, at which the log is frozen) and as a provisional record; and every receipt for every
 * key. Whatever they give, the device goes on,
 * loses nothing of its own and tells nothing twice.
 */
@DisplayName("A device whose server and hub make up records")
class HostileRecordTest {
    private static final List<RecordKind> KINDS =
            List.of(RecordKind.APPLICATION, RecordKind.COMMIT, RecordKind.PROPOSAL, RecordKind.CONTROL);

    /** Whose key a record has. */
    private enum Key {
        UNKNOWN,
        OWN_WAITING,
        OWN_COMMIT,
        OWN_REFUSED,
        OWN_ORDERED,
        OTHERS_PROVISIONAL,
        OTHERS_UNSEEN,
        OTHERS_ORDERED
    }

    /** Whose name it has. */
    private enum Author {
        OWN,
        OTHER,
        STRANGER,
        NONE
    }

    private enum Epoch {
        CLOSED,
        PAST,
        PRESENT,
        FUTURE
    }

    private enum Inside {
        ONE_BYTE,
        GARBAGE,
        OWN_MESSAGE,
        OTHERS_PROVISIONAL,
        OTHERS_UNSEEN,
        OTHERS_ORDERED,
        OWN_COMMIT,
        OTHERS_PROPOSAL,
        CONTROL
    }

    @TestFactory
    @DisplayName(
            "in the log or before they are ordered survives every combination of kind, key, author, epoch and payload")
    Stream<DynamicTest> records() {
        return Stream.of(true, false)
                .flatMap(inLog -> Arrays.stream(Inside.values())
                        .map(inside -> DynamicTest.dynamicTest(
                                (inLog ? "in the log: " : "provisional: ") + inside,
                                () -> new Scene().survives(inLog, inside))));
    }

    @TestFactory
    @DisplayName("survives every receipt for every key")
    Stream<DynamicTest> receipts() {
        return Arrays.stream(Key.values())
                .map(key -> DynamicTest.dynamicTest(key.name(), () -> new Scene().survives(key, everyReceipt())));
    }

    private static List<Receipt> everyReceipt() {
        List<Receipt> receipts = new ArrayList<>();
        receipts.add(Receipt.newBuilder().setStatus(ReceiptStatus.STORED).build());
        receipts.add(Receipt.newBuilder().setStatus(ReceiptStatus.UNKNOWN).build());
        for (long seq : new long[] {1, 3, 1_000_000, Long.MAX_VALUE}) {
            receipts.add(Receipt.newBuilder()
                    .setStatus(ReceiptStatus.ORDERED)
                    .setSeq(seq)
                    .build());
            receipts.add(Receipt.newBuilder()
                    .setStatus(ReceiptStatus.STABLE)
                    .setSeq(seq)
                    .build());
        }
        for (ErrorCode code :
                List.of(ErrorCode.EPOCH_EXPIRED, ErrorCode.NOT_A_MEMBER, ErrorCode.IDEMPOTENCY_CONFLICT)) {
            receipts.add(Receipt.newBuilder()
                    .setStatus(ReceiptStatus.REJECTED)
                    .setError(chat.samara.wire.Refusal.of(code, "no").toProto())
                    .build());
        }
        return receipts;
    }

    /** Bob has something in every state that a record can be about; alice is the other member, carol sits in the channel. */
    private static final class Scene {
        private final Village village = new Village(11);
        private final Resident alice = village.join("alice");
        private final Resident bob = village.join("bob");
        private final Resident carol = village.join("carol");
        private final ChannelId channel = alice.create("home town");
        private final FakeChannel log = village.server.channel(channel);
        private final DeviceId bobs = device(bob);
        private final DeviceId alices = device(alice);
        private final IdempotencyKey ownOrdered;
        private final IdempotencyKey ownRefused;
        private final Entry othersOrdered;
        private final StoredOutgoing othersProvisional;
        private final StoredOutgoing othersUnseen;
        private final StoredOutgoing ownWaiting;
        private final StoredOutgoing ownCommit;
        private int fresh;

        Scene() {
            alice.add(channel, bob);
            alice.add(channel, carol);
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.pass(1_000);
            carol.cut();
            village.server.closeEpochs(channel, 1);
            village.settle();
            alice.send(channel, "ordered of alice");
            othersOrdered = log.typed.get(log.typed.size() - 1);
            bob.send(channel, "ordered of bob");
            ownOrdered = log.typed.get(log.typed.size() - 1).record().idempotencyKey();
            village.server.check = (device, frame) -> frame.hasSubmit()
                    ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.TOO_LARGE, "too large here"))
                    : Optional.empty();
            bob.send(channel, "refused of bob");
            ownRefused = keyOf(row(bob, "refused of bob"));
            village.server.check = (device, frame) -> Optional.empty();
            village.server.hubIsCut = true;
            alice.send(channel, "provisional of alice");
            othersProvisional = row(alice, "provisional of alice");
            village.server.tellsProvisionally = false;
            alice.send(channel, "unseen of alice");
            othersUnseen = row(alice, "unseen of alice");
            bob.send(channel, "waiting of bob");
            ownWaiting = row(bob, "waiting of bob");
            bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
            village.settle();
            ownCommit = commit();
        }

        void survives(boolean inLog, Inside inside) throws MlsException {
            for (RecordKind kind : KINDS) {
                for (Key key : Key.values()) {
                    for (Author author : Author.values()) {
                        // No reader lets a record without a device through, unless it is a control.
                        boolean possible = author != Author.NONE || kind == RecordKind.CONTROL;
                        // This one would be the truth, and comes at the end.
                        boolean genuineCommit = kind == RecordKind.COMMIT && inside == Inside.OWN_COMMIT;
                        // A log with a handshake that the hub must not order is not read on: see DeviceRefusalTest.
                        boolean handshake = inLog && (kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL);
                        for (Epoch epoch : Epoch.values()) {
                            if (possible && !genuineCommit && !handshake) {
                                give(inLog, kind, key, author, epoch, inside);
                            }
                        }
                    }
                    restart();
                }
            }
            village.server.reachHub();
            goesOn();
        }

        void survives(Key key, List<Receipt> receipts) {
            for (Receipt receipt : receipts) {
                bob.receive(ServerFrame.newBuilder()
                        .setReceipt(receipt.toBuilder()
                                .setChannelId(Stored.bytes(channel.bytes()))
                                .setIdempotencyKey(Stored.bytes(key(key).bytes())))
                        .build());
                restart();
            }
            village.server.forgetSubmissions(channel);
            village.server.hubIsCut = false;
            alice.dropConnection();
            goesOn();
        }

        private void give(boolean inLog, RecordKind kind, Key key, Author author, Epoch epoch, Inside inside)
                throws MlsException {
            Optional<DeviceId> device = switch (author) {
                case OWN -> Optional.of(bobs);
                case OTHER -> Optional.of(alices);
                case STRANGER -> Optional.of(DeviceId.ofSignatureKey(Bytes.of(new byte[32])));
                case NONE -> Optional.empty();
            };
            long present = bob.engine().channel(channel).orElseThrow().epoch();
            long named = switch (epoch) {
                case CLOSED -> 0;
                case PAST -> present - 1;
                case PRESENT -> present;
                case FUTURE -> present + 5;
            };
            IdempotencyKey of = key(key);
            Bytes payload = payload(inside);
            if (inLog) {
                log.append(kind, named, of, device, payload);
                village.server.push();
            } else {
                Record record = Record.of(
                        new Record.Content(channel, FakeServer.NAME, 1, 1, kind, named, of, device, payload, 1));
                BatchSigner batch = new BatchSigner();
                int place = batch.add(record);
                village.server.provisional(
                        channel,
                        new ProvenRecord(
                                record, batch.sign(village.server.rootKey).proof(place)));
            }
            village.settle();
            assertThat(bob.engine().connection())
                    .as("%s %s %s", kind, key, author)
                    .isEqualTo(ConnectionState.ONLINE);
        }

        private IdempotencyKey key(Key key) {
            return switch (key) {
                case UNKNOWN -> IdempotencyKey.random(bytes -> Arrays.fill(bytes, (byte) ++fresh));
                case OWN_WAITING -> keyOf(find(bob, "waiting of bob").orElse(ownWaiting));
                case OWN_COMMIT -> keyOf(ownCommit);
                case OWN_REFUSED -> ownRefused;
                case OWN_ORDERED -> ownOrdered;
                case OTHERS_PROVISIONAL -> keyOf(othersProvisional);
                case OTHERS_UNSEEN -> keyOf(othersUnseen);
                case OTHERS_ORDERED -> othersOrdered.record().idempotencyKey();
            };
        }

        private Bytes payload(Inside inside) throws MlsException {
            return switch (inside) {
                // An empty payload is stopped by the frame's reader.
                case ONE_BYTE -> Bytes.of((byte) 0);
                case GARBAGE -> Bytes.ofHex("0011223344");
                case OWN_MESSAGE -> payloadOf(ownWaiting);
                case OTHERS_PROVISIONAL -> payloadOf(othersProvisional);
                case OTHERS_UNSEEN -> payloadOf(othersUnseen);
                case OTHERS_ORDERED -> othersOrdered.record().payload();
                case OWN_COMMIT -> payloadOf(ownCommit);
                case OTHERS_PROPOSAL -> proposal();
                case CONTROL -> Payload.epochClosed(0);
            };
        }

        /** As alice could make it, without her device knowing of it. */
        private Bytes proposal() throws MlsException {
            Group group = GroupVault.load(
                            alice.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                    .orElseThrow();
            int carols = group.members().stream()
                    .filter(member -> Rosters.of(member).user().equals(carol.user()))
                    .findFirst()
                    .orElseThrow()
                    .leafIndex();
            return Bytes.of(group.propose(new ProposalDraft.Remove(carols)));
        }

        private void restart() {
            bob.stop();
            bob.start();
            village.settle();
        }

        /** Both go on talking and changing keys; everything that they said is there once, and was told once. */
        private void goesOn() {
            village.server.tellsProvisionally = true;
            village.pass(120_000);
            bob.send(channel, "afterwards of bob");
            alice.send(channel, "afterwards of alice");
            long change = alice.nextCommand();
            alice.command(new DeviceEvent.UpdateKeys(change, channel));
            village.pass(120_000);
            assertThat(alice.outcome(change)).isInstanceOf(Outcome.Changed.class);
            restart();
            village.pass(60_000);
            for (Resident resident : List.of(alice, bob)) {
                assertThat(resident.engine().channel(channel).orElseThrow().epoch())
                        .isEqualTo(log.group.epoch());
                assertThat(resident.engine().channel(channel).orElseThrow().pendingChanges())
                        .isZero();
                List<String> said = resident.texts(channel);
                assertThat(said).doesNotHaveDuplicates();
                assertThat(said)
                        .contains(
                                "ordered of alice",
                                "ordered of bob",
                                "provisional of alice",
                                "unseen of alice",
                                "afterwards of alice",
                                "afterwards of bob");
            }
            boolean refused = bob.engine().pending(channel).stream()
                    .anyMatch(message -> message.state() == MessageState.REFUSED
                            && message.body().toString().contains("waiting of bob"));
            for (Resident resident : List.of(bob, alice)) {
                assertThat(refused || resident.texts(channel).contains("waiting of bob"))
                        .as(
                                "%s of %s; bob has %s",
                                resident.texts(channel),
                                resident.name,
                                bob.engine().pending(channel))
                        .isTrue();
            }
            toldOnce(bob);
            toldOnce(alice);
        }

        private static void toldOnce(Resident resident) {
            Set<MessageId> told = new HashSet<>();
            for (ClientEvent.MessageReceived event : resident.events(ClientEvent.MessageReceived.class)) {
                Message message = event.message();
                message.id()
                        .ifPresent(
                                id -> assertThat(told.add(id)).as("%s", message).isTrue());
            }
        }

        private StoredOutgoing commit() {
            return rows(bob).stream()
                    .filter(row -> row.getKind() == StoredOutgoingKind.COMMIT)
                    .findFirst()
                    .orElseThrow();
        }

        private StoredOutgoing row(Resident resident, String text) {
            return find(resident, text).orElseThrow(() -> new AssertionError(text + " does not wait"));
        }

        private Optional<StoredOutgoing> find(Resident resident, String text) {
            return rows(resident).stream().filter(row -> saysIn(row, text)).findFirst();
        }

        private static boolean saysIn(StoredOutgoing row, String text) {
            try {
                return row.getMessage().hasSaid()
                        && SaidRows.content(row.getMessage().getSaid())
                                .content()
                                .equals(new MessageContent.Text(text));
            } catch (ContentException e) {
                return false;
            }
        }

        private List<StoredOutgoing> rows(Resident resident) {
            List<StoredOutgoing> rows = new ArrayList<>();
            resident.store.scan(DeviceTable.OUTGOING, channel.bytes(), Keys.endOf(channel), (key, row) -> {
                rows.add(Stored.parse(StoredOutgoing.parser(), row));
                return true;
            });
            return rows;
        }

        private static IdempotencyKey keyOf(StoredOutgoing row) {
            return new IdempotencyKey(Stored.bytes(row.getIdempotencyKey()));
        }

        private static Bytes payloadOf(StoredOutgoing row) {
            ByteString payload = row.getPayload();
            return Stored.bytes(payload);
        }

        private static DeviceId device(Resident resident) {
            return resident.engine().account().orElseThrow().device();
        }
    }
}
