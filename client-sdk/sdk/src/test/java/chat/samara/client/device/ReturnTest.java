package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A device that cannot process a commit")
class ReturnTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(23);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private Resident mallory;
    private ChannelId channel;
    private Saboteur saboteur;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        mallory = village.join("mallory");
        channel = alice.create("home town");
        List.of(bob, carol, mallory).forEach(other -> alice.add(channel, other));
        village.pass(1_000);
        saboteur = new Saboteur(village, mallory);
    }

    private List<Resident> honest() {
        return List.of(alice, bob, carol);
    }

    private Membership membership(Resident resident) {
        return resident.engine().channel(channel).orElseThrow().membership();
    }

    private void assertAllTalk(String text) {
        for (Resident speaker : honest()) {
            speaker.send(channel, text + " of " + speaker.name);
            village.pass(1_000);
        }
        for (Resident each : honest()) {
            assertThat(membership(each)).as(each.name).isEqualTo(Membership.MEMBER);
            assertThat(each.texts(channel))
                    .as(each.name)
                    .contains(text + " of alice", text + " of bob", text + " of carol");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("comes back by itself, whatever only members can find wrong with it, and everybody reads on")
    void comesBack(Fault fault) {
        assertThat(saboteur.commit(channel, fault).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertThat(barred()).isSubsetOf(mallory.user());
        assertAllTalk("after");
        alice.remove(channel, mallory);
        village.pass(1_000);
        assertThat(membership(mallory)).isEqualTo(Membership.REMOVED);
        assertAllTalk("without mallory");
    }

    private List<MessageBody> bodies(Resident resident) {
        return resident.history(channel).stream().map(Message::body).toList();
    }

    @Test
    @DisplayName("says what it cannot read in one line, and the others that it is back")
    void history() {
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        for (Resident each : honest()) {
            assertThat(each.events(ClientEvent.PlaceLost.class))
                    .as(each.name)
                    .singleElement()
                    .satisfies(lost -> assertThat(lost.author()).isEqualTo(mallory.user()));
            assertThat(each.events(ClientEvent.PlaceRegained.class))
                    .as(each.name)
                    .hasSize(1);
            assertThat(bodies(each))
                    .as(each.name)
                    .filteredOn(MessageBody.ReturnedHere.class::isInstance)
                    .hasSize(1);
        }
        assertThat(alice.history(channel))
                .filteredOn(message -> message.body() instanceof MessageBody.Returned)
                .extracting(message -> message.sender().orElseThrow())
                .contains(bob.user(), carol.user())
                .doesNotContain(alice.user());
    }

    @Test
    @DisplayName("loses only who was given a path secret that does not open")
    void someOnly() {
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.PlaceLost.class)).isEmpty();
        assertThat(bob.events(ClientEvent.PlaceLost.class)).isEmpty();
        assertThat(carol.events(ClientEvent.PlaceLost.class)).hasSize(1);
    }

    @Test
    @DisplayName("sends afterwards what was composed meanwhile, and still reads what was sent in an epoch that it knew")
    void composedAndLate() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        bob.send(channel, "late of bob");
        village.server.hubIsCut = false;
        saboteur.commit(channel, Fault.ALL_PATH_SECRETS);
        village.settle();
        assertThat(membership(alice)).isEqualTo(Membership.RETURNING);
        alice.send(channel, "composed of alice");
        assertThat(alice.pendingTexts(channel)).containsExactly("composed of alice");
        village.pass(A_WHILE_MILLIS);
        village.server.reachHub();
        village.settle();
        for (Resident each : honest()) {
            assertThat(each.texts(channel)).as(each.name).containsExactly("composed of alice", "late of bob");
        }
        village.server.closeEpochs(
                channel, village.server.channel(channel).group.epoch() - 1);
        village.settle();
        assertThat(alice.store.size(DeviceTable.PAST_GROUP)).isZero();
        assertThat(alice.store.size(DeviceTable.JOINING_GROUP)).isZero();
        assertThat(alice.store.size(DeviceTable.OBSERVER)).isZero();
        assertAllTalk("after");
    }

    @Test
    @DisplayName("has no key of an epoch that is closed while it is out of its place, and comes back without")
    void closedMeanwhile() {
        long known = village.server.channel(channel).group.epoch();
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == RecordKind.COMMIT
                        && device.equals(carol.engine().account().orElseThrow().device())
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.INVALID_HANDSHAKE, "not now"))
                : Optional.empty();
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.pass(1_000);
        assertThat(membership(carol)).isEqualTo(Membership.RETURNING);
        village.server.closeEpochs(channel, known);
        village.settle();
        assertThat(carol.store.size(DeviceTable.GROUP)).isZero();
        carol.stop();
        carol.start();
        village.pass(1_000);
        for (Resident author : List.of(bob, carol)) {
            village.server
                    .channel(channel)
                    .append(
                            RecordKind.APPLICATION,
                            known,
                            IdempotencyKey.random(village.random()),
                            Optional.of(author.engine().account().orElseThrow().device()),
                            Bytes.of(new byte[100]));
        }
        village.server.push();
        village.settle();
        assertThat(bodies(carol))
                .filteredOn(MessageBody.Unreadable.class::isInstance)
                .extracting(body -> ((MessageBody.Unreadable) body).reason())
                .containsExactly(UnreadableReason.EPOCH_EXPIRED, UnreadableReason.OWN_RECORD_UNKNOWN);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(membership(carol)).isEqualTo(Membership.MEMBER);
        assertThat(carol.store.size(DeviceTable.PAST_GROUP)).isZero();
        assertAllTalk("after");
    }

    @Test
    @DisplayName("is told its removal by the log, though it is out of its place")
    void removedMeanwhile() {
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        carol.cut();
        village.pass(1_000);
        alice.remove(channel, carol);
        village.pass(1_000);
        carol.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(carol)).isEqualTo(Membership.REMOVED);
        assertThat(carol.store.size(DeviceTable.GROUP)).isZero();
        assertThat(carol.store.size(DeviceTable.OBSERVER)).isZero();
    }

    @Test
    @DisplayName(
            "tries ever more seldom where its commits are refused each time, says so, and is back when they are taken")
    void refusedEachTime() {
        int[] tries = new int[1];
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT) {
                tries[0] += device.equals(carol.engine().account().orElseThrow().device()) ? 1 : 0;
                return Optional.of(chat.samara.wire.Refusal.of(
                        ErrorCode.INVALID_HANDSHAKE, "an outsider's commit is not known here"));
            }
            return Optional.empty();
        };
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(membership(carol)).isEqualTo(Membership.RETURNING);
        assertThat(tries[0]).isBetween(4, 12);
        assertThat(carol.events(ClientEvent.SendingHeld.class))
                .singleElement()
                .satisfies(held -> assertThat(held.why()).isPresent());
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(60 * A_WHILE_MILLIS);
        assertThat(carol.events(ClientEvent.SendingHeld.class)).hasSize(2);
        assertAllTalk("after");
    }

    @Test
    @DisplayName("meanwhile takes changes by who is in the channel, and not by who was in it when it lost its place")
    void changesMeanwhile() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == RecordKind.COMMIT
                        && device.equals(carol.engine().account().orElseThrow().device())
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.INVALID_HANDSHAKE, "not now"))
                : Optional.empty();
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.settle();
        Resident dora = village.join("dora");
        alice.add(channel, dora);
        village.pass(1_000);
        assertThat(membership(carol)).isEqualTo(Membership.RETURNING);
        long adding = carol.add(channel, dora);
        assertThat(((Outcome.Refused) carol.outcome(adding)).refusal().code()).isEqualTo(RefusalCode.ALREADY_A_MEMBER);
        long removing = carol.remove(channel, dora);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(carol.outcome(removing)).isInstanceOf(Outcome.Changed.class);
        assertThat(membership(dora)).isEqualTo(Membership.REMOVED);
    }

    @Test
    @DisplayName("is out where a commit removes it, though its own group refuses that commit, and can be added again")
    void removedByACommitThatItsGroupRefuses() {
        assertThat(saboteur.removeUntagged(channel, bob).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertIsOutAndComesAgain();
    }

    @Test
    @DisplayName(
            "is out where a commit names its removal by a proposal that its own group refused, and can be added again")
    void removedByAProposalThatItsGroupRefused() {
        Saboteur.Proposed removal = saboteur.proposeUntagged(channel, bob);
        village.settle();
        assertThat(removal.commit().getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertIsOutAndComesAgain();
    }

    private void assertIsOutAndComesAgain() {
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(bob)).isEqualTo(Membership.REMOVED);
        assertThat(bob.events(ClientEvent.RemovedFromChannel.class)).hasSize(1);
        assertThat(bob.events(ClientEvent.PlaceLost.class)).isEmpty();
        assertThat(bob.store.size(DeviceTable.GROUP)).isZero();
        assertThat(bob.store.size(DeviceTable.OBSERVER)).isZero();
        alice.add(channel, bob);
        village.pass(A_WHILE_MILLIS);
        assertAllTalk("with bob again");
    }

    @Test
    @DisplayName("accuses nobody of what its own server shows it and the hub has not signed")
    void withoutTheHubsWord() {
        FakeChannel log = village.server.channel(channel);
        carol.cut();
        Bytes payload = saboteur.payload(channel, Fault.CONFIRMATION_TAG);
        FakeChannel forged = log.forkBefore(log.position.seq() + 1);
        forged.append(
                RecordKind.COMMIT, log.group.epoch(), saboteur.lastKey(), Optional.of(saboteur.device()), payload);
        village.server.tamper = frame -> frame.hasEntries() ? withoutHead(frame, forged) : frame;
        List<ClientFrame.BodyCase> submitted = village.server.log.stream()
                .filter(ClientFrame.BodyCase.SUBMIT::equals)
                .toList();
        carol.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(carol)).isEqualTo(Membership.RETURNING);
        assertThat(village.server.log)
                .filteredOn(ClientFrame.BodyCase.SUBMIT::equals)
                .hasSameSizeAs(submitted);
    }

    private static ServerFrame withoutHead(ServerFrame frame, FakeChannel forged) {
        return frame.toBuilder()
                .setEntries(frame.getEntries().toBuilder()
                        .clearHead()
                        .clearEntries()
                        .addEntries(forged.entries.get(forged.entries.size() - 1)))
                .build();
    }

    @Test
    @DisplayName("comes back as often as it takes; who makes such commits is barred by then, and nobody else")
    void again() {
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.pass(A_WHILE_MILLIS);
        assertThat(barred()).isEmpty();
        assertThat(membership(mallory)).isEqualTo(Membership.MEMBER);
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        assertThat(barred()).containsExactly(mallory.user());
        long epoch = village.server.channel(channel).group.epoch();
        mallory.command(new DeviceEvent.UpdateKeys(mallory.nextCommand(), channel));
        village.pass(A_WHILE_MILLIS);
        assertThat(village.server.channel(channel).group.epoch()).isEqualTo(epoch);
        assertAllTalk("after");
    }

    @Test
    @DisplayName("follows proposals, too, behind one whose tag is wrong, when it has started anew in between")
    void proposalBehindAnUntaggedOne() {
        saboteur.proposeUntagged(channel, bob);
        Saboteur.Proposed removal = saboteur.propose(channel, carol);
        village.settle();
        alice.stop();
        alice.start();
        village.pass(1_000);
        assertThat(removal.commit().getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(alice)).isEqualTo(Membership.MEMBER);
        assertThat(membership(bob)).isEqualTo(Membership.MEMBER);
        assertThat(membership(carol)).isEqualTo(Membership.REMOVED);
        bob.send(channel, "after");
        village.pass(1_000);
        assertThat(alice.texts(channel)).contains("after");
    }

    @Test
    @DisplayName("comes back within half a minute, if forty are hit at once")
    void manyAtOnce() {
        List<Resident> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            many.add(village.join("member" + i));
            alice.add(channel, many.get(i));
        }
        village.pass(1_000);
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.settle();
        assertThat(many).allMatch(each -> membership(each) == Membership.RETURNING);
        village.pass(30_000);
        assertThat(many).allMatch(each -> membership(each) == Membership.MEMBER);
        assertAllTalk("after");
    }

    @Test
    @DisplayName("or who is added by it, takes no commit whose GroupInfo would lead astray who returns by it; nobody is"
            + " blamed for that")
    void addedByABadCommit() {
        Resident dave = village.join("dave");
        saboteur.addAstray(channel, dave);
        village.pass(A_WHILE_MILLIS);
        assertThat(barred()).containsExactly(mallory.user());
        assertAllTalk("after");
        assertIsIn(dave);
    }

    /** Added by mallory, so that the Welcome was of no use; it comes in by itself. */
    private void assertIsIn(Resident newcomer) {
        assertThat(membership(newcomer)).isEqualTo(Membership.MEMBER);
        newcomer.send(channel, "here is " + newcomer.name);
        alice.send(channel, "hello " + newcomer.name);
        village.pass(1_000);
        assertThat(newcomer.texts(channel)).endsWith("here is " + newcomer.name, "hello " + newcomer.name);
        assertThat(honest())
                .allSatisfy(each ->
                        assertThat(each.texts(channel)).endsWith("here is " + newcomer.name, "hello " + newcomer.name));
        assertThat(newcomer.events(ClientEvent.ChannelJoined.class)).hasSize(1);
        assertThat(newcomer.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(newcomer.engine().members(channel)).extracting(Member::user).contains(newcomer.user(), alice.user());
    }

    @Test
    @DisplayName(
            "or who is added with a Welcome that does not open, comes in by itself: everybody takes it for a member")
    void addedWithABadWelcome() {
        Resident dave = village.join("dave");
        dave.cut();
        assertThat(saboteur.addUnwelcome(channel, dave).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        Bytes added = Bytes.of(village.server.devices.values().stream()
                .flatMap(device -> device.welcomes.stream())
                .findFirst()
                .orElseThrow()
                .getKeyPackageRef()
                .toByteArray());
        dave.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(barred()).isEmpty();
        assertAllTalk("after");
        assertIsIn(dave);
        assertThat(village.server.devices.values())
                .as("the Welcome is acknowledged as soon as it can be of no use any more")
                .allSatisfy(device -> assertThat(device.welcomes).isEmpty());
        assertThat(dave.store.get(DeviceTable.KEY_PACKAGE, added))
                .as("and its private keys are erased")
                .isEmpty();
    }

    @Test
    @DisplayName("or who is added with a Welcome that does not open, comes in wherever it crashes in between")
    void addedWithABadWelcomeAndCrashes() {
        int crashes = 0;
        for (int commit = 1; new ReturnTest().addedSurvivesCrash(commit); commit++) {
            crashes++;
        }
        assertThat(crashes).isBetween(3, 100);
    }

    private boolean addedSurvivesCrash(int commit) {
        theyTalk();
        Resident dave = village.join("dave");
        dave.store.crashBefore(commit);
        boolean crashed = false;
        for (Runnable step : List.<Runnable>of(
                () -> saboteur.addUnwelcome(channel, dave),
                () -> village.pass(A_WHILE_MILLIS),
                () -> village.pass(A_WHILE_MILLIS))) {
            try {
                step.run();
            } catch (MemoryStore.Crash e) {
                crashed = true;
                dave.store.crashNoMore();
                dave.stop();
                dave.start();
            }
        }
        dave.store.crashNoMore();
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(dave)).as("crash at write " + commit).isEqualTo(Membership.MEMBER);
        assertAllTalk("after crash at write " + commit);
        return crashed;
    }

    @Test
    @DisplayName(
            "and was removed and added again meanwhile, comes in by that Welcome, though it came before the removal was read")
    void addedAgainWhileOutOfItsPlace() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == RecordKind.COMMIT
                        && device.equals(carol.engine().account().orElseThrow().device())
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.INVALID_HANDSHAKE, "not now"))
                : Optional.empty();
        saboteur.commit(channel, Fault.SOME_PATH_SECRETS);
        village.pass(1_000);
        carol.cut();
        assertThat(membership(carol)).isEqualTo(Membership.RETURNING);
        village.server.check = (device, frame) -> Optional.empty();
        alice.remove(channel, carol);
        alice.add(channel, carol);
        village.pass(1_000);
        carol.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertAllTalk("with carol again");
        assertThat(carol.events(ClientEvent.WelcomeRefused.class)).isEmpty();
    }

    @Test
    @DisplayName("or whose leaf a commit exchanges for a fresh one of the same device, stays a member and reads on")
    void exchanged() {
        assertThat(saboteur.exchange(channel, bob).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.events(ClientEvent.RemovedFromChannel.class)).isEmpty();
        assertAllTalk("after");
        for (Resident each : List.of(alice, bob, carol)) {
            assertThat(each.history(channel))
                    .as("what %s is shown", each.name)
                    .filteredOn(message -> message.body() instanceof MessageBody.DevicesChanged)
                    .singleElement()
                    .satisfies(message -> {
                        assertThat(message.sender()).hasValue(mallory.user());
                        assertThat(message.body()).isEqualTo(new MessageBody.DevicesChanged(List.of(bob.user())));
                    });
        }
    }

    @Test
    @DisplayName("takes the place of its own leaf, and not of one that somebody added by a key that it has given up")
    void ownLeafAmongOthers() {
        byte[] former = saboteur.keyPackageOf(channel, carol);
        village.server.countsTooMuch = true;
        carol.dropConnection();
        village.pass(A_WHILE_MILLIS);
        village.server.countsTooMuch = false;
        assertThat(carol.events(ClientEvent.DeviceRenewed.class)).hasSize(1);
        alice.remove(channel, bob);
        village.pass(1_000);
        assertThat(saboteur.addBy(channel, former).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(1_000);
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(membership(carol)).isEqualTo(Membership.MEMBER);
        alice.add(channel, bob);
        village.pass(A_WHILE_MILLIS);
        assertAllTalk("after");
    }

    private List<UserId> barred() {
        Blame blame = village.server.channel(channel).blame();
        return village.residents.values().stream()
                .filter(each ->
                        blame.isBarred(each.engine().account().orElseThrow().identityKey()))
                .map(Resident::user)
                .toList();
    }

    @TestFactory
    @DisplayName("comes back, whenever its process dies on the way")
    Stream<DynamicTest> crashes() {
        return Stream.of(true, false)
                .map(before -> DynamicTest.dynamicTest(before ? "before a write" : "after a write", () -> {
                    int crashes = 0;
                    for (int commit = 1; new ReturnTest().survivesCrash(commit, before); commit++) {
                        crashes++;
                    }
                    assertThat(crashes).isBetween(4, 100);
                }));
    }

    /** Whether there was a crash at all. */
    private boolean survivesCrash(int commit, boolean before) {
        theyTalk();
        if (before) {
            carol.store.crashBefore(commit);
        } else {
            carol.store.crashAfter(commit);
        }
        boolean crashed = false;
        for (Runnable step : List.<Runnable>of(
                () -> saboteur.commit(channel, Fault.ALL_PATH_SECRETS),
                () -> village.pass(A_WHILE_MILLIS),
                () -> village.pass(A_WHILE_MILLIS))) {
            try {
                step.run();
            } catch (MemoryStore.Crash e) {
                crashed = true;
                carol.store.crashNoMore();
                carol.stop();
                carol.start();
            }
        }
        carol.store.crashNoMore();
        village.pass(A_WHILE_MILLIS);
        assertAllTalk("after crash at write " + commit);
        return crashed;
    }
}
