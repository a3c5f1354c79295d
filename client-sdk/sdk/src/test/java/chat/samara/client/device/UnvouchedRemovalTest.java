package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No head of the hub's comes for a removal: the log has gone on without the device. So a removal is believed by its signature alone, and
 * what place it stands at is the own server's word.
 */
@DisplayName("A removal that no head of the hub's covers")
class UnvouchedRemovalTest {
    private static final int CRASHES_MAX = 100;

    private final Village village = new Village(52);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    private void aliceAddsBob() {
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "before");
        village.pass(10_000);
    }

    /** Alice's commit that removes bob, which the hub never ordered. */
    private Submit withheldRemoval() {
        Submit[] caught = new Submit[1];
        village.server.check = (device, frame) -> {
            boolean commit = frame.getBodyCase() == ClientFrame.BodyCase.SUBMIT
                    && frame.getSubmit().getKind() == RecordKind.COMMIT;
            if (commit && caught[0] == null) {
                caught[0] = frame.getSubmit();
                return Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "withheld"));
            }
            return Optional.empty();
        };
        alice.command(new DeviceEvent.RemoveMember(alice.nextCommand(), channel, bob.user()));
        village.settle();
        village.server.check = (device, frame) -> Optional.empty();
        return caught[0];
    }

    /** Bob's own server shows it to him, behind so many entries that it has made up, and without a head. */
    private void show(Submit removal, int junk) {
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        for (int i = 0; i < junk; i++) {
            append(fork, RecordKind.APPLICATION, removal, IdempotencyKey.random(village.random()), Bytes.ofHex("0011"));
        }
        append(
                fork,
                RecordKind.COMMIT,
                removal,
                new IdempotencyKey(Protobuf.toBytes(removal.getIdempotencyKey())),
                Protobuf.toBytes(removal.getPayload()));
        showFrom(fork);
    }

    private void showFrom(FakeChannel fork) {
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addAllEntries(fork.entries.subList((int) log.position.seq(), fork.entries.size())))
                .build());
    }

    private void append(FakeChannel fork, RecordKind kind, Submit like, IdempotencyKey key, Bytes payload) {
        fork.append(
                kind,
                like.getEpoch(),
                key,
                Optional.of(alice.engine().account().orElseThrow().device()),
                payload);
    }

    private Membership membership() {
        return bob.engine().channel(channel).orElseThrow().membership();
    }

    private void alicesKeysChange() {
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(60_000);
    }

    private void aliceRemovesAndAddsBob() {
        alice.remove(channel, bob);
        village.pass(60_000);
        alice.add(channel, bob);
        village.pass(120_000);
    }

    private void requireBack(String as) {
        alice.send(channel, "welcome back");
        bob.send(channel, "here I am");
        village.pass(10_000);
        assertThat(membership()).as(as).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).as(as).containsExactly("before", "welcome back", "here I am");
        assertThat(alice.texts(channel)).as(as).containsExactly("before", "welcome back", "here I am");
        assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
        assertThat(bob.store.size(DeviceTable.UNVOUCHED)).as(as).isZero();
        for (long seq = 1; seq <= log.position.seq(); seq++) {
            Bytes genuine = log.typed.get((int) seq - 1).hash().slice(0, EntryHashes.KEPT_BYTES);
            bob.engine()
                    .entryHash(channel, seq)
                    .ifPresent(hash -> assertThat(hash).as(as).isEqualTo(genuine));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @DisplayName("and that the hub never orders keeps nobody out, also where no commit follows that would lead back in")
    void keepsNobodyOut(int commits) {
        aliceAddsBob();
        show(withheldRemoval(), 0);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
        for (int i = 0; i < commits; i++) {
            alicesKeysChange();
        }
        bob.stop();
        bob.start();
        village.pass(60_000);
        requireBack(commits + " commits");
    }

    @Test
    @DisplayName("and that the hub does order after all is believed again by who has come back meanwhile")
    void orderedAfterAll() {
        aliceAddsBob();
        Submit removal = withheldRemoval();
        show(removal, 0);
        bob.stop();
        bob.start();
        village.pass(60_000);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        alice.remove(channel, bob);
        village.pass(60_000);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
        bob.stop();
        bob.start();
        village.pass(60_000);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
    }

    @TestFactory
    @DisplayName(
            "keeps nobody out for good, whatever its own server puts before it and whatever stands in those places")
    Stream<DynamicTest> junkBefore() {
        return Stream.of(0, 1, 2, 3, 60)
                .flatMap(junk -> Stream.of(0, 1, 3)
                        .map(commits -> DynamicTest.dynamicTest(
                                junk + " entries before it, " + commits + " commits of the true log",
                                () -> new UnvouchedRemovalTest().junkBefore(junk, commits))));
    }

    private void junkBefore(int junk, int commits) {
        aliceAddsBob();
        show(withheldRemoval(), junk);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
        for (int i = 0; i < commits; i++) {
            alicesKeysChange();
        }
        aliceRemovesAndAddsBob();
        requireBack(junk + " " + commits);
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
    }

    @TestFactory
    @DisplayName("keeps nobody out either who joined by a Welcome that no head covers yet")
    Stream<DynamicTest> unvouchedMembership() {
        return Stream.of(0, 60)
                .map(junk -> DynamicTest.dynamicTest(
                        junk + " entries before it", () -> new UnvouchedRemovalTest().unvouchedMembership(junk)));
    }

    private void unvouchedMembership(int junk) {
        village.server.between = Optional.of(new WithoutHeads(bob));
        aliceAddsBob();
        show(withheldRemoval(), junk);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
        village.server.between = Optional.empty();
        bob.cut();
        bob.reconnect();
        aliceRemovesAndAddsBob();
        requireBack("unvouched membership");
    }

    /** Takes what bob and alice say for itself. */
    private static final class Swallows implements OwnServer {
        final List<Submit> swallowed = new ArrayList<>();

        @Override
        public List<ServerFrame> toDevice(FakeServer.FakeSession session, ServerFrame frame) {
            return List.of(frame);
        }

        @Override
        public boolean takes(FakeServer.FakeSession session, ClientFrame frame) {
            boolean said = frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.APPLICATION;
            if (said) {
                swallowed.add(frame.getSubmit());
            }
            return !said;
        }
    }

    @TestFactory
    @DisplayName(
            "makes nothing stable that was read before it and that no hub has ordered, wherever the device is added"
                    + " again")
    Stream<DynamicTest> neverOrdered() {
        return Stream.of(0, 2, 12)
                .map(commits -> DynamicTest.dynamicTest(
                        commits + " commits of the true log before it is added again",
                        () -> new UnvouchedRemovalTest().neverOrdered(commits)));
    }

    private void neverOrdered(int commits) {
        aliceAddsBob();
        Swallows server = new Swallows();
        village.server.between = Optional.of(server);
        MessageId mine = ((Outcome.Queued) bob.send(channel, "mine, in no log")).id();
        alice.send(channel, "alice's, in no log");
        assertThat(server.swallowed).hasSize(2);
        Submit removal = withheldRemoval();
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        append(fork, RecordKind.APPLICATION, bob, server.swallowed.get(0));
        append(fork, RecordKind.APPLICATION, alice, server.swallowed.get(1));
        append(fork, RecordKind.COMMIT, alice, removal);
        village.server.between = Optional.empty();
        showFrom(fork);
        village.pass(10_000);
        assertThat(membership()).isEqualTo(Membership.REMOVED);
        assertThat(statesOf("in no log")).containsExactly(MessageState.ORDERED, MessageState.ORDERED);

        for (int i = 0; i < commits; i++) {
            alicesKeysChange();
        }
        aliceRemovesAndAddsBob();
        for (int i = 0; i < 10; i++) {
            alice.send(channel, "later " + i);
        }
        village.pass(10_000);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertThat(statesOf("later")).hasSize(10).containsOnly(MessageState.STABLE);
        assertThat(statesOf("in no log")).containsExactly(MessageState.ORDERED, MessageState.ORDERED);
        assertThat(bob.events(ClientEvent.MessageStateChanged.class))
                .filteredOn(changed -> changed.id().equals(mine))
                .extracting(ClientEvent.MessageStateChanged::state)
                .doesNotContain(MessageState.STABLE);
    }

    private List<MessageState> statesOf(String words) {
        return bob.history(channel).stream()
                .filter(message -> textOf(message).stream().anyMatch(text -> text.contains(words)))
                .map(Message::state)
                .toList();
    }

    private static List<String> textOf(Message message) {
        return message.body() instanceof MessageBody.Text text ? List.of(text.text()) : List.of();
    }

    private void append(FakeChannel fork, RecordKind kind, Resident author, Submit submit) {
        fork.append(
                kind,
                submit.getEpoch(),
                new IdempotencyKey(Protobuf.toBytes(submit.getIdempotencyKey())),
                Optional.of(author.engine().account().orElseThrow().device()),
                Protobuf.toBytes(submit.getPayload()));
    }

    @TestFactory
    @DisplayName("is survived by a device that crashes at any commit meanwhile")
    Stream<DynamicTest> everyCrash() {
        List<Function<MemoryStore, Function<Integer, Runnable>>> kinds =
                List.of(store -> at -> () -> store.crashBefore(at), store -> at -> () -> store.crashAfter(at));
        return Stream.of(0, 1)
                .flatMap(when -> Stream.of(0, 2)
                        .map(junk -> DynamicTest.dynamicTest(
                                (when == 0 ? "before" : "after") + " it, " + junk + " entries before the removal",
                                () -> everyCommit(kinds.get(when), junk))));
    }

    private static void everyCommit(Function<MemoryStore, Function<Integer, Runnable>> kind, int junk) {
        int commit = 1;
        boolean crashed = true;
        while (crashed && commit <= CRASHES_MAX) {
            UnvouchedRemovalTest scene = new UnvouchedRemovalTest();
            scene.aliceAddsBob();
            Submit removal = scene.withheldRemoval();
            kind.apply(scene.bob.store)
                    .apply(scene.bob.store.commits() + commit)
                    .run();
            crashed = !scene.came(() -> scene.show(removal, junk));
            crashed |= !scene.came(scene::alicesKeysChange);
            crashed |= !scene.came(scene::aliceRemovesAndAddsBob);
            scene.bob.store.crashNoMore();
            scene.village.pass(120_000);
            scene.requireBack("crashed at commit " + commit);
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(5, CRASHES_MAX);
    }

    /** Whether it came through without the crash; after it the device is started again, and what was under way goes on. */
    private boolean came(Runnable work) {
        try {
            work.run();
            return true;
        } catch (MemoryStore.Crash e) {
            bob.store.crashNoMore();
            bob.stop();
            bob.start();
            village.pass(120_000);
            boolean added = bob.engine().channel(channel).isPresent()
                    && log.roster().members().size() == 2;
            if (!added) {
                alice.add(channel, bob);
                village.pass(120_000);
            }
            return false;
        }
    }

    @Test
    @DisplayName("and that is genuine ends one membership: what was said in each is read, and nothing is joined twice")
    void genuine() {
        Resident carol = village.join("carol");
        village.server.frameBytesMax = 1;
        bob.cut();
        carol.cut();
        aliceAddsBob();
        alice.add(channel, carol);
        alice.send(channel, "first");
        alice.remove(channel, carol);
        alice.send(channel, "without carol");
        alice.add(channel, carol);
        alice.send(channel, "second");
        alice.remove(channel, carol);
        alice.send(channel, "once more without");
        carol.reconnect();
        village.pass(120_000);
        assertThat(carol.texts(channel)).containsExactly("first", "second");
        assertThat(carol.events(ClientEvent.ChannelJoined.class)).hasSize(2);
        assertThat(carol.events(ClientEvent.RemovedFromChannel.class)).hasSize(2);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        carol.stop();
        carol.start();
        village.pass(120_000);
        assertThat(carol.events(ClientEvent.ChannelJoined.class)).hasSize(2);
        alice.add(channel, carol);
        alice.send(channel, "third");
        village.pass(10_000);
        assertThat(carol.texts(channel)).containsExactly("first", "second", "third");
        assertThat(carol.history(channel))
                .extracting(Message::body)
                .noneMatch(MessageBody.Unreadable.class::isInstance);
        assertThat(village.server.devices.values().stream().flatMap(it -> it.welcomes.stream()))
                .hasSize(1);
    }
}
