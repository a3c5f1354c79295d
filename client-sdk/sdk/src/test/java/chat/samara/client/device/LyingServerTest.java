package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A device's own server shows it entries without the hub's head, in a chain that fits, and other entries than the hub has ordered. What
 * came of that is taken back once the hub's word is another, whenever that is: nothing is frozen, lost, or told twice.
 */
@DisplayName("A device whose own server lies about the newest entries")
class LyingServerTest {
    private static final int CRASHES_MAX = 200;

    /** How the stretch that the device has not seen is shown to it. */
    private enum Lie {
        LEFT_OUT {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 0, 2, 3, 4);
            }
        },
        SWAPPED {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 2, 1, 0, 3, 4);
            }
        },
        REPEATED {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 0, 1, 1, 2, 2, 3, 4);
            }
        },
        COMMIT_EARLY {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 3, 4, 0, 1, 2);
            }
        },
        OVERTAKEN_COMMIT {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 0, 1);
                scene.append(
                        fork, RecordKind.COMMIT, scene.alice, scene.overtaken.getIdempotencyKey(), scene.overtaken);
                scene.truth(fork, 2);
            }
        },
        JUNK_OF_ANOTHER {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                Record one = scene.tail.get(1).record();
                fork.append(one.kind(), one.epoch(), one.idempotencyKey(), one.device(), Bytes.ofHex("0011"));
                fork.append(one.kind(), one.epoch(), scene.key(5), one.device(), Bytes.ofHex("0011"));
                scene.truth(fork, 2);
            }
        },
        JUNK_OF_ITS_OWN {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                Record mine = scene.tail.get(0).record();
                fork.append(mine.kind(), mine.epoch(), mine.idempotencyKey(), mine.device(), Bytes.ofHex("0011"));
                scene.truth(fork, 1);
            }
        },
        RELABELLED {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                Record one = scene.tail.get(1).record();
                fork.append(one.kind(), one.epoch(), scene.key(6), one.device(), one.payload());
                scene.truth(fork, 2, 3);
            }
        },
        EPOCH_CLOSED_EARLY {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 3);
                fork.append(
                        RecordKind.CONTROL,
                        scene.tail.get(3).record().epoch() + 1,
                        scene.key(7),
                        Optional.empty(),
                        Payload.epochClosed(scene.tail.get(3).record().epoch()));
                scene.truth(fork, 0, 1, 2, 4);
            }
        },
        BROKEN_RULE_BEHIND {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 2, 1);
                Record three = scene.tail.get(4).record();
                fork.append(RecordKind.COMMIT, three.epoch(), scene.key(8), three.device(), Bytes.ofHex("0011"));
            }
        },
        LONGER_THAN_THE_LOG {
            @Override
            void tell(Scene scene, FakeChannel fork) {
                scene.truth(fork, 0, 1, 2, 3, 4);
                Record three = scene.tail.get(4).record();
                for (int i = 0; i < 3; i++) {
                    fork.append(three.kind(), three.epoch(), scene.key(10 + i), three.device(), Bytes.ofHex("0011"));
                }
            }
        };

        abstract void tell(Scene scene, FakeChannel fork);
    }

    /** When the device is started again. */
    private enum Restart {
        NEVER,
        AFTER_THE_LIE,
        AFTER_THE_HUBS_WORD
    }

    /** Bob was away while this was said: his own "mine", "one", "two", a commit of carol's, "three". */
    private static final class Scene {
        final Village village = new Village(31);
        final Resident alice = village.join("alice");
        final Resident bob = village.join("bob");
        final Resident carol = village.join("carol");
        final ChannelId channel = alice.create("home town");
        final List<Entry> tail;
        final Submit overtaken;
        private final long firstSeq;
        private final String as;

        Scene(String as) {
            this.as = as;
            alice.add(channel, bob);
            alice.add(channel, carol);
            village.pass(1_000);
            alice.send(channel, "before");
            village.server.tellsProvisionally = false;
            village.server.hubIsCut = true;
            bob.send(channel, "mine");
            bob.cut();
            firstSeq = log().position.seq() + 1;
            village.server.reachHub();
            alice.send(channel, "one");
            alice.send(channel, "two");
            overtaken = alicesCommitThatIsNotOrdered();
            long command = carol.nextCommand();
            carol.command(new DeviceEvent.UpdateKeys(command, channel));
            village.settle();
            alice.send(channel, "three");
            tail = List.copyOf(
                    log().typed.subList((int) firstSeq - 1, log().typed.size()));
            assertThat(tail)
                    .extracting(entry -> entry.record().kind())
                    .containsExactly(
                            RecordKind.APPLICATION,
                            RecordKind.APPLICATION,
                            RecordKind.APPLICATION,
                            RecordKind.COMMIT,
                            RecordKind.APPLICATION);
        }

        private Submit alicesCommitThatIsNotOrdered() {
            Submit[] caught = new Submit[1];
            village.server.check = (device, frame) -> {
                if (caught[0] == null
                        && frame.getBodyCase() == ClientFrame.BodyCase.SUBMIT
                        && frame.getSubmit().getKind() == RecordKind.COMMIT) {
                    caught[0] = frame.getSubmit();
                    return Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "withheld"));
                }
                return Optional.empty();
            };
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.settle();
            village.server.check = (device, frame) -> Optional.empty();
            return caught[0];
        }

        FakeChannel log() {
            return village.server.channel(channel);
        }

        IdempotencyKey key(int value) {
            return IdempotencyKey.random(bytes -> Arrays.fill(bytes, (byte) value));
        }

        /** Entries of the true log, in this order. */
        void truth(FakeChannel fork, int... which) {
            for (int i : which) {
                Record record = tail.get(i).record();
                fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
            }
        }

        void append(
                FakeChannel fork, RecordKind kind, Resident author, com.google.protobuf.ByteString key, Submit submit) {
            fork.append(
                    kind,
                    submit.getEpoch(),
                    new IdempotencyKey(Protobuf.toBytes(key)),
                    Optional.of(author.engine().account().orElseThrow().device()),
                    Protobuf.toBytes(submit.getPayload()));
        }

        private ServerFrame entries(List<LogEntry> entries, Optional<SignedHead> head) {
            Entries.Builder message = Entries.newBuilder()
                    .setChannelId(Protobuf.toByteString(channel.bytes()))
                    .addAllEntries(entries);
            head.ifPresent(message::setHead);
            return ServerFrame.newBuilder().setEntries(message).build();
        }

        /** The own server keeps the log to itself, and says something else. */
        void lie(Lie lie) {
            FakeChannel fork = log().forkBefore(firstSeq);
            lie.tell(this, fork);
            withholdTheLog();
            bob.reconnect();
            village.pass(30_000);
            List<LogEntry> forged = fork.entries.subList((int) firstSeq - 1, fork.entries.size());
            bob.receive(entries(forged, Optional.empty()));
        }

        private void withholdTheLog() {
            village.server.tamper = frame -> frame.hasEntries()
                    ? frame.toBuilder()
                            .setEntries(Entries.newBuilder()
                                    .setChannelId(frame.getEntries().getChannelId()))
                            .build()
                    : frame;
        }

        /** The hub's word for its second entry behind what bob had seen comes through. */
        void hubsWord() {
            bob.receive(entries(List.of(), Optional.of(log().headAt(tail.get(1).position()))));
        }

        void honest() {
            village.server.tamper = frame -> frame;
            bob.cut();
            bob.reconnect();
            village.pass(120_000);
        }

        void restart() {
            bob.stop();
            bob.start();
            village.settle();
        }

        void check() {
            village.pass(120_000);
            bob.send(channel, "from bob");
            alice.send(channel, "from alice");
            village.pass(60_000);
            assertThat(bob.engine().channel(channel).orElseThrow().membership())
                    .as(as)
                    .isEqualTo(Membership.MEMBER);
            assertThat(bob.events(ClientEvent.ForkDetected.class)).as(as).noneMatch(ClientEvent.ForkDetected::frozen);
            assertThat(alice.texts(channel))
                    .as(as)
                    .containsExactly("before", "mine", "one", "two", "three", "from bob", "from alice");
            assertThat(bob.texts(channel)).as(as).containsExactlyElementsOf(alice.texts(channel));
            assertThat(bob.engine().pending(channel)).as(as).isEmpty();
            assertThat(bob.history(channel)).extracting(Message::state).as(as).containsOnly(MessageState.STABLE);
            for (long seq = 1; seq <= log().position.seq(); seq++) {
                long at = seq;
                bob.engine()
                        .entryHash(channel, seq)
                        .ifPresent(hash -> assertThat(hash)
                                .as(as)
                                .isEqualTo(log().typed.get((int) at - 1).hash().slice(0, EntryHashes.KEPT_BYTES)));
            }
            assertThat(bob.history(channel))
                    .as(as)
                    .noneMatch(it -> it.body() instanceof chat.samara.client.channel.MessageBody.Unreadable);
            assertThat(bob.engine().members(channel)).as(as).hasSize(3);
            assertThat(bob.store.size(DeviceTable.FOOTING)).as(as).isZero();
            assertThat(bob.store.size(DeviceTable.UNVOUCHED)).as(as).isZero();
        }

        void checkTold() {
            assertThat(bob.told()).as(as).containsExactlyInAnyOrder("before", "one", "two", "three", "from alice");
        }
    }

    @TestFactory
    @DisplayName("once or again and again, started again or not, reads the true log in the end, as if nothing had been")
    Stream<DynamicTest> everyLie() {
        return Arrays.stream(Lie.values())
                .flatMap(lie -> Arrays.stream(Restart.values())
                        .flatMap(restart -> Stream.of(0, 2)
                                .map(words -> DynamicTest.dynamicTest(
                                        lie + ", contradicted " + words + " times, restart " + restart,
                                        () -> play(lie, restart, words)))));
    }

    private static void play(Lie lie, Restart restart, int words) {
        Scene scene = new Scene(lie + " " + restart + " " + words);
        for (int i = 0; i < Math.max(1, words); i++) {
            scene.lie(lie);
            if (restart == Restart.AFTER_THE_LIE) {
                scene.restart();
                scene.village.pass(30_000);
            }
            if (i < words) {
                scene.hubsWord();
                assertThat(scene.bob.events(ClientEvent.LogTakenBack.class)).hasSizeGreaterThan(i);
            }
            if (restart == Restart.AFTER_THE_HUBS_WORD) {
                scene.restart();
            }
            scene.bob.cut();
        }
        scene.honest();
        scene.check();
        scene.checkTold();
    }

    @TestFactory
    @DisplayName("crashes at any commit while it is lied to and finds out, and loses and repeats nothing")
    Stream<DynamicTest> everyCrash() {
        return Stream.of(Lie.SWAPPED, Lie.COMMIT_EARLY, Lie.OVERTAKEN_COMMIT, Lie.JUNK_OF_ITS_OWN)
                .flatMap(lie -> Stream.of("before", "after")
                        .map(when -> DynamicTest.dynamicTest(lie + ", " + when, () -> everyCommit(lie, when))));
    }

    private static void everyCommit(Lie lie, String when) {
        int commit = 1;
        boolean crashed = true;
        while (crashed && commit <= CRASHES_MAX) {
            Scene scene = new Scene(lie + ", crashed " + when + " commit " + commit);
            int at = scene.bob.store.commits() + commit;
            if (when.equals("before")) {
                scene.bob.store.crashBefore(at);
            } else {
                scene.bob.store.crashAfter(at);
            }
            crashed = !came(scene, () -> {
                scene.lie(lie);
                scene.hubsWord();
                scene.honest();
            });
            scene.bob.store.crashNoMore();
            scene.honest();
            scene.check();
            commit++;
        }
        assertThat(commit).as("commits in which " + lie + " was survived").isBetween(5, CRASHES_MAX);
    }

    /** Whether it came through without the crash; after it the device is started again. */
    private static boolean came(Scene scene, Runnable work) {
        try {
            work.run();
            return true;
        } catch (MemoryStore.Crash e) {
            scene.bob.store.crashNoMore();
            scene.bob.stop();
            scene.bob.start();
            return false;
        }
    }

    @Test
    @DisplayName("says that the log was taken back, shows what it had read as provisional meanwhile, and sends nothing")
    void meanwhile() {
        Scene scene = new Scene("meanwhile");
        scene.lie(Lie.SWAPPED);
        assertThat(scene.bob.texts(scene.channel)).containsExactly("before", "two", "one", "mine", "three");
        scene.bob.send(scene.channel, "later");
        assertThat(scene.bob.pendingTexts(scene.channel)).containsExactly("later");
        scene.hubsWord();
        assertThat(scene.bob.texts(scene.channel)).containsExactly("before");
        assertThat(scene.bob.pendingTexts(scene.channel))
                .containsExactlyInAnyOrder("one", "two", "three", "mine", "later");
        assertThat(scene.bob.events(ClientEvent.LogTakenBack.class))
                .singleElement()
                .satisfies(event -> assertThat(event.afterSeq()).isEqualTo(scene.firstSeq - 1));
        assertThat(scene.bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        scene.honest();
        assertThat(scene.alice.texts(scene.channel)).containsExactly("before", "mine", "one", "two", "three", "later");
        assertThat(scene.bob.texts(scene.channel)).containsExactlyElementsOf(scene.alice.texts(scene.channel));
    }

    @Test
    @DisplayName("nothing is stable by a head that lies ahead of what was read: it says nothing of what stands here")
    void headAhead() {
        Scene scene = new Scene("head ahead");
        scene.withholdTheLog();
        scene.bob.reconnect();
        scene.village.pass(30_000);
        Entry last = scene.tail.get(4);
        scene.bob.receive(scene.entries(
                List.of(scene.log().entries.get((int) scene.firstSeq - 1)),
                Optional.of(scene.log().headAt(last.position()))));
        assertThat(scene.bob.history(scene.channel))
                .filteredOn(it -> it.seq().isPresent() && it.seq().getAsLong() >= scene.firstSeq)
                .isNotEmpty()
                .extracting(Message::state)
                .doesNotContain(MessageState.STABLE);
        scene.honest();
        scene.check();
    }

    @Test
    @DisplayName("a removal that a member has signed and no hub has ordered keeps nobody out for good")
    void removalOfNoLog() {
        Village village = new Village(32);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "before");
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
        FakeChannel log = village.server.channel(channel);
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        fork.append(
                RecordKind.COMMIT,
                caught[0].getEpoch(),
                new IdempotencyKey(Protobuf.toBytes(caught[0].getIdempotencyKey())),
                Optional.of(alice.engine().account().orElseThrow().device()),
                Protobuf.toBytes(caught[0].getPayload()));
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);

        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(60_000);
        alice.remove(channel, bob);
        village.pass(60_000);
        alice.add(channel, bob);
        village.pass(120_000);
        alice.send(channel, "welcome back");
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).endsWith("welcome back");
    }

    @Test
    @DisplayName("keeps no old secrets longer than until the hub's head comes")
    void secrets() {
        Scene scene = new Scene("secrets");
        scene.lie(Lie.COMMIT_EARLY);
        assertThat(scene.bob.store.size(DeviceTable.FOOTING)).isPositive();
        scene.hubsWord();
        assertThat(scene.bob.store.size(DeviceTable.FOOTING)).isZero();
    }
}
