package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SharedChannels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A hub that cheats: what freezes a channel, what is kept as evidence, and what proves nothing. */
final class ForkTest {
    private final World world = new World(8);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        alice.invite(home, dina);
        dina.join();
        alice.say(home, "one");
    }

    private boolean frozen() {
        return tunis.logs().stopped(home.id()).isPresent();
    }

    private List<StoredEvidence> evidence() {
        return evidence(home.id());
    }

    private List<StoredEvidence> evidence(ChannelId channel) {
        List<StoredEvidence> found = new ArrayList<>();
        new StoreRows(tunis.disk()).scanPrefix(Table.EVIDENCE, channel.bytes(), (key, value) -> {
            try {
                return found.add(StoredEvidence.parseFrom(value.toByteArray()));
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        });
        return found;
    }

    private Record record(long originSeq, String payload) {
        return Record.of(new Record.Content(
                home.id(),
                berlin.name(),
                1,
                originSeq,
                RecordKind.APPLICATION,
                1,
                IdempotencyKey.random(world.random()),
                Optional.of(alice.who().device()),
                Bytes.ofUtf8(payload),
                world.nowMillis()));
    }

    private Entries signed(Entry entry, boolean withHead) {
        BatchSigner signer = new BatchSigner();
        int recordPlace = signer.add(entry.record());
        Head head = Head.of(entry.position(), entry.seq());
        int headPlace = signer.add(head);
        BatchSigner.Signed signed = signer.sign(berlin.identity().rootKey());
        Entries.Builder entries = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(entry.channel().bytes()))
                .addEntries(entry.toProto(signed.proof(recordPlace)));
        if (withHead) {
            entries.setHead(new ProvenHead(head, signed.proof(headPlace)).toProto());
        }
        return entries.build();
    }

    /** Instead of the next answer with entries, the hub gives these. */
    private void answerWith(Entries entries) {
        boolean[] done = new boolean[1];
        berlin.tamper(frame -> {
            if (frame.hasEntries() && !done[0]) {
                done[0] = true;
                return frame.toBuilder().setEntries(entries).build();
            }
            return done[0] ? frame : withoutEntriesBeside(frame);
        });
    }

    /** A hint that there is more, and no more than that. */
    private static PeerFrame withoutEntriesBeside(PeerFrame frame) {
        return frame.hasHeadHint()
                ? frame.toBuilder()
                        .setHeadHint(frame.getHeadHint().toBuilder().clearEntries())
                        .build()
                : frame;
    }

    @Test
    @DisplayName(
            "what comes beside a hint is judged as what is pulled: a signed log that leaves out the last entry that is"
                    + " here freezes the channel")
    void signedForkBesideAHint() {
        LogPosition here = position();
        LogPosition fork = new LogPosition(
                home.id(), 1, here.seq(), Bytes.of(world.random().bytes(32)));
        Entries forged = signed(fork.append(record(9, "x"), world.nowMillis()), true);
        berlin.tamper(frame -> frame.hasHeadHint()
                ? frame.toBuilder()
                        .setHeadHint(
                                HeadHint.newBuilder().setHead(forged.getHead()).addAllEntries(forged.getEntriesList()))
                        .build()
                : frame);
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getOtherEntriesCount()).isEqualTo(1));
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("entries beside a hint that do not fit change nothing, and the right ones are pulled")
    void unfitBesideAHint() {
        LogPosition fork = new LogPosition(
                home.id(), 1, position().seq(), Bytes.of(world.random().bytes(32)));
        Entries forged = signed(fork.append(record(9, "x"), world.nowMillis()), false);
        berlin.tamper(frame -> frame.hasHeadHint()
                ? frame.toBuilder()
                        .setHeadHint(
                                frame.getHeadHint().toBuilder().clearEntries().addAllEntries(forged.getEntriesList()))
                        .build()
                : frame);
        alice.say(home, "two");
        assertThat(frozen()).isFalse();
        assertThat(position()).isEqualTo(berlin.logs().position(home.id()).orElseThrow());
        Expect.sound(tunis);
    }

    private LogPosition position() {
        return tunis.logs().position(home.id()).orElseThrow();
    }

    /** The hub shows another head for the last place that is here. */
    private void showAnotherHead() {
        LogPosition here = position();
        LogPosition other = new LogPosition(
                home.id(), 1, here.seq(), Bytes.of(world.random().bytes(32)));
        BatchSigner signer = new BatchSigner();
        Head head = Head.of(other, other.seq());
        int place = signer.add(head);
        hint(new ProvenHead(head, signer.sign(berlin.identity().rootKey()).proof(place)));
    }

    @Test
    @DisplayName("who had added devices by a commit that waited as its channel froze may add as many elsewhere")
    void additionsThatWaited() throws Exception {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, hanoi);
        world.peer(tunis, hanoi);
        List<KeyPackage> many = new ArrayList<>();
        for (int i = 0; i < Limits.ADDITIONS_AT_ONCE_MAX * 4 / 5; i++) {
            many.add(TestDevice.stranger(hanoi, "m" + i).verifiedKeyPackage());
        }
        tunis.tamper(frame -> frame.hasSubmitRecords()
                ? PeerFrame.newBuilder()
                        .setSharedChannels(SharedChannels.getDefaultInstance())
                        .build()
                : frame);
        Submission waits = dina.commit(dina.channel(home.id()), builder -> many.forEach(builder::add));
        Expect.receipt(dina.submit(waits), ReceiptStatus.STORED);
        showAnotherHead();
        assertThat(dina.status(home.id(), waits.key()).getError().getCode()).isEqualTo(ErrorCode.CHANNEL_FROZEN);
        TestChannel own = dina.found();
        Expect.receipt(dina.submit(dina.commit(own, builder -> many.forEach(builder::add))), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("another head that the hub signed for a place that is here freezes the channel, and both are kept")
    void twoHeads() {
        showAnotherHead();
        assertThat(frozen()).isTrue();
        assertThat(evidence()).singleElement().satisfies(it -> {
            assertThat(it.getOwnHead().isEmpty()).isFalse();
            assertThat(it.getOwnEntry().isEmpty()).isFalse();
            assertThat(it.getOtherHead().isEmpty()).isFalse();
        });
        Expect.error(dina.say(dina.channel(home.id()), "hello?"), ErrorCode.CHANNEL_FROZEN);
        dina.reconnect();
        assertThat(dina.follow().hasDone()).isTrue();
        tunis.restart();
        assertThat(frozen()).isTrue();
    }

    private void hint(ProvenHead head) {
        berlin.tamper(frame -> frame.hasHeadHint()
                ? frame.toBuilder()
                        .setHeadHint(HeadHint.newBuilder().setHead(head.toProto()))
                        .build()
                : frame);
        alice.say(home, "two");
        berlin.tamper(UnaryOperator.identity());
    }

    /**
     * The hub shows a head of the place that is being pulled, and then gives what stands there by its log.
     *
     * @param shown the hash in that head
     */
    private void showWhileItIsPulled(UnaryOperator<Bytes> shown) {
        List<PeerFrame> held = new ArrayList<>();
        berlin.tamper(frame -> {
            if (frame.hasEntries() && held.isEmpty()) {
                held.add(frame);
                return PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();
            }
            return withoutEntriesBeside(frame);
        });
        alice.say(home, "two");
        LogPosition there = berlin.logs().position(home.id()).orElseThrow();
        assertThat(held).hasSize(1);
        assertThat(position().seq()).isEqualTo(there.seq() - 1);
        LogPosition claimed = new LogPosition(home.id(), 1, there.seq(), shown.apply(there.entryHash()));
        BatchSigner signer = new BatchSigner();
        Head head = Head.of(claimed, claimed.seq());
        int place = signer.add(head);
        Proof proof = signer.sign(berlin.identity().rootKey()).proof(place);
        world.pushFromPeer(
                berlin,
                tunis,
                PeerFrame.newBuilder()
                        .setHeadHint(HeadHint.newBuilder().setHead(new ProvenHead(head, proof).toProto()))
                        .build());
        world.settle();
        assertThat(frozen()).isFalse();
        world.pushFromPeer(berlin, tunis, held.get(0));
        world.settle();
        assertThat(position()).isEqualTo(there);
    }

    @Test
    @DisplayName(
            "another head that the hub signed for a place, and shows while that is being pulled, freezes the channel when the place is here")
    void otherHeadWhilePulled() {
        showWhileItIsPulled(hash -> Bytes.of(world.random().bytes(32)));
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getOtherHead().isEmpty()).isFalse());
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("the head of what comes does no harm, shown while it is being pulled")
    void sameHeadWhilePulled() {
        showWhileItIsPulled(hash -> hash);
        assertThat(frozen()).isFalse();
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("a head that somebody else signed proves nothing")
    void forgedHead() {
        LogPosition here = position();
        LogPosition other = new LogPosition(
                home.id(), 1, here.seq(), Bytes.of(world.random().bytes(32)));
        BatchSigner signer = new BatchSigner();
        Head head = Head.of(other, other.seq());
        int place = signer.add(head);
        hint(new ProvenHead(head, signer.sign(tunis.identity().rootKey()).proof(place)));
        assertThat(frozen()).isFalse();
        world.pass(60_000);
        assertThat(position()).isEqualTo(berlin.logs().position(home.id()).orElseThrow());
    }

    @Test
    @DisplayName("a signed log that leaves out the last entry that is here freezes the channel")
    void signedFork() {
        LogPosition here = position();
        LogPosition fork = new LogPosition(
                home.id(), 1, here.seq(), Bytes.of(world.random().bytes(32)));
        answerWith(signed(fork.append(record(9, "x"), world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getOtherEntriesCount()).isEqualTo(1));
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("entries that do not chain and are not signed are refused, and then the right ones are taken")
    void unsignedFork() {
        LogPosition here = position();
        LogPosition fork = new LogPosition(
                home.id(), 1, here.seq(), Bytes.of(world.random().bytes(32)));
        answerWith(signed(fork.append(record(9, "x"), world.nowMillis()), false));
        alice.say(home, "two");
        assertThat(frozen()).isFalse();
        world.pass(60_000);
        assertThat(position()).isEqualTo(berlin.logs().position(home.id()).orElseThrow());
    }

    @Test
    @DisplayName("an entry that breaks a rule freezes the channel: here, a message that is none (I4)")
    void ruleBroken() {
        answerWith(signed(position().append(record(9, "not MLS"), world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getReason()).contains("breaks a rule"));
    }

    @Test
    @DisplayName("a hub that lets a stranger in by an external commit freezes the channel")
    void externalCommitOfTheHub() {
        TestDevice eve = berlin.member("eve");
        TestDevice.Submission join = eve.externalCommit(home, false);
        Record record = Record.of(new Record.Content(
                home.id(),
                berlin.name(),
                1,
                9,
                RecordKind.COMMIT,
                join.epoch(),
                join.key(),
                Optional.of(alice.who().device()),
                join.payload(),
                world.nowMillis()));
        answerWith(signed(position().append(record, world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getReason()).contains("SENDER_NOT_ADMITTED"));
    }

    @Test
    @DisplayName("a hub that lets in a second identity key of a member freezes the channel (rule one-identity)")
    void secondIdentityOfTheHub() {
        TestDevice.Submission intrusion = alice.addDevice(home, alice.impostor());
        Record record = Record.of(new Record.Content(
                home.id(),
                berlin.name(),
                1,
                9,
                RecordKind.COMMIT,
                intrusion.epoch(),
                intrusion.key(),
                Optional.of(alice.who().device()),
                intrusion.payload(),
                world.nowMillis()));
        answerWith(signed(position().append(record, world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence())
                .singleElement()
                .satisfies(it -> assertThat(it.getReason()).contains("different identity keys"));
    }

    @Test
    @DisplayName(
            "a log of before may hold a second identity key of a member, in an unsigned commit: it is followed as it"
                    + " is")
    void secondIdentityOfBefore() {
        alice.prepareWithRules(0);
        home = alice.found();
        TestDevice.Submission invitation = alice.add(
                home,
                alice.claim(dina.user(), Bytes.of(world.random().bytes(16)))
                        .getClaimedKeyPackages()
                        .getKeyPackagesList());
        Expect.receipt(alice.submit(unsigned(invitation)), ReceiptStatus.ORDERED);
        dina.join();
        TestDevice.Submission second = unsigned(alice.addDevice(home, alice.impostor()));
        Record record = Record.of(new Record.Content(
                home.id(),
                berlin.name(),
                1,
                9,
                RecordKind.COMMIT,
                second.epoch(),
                second.key(),
                Optional.of(alice.who().device()),
                second.payload(),
                world.nowMillis()));
        LogPosition next = position().append(record, world.nowMillis()).position();
        answerWith(signed(position().append(record, world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(position()).isEqualTo(next);
        assertThat(evidence()).noneMatch(it -> it.getReason().contains("different identity keys"));
    }

    private static TestDevice.Submission unsigned(TestDevice.Submission commit) {
        try {
            CommitPayload payload = Payload.commit(commit.payload());
            return new TestDevice.Submission(
                    commit.channel(),
                    commit.kind(),
                    commit.epoch(),
                    commit.key(),
                    Protobuf.encode(payload.toBuilder().clearAuthorSignature().build()));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName(
            "an entry of another channel, a later place, or with a record that is not proven is refused without harm")
    void badEntries() {
        LogPosition here = position();
        Entry later = new LogPosition(home.id(), 1, here.seq() + 3, here.entryHash()).append(record(9, "x"), 1);
        Entries unproven = signed(here.append(record(9, "x"), 1), true);
        Entries.Builder wrongProof = unproven.toBuilder();
        wrongProof
                .getEntriesBuilder(0)
                .setOriginProof(signed(later, false).getEntries(0).getOriginProof());
        List<Entries> bad = List.of(
                signed(later, false),
                wrongProof.build(),
                unproven.toBuilder()
                        .setChannelId(Protobuf.toByteString(Bytes.of(new byte[ChannelId.SIZE_BYTES])))
                        .build());
        for (Entries each : bad) {
            answerWith(each);
            alice.say(home, "next");
            assertThat(frozen()).isFalse();
            world.pass(60_000);
            assertThat(position()).isEqualTo(berlin.logs().position(home.id()).orElseThrow());
        }
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("a record that stands twice under one number, or one key, breaks a rule (I3)")
    void doubled() {
        Entry last = home.entries().get(home.entries().size() - 1);
        answerWith(signed(position().append(last.record(), world.nowMillis()), true));
        alice.say(home, "two");
        assertThat(frozen()).isTrue();
        assertThat(evidence().get(0).getReason()).contains("IDEMPOTENCY_CONFLICT");
    }

    @Test
    @DisplayName("a channel in which no member of this server is, is dropped again")
    void foreignChannel() {
        TestDevice.Draft draft = alice.draft();
        alice.create(draft);
        MemoryStore before = tunis.disk().copy();
        pretendThatTunisFollows(draft.id());
        world.pass(300_000);
        assertThat(tunis.logs().channels()).doesNotContain(draft.id()).contains(home.id());
        assertThat(before.get(Table.CHANNEL, draft.id().bytes().toByteArray())).isEmpty();
        assertThat(rowsAtTunis(draft.id())).isEmpty();
        Expect.sound(tunis);
    }

    private List<String> rowsAtTunis(ChannelId channel) {
        List<String> left = new ArrayList<>();
        for (Table table : List.of(Table.CHANNEL, Table.ENTRY, Table.GROUP, Table.HEAD, Table.WATERMARK)) {
            new StoreRows(tunis.disk()).scanPrefix(table, channel.bytes(), (key, value) -> left.add(table.name()));
        }
        return left;
    }

    /** A hub that pushes a channel on a server that is not in it. */
    private void pretendThatTunisFollows(ChannelId channel) {
        berlin.crash();
        MemoryStore forged = berlin.disk().copy();
        WriteBatch batch = new WriteBatch();
        Bytes follower = chat.samara.server.core.store.Key.of(channel.bytes())
                .and(tunis.name().value())
                .bytes();
        batch.put(
                Table.FOLLOWER,
                follower,
                Protobuf.encode(chat.samara.server.core.store.proto.StoredFollower.newBuilder()
                        .setDevices(1)
                        .build()));
        batch.put(
                Table.FOLLOWED_BY,
                chat.samara.server.core.store.Key.of(tunis.name().value())
                        .and(channel.bytes())
                        .bytes(),
                Bytes.EMPTY);
        forged.write(batch);
        berlin.restore(forged);
        berlin.start();
    }

    private void breakARuleIn(TestChannel channel) {
        Entry last = channel.entries().get(channel.entries().size() - 1);
        Entries doubled = signed(last.position().append(last.record(), world.nowMillis()), true);
        berlin.tamper(frame -> frame.hasEntries()
                        && frame.getEntries()
                                .getChannelId()
                                .equals(Protobuf.toByteString(channel.id().bytes()))
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder()
                                .addAllEntries(doubled.getEntriesList())
                                .setHead(doubled.getHead()))
                        .build()
                : frame);
    }

    @Test
    @DisplayName(
            "a log that breaks a rule, in which nobody of this server is, is no more kept than one that does not: only the proof is, and counts against its hub")
    void foreignChannelThatIsStopped() {
        TestChannel foreign = alice.found();
        breakARuleIn(foreign);
        pretendThatTunisFollows(foreign.id());
        world.pass(300_000);

        assertThat(rowsAtTunis(foreign.id())).isEmpty();
        assertThat(evidence(foreign.id()))
                .isNotEmpty()
                .allSatisfy(
                        it -> assertThat(it.getHub()).isEqualTo(berlin.name().value()));
        assertThat(tunis.logs().channels()).containsExactly(home.id());
        Expect.sound(tunis);
    }

    @Test
    @DisplayName("one that a version before has kept is dropped after a start, one with members is not")
    void foreignChannelThatWasStopped() throws Exception {
        ChannelId foreign = new ChannelId(Bytes.of(world.random().bytes(ChannelId.SIZE_BYTES)));
        tunis.crash();
        WriteBatch rows = new WriteBatch();
        byte[] row =
                tunis.disk().get(Table.CHANNEL, home.id().bytes().toByteArray()).orElseThrow();
        byte[] group =
                tunis.disk().get(Table.GROUP, home.id().bytes().toByteArray()).orElseThrow();
        StoredChannel stopped = StoredChannel.parseFrom(row).toBuilder()
                .setState(StoredChannelState.CHANNEL_FROZEN)
                .setStateReason("of before")
                .build();
        rows.put(Table.CHANNEL, home.id().bytes(), Stored.encode(stopped));
        rows.put(
                Table.CHANNEL,
                foreign.bytes(),
                Stored.encode(stopped.toBuilder()
                        .clearHadReaders()
                        .setForeignBytes(1_000)
                        .build()));
        rows.put(Table.GROUP, foreign.bytes(), Bytes.of(group));
        tunis.disk().write(rows);
        tunis.start();
        world.pass(30_000);

        assertThat(rowsAtTunis(foreign)).isEmpty();
        assertThat(frozen()).isTrue();
    }

    @Test
    @DisplayName("a genesis with another hub than the peer that gives it is refused")
    void foreignGenesis() {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(hanoi, tunis);
        Bytes genesisEntry = berlin.logs().entries(home.id(), 1, 1).get(0);
        hanoi.tamper(frame -> frame.hasEntries() || frame.hasError()
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(Protobuf.toByteString(home.id().bytes()))
                                .addEntries(parse(genesisEntry)))
                        .build()
                : frame);
        assertThat(hanoi.name()).isEqualTo(new ServerName("hanoi.example"));
        PeerFrame pushed = PeerFrame.newBuilder()
                .setSharedChannels(chat.samara.wire.proto.SharedChannels.newBuilder()
                        .addChannels(chat.samara.wire.proto.SharedChannel.newBuilder()
                                .setChannelId(Protobuf.toByteString(
                                        Bytes.of(world.random().bytes(32))))
                                .setTerm(1)
                                .setSeq(3)
                                .setEntryHash(Protobuf.toByteString(
                                        Bytes.of(world.random().bytes(32))))
                                .setHub("hanoi.example")))
                .build();
        world.pushFromPeer(hanoi, tunis, pushed);
        world.pass(30_000);
        assertThat(tunis.logs().channels()).containsExactly(home.id());
        Expect.sound(tunis);
    }

    private static chat.samara.wire.proto.LogEntry parse(Bytes entry) {
        try {
            return chat.samara.wire.proto.LogEntry.parseFrom(entry.toByteArray());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName(
            "a hub of before has ordered a proposal, which a follower takes, also after a restart; and whoever commits"
                    + " next commits it")
    void proposalOfBefore() throws Exception {
        TestDevice bob = berlin.member("bob");
        TestDevice carol = berlin.member("carol");
        Expect.receipt(alice.invite(home, bob, carol), ReceiptStatus.ORDERED);
        bob.join();
        carol.join();
        TestDevice.Submission proposal = bob.proposeRemoval(bob.channel(home.id()), carol);
        home.group().process(proposal.payload().toByteArray());
        TestDevice.Submission commit = alice.update(home);
        Entry first = position().append(submitted(9, bob, proposal), world.nowMillis());
        Entry second = first.position().append(submitted(10, alice, commit), world.nowMillis());
        Entries entries = signed(second, true).toBuilder()
                .addEntries(0, signed(first, false).getEntries(0))
                .build();
        berlin.tamper(frame -> {
            if (frame.hasEntries()) {
                return frame.toBuilder().setEntries(entries).build();
            }
            return frame.hasHeadHint()
                    ? frame.toBuilder()
                            .setHeadHint(HeadHint.newBuilder().setHead(entries.getHead()))
                            .build()
                    : frame;
        });
        carol.say(carol.channel(home.id()), "anything, so that the hub sends");
        berlin.crash();
        assertThat(frozen()).isFalse();
        assertThat(position()).isEqualTo(second.position());
        tunis.restart();
        dina.reconnect();
        world.pass(1_000);
        assertThat(dina.channel(home.id()).group().members()).hasSize(3);
        Expect.receipt(dina.submit(dina.update(dina.channel(home.id()))), ReceiptStatus.STORED);
        Expect.sound(tunis);
    }

    private Record submitted(long originSeq, TestDevice by, TestDevice.Submission submission) {
        return Record.of(new Record.Content(
                home.id(),
                berlin.name(),
                1,
                originSeq,
                submission.kind(),
                submission.epoch(),
                submission.key(),
                Optional.of(by.who().device()),
                submission.payload(),
                world.nowMillis()));
    }
}
