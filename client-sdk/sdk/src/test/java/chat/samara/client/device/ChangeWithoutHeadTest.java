package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A change that the own server shows as done, without the hub's word for it")
class ChangeWithoutHeadTest {
    private final Village village = new Village(61);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carl = village.join("carl");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    @BeforeEach
    void theyTalk() {
        alice.add(channel, bob);
        alice.add(channel, carl);
        village.pass(10_000);
        alice.events.clear();
    }

    private Change removal() {
        return new Change.Remove(bob.user());
    }

    private long removeWithoutHeads() {
        village.server.between = Optional.of(new WithoutHeads(alice));
        long removing = alice.remove(channel, bob);
        village.pass(10_000);
        assertThat(log.roster().hasUser(bob.user())).isFalse();
        return removing;
    }

    private void headComes() {
        village.server.between = Optional.empty();
        carl.send(channel, "carl is here");
        village.pass(1_000);
    }

    private void requireThatItIsOpen() {
        assertThat(alice.events(ClientEvent.ChangeSettled.class)).isEmpty();
        assertThat(alice.engine().waitingChanges(channel))
                .containsExactly(new WaitingChange(removal(), true, Optional.empty()));
    }

    private void requireThatItIsDone(long seq) {
        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .containsExactly(
                        new ClientEvent.ChangeSettled(channel, removal(), OptionalLong.of(seq), Optional.empty()));
        assertThat(alice.engine().waitingChanges(channel)).isEmpty();
        assertThat(alice.store.size(DeviceTable.INTENT)).isZero();
    }

    @Test
    @DisplayName("is told when the hub vouches for it, with the place of that")
    void toldWithTheHead() {
        long removing = removeWithoutHeads();
        long seq = log.position.seq();
        assertThat(alice.outcomes).doesNotContainKey(removing);
        requireThatItIsOpen();
        headComes();
        assertThat(alice.outcome(removing)).isEqualTo(new Outcome.Changed(channel, seq));
        requireThatItIsDone(seq);
    }

    @Test
    @DisplayName("is told then also where the device was off in between")
    void toldAfterARestart() {
        removeWithoutHeads();
        long seq = log.position.seq();
        alice.stop();
        alice.start();
        village.pass(1_000);
        requireThatItIsOpen();
        headComes();
        requireThatItIsDone(seq);
    }

    @Test
    @DisplayName("is not asked for twice by who asks again, and cannot be taken back")
    void askedAgain() {
        long first = removeWithoutHeads();
        long second = alice.remove(channel, bob);
        assertThat(alice.outcomes).doesNotContainKey(second);
        long back = alice.nextCommand();
        alice.command(new DeviceEvent.TakeBackChange(back, channel, removal()));
        assertThat(((Outcome.Refused) alice.outcome(back)).refusal().code()).isEqualTo(RefusalCode.ALREADY_SENT);
        headComes();
        assertThat(alice.outcome(second)).isEqualTo(alice.outcome(first));
    }

    @Test
    @DisplayName("is asked for anew where the log shows that somebody has undone it since")
    void undoneSince() {
        long first = removeWithoutHeads();
        carl.add(channel, bob);
        long undone = log.position.seq();
        long second = alice.remove(channel, bob);
        assertThat(alice.engine().waitingChanges(channel))
                .extracting(WaitingChange::change)
                .containsExactly(removal(), removal());
        headComes();
        village.pass(10_000);
        assertThat(((Outcome.Changed) alice.outcome(first)).seq()).isLessThan(undone);
        assertThat(((Outcome.Changed) alice.outcome(second)).seq()).isGreaterThan(undone);
        assertThat(log.roster().hasUser(bob.user())).isFalse();
    }

    @Test
    @DisplayName("is asked for anew then if it is an addition, too, and what is asked for anew can be taken back")
    void additionUndoneSince() {
        alice.remove(channel, bob);
        village.server.between = Optional.of(new WithoutHeads(alice));
        long first = alice.add(channel, bob);
        carl.remove(channel, bob);
        long undone = log.position.seq();
        long second = alice.add(channel, bob);
        long back = alice.nextCommand();
        alice.command(new DeviceEvent.TakeBackChange(back, channel, new Change.Add(bob.user())));
        assertThat(alice.outcome(back)).isEqualTo(new Outcome.Done());
        assertThat(((Outcome.Refused) alice.outcome(second)).refusal().code()).isEqualTo(RefusalCode.DROPPED);
        long third = alice.add(channel, bob);
        headComes();
        village.pass(10_000);
        assertThat(((Outcome.Changed) alice.outcome(first)).seq()).isLessThan(undone);
        assertThat(((Outcome.Changed) alice.outcome(third)).seq()).isGreaterThan(undone);
        assertThat(log.roster().hasUser(bob.user())).isTrue();
    }

