package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** While something stands in the log that no head covers, the server refuses what bob wants to change; then the log is taken back. */
@DisplayName("A change that a person was told is refused")
class RefusedChangeTest {
    private final Village village = new Village(75);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident dave = village.join("dave");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);
    private final List<ClientFrame> unanswered = new ArrayList<>();

    @BeforeEach
    void bobIsAMember() {
        alice.add(channel, bob);
        village.pass(10_000);
        alice.send(channel, "before");
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(10_000);
    }

    private void leaveUnanswered(ClientFrame.BodyCase kind) {
        village.server.check = (device, frame) -> {
            if (frame.getBodyCase() == kind) {
                unanswered.add(frame);
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
    }

    private void refuse(ErrorCode code) {
        assertThat(unanswered).hasSize(1);
        bob.receive(ServerFrame.newBuilder()
                .setRequestId(unanswered.get(0).getRequestId())
                .setError(Error.newBuilder().setCode(code).setReason("no"))
                .build());
        village.server.check = (device, frame) -> Optional.empty();
    }

    /** An entry behind those that bob has read: nobody has signed that it is the log's. */
    private void show(RecordKind kind, long epoch, boolean ofTheHub, Bytes payload, long behindSeq) {
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        while (fork.position.seq() < behindSeq) {
            closeFirstEpoch(fork);
        }
        if (ofTheHub) {
            closeFirstEpoch(fork);
        } else {
            fork.append(
                    kind,
                    epoch,
                    IdempotencyKey.random(village.random()),
                    Optional.of(alice.engine().account().orElseThrow().device()),
                    payload);
        }
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
    }

    private void closeFirstEpoch(FakeChannel fork) {
        fork.append(
                RecordKind.CONTROL,
                log.group.epoch(),
                new IdempotencyKey(Bytes.ofHex("05".repeat(16))),
                Optional.empty(),
                Payload.epochClosed(0));
    }

    private void somethingUnvouchedAndThen(Runnable refusal) {
        long end = log.position.seq();
        show(RecordKind.CONTROL, log.group.epoch(), true, Bytes.EMPTY, end);
        assertThat(bob.store.size(DeviceTable.FOOTING)).isPositive();
        refusal.run();
        Record like = log.typed.get((int) end - 1).record();
        show(RecordKind.COMMIT, like.epoch(), false, Bytes.ofHex("0011"), end + 1);
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        bob.reconnect();
        village.pass(120_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    private void requireSettledOnce(long command) {
        assertThat(bob.outcome(command)).isInstanceOf(Outcome.Refused.class);
        assertThat(bob.events(ClientEvent.ChangeSettled.class)).hasSize(1);
        assertThat(bob.engine().channel(channel).orElseThrow().pendingChanges()).isZero();
    }

    @Test
    @DisplayName("does not come back: nobody is added after that")
    void adding() {
        leaveUnanswered(ClientFrame.BodyCase.CLAIM_KEY_PACKAGES);
        long command = bob.add(channel, dave);
        somethingUnvouchedAndThen(() -> refuse(ErrorCode.NO_KEY_PACKAGE));
        requireSettledOnce(command);
        assertThat(log.roster().hasUser(dave.user())).isFalse();
    }

    @Test
    @DisplayName("does not come back where its commit was under way, and leaves nothing in the way of the next one")
    void commitUnderWay() {
        leaveUnanswered(ClientFrame.BodyCase.SUBMIT);
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.UpdateKeys(command, channel));
        village.settle();
        long epoch = log.group.epoch();
        somethingUnvouchedAndThen(() -> refuse(ErrorCode.INVALID_HANDSHAKE));
        requireSettledOnce(command);
        assertThat(log.group.epoch()).isEqualTo(epoch);
        long next = bob.nextCommand();
        bob.command(new DeviceEvent.UpdateKeys(next, channel));
        village.pass(10_000);
        assertThat(bob.outcome(next)).isInstanceOf(Outcome.Changed.class);
        assertThat(log.group.epoch()).isEqualTo(epoch + 1);
    }
}
