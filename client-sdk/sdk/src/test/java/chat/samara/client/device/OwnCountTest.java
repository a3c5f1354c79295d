package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device counts itself tells a later state of it by its server's count; a number that the server makes up must not blind it to that. */
@DisplayName("A device whose server has lied once about how many of its records it has")
class OwnCountTest {
    private static final long FAR_AWAY = 1L << 40;
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(47);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private ChannelId channel;

    @BeforeEach
    void theyTalk() {
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private StoredChannel row() {
        return Stored.parse(
                StoredChannel.parser(),
                alice.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
    }

    private long counted() {
        return OwnCount.of(row()).orElseThrow().all();
    }

    /** Stops, and the row becomes what an earlier version would have written. */
    private void changeRow(UnaryOperator<StoredChannel.Builder> change) {
        alice.stop();
        alice.store.put(
                DeviceTable.CHANNEL,
                Keys.channel(channel),
                change.apply(row().toBuilder()).build().toByteArray());
    }

    private void falseGaps(int count) {
        int[] left = {count};
        village.server.check = (device, frame) -> frame.hasSubmit() && left[0]-- > 0
                ? Optional.of(Refusal.gap(FAR_AWAY + left[0], frame.getSubmit().getDeviceSeq()))
                : Optional.empty();
    }

    /** At the next login. */
    private void falseCount(long next) {
        int[] left = {1};
        village.server.tamper = frame -> frame.hasLoggedIn() && left[0]-- > 0 ? withCount(frame, next) : frame;
    }

    private ServerFrame withCount(ServerFrame frame, long next) {
        LoggedIn.Builder loggedIn = frame.getLoggedIn().toBuilder();
        loggedIn.getChannelsBuilderList().stream()
                .filter(state -> state.getChannelId().equals(Stored.bytes(channel.bytes())))
                .forEach(state -> state.setNextDeviceSeq(next));
        return frame.toBuilder().setLoggedIn(loggedIn).build();
    }

    private void newSession() {
        alice.dropConnection();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
    }

    /** What was said since the copy is at the server and nowhere else, so that only the count can tell of it. */
    private void restoreAnOldCopy() {
        MemoryStore copy = alice.store.copy();
        saidWhereNoLogShowsIt();
        restore(copy);
    }

    private void saidWhereNoLogShowsIt() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "said by the later state");
        village.pass(1_000);
    }

    private void restore(MemoryStore copy) {
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
        village.pass(10_000);
    }

    /** From now on it is about a channel to which a later state of hers was added, which her present one does not know. */
    private void isLost() {
        MemoryStore copy = alice.store.copy();
        channel = bob.create("other");
        bob.add(channel, alice);
        village.pass(1_000);
        assertThat(alice.engine().channel(channel)).isPresent();
        alice.stop();
        alice.store = copy;
    }

