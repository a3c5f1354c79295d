package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Many long messages that the hub has not ordered")
class ProvisionalBoundTest {
    private static final int COUNT = 100;

    /** One message: its text, and what is around it. */
    private static final long ONE_MESSAGE_BYTES_MAX = 2L * chat.samara.wire.Limits.TEXT_BYTES_MAX;

    /** What is left of a message that expired. */
    private static final long TRACE_BYTES_MAX = 300;

    private final Village village = new Village(19);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private ChannelId channel;
    private int early;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void aliceSaysMuchWhileTheHubIsAway() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.add(channel, carol);
        village.pass(1_000);
        carol.cut();
        village.server.hubIsCut = true;
        IntStream.range(0, COUNT).forEach(i -> {
            String text = Noise.text(i, chat.samara.wire.Limits.TEXT_BYTES_MAX - 16);
            said.add(text);
            alice.send(channel, text);
        });
        early = bob.told().size();
    }

    /** The epoch of all that alice has said is over before it reaches the hub. */
    private void closeTheirEpoch() {
        village.server.hubIsCut = false;
        alice.cut();
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        bob.store.resetLargestCommit();
        village.server.closeEpochs(
                channel, village.server.channel(channel).group.epoch() - 1);
    }

    private List<MessageState> states() {
        return bob.events(ClientEvent.MessageStateChanged.class).stream()
                .map(ClientEvent.MessageStateChanged::state)
                .toList();
    }

    private void assertTurnsWereBounded() {
        assertThat(bob.store.largestCommitBytes()).isLessThan(Limits.TURN_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
    }

    private void assertAllIsThereInTheEnd() {
        alice.reconnect();
        village.server.reachHub();
        village.pass(120_000);
        assertThat(starts(bob.texts(channel))).isEqualTo(starts(said));
        assertThat(starts(bob.told())).containsExactlyInAnyOrderElementsOf(starts(said));
        assertThat(bob.store.size(DeviceTable.PROVISIONAL)).isZero();
        assertTurnsWereBounded();
    }

    @Test
    @DisplayName("are read early as far as a bound in bytes goes, shown a page at once, and all read in their place")
    void bounded() {
        assertThat(early).isBetween(10, COUNT - 10);
        assertThat(bob.store.bytes(DeviceTable.PROVISIONAL))
                .isBetween(Limits.PROVISIONAL_BYTES_MAX / 2, Limits.PROVISIONAL_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
        List<Message> pending = bob.engine().pending(channel);
        assertThat(bytes(pending)).isBetween(1L, Limits.PAGE_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
        assertThat(starts(bob.pendingTexts(channel))).isEqualTo(starts(said.subList(0, pending.size())));
        village.server.reachHub();
        village.pass(1_000);
        assertAllIsThereInTheEnd();
    }

    @Test
    @DisplayName("expire in turns of bounded size, also with a restart in their middle; then no text of them is kept")
    void expire() {
        closeTheirEpoch();
        bob.store.crashAfter(bob.store.commits() + 2);
        assertThatThrownBy(village::settle).isInstanceOf(MemoryStore.Crash.class);
        bob.store.crashNoMore();
        bob.stop();
        bob.start();
        village.settle();
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.store.size(DeviceTable.PROVISIONAL)).isEqualTo(early);
        assertThat(bob.store.bytes(DeviceTable.PROVISIONAL)).isLessThan(early * TRACE_BYTES_MAX);
        assertTurnsWereBounded();
        assertAllIsThereInTheEnd();
    }

    @Test
    @DisplayName("are each told to be refused once when their epoch is closed")
    void told() {
        closeTheirEpoch();
        village.settle();
        assertThat(states()).hasSize(early).containsOnly(MessageState.REFUSED);
        assertAllIsThereInTheEnd();
    }

    @Test
    @DisplayName("are forgotten in turns of bounded size by a device that is removed")
    void removed() {
        village.server.hubIsCut = false;
        bob.store.resetLargestCommit();
        carol.reconnect();
        carol.remove(channel, bob);
        village.pass(1_000);
        assertThat(states()).hasSize(early).containsOnly(MessageState.REFUSED);
        assertThat(bob.pendingTexts(channel)).isEmpty();
        assertThat(bob.store.size(DeviceTable.PROVISIONAL)).isZero();
        assertTurnsWereBounded();
    }

    @Test
    @DisplayName("and a long history come to an application in pages of bounded size, each place once")
    void history() {
        village.server.reachHub();
        village.pass(1_000);
        List<String> read = new ArrayList<>();
        long afterSeq = 0;
        for (List<Message> page = bob.engine().history(channel, afterSeq, COUNT);
                !page.isEmpty();
                page = bob.engine().history(channel, afterSeq, COUNT)) {
            assertThat(bytes(page)).isLessThan(Limits.PAGE_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
            for (Message message : page) {
                afterSeq = message.seq().orElseThrow();
                if (message.body() instanceof MessageBody.Text text) {
                    read.add(text.text());
                }
            }
        }
        assertThat(starts(read)).isEqualTo(starts(said));
    }

    /** Enough to tell them apart: whole they would fill a report. */
    private static List<String> starts(List<String> texts) {
        return texts.stream().map(text -> text.substring(0, 8)).toList();
    }

    private static long bytes(List<Message> messages) {
        return messages.stream()
                .mapToLong(message -> message.body() instanceof MessageBody.Text text
                        ? text.text().length()
                        : 0)
                .sum();
    }
}
