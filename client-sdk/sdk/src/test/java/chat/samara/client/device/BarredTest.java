package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Who may not commit any more")
class BarredTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(29);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private Resident mallory;
    private ChannelId channel;
    private Saboteur saboteur;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        mallory = village.join("mallory");
        channel = alice.create("home town");
        List.of(bob, carol, mallory).forEach(other -> alice.add(channel, other));
        village.pass(1_000);
        saboteur = new Saboteur(village, mallory);
    }

    private List<Resident> all() {
        return List.of(alice, bob, carol, mallory);
    }

    private Bytes identityKey(Resident resident) {
        return resident.engine().account().orElseThrow().identityKey();
    }

    private boolean isBarredAtTheHub(Resident resident) {
        return village.server.channel(channel).blame().isBarred(identityKey(resident));
    }

    private static List<MessageBody> barredRows(Resident resident, ChannelId channel) {
        return resident.history(channel).stream()
                .map(Message::body)
                .filter(MessageBody.MemberBarred.class::isInstance)
                .toList();
    }

    private Outcome update(Resident resident) {
        long command = resident.nextCommand();
        resident.command(new DeviceEvent.UpdateKeys(command, channel));
        village.pass(A_WHILE_MILLIS);
        return resident.outcome(command);
    }

    private void assertBarredIsTold(Resident barred, List<Resident> listeners) {
        for (Resident each : listeners) {
            assertThat(each.events(ClientEvent.MemberBarred.class))
                    .as(each.name)
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.member()).isEqualTo(barred.user());
                        assertThat(event.accusers()).isEqualTo(2);
                        assertThat(event.own()).isEqualTo(each == barred);
                    });
            assertThat(barredRows(each, channel))
                    .as(each.name)
                    .containsExactly(new MessageBody.MemberBarred(barred.user(), 2));
        }
    }

    @Test
    @DisplayName(
            "is told so, and so is everybody else, once; and why a change is refused, with what helps: here by two who lie")
    void told() {
        assertThat(update(bob)).isInstanceOf(Outcome.Changed.class);
        long bobs = village.server.channel(channel).group.epoch();
        new Saboteur(village, carol).accuse(channel, bobs);
        new Saboteur(village, mallory).accuse(channel, bobs);
        village.pass(A_WHILE_MILLIS);
        assertBarredIsTold(bob, List.of(alice, bob));
        assertThat(update(bob)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.refusal().code()).isEqualTo(RefusalCode.AUTHOR_BARRED);
            assertThat(refused.refusal().sentence()).contains(bob.user().toString(), "removes and adds");
        });
        bob.send(channel, "I can still speak");
        village.pass(1_000);
        assertThat(alice.texts(channel)).contains("I can still speak");
        alice.remove(channel, bob);
        alice.add(channel, bob);
        village.pass(1_000);
        assertThat(update(bob)).isInstanceOf(Outcome.Changed.class);
        assertBarredIsTold(bob, List.of(alice, bob));
    }

    @Test
    @DisplayName("is told, too, if it is out of its place just then, or is away and removed before it hears of it")
    void away() {
        mallory.cut();
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        alice.remove(channel, mallory);
        village.pass(1_000);
        mallory.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertBarredIsTold(mallory, all());
        assertThat(mallory.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        assertThat(mallory.events(ClientEvent.RemovedFromChannel.class)).hasSize(1);
    }

    @Test
    @DisplayName(
            "may again once removed and added; what it did before counts no more, and it is barred anew if it goes on")
    void readmitted() {
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        alice.remove(channel, mallory);
        village.pass(1_000);
        bob.add(channel, mallory);
        village.pass(A_WHILE_MILLIS);
        assertThat(isBarredAtTheHub(mallory)).isFalse();
        assertThat(update(mallory)).isInstanceOf(Outcome.Changed.class);
        saboteur.commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        assertThat(isBarredAtTheHub(mallory)).isTrue();
        assertThat(barredRows(alice, channel)).hasSize(2);
    }

    @Test
    @DisplayName("is the same for who joins later, whatever places its own server says that earlier handshakes have")
    void whateverPlaces() {
        update(bob);
        long bobs = village.server.channel(channel).position.seq();
        update(mallory);
        long refused = village.server.channel(channel).group.epoch();
        List.of("one", "two", "three").forEach(text -> alice.send(channel, text));
        new Saboteur(village, carol).accuse(channel, refused);
        village.pass(1_000);
        // Bob's commit where mallory's is, and mallory's behind it.
        village.server.handshakes = (device, asked) -> displaced(asked, bobs, bobs + 1);
        Resident dora = village.join("dora");
        alice.add(channel, dora);
        village.pass(A_WHILE_MILLIS);
        assertThat(dora.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        new Saboteur(village, bob).accuse(channel, refused);
        village.pass(A_WHILE_MILLIS);
        assertThat(isBarredAtTheHub(mallory)).isTrue();
        assertBarredIsTold(mallory, List.of(alice, dora));
    }

    /** The log's handshakes, of which those from one place through another stand one place later. */
    private Handshakes displaced(FetchHandshakes asked, long fromSeq, long throughSeq) {
        Handshakes.Builder told =
                village.server.channel(channel).handshakes(asked.getAfterSeq(), asked.getThroughSeq(), 100).toBuilder();
        try {
            for (LogEntry.Builder each : told.getEntriesBuilderList()) {
                Entry entry = Entry.parseFrom(each.getEntry());
                if (fromSeq <= entry.getSeq() && entry.getSeq() <= throughSeq) {
                    each.setEntry(
                            entry.toBuilder().setSeq(entry.getSeq() + 1).build().toByteString());
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        return told.build();
    }

    @Test
    @DisplayName("is nobody because of one member with two accounts, of which it has added one itself; whenever it did")
    void twoAccountsOfOne() {
        Resident second = village.join("second");
        Resident third = village.join("third");
        mallory.add(channel, second);
        village.pass(1_000);
        assertThat(update(bob)).isInstanceOf(Outcome.Changed.class);
        long bobs = village.server.channel(channel).group.epoch();
        mallory.add(channel, third);
        village.pass(1_000);
        for (Resident liar : List.of(third, second, mallory)) {
            assertThat(new Saboteur(village, liar).accuse(channel, bobs).getSeq())
                    .as(liar.name)
                    .isPositive();
        }
        village.pass(A_WHILE_MILLIS);
        assertThat(isBarredAtTheHub(bob)).isFalse();
        assertThat(update(bob)).isInstanceOf(Outcome.Changed.class);
        for (Resident each : List.of(alice, bob, carol)) {
            assertThat(each.events(ClientEvent.MemberBarred.class)).isEmpty();
        }
    }
}
