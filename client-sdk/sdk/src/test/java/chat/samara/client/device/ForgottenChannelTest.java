package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel that a person has this device forget")
class ForgottenChannelTest {
    private final Village village = new Village(41);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private ChannelId other;

    /** All Welcomes that Bob's server was ever given for him. */
    private final List<WaitingWelcome> welcomes = new ArrayList<>();

    @BeforeEach
    void bobIsIn() {
        alice = village.join("alice");
        bob = village.join("bob");
        other = alice.create("other");
        alice.add(other, bob);
        channel = alice.create("home town");
        village.server.tamper = frame -> {
            welcomes.addAll(frame.getWelcomes().getWelcomesList());
            return frame;
        };
        // Only that of last resort is left, which serves again and again.
        atServer().keyPackages.clear();
        alice.add(channel, bob);
        alice.send(channel, "before");
        bob.send(channel, "mine");
        alice.send(other, "elsewhere");
        village.pass(1_000);
    }

    /** Bob's device, as its server has it. */
    private FakeServer.FakeDevice atServer() {
        return Optional.ofNullable(village.server.devices.get(
                        bob.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    private long forget() {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, channel));
        village.settle();
        return command;
    }

    private RefusalCode refusalOfForgetting() {
        return ((Outcome.Refused) bob.outcome(forget())).refusal().code();
    }

    private void removeBob() {
        alice.remove(channel, bob);
        village.pass(1_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
    }

    private int rowsOf(ChannelId id) {
        int[] rows = new int[1];
        for (DeviceTable table : DeviceTable.values()) {
            bob.store.scan(table, id.bytes(), Keys.behind(id), (key, value) -> {
                rows[0]++;
                return true;
            });
        }
        return rows[0];
    }

    /** Through whom the keys of people were seen, and where, is about the people. */
    private boolean storeNames(ChannelId id) {
        boolean[] found = new boolean[1];
        for (DeviceTable table : EnumSet.complementOf(EnumSet.of(DeviceTable.PIN))) {
            bob.store.scan(table, Keys.FIRST, Keys.LAST, (key, value) -> {
                found[0] |= key.hex().contains(id.bytes().hex())
                        || Bytes.of(value).hex().contains(id.bytes().hex());
                return !found[0];
            });
        }
        return found[0];
    }

    @Test
    @DisplayName("takes no credit of the other channels, however much of it the server goes on to send")
    void costsNoCredit() {
        List<ServerFrame> frames = new ArrayList<>();
        village.server.tamper = frame -> {
            if (frame.getEntries().getChannelId().equals(Protobuf.toByteString(channel.bytes()))
                    && frame.getEntries().getEntriesCount() > 0) {
                frames.add(frame);
            }
            return frame;
        };
        alice.send(channel, "the last");
        village.pass(1_000);
        removeBob();
        forget();
        village.pass(1_000);
        village.server.log.clear();
        ServerFrame frame = frames.get(0);
        for (long sent = 0; sent <= Village.CONFIG.creditBytes(); sent += frame.getSerializedSize()) {
            bob.receive(frame);
        }
        assertThat(village.server.log).contains(ClientFrame.BodyCase.CREDIT);
        alice.send(other, "goes on");
        village.pass(1_000);
        assertThat(bob.texts(other)).contains("goes on");
    }

    @Test
    @DisplayName("leaves no row, history included, and other channels stay as they are")
    void leavesNothing() {
        removeBob();
        int rowsOfOther = rowsOf(other);

        assertThat(bob.outcome(forget())).isInstanceOf(Outcome.Done.class);

        assertThat(rowsOf(channel)).isZero();
        assertThat(storeNames(channel)).as("not even its id").isFalse();
        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(bob.engine().channels()).extracting(it -> it.id()).containsExactly(other);
        assertThat(bob.texts(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.ChannelForgotten.class))
                .containsExactly(new ClientEvent.ChannelForgotten(channel, "home town"));
        assertThat(rowsOf(other)).isEqualTo(rowsOfOther);
        assertThat(bob.texts(other)).containsExactly("elsewhere");
        assertThat(refusalOfForgetting()).isEqualTo(RefusalCode.UNKNOWN_CHANNEL);
    }

    @Test
    @DisplayName("is not forgotten while this device is in it, is founding it, or is coming back")
    void onlyWhereItIsOut() {
        assertThat(refusalOfForgetting()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        assertThat(bob.texts(channel)).containsExactly("before", "mine");
        bob.cut();
        bob.command(new DeviceEvent.CreateChannel(
                bob.nextCommand(), "new", chat.samara.client.channel.ChannelSuite.STANDARD));
        ChannelId founding = bob.engine().channels().stream()
                .filter(it -> it.membership() == Membership.FOUNDING)
                .findFirst()
                .orElseThrow()
                .id();
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, founding));
        assertThat(((Outcome.Refused) bob.outcome(command)).refusal().code()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        bob.reconnect();

        isComingBack();
        assertThat(refusalOfForgetting()).isEqualTo(RefusalCode.STILL_A_MEMBER);
        assertThat(bob.texts(channel)).containsExactly("before", "mine");
    }

    /** Its server takes no commit of it, so that it stays on its way back. */
    private void isComingBack() {
        village.server.check = (device, frame) ->
                frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT
                        ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.DISK_FULL, "later"))
                        : Optional.empty();
        village.server.countsTooMuch = true;
        bob.dropConnection();
        village.pass(60_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.RETURNING);
    }

