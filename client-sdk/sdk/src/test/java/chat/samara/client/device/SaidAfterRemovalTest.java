package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said after the removal of a member was asked for")
class SaidAfterRemovalTest {
    private static final long TOLD_MILLIS = AwaitedRemovals.UNTOLD_MILLIS_MAX;

    private final Village village = new Village(73);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carl = village.join("carl");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    @BeforeEach
    void theyTalk() {
        alice.add(channel, bob);
        alice.add(channel, carl);
        village.pass(10_000);
    }

    private Change removal() {
        return new Change.Remove(bob.user());
    }

    private MessageId say(String text) {
        return ((Outcome.Queued) alice.send(channel, text)).id();
    }

    private long sendAgain(MessageId message) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.SendAgain(command, channel, message));
        village.settle();
        return command;
    }

    private void takeBack() {
        alice.command(new DeviceEvent.TakeBackChange(alice.nextCommand(), channel, removal()));
        village.settle();
    }

    private static boolean isCommit(ClientFrame frame) {
        return frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT;
    }

    private void refuseCommits(ErrorCode code) {
        village.server.check = (device, frame) ->
                isCommit(frame) ? Optional.of(new Refusal(code, "not now", "", 0, 1_000)) : Optional.empty();
    }

    private void takeAll() {
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(120_000);
    }

    /** Whatever of it he was ever shown. */
    private List<String> seenBy(Resident resident) {
        return Stream.of(resident.texts(channel), resident.told(), resident.pendingTexts(channel))
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    private Message pending(String text) {
        return alice.engine().pending(channel).stream()
                .filter(it -> it.body().equals(new chat.samara.client.channel.MessageBody.Text(text)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("\"" + text + "\" does not wait"));
    }

    private void requireThatItWaits(String text) {
        assertThat(pending(text).state()).isEqualTo(MessageState.QUEUED);
        assertThat(pending(text).refusal()).hasValueSatisfying(why -> {
            assertThat(why.code()).isEqualTo(RefusalCode.REMOVAL_NOT_DONE);
            assertThat(why.sentence()).contains(bob.user().toString());
        });
    }

    private void requireThatCarlAloneReads(String... texts) {
        assertThat(seenBy(carl)).containsExactly(texts);
        assertThat(carl.texts(channel)).containsExactly(texts);
        assertThat(seenBy(bob)).doesNotContain(texts);
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("without a connection is not for them")
    void offline() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        say("after");
        requireThatItWaits("after");
        alice.reconnect();
        village.pass(60_000);
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("is not for them either if the device was started again before it had a connection")
    void offlineAndStopped() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        say("after");
        alice.stop();
        alice.cutOff = false;
        alice.start();
        village.pass(60_000);
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("waits while the removal waits after a refusal")
    void inBackOff() {
        refuseCommits(ErrorCode.STALE_EPOCH);
        alice.remove(channel, bob);
        say("after");
        assertThat(seenBy(carl)).isEmpty();
        requireThatItWaits("after");
        takeAll();
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("waits while the server takes none of it, and goes out behind it")
    void serverTakesNoCommit() {
        refuseCommits(ErrorCode.DISK_FULL);
        alice.remove(channel, bob);
        say("after");
        say("and more");
        requireThatItWaits("after");
        takeAll();
        requireThatCarlAloneReads("after", "and more");
    }

    @Test
    @DisplayName("is shown to nobody while the removal is at a server that cannot reach the hub")
    void partition() {
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        say("after");
        village.pass(3_600_000);
        assertThat(seenBy(bob)).isEmpty();
        requireThatItWaits("after");
        village.server.reachHub();
        village.pass(60_000);
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("waits for a removal that is on its way and has no answer yet")
    void unanswered() {
        village.server.check = (device, frame) -> {
            if (isCommit(frame)) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.remove(channel, bob);
        say("after");
        requireThatItWaits("after");
        village.server.check = (device, frame) -> Optional.empty();
        alice.dropConnection();
        village.pass(60_000);
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("keeps nothing that was said before it")
    void saidBefore() {
        alice.cut();
        say("before");
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        say("after");
        alice.reconnect();
        village.pass(60_000);
        assertThat(carl.texts(channel)).containsExactly("before", "after");
        assertThat(seenBy(bob)).containsExactly("before");
    }

    @Test
    @DisplayName("goes out at once where somebody else has removed them meanwhile")
    void removedByAnother() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        say("after");
        carl.remove(channel, bob);
        alice.reconnect();
        village.pass(60_000);
        requireThatCarlAloneReads("after");
    }

    @Test
    @DisplayName("is refused where somebody else has removed them, and somebody has added them again")
    void addedAgain() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        say("after");
        carl.remove(channel, bob);
        carl.add(channel, bob);
        alice.reconnect();
        village.pass(60_000);
        assertThat(log.roster().hasUser(bob.user())).isTrue();
        assertThat(seenBy(bob)).doesNotContain("after");
        assertThat(pending("after").state()).isEqualTo(MessageState.REFUSED);
        assertThat(pending("after").refusal().orElseThrow().code()).isEqualTo(RefusalCode.REMOVAL_NOT_DONE);
    }

    @Test
    @DisplayName("is refused where the removal is, and can be said again")
    void removalRefused() {
        refuseCommits(ErrorCode.INVALID_HANDSHAKE);
        long removing = alice.remove(channel, bob);
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Refused.class);
        refuseCommits(ErrorCode.STALE_EPOCH);
        alice.remove(channel, bob);
        MessageId after = say("after");
        MessageId more = say("and more");
        refuseCommits(ErrorCode.INVALID_HANDSHAKE);
        village.pass(120_000);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(1_000);
        assertThat(seenBy(bob)).isEmpty();
        assertThat(alice.engine().pending(channel))
                .extracting(Message::state)
                .containsExactly(MessageState.REFUSED, MessageState.REFUSED);
        assertThat(pending("after").refusal())
                .hasValueSatisfying(
                        why -> assertThat(why.sentence()).contains(bob.user().toString()));
        assertThat(alice.outcome(sendAgain(after))).isInstanceOf(Outcome.Queued.class);
        village.pass(1_000);
        assertThat(seenBy(bob)).as("whoever says it again means it").containsExactly("after");
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        sendAgain(more);
        requireThatItWaits("and more");
        alice.reconnect();
        village.pass(60_000);
        assertThat(seenBy(bob)).as("it was said again after the new removal").containsExactly("after");
        assertThat(carl.texts(channel)).containsExactly("after", "and more");
    }

    @Test
    @DisplayName("goes out where the removal is taken back")
    void takenBack() {
        refuseCommits(ErrorCode.STALE_EPOCH);
        alice.remove(channel, bob);
        say("after");
        takeBack();
        takeAll();
        assertThat(bob.texts(channel)).containsExactly("after");
    }

    @Test
    @DisplayName("waits on where one of two removals is taken back")
    void oneOfTwoTakenBack() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, carl.user()));
        say("after");
        takeBack();
        alice.reconnect();
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("after");
        assertThat(seenBy(carl)).isEmpty();
    }

    @Test
    @DisplayName("goes out before it is done only if the person says so of it, and in its order")
    void sentAllTheSame() {
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        MessageId after = say("after");
        say("and more");
        assertThat(alice.outcome(sendAgain(after))).isInstanceOf(Outcome.Queued.class);
        assertThat(seenBy(bob)).containsExactly("after");
        requireThatItWaits("and more");
        village.server.reachHub();
        village.pass(60_000);
        assertThat(carl.texts(channel)).containsExactly("after", "and more");
        assertThat(seenBy(bob)).containsExactly("after");
    }

    @Test
    @DisplayName("can be dropped while it waits")
    void dropped() {
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        MessageId after = say("after");
        long dropping = alice.nextCommand();
        alice.command(new DeviceEvent.DismissMessage(dropping, channel, after));
        assertThat(alice.outcome(dropping)).isEqualTo(new Outcome.Done());
        village.server.reachHub();
        village.pass(60_000);
        assertThat(seenBy(carl)).isEmpty();
    }

    @Test
    @DisplayName("is told to the person if it waits for long, and that it waits no more")
    void told() {
        alice.remove(channel, carl);
        say("to bob");
        village.pass(10_000);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class))
                .as("nothing that passes in a moment")
                .isEmpty();
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        say("after");
        village.pass(TOLD_MILLIS - 1);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class)).isEmpty();
        village.pass(3_600_000);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class))
                .containsExactly(new ClientEvent.SendingAwaitsRemoval(channel, List.of(bob.user())));
        village.server.reachHub();
        village.pass(60_000);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class))
                .last()
                .isEqualTo(new ClientEvent.SendingAwaitsRemoval(channel, List.of()));
    }

    @Test
    @DisplayName("is not told to go out where the device only connects again")
    void noFalseAllClear() {
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        say("after");
        village.pass(60_000);
        alice.dropConnection();
        village.pass(60_000);
        alice.dropConnection();
        village.pass(60_000);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class))
                .containsExactly(new ClientEvent.SendingAwaitsRemoval(channel, List.of(bob.user())));
        requireThatItWaits("after");
        village.server.reachHub();
        village.pass(60_000);
        assertThat(alice.events(ClientEvent.SendingAwaitsRemoval.class))
                .containsExactly(
                        new ClientEvent.SendingAwaitsRemoval(channel, List.of(bob.user())),
                        new ClientEvent.SendingAwaitsRemoval(channel, List.of()));
    }

    @Test
    @DisplayName("is never for them, whenever the device crashes")
    void crashes() {
        for (boolean before : new boolean[] {true, false}) {
            int commit = 1;
            while (crashesOnce(commit, before)) {
                commit++;
            }
            assertThat(commit).as("commits").isGreaterThan(5);
        }
    }

    private static boolean crashesOnce(int commit, boolean before) {
        SaidAfterRemovalTest scene = new SaidAfterRemovalTest();
        scene.theyTalk();
        Resident alice = scene.alice;
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), scene.channel, scene.bob.user()));
        scene.say("after");
        int at = alice.store.commits() + commit;
        if (before) {
            alice.store.crashBefore(at);
        } else {
            alice.store.crashAfter(at);
        }
        boolean crashed = false;
        alice.cutOff = false;
        try {
            alice.reconnect();
            scene.village.pass(60_000);
        } catch (MemoryStore.Crash e) {
            crashed = true;
            alice.store.crashNoMore();
            alice.stop();
            alice.start();
            scene.village.pass(60_000);
        }
        String when = (before ? "before" : "after") + " commit " + commit;
        assertThat(scene.seenBy(scene.bob)).as(when).isEmpty();
        assertThat(scene.carl.texts(scene.channel)).as(when).containsExactly("after");
        return crashed;
    }

    @Test
    @DisplayName("is not encrypted while it waits")
    void notSealed() {
        village.server.hubIsCut = true;
        alice.remove(channel, bob);
        say("after");
        List<StoredOutgoingState> states = new ArrayList<>();
        alice.store.scan(DeviceTable.OUTGOING, channel.bytes(), Keys.endOf(channel), (key, value) -> {
            StoredOutgoing row = Stored.parse(StoredOutgoing.parser(), value);
            if (row.hasMessage()) {
                states.add(row.getState());
            }
            return true;
        });
        assertThat(states).containsExactly(StoredOutgoingState.COMPOSED);
    }
}
