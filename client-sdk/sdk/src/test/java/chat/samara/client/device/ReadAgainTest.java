package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The group goes back to before a handshake that the hub has vouched for, and is brought on by the very same entries. */
@DisplayName("What an entry has told once")
class ReadAgainTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(73);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carol = village.join("carol");
    private final Resident mallory = village.join("mallory");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    private void show(List<LogEntry> entries, Optional<SignedHead> head) {
        Entries.Builder message = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .addAllEntries(entries);
        head.ifPresent(message::setHead);
        bob.receive(ServerFrame.newBuilder().setEntries(message).build());
    }

    private void lie() {
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        Record like = log.typed.get((int) log.position.seq() - 1).record();
        fork.append(
                RecordKind.COMMIT,
                like.epoch(),
                IdempotencyKey.random(village.random()),
                like.device(),
                Bytes.ofHex("0011"));
        show(fork.entries.subList((int) log.position.seq(), (int) log.position.seq() + 1), Optional.empty());
    }

    @Test
    @DisplayName("is not told again when it is read again: no second loss of the place, and nobody is barred twice")
    void toldOnce() {
        for (Resident each : List.of(bob, carol, mallory)) {
            alice.add(channel, each);
        }
        village.pass(10_000);
        alice.send(channel, "before");
        village.pass(10_000);
        bob.cut();
        long first = log.position.seq() + 1;
        new Saboteur(village, mallory).commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_WHILE_MILLIS);
        assertThat(log.blame().barred()).as("alice and carol have returned").hasSize(1);
        long headSeq = log.position.seq();
        alice.send(channel, "behind it");
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(frame.getEntries().getChannelId()))
                        .build()
                : frame;
        bob.reconnect();
        village.pass(30_000);
        show(log.entries.subList((int) first - 1, log.entries.size()), Optional.empty());
        show(List.of(), Optional.of(log.headAt(log.typed.get((int) headSeq - 1).position())));
        assertThat(bob.events(ClientEvent.PlaceLost.class)).hasSize(1);
        assertThat(bob.events(ClientEvent.MemberBarred.class)).hasSize(1);
        lie();
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        village.server.tamper = frame -> frame;
        bob.cut();
        bob.reconnect();
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.events(ClientEvent.PlaceLost.class)).hasSize(1);
        assertThat(bob.events(ClientEvent.MemberBarred.class)).hasSize(1);
        assertThat(bob.history(channel))
                .filteredOn(message -> message.body() instanceof MessageBody.MemberBarred)
                .hasSize(1);
    }
}
