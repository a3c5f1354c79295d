package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A message that comes before many others of its sender, of which a group keeps no more keys than 1,024")
class EarlyRecordTest {
    private static final int COUNT = chat.samara.mls.Limits.SKIPPED_KEYS_MAX + 60;

    private final Village village = new Village(41);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void inOneChannel() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private void say(int count) {
        IntStream.range(0, count).forEach(i -> {
            String text = "text " + said.size();
            said.add(text);
            alice.send(channel, text);
        });
    }

    private void assertAllIsRead() {
        assertThat(bob.history(channel))
                .extracting(Message::body)
                .noneMatch(body -> body instanceof MessageBody.Unreadable);
        assertThat(bob.texts(channel)).isEqualTo(said);
        assertThat(bob.told()).containsExactlyInAnyOrderElementsOf(said);
        assertThat(bob.pendingTexts(channel)).isEmpty();
    }

    @Test
    @DisplayName(
            "is left for its place where those before it could not be read any more, and read early where they can")
    void provisional() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        say(COUNT);
        village.server.tellsProvisionally = true;
        say(1);
        assertThat(bob.pendingTexts(channel)).isEmpty();
        village.server.reachHub();
        village.pass(1_000);
        assertAllIsRead();

        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        say(COUNT - 100);
        village.server.tellsProvisionally = true;
        say(1);
        assertThat(bob.pendingTexts(channel)).hasSize(1);
        village.server.reachHub();
        village.pass(1_000);
        assertAllIsRead();
    }

    @Test
    @DisplayName("costs none of those before it where only the own server's word says that it is its place in the log")
    void unvouched() {
        bob.cut();
        say(COUNT);
        FakeChannel log = village.server.channel(channel);
        int first = log.typed.size() - COUNT;
        Record last = log.typed.get(log.typed.size() - 1).record();
        FakeChannel fork = log.forkBefore(first + 1L);
        fork.append(last.kind(), last.epoch(), last.idempotencyKey(), last.device(), last.payload());
        AtomicBoolean told = new AtomicBoolean();
        village.server.tamper = frame -> {
            if (!frame.hasEntries()) {
                return frame;
            }
            Entries.Builder lie =
                    Entries.newBuilder().setChannelId(frame.getEntries().getChannelId());
            if (told.compareAndSet(false, true)) {
                lie.addAllEntries(fork.entries.subList(first, fork.entries.size()));
            }
            return frame.toBuilder().setEntries(lie).build();
        };
        bob.reconnect();
        assertThat(bob.texts(channel)).hasSize(1);
        village.server.tamper = frame -> frame;
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addAllEntries(log.entries.subList(first + 1, log.entries.size()))
                        .setHead(log.head()))
                .build());
        village.pass(1_000);
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        assertAllIsRead();
    }
}
