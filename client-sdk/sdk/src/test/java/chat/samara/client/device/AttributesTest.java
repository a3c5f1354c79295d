package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Expiry;
import chat.samara.client.channel.Mention;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said beside a text")
class AttributesTest {
    private final Village village = new Village(14);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("square");

    @Test
    @DisplayName("comes with it: when it waits, when it is told, and in everybody's history")
    void travels() {
        alice.add(channel, bob);
        village.pass(1_000);
        MessageId question = ((Outcome.Queued) alice.send(channel, "who comes?")).id();
        MessageAttributes attributes = MessageAttributes.NONE
                .inReplyTo(question)
                .expiring(new Expiry(false, 2_000_000_000L))
                .mentioning(List.of(Mention.in("I do, alice", 6, 11, alice.user())))
                .inLanguage("en");
        bob.cut();
        bob.command(new DeviceEvent.SendText(bob.nextCommand(), channel, "I do, alice", attributes));
        assertThat(bob.engine().pending(channel))
                .singleElement()
                .satisfies(message -> assertThat(message.attributes()).isEqualTo(attributes));
        bob.reconnect();
        village.pass(1_000);
        for (Resident each : List.of(alice, bob)) {
            assertThat(each.history(channel))
                    .filteredOn(message -> message.attributes().replyTo().isPresent())
                    .extracting(Message::attributes)
                    .as(each.name)
                    .containsExactly(attributes);
        }
        assertThat(alice.events(ClientEvent.MessageReceived.class))
                .filteredOn(told -> !told.message().attributes().equals(MessageAttributes.NONE))
                .singleElement()
                .satisfies(told -> assertThat(told.message().attributes()).isEqualTo(attributes));
    }

    @Test
    @DisplayName("is refused, and nothing is sent, where its readers would refuse it")
    void refused() {
        long command = alice.nextCommand();
        alice.command(
                new DeviceEvent.SendText(command, channel, "hi", MessageAttributes.NONE.inLanguage("not a language")));
        assertThat(((Outcome.Refused) alice.outcome(command)).refusal().code()).isEqualTo(RefusalCode.TEXT_INVALID);
        assertThat(alice.pendingTexts(channel)).isEmpty();
        assertThat(alice.texts(channel)).isEmpty();
    }
}
