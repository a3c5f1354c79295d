package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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

    private long counted() {
        return Stored.parse(
                        StoredChannel.parser(),
                        alice.store
                                .get(DeviceTable.CHANNEL, Keys.channel(channel))
                                .orElseThrow())
                .getDeviceSeqUsed();
    }

    private void falseGaps(int count) {
        int[] left = {count};
        village.server.check = (device, frame) -> frame.hasSubmit() && left[0]-- > 0
                ? Optional.of(Refusal.gap(FAR_AWAY + left[0], frame.getSubmit().getDeviceSeq()))
                : Optional.empty();
    }

    /** At the next login. */
    private void falseCount() {
        int[] left = {1};
        village.server.tamper = frame -> frame.hasLoggedIn() && left[0]-- > 0 ? withCount(frame) : frame;
    }

    private static ServerFrame withCount(ServerFrame frame) {
        LoggedIn.Builder loggedIn = frame.getLoggedIn().toBuilder();
        loggedIn.getChannelsBuilderList().forEach(state -> state.setNextDeviceSeq(FAR_AWAY));
        return frame.toBuilder().setLoggedIn(loggedIn).build();
    }

    /** What was said since the copy is at the server and nowhere else, so that only the count can tell of it. */
    private void restoreAnOldCopy() {
        MemoryStore copy = alice.store.copy();
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "said by the later state");
        village.pass(1_000);
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
        village.pass(10_000);
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
        assertThat(bob.texts(channel)).contains("said by the later state", "said by the old state");
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
        falseCount();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertNoticedByCount(1);
        falseCount();
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
}
