package chat.samara.server.core.channel.reader;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A batch that lands on the disk in the midst of what is read")
final class ReadingWhileWritingTest {
    /** More reads than one answer takes. */
    private static final int READS_MAX = 12;

    private static final long REQUEST = 4_711;

    @ParameterizedTest(name = "from the end: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("never makes a hub send a head that does not fit to the entries beside it, wherever it lands")
    void headAndEntriesAreOfOneMoment(boolean fromTheEnd) throws Exception {
        for (int reads = 0; reads < READS_MAX; reads++) {
            World world = new World(41);
            TestServer berlin = world.server("berlin.example");
            TestServer tunis = world.server("tunis.example");
            world.peer(berlin, tunis);
            TestDevice alice = berlin.member("alice");
            TestDevice dina = tunis.member("dina");
            TestChannel home = alice.found();
            Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
            alice.say(home, "one");
            long end = home.seq();
            long after = fromTheEnd ? end : end - 1;

            berlin.landNextBatchAfterReads(reads);
            alice.send(
                    ClientFrame.newBuilder().setSubmit(alice.request(alice.text(home, "two"), home.nextDeviceSeq())));
            world.settle();
            berlin.takeSentToPeers();
            world.pushFromPeer(tunis, berlin, pull(home, after));
            world.settle();

            Entries answer = berlin.takeSentToPeers().stream()
                    .filter(it -> it.getRequestId() == REQUEST)
                    .map(PeerFrame::getEntries)
                    .findFirst()
                    .orElseThrow();
            List<Long> seqs = new ArrayList<>();
            for (LogEntry entry : answer.getEntriesList()) {
                seqs.add(EntryIn.of(entry).claimedSeq());
            }
            long last = seqs.isEmpty() ? after : seqs.get(seqs.size() - 1);
            assertThat(answer.hasHead())
                    .as("landed after %d reads: entries %s with their head", reads, seqs)
                    .isTrue();
            assertThat(HeadIn.of(answer.getHead()).claimedSeq())
                    .as("landed after %d reads: the head beside entries %s after %d", reads, seqs, after)
                    .isEqualTo(last);
        }
    }

    private static PeerFrame pull(TestChannel channel, long after) {
        return PeerFrame.newBuilder()
                .setRequestId(REQUEST)
                .setPull(Pull.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.id().bytes()))
                        .setAfterSeq(after)
                        .setCreditBytes(Limits.PULL_BYTES_MAX))
                .build();
    }
}
