package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelChoice;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel's name that its members give it to deceive")
class HostileNameTest {
    private final Village village = new Village(11);
    private Resident mallory;
    private Resident bob;
    private ChannelId bobs;
    private ChannelId mallorys;

    @BeforeEach
    void bobHasAChannelAndIsAddedToAnother() {
        mallory = village.join("mallory");
        bob = village.join("bob");
        bobs = bob.create("kitchen");
        mallorys = mallory.create("town");
        mallory.add(mallorys, bob);
        village.pass(1_000);
    }

    /** Mallory's device is his: it says what he wants, as soon as it adds somebody. */
    private void rename(String name) {
        mallory.stop();
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                mallory.store.get(DeviceTable.CHANNEL, Keys.channel(mallorys)).orElseThrow());
        mallory.store.put(
                DeviceTable.CHANNEL,
                Keys.channel(mallorys),
                row.toBuilder().setName(name).build().toByteArray());
        mallory.start();
        village.pass(1_000);
        mallory.add(mallorys, village.join("carol"));
        village.pass(1_000);
    }

    private ChannelChoice choose(Resident who, String typed) {
        return ChannelChoice.among(who.engine().channels(), who.engine()::isAccepted, typed);
    }

    @Test
    @DisplayName(
            "that of another channel's id is shown as a text, and chooses nothing; whoever adds somebody passes it on")
    void renamedToAnId() {
        rename(bobs.toString());

        assertThat(bob.history(mallorys))
                .extracting(message -> message.body())
                .contains(new MessageBody.Profile(bobs.toString(), ""));
        assertThat(bob.engine().channel(mallorys).orElseThrow().isNameLikeAnId())
                .isTrue();
        assertThat(choose(bob, bobs.toString())).isEqualTo(new ChannelChoice.One(bobs, List.of()));
        assertThat(choose(bob, bobs.toString().substring(0, 12))).isEqualTo(new ChannelChoice.One(bobs, List.of()));

        Resident dora = village.join("dora");
        bob.add(mallorys, dora);
        village.pass(1_000);
        assertThat(dora.engine().channel(mallorys).orElseThrow().name()).isEqualTo(bobs.toString());
    }

    @Test
    @DisplayName("that of another channel does not take what is meant for that one, until one speaks in both")
    void renamedToAnother() {
        rename("kitchen");

        assertThat(bob.engine().isAccepted(bobs)).isTrue();
        assertThat(bob.engine().isAccepted(mallorys)).isFalse();
        assertThat(choose(bob, "kitchen")).isEqualTo(new ChannelChoice.One(bobs, List.of(mallorys)));

        bob.send(mallorys, "stop that");
        assertThat(bob.engine().isAccepted(mallorys)).isTrue();
        assertThat(choose(bob, "kitchen")).isInstanceOf(ChannelChoice.Several.class);
    }

    @Test
    @DisplayName("what was accepted stays so when the device starts again")
    void acceptedIsStored() {
        bob.send(mallorys, "hello");
        bob.stop();
        bob.start();

        assertThat(bob.engine().isAccepted(bobs)).isTrue();
        assertThat(bob.engine().isAccepted(mallorys)).isTrue();
        assertThat(mallory.engine().isAccepted(mallorys)).isTrue();
    }

    @Test
    @DisplayName("a new channel cannot be called like an id")
    void noNewOne() {
        for (String name : List.of(bobs.toString(), "c0ffee123456", "\u0430bcdef")) {
            long command = bob.nextCommand();
            bob.command(new DeviceEvent.CreateChannel(command, name, chat.samara.client.channel.ChannelSuite.STANDARD));
            village.settle();
            assertThat(bob.outcome(command)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.NAME_INVALID);
                assertThat(refused.refusal().sentence()).contains(name).contains("looks like a channel's id");
            });
        }
        assertThat(bob.engine().channels()).hasSize(2);
    }
}
