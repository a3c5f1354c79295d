package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session has caught up")
class CaughtUpTest {
    private final Village village = new Village(55);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");
    private final ChannelId other = alice.create("other");

    CaughtUpTest() {
        alice.add(channel, bob);
        alice.add(other, bob);
        alice.send(channel, "before");
        village.pass(10_000);
        bob.cut();
        bob.events.clear();
    }

    private boolean isOf(ServerFrame frame, ChannelId of) {
        return frame.hasEntries() && frame.getEntries().getChannelId().equals(Protobuf.toByteString(of.bytes()));
    }

    private void reconnect() {
        bob.reconnect();
        village.pass(10_000);
    }

    @Test
    @DisplayName("though its server withholds what lies between in one of its channels, which is told before")
    void oneIsWithheld() {
        alice.send(channel, "withheld");
        alice.send(channel, "behind it");
        alice.send(other, "elsewhere");
        long first = bob.engine().channel(channel).orElseThrow().seq();
        village.server.tamper = frame ->
                isOf(frame, channel) && frame.getEntries().getEntriesCount() > 1
                        ? frame.toBuilder()
                                .setEntries(frame.getEntries().toBuilder().removeEntries(0))
                                .build()
                        : frame;
        reconnect();
        assertThat(bob.engine().channel(channel).orElseThrow().seq()).isEqualTo(first);
        assertThat(bob.texts(other)).containsExactly("elsewhere");
        assertThat(bob.events)
                .filteredOn(event -> event instanceof ClientEvent.LogWithheld || event instanceof ClientEvent.CaughtUp)
                .hasSize(2)
                .last()
                .isInstanceOf(ClientEvent.CaughtUp.class);
    }

    @Test
    @DisplayName("though its server shows the beginning of another log in one of them, and never its end")
    void oneIsAnother() {
        FakeChannel log = village.server.channel(channel);
        Record last = log.typed.get(log.typed.size() - 1).record();
        FakeChannel fork = log.forkBefore(log.position.seq());
        for (int i = 0; i < 2; i++) {
            fork.append(
                    RecordKind.APPLICATION,
                    last.epoch(),
                    IdempotencyKey.random(village.random()),
                    last.device(),
                    last.payload());
        }
        alice.send(channel, "behind it");
        village.server.tamper = frame -> isOf(frame, channel)
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(Protobuf.toByteString(channel.bytes()))
                                .addEntries(fork.entries.get(fork.entries.size() - 1)))
                        .build()
                : frame;
        reconnect();
        assertThat(bob.events(ClientEvent.CaughtUp.class)).hasSize(1);
        assertThat(bob.texts(channel)).containsExactly("before");
    }
}