    @Test
    @DisplayName("is not refused for the last race that it lost to the very commit that has done it")
    void lostTheLastRace() {
        AtomicInteger races = new AtomicInteger();
        village.server.check = (device, frame) -> {
            if (!frame.hasSubmit() || frame.getSubmit().getKind() != RecordKind.COMMIT) {
                return Optional.empty();
            }
            if (races.incrementAndGet() < Village.CONFIG.changeAttemptsMax()) {
                return Optional.of(Refusal.of(ErrorCode.STALE_EPOCH, "lost"));
            }
            throw new FakeServer.NoAnswer();
        };
        long removing = alice.remove(channel, bob);
        village.pass(120_000);
        assertThat(alice.engine().queue(channel).commit()).as("the last try").isPresent();
        village.server.check = (device, frame) -> Optional.empty();
        village.server.between = Optional.of(new WithoutHeads(alice));
        carl.remove(channel, bob);
        long seq = log.position.seq();
        assertThat(alice.outcomes).doesNotContainKey(removing);
        requireThatItIsOpen();
        headComes();
        assertThat(alice.outcome(removing)).isEqualTo(new Outcome.Changed(channel, seq));
        requireThatItIsDone(seq);
    }

    @Test
    @DisplayName("is not refused for want of KeyPackages, whatever is answered to a claim that was under way")
    void claimAnsweredLate() {
        alice.remove(channel, bob);
        for (ServerFrame.Builder answer : List.of(
                ServerFrame.newBuilder().setClaimedKeyPackages(ClaimedKeyPackages.getDefaultInstance()),
                ServerFrame.newBuilder()
                        .setError(Error.newBuilder()
                                .setCode(ErrorCode.NO_KEY_PACKAGE)
                                .setReason("none")))) {
            List<ClientFrame> claims = new ArrayList<>();
            village.server.check = (device, frame) -> {
                if (frame.hasClaimKeyPackages()) {
                    claims.add(frame);
                    throw new FakeServer.NoAnswer();
                }
                return Optional.empty();
            };
            long adding = alice.add(channel, bob);
            village.server.check = (device, frame) -> Optional.empty();
            village.server.between = Optional.of(new WithoutHeads(alice));
            carl.add(channel, bob);
            alice.receive(answer.setRequestId(claims.get(0).getRequestId()).build());
            assertThat(alice.outcomes).doesNotContainKey(adding);
            headComes();
            assertThat(alice.outcome(adding)).isInstanceOf(Outcome.Changed.class);
            alice.remove(channel, bob);
        }
    }

    @Test
    @DisplayName("is undone by asking for its opposite once the hub vouches for it, unless that is taken back")
    void opposite() {
        removeWithoutHeads();
        long adding = alice.add(channel, bob);
        long again = alice.remove(channel, bob);
        assertThat(((Outcome.Refused) alice.outcome(adding)).refusal().code()).isEqualTo(RefusalCode.DROPPED);
        assertThat(alice.outcomes).doesNotContainKey(again);
        long added = alice.add(channel, bob);
        headComes();
        village.pass(10_000);
        assertThat(alice.outcome(again)).isInstanceOf(Outcome.Changed.class);
        assertThat(alice.outcome(added)).isInstanceOf(Outcome.Changed.class);
        assertThat(log.roster().hasUser(bob.user())).isTrue();
    }

    @Test
    @DisplayName("that another has made is told when the hub vouches for it, too")
    void madeByAnother() {
        alice.cut();
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        carl.remove(channel, bob);
        long seq = log.position.seq();
        village.server.between = Optional.of(new WithoutHeads(alice));
        alice.reconnect();
        village.pass(10_000);
        requireThatItIsOpen();
        headComes();
        requireThatItIsDone(seq);
    }

    @Test
    @DisplayName("is wanted still where the log is another, and told when that has it, to who asked at first")
    void takenBack() {
        List<Submit> submitted = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT) {
                submitted.add(frame.getSubmit());
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        long removing = alice.remove(channel, bob);
        village.server.check = (device, frame) -> Optional.empty();
        show(submitted.get(0));
        assertThat(alice.engine().members(channel)).as("as her server shows it").hasSize(2);
        assertThat(alice.outcomes).doesNotContainKey(removing);
        requireThatItIsOpen();

        alice.send(channel, "after");
        carl.command(new DeviceEvent.UpdateKeys(carl.nextCommand(), channel));
        village.pass(120_000);
        assertThat(log.roster().hasUser(bob.user())).isFalse();
        assertThat(alice.outcome(removing)).isInstanceOf(Outcome.Changed.class);
        requireThatItIsDone(((Outcome.Changed) alice.outcome(removing)).seq());
        assertThat(carl.texts(channel)).containsExactly("after");
        assertThat(bob.texts(channel)).isEmpty();
        assertThat(bob.told()).isEmpty();
    }

    /** Alice's own server shows her commit to her, which it has kept from the hub. */
    private void show(Submit commit) {
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        fork.append(
                RecordKind.COMMIT,
                commit.getEpoch(),
                new IdempotencyKey(Protobuf.toBytes(commit.getIdempotencyKey())),
                Optional.of(alice.engine().account().orElseThrow().device()),
                Protobuf.toBytes(commit.getPayload()));
        alice.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
    }
}