    private void assertInPlace() {
        assertThat(alice.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    private void assertNoticedByCount(int times) {
        assertThat(alice.events(ClientEvent.OldStateNoticed.class))
                .filteredOn(it -> it.sign() == OldState.SERVER_COUNTS_MORE)
                .hasSize(times);
    }

    private void assertHealthy() {
        alice.send(channel, "said by the old state");
        village.pass(1_000);
        village.server.reachHub();
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsOnlyOnce("said by the later state", "said by the old state");
    }

    private static List<MessageBody.Unreadable> unreadable(Resident resident, ChannelId channel) {
        return resident.history(channel).stream()
                .filter(message -> message.body() instanceof MessageBody.Unreadable)
                .map(message -> (MessageBody.Unreadable) message.body())
                .toList();
    }

    @Test
    @DisplayName("by a gap: an old copy of it is noticed all the same")
    void gap() {
        falseGaps(1);
        alice.send(channel, "one");
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("one");
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
    }

    @Test
    @DisplayName(
            "at a login, for which it has changed its key once: an old copy of the new one is noticed when it may be")
    void login() {
        falseCount(FAR_AWAY);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertNoticedByCount(1);
        falseCount(FAR_AWAY);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        alice.send(channel, "one");
        village.pass(Limits.RENEWAL_BY_COUNT_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("one");
        restoreAnOldCopy();
        assertNoticedByCount(2);
        assertHealthy();
    }

    @Test
    @DisplayName("by gap after gap: it counts no record twice")
    void gapAfterGap() {
        long before = counted();
        falseGaps(20);
        alice.send(channel, "one");
        village.pass(20 * A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("one");
        assertThat(counted()).isEqualTo(before + 1);
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
    }

    @Test
    @DisplayName("does not take itself for an old copy because an answer was lost")
    void lostAnswers() {
        for (int i = 0; i < 5; i++) {
            village.server.tamper = frame -> frame.hasReceipt() ? ServerFrame.getDefaultInstance() : frame;
            alice.send(channel, "text " + i);
            village.server.tamper = frame -> frame;
            alice.dropConnection();
            alice.reconnect();
            village.pass(A_WHILE_MILLIS);
        }
        alice.dropConnection();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.OldStateNoticed.class)).isEmpty();
        assertThat(bob.texts(channel)).hasSize(5);
    }

    @Test
    @DisplayName(
            "of a channel that only a later state of it knew: it has changed its key once, and an old copy of the new one is noticed")
    void ofALostChannel() {
        isLost();
        falseCount(FAR_AWAY);
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertNoticedByCount(1);
        assertInPlace();
        for (int i = 0; i < 3; i++) {
            falseCount(FAR_AWAY + i);
            newSession();
        }
        assertNoticedByCount(1);
        village.pass(Limits.RENEWAL_BY_COUNT_MILLIS);
        restoreAnOldCopy();
        assertNoticedByCount(2);
        assertHealthy();
    }

    @Test
    @DisplayName(
            "of such a channel, soon after it changed its key: an old copy is noticed when it may be, and nothing is lost until then")
    void ofALostChannelSoonAfterARenewal() {
        falseCount(FAR_AWAY);
        newSession();
        assertNoticedByCount(1);
        isLost();
        falseCount(FAR_AWAY);
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertInPlace();
        assertNoticedByCount(1);
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
        assertThat(unreadable(bob, channel)).isEmpty();
        village.pass(Limits.RENEWAL_BY_COUNT_MILLIS);
        restoreAnOldCopy();
        assertNoticedByCount(2);
    }

    @Test
    @DisplayName(
            "or not at all, takes itself for an old state, too, as soon as it comes in by a Welcome where a later one has spoken")
    void cameInByAWelcome() {
        MemoryStore copy = alice.store.copy();
        List<WaitingWelcome> given = new ArrayList<>();
        village.server.tamper = frame -> {
            given.addAll(frame.getWelcomes().getWelcomesList());
            return frame;
        };
        channel = bob.create("other");
        bob.add(channel, alice);
        village.pass(1_000);
        saidWhereNoLogShowsIt();
        Optional.ofNullable(village.server.devices.get(
                        alice.engine().account().orElseThrow().device()))
                .orElseThrow()
                .welcomes
                .addAll(given);
        restore(copy);
        assertNoticedByCount(1);
        assertHealthy();
        assertThat(unreadable(bob, channel)).isEmpty();
    }

    @Test
    @DisplayName(
            "and whose profile has kept the false count since, of a version that did so: the next true login mends it")
    void keptByAnEarlierVersion() {
        changeRow(row -> row.setHandedOverClaimed(FAR_AWAY).clearHandedOverCounted());
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertNoticedByCount(0);
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
    }

    @Test
    @DisplayName(
            "and whose old copy has kept the false count: no key is used twice, also if its first login is a true one")
    void keptInTheCopy() {
        changeRow(row -> row.setHandedOverClaimed(FAR_AWAY).clearHandedOverCounted());
        MemoryStore copy = alice.store.copy();
        alice.start();
        village.settle();
        saidWhereNoLogShowsIt();
        restore(copy);
        assertHealthy();
        assertThat(unreadable(bob, channel)).isEmpty();
    }

    @Test
    @DisplayName("when it began to count: the next true login mends it")
    void asItBeganToCount() {
        changeRow(row -> row.clearHandedOverClaimed().clearHandedOverCounted());
        falseCount(FAR_AWAY);
        alice.start();
        village.pass(A_WHILE_MILLIS);
        alice.send(channel, "one");
        newSession();
        assertNoticedByCount(0);
        assertThat(bob.texts(channel)).containsExactly("one");
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
    }

    @Test
    @DisplayName("and has said too little: it goes on under its key, by what it has counted itself")
    void tooLittle() {
        alice.send(channel, "one");
        for (int i = 0; i < 3; i++) {
            falseCount(1);
            newSession();
            alice.send(channel, "text " + i);
            newSession();
        }
        assertThat(alice.events(ClientEvent.OldStateNoticed.class)).isEmpty();
        restoreAnOldCopy();
        assertNoticedByCount(1);
        assertHealthy();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "or that was restored from a backup, goes on under its key, by whichever version its count was written")
    void restoredServer(boolean byAnEarlierVersion) {
        alice.send(channel, "one");
        alice.send(channel, "two");
        if (byAnEarlierVersion) {
            changeRow(row -> row.setHandedOverClaimed(counted()).clearHandedOverCounted());
            alice.start();
        }
        village.server.forgetSubmissions(channel);
        newSession();
        alice.send(channel, "three");
        newSession();
        assertThat(alice.events(ClientEvent.OldStateNoticed.class)).isEmpty();
        assertThat(bob.texts(channel)).containsExactly("one", "two", "three");
        assertThat(unreadable(bob, channel)).isEmpty();
    }
}
