package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel that its server refuses to found")
class FoundingTest {
    private final Village village = new Village(43);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");

    @Test
    @DisplayName("leaves nothing behind, and everybody who waits for something in it is told")
    void refused() {
        alice.cut();
        alice.command(new DeviceEvent.CreateChannel(alice.nextCommand(), "home town", ChannelSuite.STANDARD));
        ChannelId channel = alice.engine().channels().get(0).id();
        List<MessageId> said = Stream.of("one", "two", "three")
                .map(text -> ((Outcome.Queued) alice.send(channel, text)).id())
                .toList();
        long adding = alice.add(channel, bob);
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no more channels here"))
                : Optional.empty();
        // It has started anew since: nobody waits for the command any more.
        alice.stop();
        alice.start();
        alice.reconnect();
        village.pass(1_000);
        assertThat(alice.engine().channels()).isEmpty();
        assertThat(alice.events(ClientEvent.MessageStateChanged.class))
                .filteredOn(event -> event.state() == MessageState.REFUSED)
                .extracting(ClientEvent.MessageStateChanged::id)
                .containsAll(said);
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .singleElement()
                .satisfies(settled -> assertThat(settled.refusal()).isPresent());
        assertThat(alice.events(ClientEvent.ChannelNotFounded.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.channel()).isEqualTo(channel);
                    assertThat(event.name()).isEqualTo("home town");
                });
        for (DeviceTable table : List.of(
                DeviceTable.CHANNEL, DeviceTable.OUTGOING, DeviceTable.INTENT, DeviceTable.PLACE, DeviceTable.GROUP)) {
            assertThat(alice.store.size(table)).as("%s", table).isZero();
        }
        assertThat(alice.outcomes).doesNotContainKey(adding);
    }

    @Test
    @DisplayName("refuses the commands that still wait")
    void commands() {
        alice.cut();
        long creating = alice.nextCommand();
        alice.command(new DeviceEvent.CreateChannel(creating, "home town", ChannelSuite.STANDARD));
        ChannelId channel = alice.engine().channels().get(0).id();
        long adding = alice.add(channel, bob);
        village.server.check = (device, frame) -> frame.hasCreateChannel()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.MALFORMED, "no more channels here"))
                : Optional.empty();
        alice.reconnect();
        village.pass(1_000);
        for (long command : List.of(creating, adding)) {
            assertThat(alice.outcome(command)).isInstanceOf(Outcome.Refused.class);
            assertThat(((Outcome.Refused) alice.outcome(command)).refusal().code())
                    .isEqualTo(RefusalCode.PROTOCOL);
        }
    }
}
