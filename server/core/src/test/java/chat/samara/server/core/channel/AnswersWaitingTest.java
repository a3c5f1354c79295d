package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("As many small requests as a session may have under way, each with a large answer:")
final class AnswersWaitingTest {
    private static final int LARGE_BYTES = 3 << 10;
    private static final int SMALL_BYTES = 512;
    private static final long WAITING_BYTES_MAX = 128 << 10;
    private static final int PRIVATE_EXTENSION = 0xf123;

    private final World world = new World(113);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;

    @BeforeEach
    void register() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
    }

    /** As large a group as a member can make by itself. */
    private TestChannel large() {
        TestDevice.Draft draft =
                alice.draft(berlin, List.of(new Extension(PRIVATE_EXTENSION, Bytes.of(new byte[LARGE_BYTES]))));
        assertThat(alice.create(draft).hasReceipt()).isTrue();
        TestChannel channel = alice.channel(draft.id());
        channel.begin(draft.group());
        return channel;
    }

    private TestChannel invited() {
        TestChannel channel = alice.found();
        Expect.receipt(alice.invite(channel, bob), ReceiptStatus.ORDERED);
        return channel;
    }

    private void allAreAnsweredABoundedPartAtATime(TestDevice asker, ClientFrame.Builder request, long bytesMin) {
        List<Long> asked = IntStream.range(0, Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX)
                .mapToObj(i -> asker.send(request.clone()))
                .toList();
        long most = berlin.drive(WAITING_BYTES_MAX);
        List<ServerFrame> answers =
                asked.stream().map(asker::answer).flatMap(Optional::stream).toList();
        assertThat(answers).hasSize(asked.size()).noneMatch(ServerFrame::hasError);
        long answerBytes = answers.get(0).getSerializedSize();
        assertThat(answerBytes).isGreaterThanOrEqualTo(bytesMin);
        assertThat(most).as("bytes that left together").isLessThan(WAITING_BYTES_MAX + 2 * answerBytes);
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("GroupInfos")
    void groupInfos() {
        TestChannel channel = large();
        allAreAnsweredABoundedPartAtATime(
                alice,
                ClientFrame.newBuilder()
                        .setFetchGroupInfo(FetchGroupInfo.newBuilder()
                                .setChannelId(Protobuf.toByteString(channel.id().bytes()))),
                LARGE_BYTES);
    }

    @Test
    @DisplayName("ratchet trees")
    void trees() {
        TestChannel channel = invited();
        allAreAnsweredABoundedPartAtATime(
                bob,
                ClientFrame.newBuilder()
                        .setFetchRatchetTree(FetchRatchetTree.newBuilder()
                                .setChannelId(Protobuf.toByteString(channel.id().bytes()))
                                .setSeq(2)),
                SMALL_BYTES);
    }

    @Test
    @DisplayName("Welcomes")
    void welcomes() {
        TestChannel unused = invited();
        allAreAnsweredABoundedPartAtATime(
                bob, ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance()), SMALL_BYTES);
    }
}
