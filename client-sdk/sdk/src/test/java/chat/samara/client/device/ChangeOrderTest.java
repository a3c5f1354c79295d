package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("In which order a device makes its changes")
class ChangeOrderTest {
    private final Village village = new Village(83);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carl = village.join("carl");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    @BeforeEach
    void bobIsAMember() {
        alice.add(channel, bob);
        village.pass(10_000);
    }

    private static boolean isOf(ClientFrame frame, RecordKind kind) {
        return frame.hasSubmit() && frame.getSubmit().getKind() == kind;
    }

    /** Whether it has a Welcome. */
    private static boolean adds(ClientFrame frame) {
        try {
            return isOf(frame, RecordKind.COMMIT)
                    && !Payload.commit(Protobuf.toBytes(frame.getSubmit().getPayload()))
                            .getWelcome()
                            .isEmpty();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private void takeNoAdditions(ErrorCode code) {
        village.server.check = (device, frame) ->
                adds(frame) ? Optional.of(new Refusal(code, "not now", "", 0, 60_000)) : Optional.empty();
    }

    private boolean isIn(Resident member) {
        return log.roster().hasUser(member.user());
    }

    @Test
    @DisplayName("a removal does not wait for an addition that the server does not take now")
    void removalPassesAddition() {
        for (ErrorCode code : new ErrorCode[] {ErrorCode.LIMIT_REACHED, ErrorCode.DISK_FULL}) {
            takeNoAdditions(code);
            long adding = alice.add(channel, carl);
            long removing = alice.remove(channel, bob);
            village.pass(5_000);
            assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);
            assertThat(isIn(bob)).isFalse();
            village.server.check = (device, frame) -> Optional.empty();
            village.pass(180_000);
            assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
            assertThat(isIn(carl)).isTrue();
            alice.remove(channel, carl);
            alice.add(channel, bob);
            village.pass(1_000);
        }
    }

    @Test
    @DisplayName("a removal does not wait for an addition that the hub refuses since they are too many")
    void removalPassesAdditionRefusedByTheHub() {
        log.commitsTooMany = 1;
        long adding = alice.add(channel, carl);
        long removing = alice.remove(channel, bob);
        assertThat(alice.outcome(removing)).as("at once").isInstanceOf(Outcome.Changed.class);
        village.pass(60_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName("whatever a limit holds up, another change does not wait for it")
    void limitHoldsUpOneAlone() {
        log.commitsTooMany = 1;
        long removing = alice.remove(channel, bob);
        long adding = alice.add(channel, carl);
        assertThat(alice.outcomes).doesNotContainKey(removing);
        assertThat(alice.outcome(adding)).as("at once").isInstanceOf(Outcome.Changed.class);
        village.pass(60_000);
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);

        log.commitsTooMany = 1;
        long addingBob = alice.add(channel, bob);
        long renewing = alice.nextCommand();
        alice.command(new DeviceEvent.UpdateKeys(renewing, channel));
        village.settle();
        assertThat(alice.outcomes).doesNotContainKey(addingBob);
        assertThat(alice.outcome(renewing)).as("at once").isInstanceOf(Outcome.Changed.class);
        village.pass(60_000);
        assertThat(alice.outcome(addingBob)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName(
            "a removal that a limit held up makes an addition that the server does not take give way when its time comes")
    void heldRemovalPassesAddition() {
        log.commitsTooMany = 1;
        long removing = alice.remove(channel, bob);
        takeNoAdditions(ErrorCode.DISK_FULL);
        long adding = alice.add(channel, carl);
        village.pass(1_000);
        assertThat(alice.outcomes).doesNotContainKeys(removing, adding);
        village.pass(4_000);
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(180_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName(
            "a message behind a proposal does not wait for a change that a limit holds up, and one epoch is begun for it")
    void limitKeepsNobodySilent() {
        Resident mallory = village.join("mallory");
        bob.add(channel, mallory);
        village.pass(1_000);
        log.commitsTooMany = 1;
        long adding = alice.add(channel, carl);
        new Saboteur(village, mallory).propose(channel, bob);
        village.settle();
        long epoch = alice.engine().channel(channel).orElseThrow().epoch();
        alice.send(channel, "all the same");
        assertThat(bob.texts(channel)).as("at once").containsExactly("all the same");
        assertThat(alice.outcomes).doesNotContainKey(adding);
        assertThat(alice.engine().channel(channel).orElseThrow().epoch()).isEqualTo(epoch + 1);
        village.pass(60_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName("where a limit holds up the change that begins an epoch, too, it is asked for once")
    void limitHoldsUpTheNewEpoch() {
        Resident mallory = village.join("mallory");
        bob.add(channel, mallory);
        village.pass(1_000);
        log.commitsTooMany = 2;
        alice.add(channel, carl);
        new Saboteur(village, mallory).propose(channel, bob);
        village.settle();
        alice.send(channel, "all the same");
        village.pass(1_000);
        assertThat(alice.engine().waitingChanges(channel))
                .extracting(WaitingChange::change)
                .containsExactlyInAnyOrder(new Change.Add(carl.user()), new Change.Update());
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("all the same");
        assertThat(alice.engine().waitingChanges(channel)).isEmpty();
    }

    @Test
    @DisplayName("two removals go by one commit, though additions that fill one were asked for between them")
    void removalsPassManyBytes() {
        alice.add(channel, carl);
        village.pass(10_000);
        List<ClientFrame> commits = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (isOf(frame, RecordKind.COMMIT)) {
                commits.add(frame);
            }
            return Optional.empty();
        };
        alice.stop();
        put(1_000, StoredIntent.newBuilder().setRemove(bob.user().toString()));
        put(
                1_001,
                StoredIntent.newBuilder()
                        .setAdd("dan@" + FakeServer.NAME)
                        .addKeyPackages(ByteString.copyFrom(new byte[(int) Limits.ADDITION_BYTES_PER_COMMIT_MAX])));
        put(1_002, StoredIntent.newBuilder().setRemove(carl.user().toString()));
        alice.start();
        village.pass(1_000);
        assertThat(isIn(bob)).isFalse();
        assertThat(isIn(carl)).isFalse();
        assertThat(commits).as("commits").hasSize(1);
    }

    private void put(long number, StoredIntent.Builder intent) {
        alice.store.put(
                DeviceTable.INTENT,
                Keys.numbered(channel, number),
                intent.build().toByteArray());
    }

    @Test
    @DisplayName("what waits of messages is looked through once a step, however many additions wait for that")
    void costOfWaitingAdditions() {
        village.server.hubIsCut = true;
        alice.send(channel, "before");
        village.server.hubIsCut = false;
        endEpoch(log.group.epoch());
        village.server.hubIsCut = true;
        alice.add(channel, carl);
        village.pass(60_000);
        long few = looksOfSaying("one");
        List<Resident> further = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            further.add(village.join("m" + i));
        }
        further.forEach(member -> alice.add(channel, member));
        village.pass(60_000);
        assertThat(looksOfSaying("two"))
                .as("looks, and %s for one addition", few)
                .isLessThan(few + 20);
    }

    private long looksOfSaying(String text) {
        OutgoingQueue queue = alice.engine().queue(channel);
        long before = queue.looks();
        alice.send(channel, text);
        village.pass(1_000);
        return queue.looks() - before;
    }

    @Test
    @DisplayName("removals go before additions that have lost a race")
    void removalsFirst() {
        village.server.check = (device, frame) -> isOf(frame, RecordKind.COMMIT)
                ? Optional.of(Refusal.of(ErrorCode.STALE_EPOCH, "lost"))
                : Optional.empty();
        alice.add(channel, carl);
        alice.remove(channel, bob);
        village.server.check = (device, frame) -> Optional.empty();
        alice.events.clear();
        village.pass(120_000);
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .extracting(ClientEvent.ChangeSettled::change)
                .containsExactly(new Change.Remove(bob.user()), new Change.Add(carl.user()));
    }

    @Test
    @DisplayName(
            "nobody is added to read what was said before they were asked for, though that has to be encrypted anew")
    void additionWaitsForWhatWasSaid() {
        AtomicInteger messages = new AtomicInteger();
        village.server.check = (device, frame) -> isOf(frame, RecordKind.APPLICATION) && messages.getAndIncrement() == 0
                ? Optional.of(Refusal.of(ErrorCode.EPOCH_EXPIRED, "it is over"))
                : Optional.empty();
        alice.send(channel, "before");
        long adding = alice.add(channel, carl);
        village.pass(60_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        alice.send(channel, "after");
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("before", "after");
        assertThat(carl.texts(channel)).containsExactly("after");
    }

    private void endEpoch(long epoch) {
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, epoch);
        village.settle();
    }

    @Test
    @DisplayName("nor what the own server has stored and may send back, however long it keeps it")
    void additionWaitsForWhatIsStored() {
        village.server.hubIsCut = true;
        alice.send(channel, "before");
        village.server.hubIsCut = false;
        endEpoch(log.group.epoch());
        village.server.hubIsCut = true;
        long adding = alice.add(channel, carl);
        village.pass(60_000);
        assertThat(alice.outcomes).doesNotContainKey(adding);
        // She reads on before she hears what became of the message.
        alice.cut();
        village.server.reachHub();
        alice.reconnect();
        village.pass(60_000);
        assertThat(isIn(carl)).isTrue();
        alice.send(channel, "after");
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("before", "after");
        assertThat(carl.texts(channel)).containsExactly("after");
    }

    @Test
    @DisplayName("and an addition does not wait for what is stored in the very epoch that it ends")
    void additionInTheSameEpoch() {
        village.server.hubIsCut = true;
        alice.send(channel, "before");
        alice.add(channel, carl);
        assertThat(alice.engine().queue(channel).commit()).as("the commit").isPresent();
        village.server.reachHub();
        village.pass(60_000);
        assertThat(isIn(carl)).isTrue();
        assertThat(bob.texts(channel)).containsExactly("before");
        assertThat(carl.texts(channel)).isEmpty();
    }

    @Test
    @DisplayName("the same where the commit that adds them was made already, and has not left")
    void additionMakesWay() {
        List<ClientFrame> unanswered = new ArrayList<>();
        // In a new session one record leaves before the server has taken one.
        alice.dropConnection();
        village.pass(10_000);
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                unanswered.add(frame);
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.send(channel, "before");
        long adding = alice.add(channel, carl);
        assertThat(unanswered).hasSize(1);
        assertThat(alice.engine().queue(channel).commit()).as("the commit").isPresent();
        village.server.check = (device, frame) -> Optional.empty();
        alice.receive(ServerFrame.newBuilder()
                .setRequestId(unanswered.get(0).getRequestId())
                .setError(Error.newBuilder().setCode(ErrorCode.EPOCH_EXPIRED).setReason("it is over"))
                .build());
        village.pass(60_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(bob.texts(channel)).containsExactly("before");
        assertThat(carl.texts(channel)).isEmpty();
    }

    @Test
    @DisplayName(
            "an addition is refused where what was said before it waits for an epoch that this device may not begin")
    void additionRefusedBehindWhatWaits() {
        Resident mallory = village.join("mallory");
        bob.add(channel, mallory);
        village.pass(1_000);
        new Saboteur(village, mallory).propose(channel, bob);
        village.pass(1_000);
        village.server.check = (device, frame) -> isOf(frame, RecordKind.COMMIT)
                ? Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "barred"))
                : Optional.empty();
        alice.send(channel, "before");
        long adding = alice.add(channel, carl);
        village.pass(1_000);
        assertThat(((Outcome.Refused) alice.outcome(adding)).refusal().code()).isEqualTo(RefusalCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("one addition that is refused keeps nobody silent behind a proposal")
    void refusedAdditionKeepsNobodySilent() {
        Resident mallory = village.join("mallory");
        bob.add(channel, mallory);
        village.pass(1_000);
        village.server.check = (device, frame) ->
                adds(frame) ? Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "no such leaf")) : Optional.empty();
        alice.add(channel, carl);
        new Saboteur(village, mallory).propose(channel, bob);
        village.pass(1_000);
        alice.send(channel, "all the same");
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("all the same");
    }
}
