package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device")
class DeviceEngineTest {
    private final Village village = new Village(1);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void aliceAndBobTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        long command = alice.add(channel, bob);
        village.pass(1_000);
        assertThat(alice.outcomes.get(command)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName("learns the name of a channel it was added to, and who is in it")
    void learnsNameAndMembers() {
        assertThat(bob.engine().channel(channel).orElseThrow().name()).isEqualTo("home town");
        assertThat(bob.engine().members(channel)).extracting(Member::user).containsExactly(alice.user(), bob.user());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    @Test
    @DisplayName("sends a message that every member reads once, at the same place")
    void messagesArrive() {
        assertThat(alice.send(channel, "selam")).isInstanceOf(Outcome.Queued.class);
        bob.send(channel, "привет");
        village.settle();
        assertThat(alice.texts(channel)).containsExactly("selam", "привет").isEqualTo(bob.texts(channel));
        assertThat(bob.told()).containsExactly("selam");
        assertThat(alice.told()).containsExactly("привет");
        long seq = alice.engine().channel(channel).orElseThrow().seq();
        assertThat(alice.engine().entryHash(channel, seq))
                .isPresent()
                .isEqualTo(bob.engine().entryHash(channel, seq));
    }

    @Test
    @DisplayName("tells its sender how far a message has come")
    void tellsStates() {
        alice.send(channel, "one");
        List<MessageState> states = alice.events(ClientEvent.MessageStateChanged.class).stream()
                .filter(ClientEvent.MessageStateChanged::own)
                .map(ClientEvent.MessageStateChanged::state)
                .toList();
        assertThat(states).endsWith(MessageState.STORED, MessageState.ORDERED, MessageState.STABLE);
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("reads what was said while it was off, when it returns")
    void readsWhatItMissed() {
        bob.stop();
        for (int i = 0; i < 40; i++) {
            alice.send(channel, "message " + i);
        }
        bob.start();
        village.settle();
        assertThat(bob.texts(channel)).hasSize(40).isEqualTo(alice.texts(channel));
        assertThat(bob.events(ClientEvent.CaughtUp.class)).isNotEmpty();
    }

    @Test
    @DisplayName("queues what is said without a connection, and sends it in order when there is one")
    void queuesOffline() {
        alice.cut();
        alice.send(channel, "first");
        alice.send(channel, "second");
        assertThat(alice.engine().pending(channel))
                .extracting(Message::state)
                .containsOnly(MessageState.QUEUED)
                .hasSize(2);
        alice.reconnect();
        assertThat(bob.texts(channel)).containsExactly("first", "second");
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("removes a member, who reads nothing sent afterwards and keeps the history")
    void removedMemberReadsNothingMore() {
        alice.send(channel, "before");
        long command = alice.remove(channel, bob);
        alice.send(channel, "after");
        assertThat(alice.outcomes.get(command)).isInstanceOf(Outcome.Changed.class);
        assertThat(bob.texts(channel)).containsExactly("before");
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        assertThat(bob.events(ClientEvent.RemovedFromChannel.class)).hasSize(1);
        assertThat(bob.history(channel)).last().extracting(Message::body).isInstanceOf(MessageBody.RemovedHere.class);
        assertThat(bob.store.size(DeviceTable.GROUP)).as("secrets on the disk").isZero();
        assertThat(refusalOf(bob.send(channel, "hello?"))).isEqualTo(RefusalCode.NOT_A_MEMBER);
    }

    @Test
    @DisplayName("can be added again after a removal, and then reads on")
    void addedAgain() {
        alice.remove(channel, bob);
        alice.send(channel, "secret");
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "welcome back");
        assertThat(bob.texts(channel)).containsExactly("welcome back");
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        bob.send(channel, "thanks");
        assertThat(alice.texts(channel)).containsExactly("secret", "welcome back", "thanks");
    }

    @Test
    @DisplayName("that was removed and added again while it was off reads up to the one and on from the other")
    void addedAgainWhileOff() {
        alice.send(channel, "one");
        bob.stop();
        alice.send(channel, "two");
        alice.remove(channel, bob);
        alice.send(channel, "not for bob");
        alice.add(channel, bob);
        alice.send(channel, "three");
        bob.start();
        village.pass(10_000);
        assertThat(bob.texts(channel)).containsExactly("one", "two", "three");
    }

    @Test
    @DisplayName(
            "takes no gap in its log for its removal: it says so, waits, and reads on when its server gives it the log")
    void addedAgainAndServerForgets() {
        bob.stop();
        alice.remove(channel, bob);
        alice.send(channel, "not for bob");
        alice.add(channel, bob);
        alice.send(channel, "three");
        village.server.forgetsOldMemberships = true;
        bob.start();
        village.pass(10_000);
        assertThat(bob.texts(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.LogWithheld.class)).hasSize(1);
        assertThat(refusalsOfWelcomes(bob)).containsExactly(RefusalCode.UNPROVEN_WELCOME);
        village.server.forgetsOldMemberships = false;
        bob.stop();
        bob.start();
        village.pass(10_000);
        assertThat(bob.texts(channel)).containsExactly("three");
        bob.send(channel, "four");
        assertThat(alice.texts(channel)).endsWith("three", "four");
    }

    private static List<RefusalCode> refusalsOfWelcomes(Resident resident) {
        return resident.events(ClientEvent.WelcomeRefused.class).stream()
                .map(event -> event.refusal().code())
                .toList();
    }

    @Test
    @DisplayName(
            "is shown by its history who is in a channel that it was added to, and who came and went while it was not")
    void toldWhoIsThere() {
        assertThat(changesOf(bob)).contains(new MessageBody.MembersChanged(List.of(alice.user()), List.of()));
        Resident carol = village.join("carol");
        Resident dave = village.join("dave");
        alice.add(channel, carol);
        alice.remove(channel, bob);
        alice.remove(channel, carol);
        alice.add(channel, dave);
        alice.add(channel, bob);
        village.pass(1_000);
        assertThat(changesOf(bob))
                .endsWith(new MessageBody.MembersChanged(List.of(dave.user()), List.of(carol.user())));
    }

    private List<MessageBody> changesOf(Resident resident) {
        return resident.history(channel).stream()
                .map(Message::body)
                .filter(MessageBody.MembersChanged.class::isInstance)
                .toList();
    }

    @Test
    @DisplayName("is told when a provisional message can't be in the log any more")
    void provisionalExpires() {
        Resident carol = village.join("carol");
        alice.add(channel, carol);
        village.pass(1_000);
        village.server.hubIsCut = true;
        carol.send(channel, "lost");
        assertThat(bob.pendingTexts(channel)).containsExactly("lost");
        carol.stop();
        village.server.hubIsCut = false;
        alice.remove(channel, carol);
        village.server.closeEpochs(channel, 2);
        village.server.reachHub();
        village.settle();
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.MessageStateChanged.class))
                .last()
                .satisfies(event -> assertThat(event.state()).isEqualTo(MessageState.REFUSED));
        assertThat(bob.texts(channel)).isEmpty();
        carol.start();
        village.pass(60_000);
        assertThat(carol.engine().pending(channel)).extracting(Message::state).containsExactly(MessageState.REFUSED);
    }

    @Test
    @DisplayName("whose commit loses the race applies the winner and tries its change again")
    void commitRace() {
        Resident carol = village.join("carol");
        Resident dave = village.join("dave");
        alice.cut();
        bob.cut();
        long byAlice = alice.add(channel, carol);
        long byBob = bob.add(channel, dave);
        // Both need a claim first, so both build their commits in the same epoch only if nobody reads the log in
        // between.
        alice.reconnect();
        bob.reconnect();
        village.pass(60_000);
        assertThat(alice.outcomes.get(byAlice)).isInstanceOf(Outcome.Changed.class);
        assertThat(bob.outcomes.get(byBob)).isInstanceOf(Outcome.Changed.class);
        for (Resident resident : List.of(alice, bob, carol, dave)) {
            assertThat(resident.engine().members(channel))
                    .extracting(Member::user)
                    .as(resident.name)
                    .containsExactly(alice.user(), bob.user(), carol.user(), dave.user());
        }
    }

    @Test
    @DisplayName("that builds its commits without a connection wins once, and the loser's change follows")
    void racingUpdates() {
        Resident carol = village.join("carol");
        alice.add(channel, carol);
        village.pass(1_000);
        for (Resident resident : List.of(alice, bob, carol)) {
            resident.cut();
            resident.command(new DeviceEvent.UpdateKeys(resident.nextCommand(), channel));
        }
        for (Resident resident : List.of(alice, bob, carol)) {
            resident.reconnect();
        }
        village.pass(120_000);
        for (Resident resident : List.of(alice, bob, carol)) {
            assertThat(resident.outcomes.values()).last().as(resident.name).isInstanceOf(Outcome.Changed.class);
            assertThat(resident.engine().channel(channel).orElseThrow().epoch()).isEqualTo(5);
        }
        alice.send(channel, "still here");
        assertThat(carol.texts(channel)).contains("still here");
    }

    @Test
    @DisplayName("whose change somebody else made meanwhile counts it as done")
    void intentFulfilledByOthers() {
        Resident carol = village.join("carol");
        alice.add(channel, carol);
        village.pass(1_000);
        bob.cut();
        long byBob = bob.remove(channel, carol);
        alice.remove(channel, carol);
        long ordered = village.server.channel(channel).position.seq();
        bob.reconnect();
        village.pass(60_000);
        assertThat(bob.outcomes.get(byBob)).isInstanceOf(Outcome.Changed.class);
        assertThat(village.server.channel(channel).position.seq())
                .as("no further commit")
                .isEqualTo(ordered);
    }

    @Test
    @DisplayName("reads messages provisionally while the hub is cut off, and each once when it is back")
    void provisional() {
        village.server.hubIsCut = true;
        alice.send(channel, "can you hear me?");
        bob.send(channel, "yes");
        assertThat(bob.told()).containsExactly("can you hear me?");
        assertThat(bob.engine().pending(channel))
                .extracting(Message::state)
                .containsExactly(MessageState.PROVISIONAL, MessageState.STORED);
        village.server.reachHub();
        village.settle();
        assertThat(bob.told()).as("not told twice").containsExactly("can you hear me?");
        assertThat(bob.texts(channel))
                .containsExactly("can you hear me?", "yes")
                .isEqualTo(alice.texts(channel));
        assertThat(bob.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("encrypts a message afresh, under the same key, when its epoch is over")
    void epochExpired() {
        alice.cut();
        alice.send(channel, "late");
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, 1);
        village.settle();
        alice.reconnect();
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("late");
        assertThat(alice.texts(channel)).containsExactly("late");
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("that was read provisionally and ordered afresh is still delivered once")
    void provisionalThenRenewed() {
        village.server.hubIsCut = true;
        alice.send(channel, "stuck");
        assertThat(bob.told()).containsExactly("stuck");
        alice.cut();
        // The hub goes on without alice's server, closes her epoch, and refuses what she sent in it.
        village.server.hubIsCut = false;
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, 1);
        village.server.reachHub();
        village.settle();
        alice.reconnect();
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("stuck");
        assertThat(alice.texts(channel)).containsExactly("stuck");
        assertThat(bob.told()).containsExactly("stuck");
    }

    private static RefusalCode refusalOf(Outcome outcome) {
        return ((Outcome.Refused) outcome).refusal().code();
    }
}