    @Test
    @DisplayName("begins anew, as at a first joining, when a member adds this one again")
    void addedAgain() {
        removeBob();
        forget();
        alice.add(channel, bob);
        alice.send(channel, "anew");
        village.pass(1_000);
        bob.send(channel, "I am back");
        village.pass(60_000);

        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).containsExactly("anew", "I am back");
        assertThat(alice.texts(channel)).containsExactly("before", "mine", "anew", "I am back");
        assertThat(bob.history(channel).get(0).body()).isInstanceOf(MessageBody.Joined.class);
        assertThat(bob.events(ClientEvent.OldStateNoticed.class))
                .as("that its server counts what it said before makes no old state of it")
                .isEmpty();
        bob.dropConnection();
        village.pass(60_000);
        assertThat(bob.events(ClientEvent.OldStateNoticed.class)).isEmpty();
    }

    private void offerAgain(WaitingWelcome welcome) {
        atServer().welcomes.add(welcome);
        bob.receive(ServerFrame.newBuilder()
                .setWelcomes(Welcomes.newBuilder().addWelcomes(welcome))
                .build());
        village.pass(60_000);
    }

    @Test
    @DisplayName(
            "is not brought back by the Welcome of the membership that was over, by whose KeyPackage it could still be read")
    void oldWelcome() {
        WaitingWelcome old = welcomes.get(welcomes.size() - 1);
        removeBob();
        forget();

        offerAgain(old);

        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(rowsOf(channel)).isZero();
    }

    @Test
    @DisplayName("is not entered again by what its server says this device is in, as the log was before the removal")
    void saidToBeIn() {
        long before = village.server.channel(channel).position.seq();
        removeBob();
        forget();
        village.server.tamper = frame -> frame.hasLoggedIn()
                ? frame.toBuilder()
                        .setLoggedIn(frame.getLoggedIn().toBuilder()
                                .addChannels(ChannelState.newBuilder()
                                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                                        .setSeq(before)
                                        .setNextDeviceSeq(1)))
                        .build()
                : frame;
        bob.dropConnection();
        village.pass(60_000);

        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(rowsOf(channel)).isZero();
    }

    @Test
    @DisplayName("that was frozen is not taken up again in the log that its hub prefers")
    void frozen() {
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        forged.append(
                RecordKind.APPLICATION,
                record.epoch(),
                new IdempotencyKey(Bytes.ofHex("01".repeat(16))),
                record.device(),
                record.payload());
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(forged.head()))
                .build());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        assertThat(bob.outcome(forget())).isInstanceOf(Outcome.Done.class);
        assertThat(rowsOf(channel)).isZero();

        alice.remove(channel, bob);
        alice.add(channel, bob);
        village.pass(60_000);

        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(bob.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(told -> assertThat(told.refusal().code()).isEqualTo(RefusalCode.UNPROVEN_WELCOME));
    }

    @Test
    @DisplayName("is erased in turns of bounded size, wherever it crashes in between")
    void inBoundedTurns() {
        removeBob();
        byte[] long_ = new byte[100];
        int rows = (int) (3 * Limits.TURN_BYTES_MAX / 50);
        for (int i = 0; i < rows; i++) {
            bob.store.put(DeviceTable.ENTRY_HASH, Keys.numbered(channel, 1_000_000 + i), long_);
        }
        bob.store.resetLargestCommit();
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, channel));
        assertThat(bob.engine().channel(channel)).as("gone at once").isEmpty();
        bob.deliver();
        int left = rowsOf(channel);
        assertThat(left).isPositive().isLessThan(rows);
        bob.stop();
        bob.start();
        village.settle();

        assertThat(rowsOf(channel)).isZero();
        assertThat(bob.engine().channel(channel)).isEmpty();
        assertThat(bob.store.largestCommitBytes()).isLessThan(2 * Limits.TURN_BYTES_MAX);
    }

    private List<RefusalCode> endOf(MessageId message) {
        return bob.events(ClientEvent.MessageStateChanged.class).stream()
                .filter(changed -> changed.id().equals(message) && changed.state() == MessageState.REFUSED)
                .map(changed -> changed.refusal().orElseThrow().code())
                .toList();
    }

    @Test
    @DisplayName("lets nobody wait for what was on its way there")
    void whatWaited() {
        village.server.hubIsCut = true;
        MessageId waits = ((Outcome.Queued) bob.send(channel, "never ordered")).id();
        village.server.hubIsCut = false;
        village.server.check = (device, frame) -> {
            if (frame.hasQueryStatus()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        removeBob();
        assertThat(endOf(waits)).isEmpty();
        forget();
        assertThat(rowsOf(channel)).isZero();
        assertThat(endOf(waits)).containsExactly(RefusalCode.NOT_A_MEMBER);
        village.pass(120_000);
        bob.send(other, "elsewhere too");
        assertThat(alice.texts(other)).containsExactly("elsewhere", "elsewhere too");
    }
}
