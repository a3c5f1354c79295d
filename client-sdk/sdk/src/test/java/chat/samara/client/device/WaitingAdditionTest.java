package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An addition whose member's server is away")
class WaitingAdditionTest {
    private static final UserId SAM = new UserId("sam", new ServerName("addis.example"));

    private final Village village = new Village(47);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carl = village.join("carl");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);
    private final Set<UserId> away = new TreeSet<>(Set.of(SAM));
    private final Set<UserId> silent = new TreeSet<>();
    private final List<UserId> claimed = new ArrayList<>();

    @BeforeEach
    void bobIsAMember() {
        alice.add(channel, bob);
        village.pass(10_000);
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages() ? claim(frame) : Optional.empty();
    }

    private Optional<Refusal> claim(ClientFrame frame) {
        UserId member = HistoryBook.user(frame.getClaimKeyPackages().getUserId());
        claimed.add(member);
        if (silent.contains(member)) {
            throw new FakeServer.NoAnswer();
        }
        return away.contains(member)
                ? Optional.of(Refusal.of(ErrorCode.PEER_UNREACHABLE, "no link; try again later"))
                : Optional.empty();
    }

    private long add(UserId member) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.AddMember(command, channel, member));
        village.settle();
        return command;
    }

    private List<Change> waiting() {
        return alice.engine().waitingChanges(channel).stream()
                .map(WaitingChange::change)
                .toList();
    }

    private boolean isIn(Resident member) {
        return log.roster().hasUser(member.user());
    }

    @Test
    @DisplayName("keeps nobody from being removed, and no keys from being renewed")
    void removalPasses() {
        long adding = add(SAM);
        assertThat(alice.outcome(alice.remove(channel, bob))).isInstanceOf(Outcome.Changed.class);
        assertThat(isIn(bob)).isFalse();
        long renewing = alice.nextCommand();
        alice.command(new DeviceEvent.UpdateKeys(renewing, channel));
        village.settle();
        assertThat(alice.outcome(renewing)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcomes).doesNotContainKey(adding);
        assertThat(waiting()).containsExactly(new Change.Add(SAM));
    }

    @Test
    @DisplayName("keeps nobody from being removed while its claim has no answer, nor after a restart")
    void removalPassesClaimUnderWay() {
        silent.add(SAM);
        add(SAM);
        assertThat(alice.outcome(alice.remove(channel, bob))).isInstanceOf(Outcome.Changed.class);
        alice.stop();
        alice.start();
        village.pass(1_000);
        assertThat(alice.outcome(alice.add(channel, carl))).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(alice.remove(channel, carl))).isInstanceOf(Outcome.Changed.class);
        assertThat(waiting()).containsExactly(new Change.Add(SAM));
    }

    @Test
    @DisplayName("keeps nobody of another server from being added, whether its claim fails or has no answer")
    void otherAdditionsPass() {
        add(SAM);
        assertThat(alice.outcome(alice.add(channel, carl))).isInstanceOf(Outcome.Changed.class);
        alice.remove(channel, carl);
        alice.stop();
        silent.add(SAM);
        alice.start();
        village.pass(1_000);
        assertThat(alice.outcome(alice.add(channel, carl))).isInstanceOf(Outcome.Changed.class);
        assertThat(isIn(carl)).isTrue();
        assertThat(waiting()).containsExactly(new Change.Add(SAM));
    }

    @Test
    @DisplayName("is asked for of a server that does not answer one at a time")
    void oneClaimOfAServer() {
        silent.add(SAM);
        add(SAM);
        add(new UserId("tom", SAM.server()));
        alice.remove(channel, bob);
        assertThat(claimed).containsExactly(SAM);
    }

    @Test
    @DisplayName("is done when that server is back")
    void doneLater() {
        away.add(carl.user());
        long adding = alice.add(channel, carl);
        alice.remove(channel, bob);
        away.clear();
        village.pass(60_000);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(isIn(carl)).isTrue();
        assertThat(waiting()).isEmpty();
    }

    /** Bob adds carl, as alice wants to, and removes him. */
    private void bobAddsCarlAndRemovesHim(Runnable between) {
        away.clear();
        bob.add(channel, carl);
        between.run();
        bob.remove(channel, carl);
        assertThat(isIn(carl)).isFalse();
    }

    private void requireThatNobodyBringsCarlBack() {
        village.pass(600_000);
        assertThat(isIn(carl)).isFalse();
        assertThat(waiting()).isEmpty();
    }

    @Test
    @DisplayName("brings nobody back whom somebody else has added and removed meanwhile; it is done at the first")
    void removedSince() {
        away.add(carl.user());
        long adding = alice.add(channel, carl);
        bobAddsCarlAndRemovesHim(() -> assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class));
        requireThatNobodyBringsCarlBack();
    }

    @Test
    @DisplayName("nor where its device had no connection meanwhile, or was off")
    void removedWhileAway() {
        away.add(carl.user());
        alice.add(channel, carl);
        alice.cut();
        bobAddsCarlAndRemovesHim(() -> {});
        alice.reconnect();
        requireThatNobodyBringsCarlBack();

        away.add(carl.user());
        alice.add(channel, carl);
        alice.stop();
        bobAddsCarlAndRemovesHim(() -> {});
        alice.start();
        requireThatNobodyBringsCarlBack();
    }

    @Test
    @DisplayName("nor where its device has lost its place, and follows the log without")
    void removedWhileReturning() {
        alice.add(channel, carl);
        Saboteur saboteur = new Saboteur(village, carl);
        Resident sue = village.join("sue");
        silent.add(sue.user());
        add(sue.user());
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == RecordKind.COMMIT
                        && alice.engine()
                                .account()
                                .filter(own -> own.device().equals(device))
                                .isPresent()
                ? Optional.of(new Refusal(ErrorCode.DISK_FULL, "no", "", 0, 1_000))
                : Optional.empty();
        saboteur.exchangeUnwelcome(channel, alice);
        village.pass(1_000);
        assertThat(alice.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.RETURNING);
        bob.add(channel, sue);
        bob.remove(channel, sue);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(600_000);
        assertThat(alice.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(isIn(sue)).isFalse();
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .filteredOn(it -> it.change().equals(new Change.Add(sue.user())))
                .singleElement()
                .satisfies(it -> assertThat(it.refusal()).isEmpty());
    }

    @Test
    @DisplayName(
            "is refused where the member was removed by somebody since, though it was in when that was left waiting")
    void leftWaitingAndRemoved() {
        bob.add(channel, carl);
        village.pass(1_000);
        alice.stop();
        alice.store.put(
                DeviceTable.INTENT,
                Keys.numbered(channel, 1_000),
                StoredIntent.newBuilder().setAdd(carl.user().toString()).build().toByteArray());
        bob.remove(channel, carl);
        alice.start();
        requireThatNobodyBringsCarlBack();
        assertThat(alice.events(ClientEvent.ChangeSettled.class)).last().satisfies(settled -> {
            assertThat(settled.refusal().orElseThrow().code()).isEqualTo(RefusalCode.REMOVED_SINCE);
            assertThat(settled.refusal().orElseThrow().sentence())
                    .contains(carl.user() + " was removed by " + bob.user());
        });
    }

    @Test
    @DisplayName("is done as somebody else adds the member, whatever it waits for")
    void addedByAnother() {
        silent.add(carl.user());
        long adding = alice.add(channel, carl);
        village.server.check = (device, frame) -> Optional.empty();
        bob.add(channel, carl);
        assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(waiting()).isEmpty();
    }

    @Test
    @DisplayName("names that server as the reason, while it waits and when it is given up")
    void reason() {
        long adding = add(SAM);
        WaitingChange change = alice.engine().waitingChanges(channel).get(0);
        assertThat(change.why()).hasValueSatisfying(why -> {
            assertThat(why.code()).isEqualTo(RefusalCode.PEER_UNREACHABLE);
            assertThat(why.sentence()).contains("addis.example").contains("sam@addis.example");
        });
        village.pass(600_000);
        assertThat(alice.outcome(adding))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().sentence()).contains("addis.example"));
        assertThat(claimed).as("claims of one addition").hasSize(Village.CONFIG.changeAttemptsMax());
    }

    private void refuseClaims(ErrorCode code) {
        village.server.check = (device, frame) ->
                frame.hasClaimKeyPackages() ? Optional.of(Refusal.of(code, "no room here")) : Optional.empty();
    }

    @Test
    @DisplayName("holds no messages up where it is the other server's disk that is full, and says which server's it is")
    void diskOfAnother() {
        refuseClaims(ErrorCode.DISK_FULL);
        add(SAM);
        assertThat(alice.events(ClientEvent.SendingHeld.class)).isEmpty();
        assertThat(alice.engine().channel(channel).orElseThrow().heldBy()).isEmpty();
        assertThat(alice.engine()
                        .waitingChanges(channel)
                        .get(0)
                        .why()
                        .orElseThrow()
                        .sentence())
                .contains("addis.example")
                .contains(SAM.toString());
        alice.add(channel, carl);
        assertThat(alice.events(ClientEvent.SendingHeld.class))
                .as("the own server's")
                .hasSize(1);
    }

    @Test
    @DisplayName("waits where the other server answers what nobody understands, and that is no bug of this one's")
    void answerOfAnother() {
        refuseClaims(ErrorCode.INTERNAL);
        long adding = add(SAM);
        assertThat(alice.outcomes).doesNotContainKey(adding);
        refuseClaims(ErrorCode.UNSUPPORTED);
        village.pass(600_000);
        assertThat(alice.outcome(adding)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.refusal().code()).isEqualTo(RefusalCode.PEER_UNREACHABLE);
            assertThat(refused.refusal().sentence()).contains("addis.example", SAM.toString(), "no room here");
        });
    }

    @Test
    @DisplayName("is not overtaken by a removal of the same member, which an earlier version left behind it")
    void removalOfTheSameFollows() {
        away.add(carl.user());
        alice.add(channel, carl);
        alice.stop();
        long addition = onlyIntent();
        alice.store.put(
                DeviceTable.INTENT,
                Keys.numbered(channel, addition + 1_000),
                StoredIntent.newBuilder()
                        .setRemove(carl.user().toString())
                        .build()
                        .toByteArray());
        alice.start();
        village.pass(1_000);
        assertThat(waiting()).containsExactly(new Change.Add(carl.user()), new Change.Remove(carl.user()));
        assertThat(alice.outcome(alice.remove(channel, bob))).isInstanceOf(Outcome.Changed.class);
        away.clear();
        village.pass(60_000);
        assertThat(waiting()).isEmpty();
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .extracting(ClientEvent.ChangeSettled::change)
                .endsWith(new Change.Remove(bob.user()), new Change.Add(carl.user()), new Change.Remove(carl.user()));
        assertThat(isIn(carl)).isFalse();
    }

    private long onlyIntent() {
        List<Long> numbers = new ArrayList<>();
        alice.store.scan(DeviceTable.INTENT, Keys.FIRST, Keys.LAST, (key, value) -> {
            numbers.add(Keys.numberOf(key));
            return true;
        });
        assertThat(numbers).hasSize(1);
        return numbers.get(0);
    }

    @Test
    @DisplayName("does not bring a change that waits after a refusal forward, when it is taken back")
    void backOffIsKept() {
        add(SAM);
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(new Refusal(ErrorCode.STALE_EPOCH, "lost", "", 0, 0))
                : Optional.empty();
        alice.remove(channel, bob);
        int submitted = submissions();
        alice.command(new DeviceEvent.TakeBackChange(alice.nextCommand(), channel, new Change.Add(SAM)));
        village.settle();
        assertThat(submissions()).isEqualTo(submitted);
    }

    private int submissions() {
        return (int) village.server.log.stream()
                .filter(kind -> kind == ClientFrame.BodyCase.SUBMIT)
                .count();
    }

    @Test
    @DisplayName("keeps nobody from speaking where somebody has made a proposal")
    void proposalsAreCleared() {
        alice.add(channel, carl);
        village.pass(1_000);
        new Saboteur(village, carl).propose(channel, bob);
        village.pass(1_000);
        add(SAM);
        alice.send(channel, "all the same");
        village.pass(2_000);
        assertThat(bob.texts(channel)).containsExactly("all the same");
        assertThat(waiting()).containsExactly(new Change.Add(SAM));
    }

    @Test
    @DisplayName("leaves room for a removal, however many wait")
    void roomForRemovals() {
        silent.add(new UserId("member0", SAM.server()));
        List<DeviceEvent.OneOfMany> many = new ArrayList<>();
        for (int i = 0; i < Limits.INTENTS_MAX; i++) {
            many.add(new DeviceEvent.OneOfMany(alice.nextCommand(), new UserId("member" + i, SAM.server())));
        }
        alice.command(new DeviceEvent.AddMembers(alice.nextCommand(), channel, many));
        assertThat(alice.outcome(add(SAM)))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.LIMIT_REACHED));
        assertThat(alice.outcome(alice.remove(channel, bob))).isInstanceOf(Outcome.Changed.class);
    }
}
