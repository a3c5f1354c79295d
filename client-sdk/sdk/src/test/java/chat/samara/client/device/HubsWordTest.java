package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.ClientFrame.BodyCase;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device whose own server is the hub and was restored from an older copy")
class HubsWordTest {
    private final Village village = new Village(43);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void founds() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "kept");
        alice.send(channel, "lost");
    }

    /** The server's log ends before this place. */
    private FakeChannel restoreBefore(long seq) {
        FakeChannel whole = village.server.channel(channel);
        FakeChannel less = whole.forkBefore(seq);
        less.typed.addAll(whole.typed.subList(0, (int) seq - 1));
        less.readable.putAll(whole.readable);
        village.server.channels.put(channel, less);
        return less;
    }

    private long end() {
        return village.server.channel(channel).position.seq();
    }

    private List<Long> shownPlaces() throws RefusedException {
        List<Long> places = new java.util.ArrayList<>();
        for (SignedHead head : village.server.shownHeads) {
            ProvenHead proven = HeadIn.of(head).verify(village.server.rootKey.publicKey());
            assertThat(proven.head().channel()).isEqualTo(channel);
            places.add(proven.head().seq());
        }
        return places;
    }

    @Test
    @DisplayName("shows the hub's own signature for what it lacks, before anything is submitted, also after a start")
    void shows() throws RefusedException {
        long end = end();
        restoreBefore(end);
        bob.stop();
        bob.start();
        village.server.log.clear();
        bob.send(channel, "next");
        village.pass(60_000);
        assertThat(shownPlaces())
                .contains(end)
                .allSatisfy(place -> assertThat(place).isEqualTo(end));
        assertThat(village.server.log.stream().filter(it -> it == BodyCase.SHOW_HEADS || it == BodyCase.SUBMIT))
                .first()
                .isEqualTo(BodyCase.SHOW_HEADS);
    }

    @Test
    @DisplayName("shows nothing where the hub has all that it has signed")
    void showsNothing() {
        bob.dropConnection();
        village.pass(60_000);
        assertThat(village.server.shownHeads).isEmpty();
    }

    @Test
    @DisplayName("shows it, too, where the hub has gone on from its older copy and contradicts itself")
    void showsAFork() throws RefusedException {
        long end = end();
        FakeChannel real = village.server.channel(channel);
        FakeChannel other = restoreBefore(end);
        other.append(
                RecordKind.APPLICATION,
                other.group.epoch(),
                IdempotencyKey.random(village.random()),
                real.typed.get(real.typed.size() - 1).record().device(),
                real.typed.get(real.typed.size() - 1).record().payload());
        bob.dropConnection();
        village.pass(60_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        assertThat(shownPlaces()).contains(end);
    }

    @Test
    @DisplayName("says to its person why what was sent waits, reads on, and sends it once the hub goes on")
    void told() {
        boolean[] behind = {true};
        village.server.check = (device, frame) -> behind[0] && frame.hasSubmit()
                ? Optional.of(new chat.samara.wire.Refusal(
                        ErrorCode.HUB_BEHIND, "home.example lacks part of this channel", "held-at=9", 0, 10_000))
                : Optional.empty();
        bob.send(channel, "waits");
        village.pass(60_000);
        assertThat(bob.events(ClientEvent.SendingHeld.class))
                .singleElement()
                .satisfies(held -> assertThat(held.why().orElseThrow().code()).isEqualTo(RefusalCode.HUB_BEHIND));
        assertThat(bob.engine().pending(channel)).singleElement().satisfies(message -> {
            assertThat(message.state()).isEqualTo(MessageState.QUEUED);
            assertThat(message.refusal().orElseThrow().code()).isEqualTo(RefusalCode.HUB_BEHIND);
        });
        behind[0] = false;
        village.pass(120_000);
        assertThat(bob.engine().pending(channel)).extracting(Message::state).isEmpty();
        assertThat(alice.texts(channel)).endsWith("waits");
    }

    @Test
    @DisplayName("says nothing of a hub that has just started and asks first: that passes in a moment")
    void startsUp() {
        boolean[] asking = {true};
        village.server.check = (device, frame) -> asking[0] && frame.hasSubmit()
                ? Optional.of(new chat.samara.wire.Refusal(ErrorCode.HUB_ASKING, "asks first", "asking", 0, 500))
                : Optional.empty();
        bob.send(channel, "in a moment");
        village.pass(1_000);
        asking[0] = false;
        village.pass(60_000);
        assertThat(bob.events(ClientEvent.SendingHeld.class)).isEmpty();
        assertThat(alice.texts(channel)).endsWith("in a moment");
    }
}
