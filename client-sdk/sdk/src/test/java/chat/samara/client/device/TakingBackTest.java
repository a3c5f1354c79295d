package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A change that waits")
class TakingBackTest {
    private final Village village = new Village(91);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carl = village.join("carl");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);
    private final List<ClientFrame> unanswered = new ArrayList<>();

    @BeforeEach
    void bobIsAMember() {
        alice.add(channel, bob);
        village.pass(10_000);
    }

    private void refuse(ErrorCode code) {
        village.server.check = (device, frame) ->
                frame.hasSubmit() ? Optional.of(new Refusal(code, "not now", "", 0, 1_000)) : Optional.empty();
    }

    private void leaveUnanswered() {
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                unanswered.add(frame);
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
    }

    private void takeAll() {
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(120_000);
    }

    private long takeBack(Change change) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeBackChange(command, channel, change));
        village.settle();
        return command;
    }

    private Change removal() {
        return new Change.Remove(bob.user());
    }

    private List<WaitingChange> waiting() {
        return alice.engine().waitingChanges(channel);
    }

    private RefusalCode refusal(long command) {
        return ((Outcome.Refused) alice.outcome(command)).refusal().code();
    }

    private void requireThatAllGoesOn() {
        takeAll();
        long next = alice.nextCommand();
        alice.command(new DeviceEvent.UpdateKeys(next, channel));
        village.pass(10_000);
        assertThat(alice.outcome(next)).isInstanceOf(Outcome.Changed.class);
        alice.send(channel, "all goes on");
        village.pass(10_000);
        assertThat(bob.texts(channel)).contains("all goes on");
        assertThat(alice.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(alice.events(ClientEvent.PlaceLost.class)).isEmpty();
    }

    @Test
    @DisplayName(
            "is shown and can be taken back where the server has refused it, also after a restart; then it is not done")
    void takenBack() {
        refuse(ErrorCode.DISK_FULL);
        long removing = alice.remove(channel, bob);
        assertThat(waiting()).containsExactly(new WaitingChange(removal(), false, Optional.empty()));
        assertThat(alice.outcome(takeBack(removal()))).isEqualTo(new Outcome.Done());
        assertThat(refusal(removing)).isEqualTo(RefusalCode.DROPPED);
        assertThat(waiting()).isEmpty();
        alice.remove(channel, bob);
        alice.stop();
        alice.start();
        village.pass(2_000);
        assertThat(alice.outcome(takeBack(removal()))).isEqualTo(new Outcome.Done());
        requireThatAllGoesOn();
        assertThat(log.roster().hasUser(bob.user())).isTrue();
    }

    @Test
    @DisplayName("is taken back by asking for its opposite, either way round")
    void opposite() {
        refuse(ErrorCode.HUB_BEHIND);
        long removing = alice.remove(channel, bob);
        assertThat(alice.outcome(alice.add(channel, bob))).isInstanceOf(Outcome.Changed.class);
        assertThat(refusal(removing)).isEqualTo(RefusalCode.DROPPED);
        long adding = alice.add(channel, carl);
        assertThat(waiting()).containsExactly(new WaitingChange(new Change.Add(carl.user()), false, Optional.empty()));
        assertThat(alice.outcome(alice.remove(channel, carl))).isInstanceOf(Outcome.Changed.class);
        assertThat(refusal(adding)).isEqualTo(RefusalCode.DROPPED);
        requireThatAllGoesOn();
        assertThat(log.roster().hasUser(bob.user())).isTrue();
        assertThat(log.roster().hasUser(carl.user())).isFalse();
    }

    @Test
    @DisplayName("waits once, however often it is asked for, and all who asked are told of its end")
    void askedTwice() {
        refuse(ErrorCode.DISK_FULL);
        long first = alice.remove(channel, bob);
        long second = alice.remove(channel, bob);
        assertThat(waiting()).hasSize(1);
        takeAll();
        assertThat(alice.outcome(first)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(second)).isEqualTo(alice.outcome(first));
    }

    @Test
    @DisplayName("is taken back also while it waits for what is answered to its opposite")
    void asksAgainNoMore() {
        // In a new session one record leaves before the server has taken one.
        alice.dropConnection();
        village.pass(10_000);
        leaveUnanswered();
        long adding = alice.add(channel, carl);
        long removing = alice.remove(channel, carl);
        alice.send(channel, "after");
        assertThat(alice.outcomes).doesNotContainKey(removing);
        assertThat(alice.outcome(takeBack(new Change.Remove(carl.user())))).isEqualTo(new Outcome.Done());
        assertThat(refusal(removing)).isEqualTo(RefusalCode.DROPPED);
        alice.dropConnection();
        takeAll();
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(log.roster().hasUser(carl.user())).isTrue();
        assertThat(carl.texts(channel)).containsExactly("after");
    }

    @Test
    @DisplayName("is not outdone by its opposite that was asked for before it, and waits for what is answered")
    void askedLater() {
        leaveUnanswered();
        long adding = alice.add(channel, carl);
        long removing = alice.remove(channel, carl);
        assertThat(alice.outcomes).doesNotContainKeys(adding, removing);
        long addingAfterAll = alice.add(channel, carl);
        assertThat(refusal(removing)).isEqualTo(RefusalCode.DROPPED);
        alice.dropConnection();
        takeAll();
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(addingAfterAll)).isEqualTo(alice.outcome(adding));
        assertThat(log.roster().hasUser(carl.user())).isTrue();
    }

    @Test
    @DisplayName("is not outdone by its opposite either where that is the addition")
    void removalAskedLater() {
        leaveUnanswered();
        long removing = alice.remove(channel, bob);
        long adding = alice.add(channel, bob);
        long removingAfterAll = alice.remove(channel, bob);
        assertThat(refusal(adding)).isEqualTo(RefusalCode.DROPPED);
        alice.dropConnection();
        takeAll();
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(removingAfterAll)).isEqualTo(alice.outcome(removing));
        assertThat(log.roster().hasUser(bob.user())).isFalse();
    }

    @Test
    @DisplayName("is done where it was asked for again after it was to be taken back, and neither was answered")
    void askedForAfterTakenBack() {
        leaveUnanswered();
        long removing = alice.remove(channel, bob);
        long back = takeBack(removal());
        long again = alice.remove(channel, bob);
        assertThat(refusal(back)).isEqualTo(RefusalCode.DROPPED);
        alice.receive(ServerFrame.newBuilder()
                .setRequestId(unanswered.get(0).getRequestId())
                .setError(Error.newBuilder().setCode(ErrorCode.DISK_FULL).setReason("no"))
                .build());
        takeAll();
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(again)).isEqualTo(alice.outcome(removing));
    }

    @Test
    @DisplayName("is taken back only once the server has answered, if it is on its way to it")
    void onItsWay() {
        leaveUnanswered();
        alice.remove(channel, bob);
        assertThat(waiting()).containsExactly(new WaitingChange(removal(), true, Optional.empty()));
        long back = takeBack(removal());
        assertThat(alice.outcomes).doesNotContainKey(back);
        alice.receive(ServerFrame.newBuilder()
                .setRequestId(unanswered.get(0).getRequestId())
                .setError(Error.newBuilder().setCode(ErrorCode.DISK_FULL).setReason("no"))
                .build());
        assertThat(alice.outcome(back)).isEqualTo(new Outcome.Done());
        requireThatAllGoesOn();
        assertThat(log.roster().hasUser(bob.user())).isTrue();
    }

    @Test
    @DisplayName(
            "cannot be taken back where it was sent, nobody answered, and the server has lost part of the log since")
    void mayBeInTheLog() {
        leaveUnanswered();
        alice.remove(channel, bob);
        alice.stop();
        refuse(ErrorCode.HUB_BEHIND);
        alice.start();
        village.pass(2_000);
        assertThat(waiting()).containsExactly(new WaitingChange(removal(), true, Optional.empty()));
        assertThat(refusal(takeBack(removal()))).isEqualTo(RefusalCode.ALREADY_SENT);
        assertThat(refusal(alice.add(channel, bob))).isEqualTo(RefusalCode.ALREADY_SENT);
        takeAll();
        assertThat(waiting()).isEmpty();
        assertThat(log.roster().hasUser(bob.user())).isFalse();
    }

    @Test
    @DisplayName(
            "is done where it is in the log and only the answer was lost, and its opposite is a change of its own then")
    void answerLost() {
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        assertThat(log.roster().hasUser(bob.user())).as("the server has it").isFalse();
        alice.stop();
        alice.start();
        assertThat(waiting()).containsExactly(new WaitingChange(removal(), true, Optional.empty()));
        village.pass(10_000);
        assertThat(waiting()).isEmpty();
        assertThat(refusal(takeBack(removal()))).isEqualTo(RefusalCode.UNKNOWN_CHANGE);
        assertThat(alice.outcome(alice.add(channel, bob))).isInstanceOf(Outcome.Changed.class);
        assertThat(log.roster().hasUser(bob.user())).isTrue();
    }

    @Test
    @DisplayName("may be in the log, where its row is of a version that did not note what left")
    void ofAnEarlierVersion() {
        refuse(ErrorCode.HUB_BEHIND);
        alice.remove(channel, bob);
        alice.stop();
        alice.store.scan(DeviceTable.INTENT, Keys.FIRST, Keys.LAST, (key, value) -> {
            StoredIntent row = Stored.parse(StoredIntent.parser(), value);
            alice.store.put(
                    DeviceTable.INTENT,
                    key,
                    row.toBuilder().clearCommitIsHere().build().toByteArray());
            return false;
        });
        alice.start();
        village.pass(2_000);
        assertThat(refusal(takeBack(removal()))).isEqualTo(RefusalCode.ALREADY_SENT);
    }
}
