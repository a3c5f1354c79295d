package chat.samara.benchmarks.mls;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.StateDelta;
import chat.samara.mls.group.VerifiedCommit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openjdk.jol.info.GraphLayout;

/** What is done over and over, and which cases it measures on the way. */
abstract class Scenario {
    /** One round of work, with the times of its parts. */
    @FunctionalInterface
    interface Round {
        void play(Stopwatch watch) throws Exception;
    }

    private final Set<MlsCase> measures;

    private Scenario(MlsCase first, MlsCase... more) {
        measures = EnumSet.of(first, more);
    }

    Set<MlsCase> measures() {
        return measures;
    }

    /** Whether the heap is measured and not the time, so that one round says it all. */
    boolean onlyOnce() {
        return false;
    }

    abstract Round of(Implementation implementation, WarmGroup group) throws Exception;

    static List<Scenario> all(int members) {
        return List.of(
                new Commits(), new Joins(), new Messages(), new Founding(members), new StateBytes(), new DeltaBytes());
    }

    private static Implementation.Peer committer(Implementation implementation, WarmGroup group) throws Exception {
        return implementation.join(group.committer(), group.welcome(), group.ratchetTree());
    }

    private static Implementation.Peer receiver(Implementation implementation, WarmGroup group) throws Exception {
        return implementation.join(group.receiver(), group.welcome(), group.ratchetTree());
    }

    /** One member commits, another and an observer follow: epoch after epoch. */
    private static final class Commits extends Scenario {
        Commits() {
            super(MlsCase.COMMIT_CREATE, MlsCase.COMMIT_PROCESS, MlsCase.PUBLIC_GROUP_COMMIT);
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) throws Exception {
            Implementation.Peer committer = committer(implementation, group);
            Implementation.Peer receiver = receiver(implementation, group);
            if (!(implementation instanceof SamaraMls)) {
                return watch -> commit(watch, committer, receiver);
            }
            PublicGroup[] observer = {PublicGroup.of(group.groupInfo(), group.ratchetTree(), WarmGroup.ACCEPT_ALL)};
            return watch -> {
                byte[] commit = commit(watch, committer, receiver);
                observer[0] = watch.time(
                        MlsCase.PUBLIC_GROUP_COMMIT, () -> ((VerifiedCommit) observer[0].verify(commit)).after());
            };
        }

        private static byte[] commit(Stopwatch watch, Implementation.Peer committer, Implementation.Peer receiver)
                throws Exception {
            byte[] commit = watch.time(MlsCase.COMMIT_CREATE, committer::commit);
            committer.enterOwn();
            watch.time(MlsCase.COMMIT_PROCESS, () -> {
                receiver.enter(commit);
                return commit;
            });
            return commit;
        }
    }

    private static final class Joins extends Scenario {
        Joins() {
            super(MlsCase.JOIN);
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) {
            return watch -> watch.time(MlsCase.JOIN, () -> receiver(implementation, group));
        }
    }

    private static final class Messages extends Scenario {
        private static final byte[] SHORT = new byte[100];
        private static final byte[] LONG = new byte[1024];

        Messages() {
            super(MlsCase.PROTECT_100, MlsCase.PROTECT_1024, MlsCase.UNPROTECT_100, MlsCase.UNPROTECT_1024);
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) throws Exception {
            Implementation.Peer sender = committer(implementation, group);
            Implementation.Peer receiver = receiver(implementation, group);
            return watch -> {
                byte[] shortMessage = watch.time(MlsCase.PROTECT_100, () -> sender.protect(SHORT));
                watch.time(MlsCase.UNPROTECT_100, () -> receiver.unprotect(shortMessage));
                byte[] longMessage = watch.time(MlsCase.PROTECT_1024, () -> sender.protect(LONG));
                watch.time(MlsCase.UNPROTECT_1024, () -> receiver.unprotect(longMessage));
            };
        }
    }

    private static final class Founding extends Scenario {
        private final int members;

        Founding(int members) {
            super(MlsCase.CREATE_GROUP);
            this.members = members;
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) {
            RandomSource random = RandomSource.secure();
            WarmGroup.Joiner founder = WarmGroup.joiner("founder", random);
            List<byte[]> keyPackages = new ArrayList<>(members);
            for (int i = 1; i < members; i++) {
                keyPackages.add(WarmGroup.joiner("added " + i, random)
                        .bundle()
                        .keyPackage()
                        .encode());
            }
            return watch -> watch.time(MlsCase.CREATE_GROUP, () -> implementation.found(founder, keyPackages));
        }
    }

    /** What a member's group retains that has seen a commit and a message; nothing that groups share. */
    private static final class StateBytes extends Scenario {
        StateBytes() {
            super(MlsCase.STATE_BYTES);
        }

        @Override
        boolean onlyOnce() {
            return true;
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) throws Exception {
            Implementation.Peer committer = committer(implementation, group);
            Implementation.Peer receiver = receiver(implementation, group);
            return watch -> {
                byte[] commit = committer.commit();
                committer.enterOwn();
                receiver.enter(commit);
                receiver.unprotect(committer.protect(new byte[100]));
                GraphLayout own = GraphLayout.parseInstance(receiver.heapRoot());
                GraphLayout shared =
                        GraphLayout.parseInstance(receiver.heapShared().toArray());
                watch.note(MlsCase.STATE_BYTES, own.subtract(shared).totalSize());
            };
        }
    }

    /** What is to be stored after each message, by its sender and by its receiver: the first of an epoch is the dearest. */
    private static final class DeltaBytes extends Scenario {
        private static final int MESSAGES = 16;

        DeltaBytes() {
            super(MlsCase.MESSAGE_DELTA_BYTES);
        }

        @Override
        boolean onlyOnce() {
            return true;
        }

        @Override
        Round of(Implementation implementation, WarmGroup group) throws Exception {
            if (!(implementation instanceof SamaraMls samara)) {
                // It cannot store a group at all.
                return watch -> {};
            }
            SamaraMls.Member sender = samara.join(group.committer(), group.welcome(), group.ratchetTree());
            SamaraMls.Member receiver = samara.join(group.receiver(), group.welcome(), group.ratchetTree());
            return watch -> {
                sender.group().drainDelta();
                receiver.group().drainDelta();
                for (int i = 0; i < MESSAGES; i++) {
                    byte[] message = sender.protect(new byte[100]);
                    watch.note(MlsCase.MESSAGE_DELTA_BYTES, size(sender.group().drainDelta()));
                    receiver.unprotect(message);
                    watch.note(
                            MlsCase.MESSAGE_DELTA_BYTES, size(receiver.group().drainDelta()));
                }
            };
        }

        private static long size(StateDelta delta) {
            long size = delta.deletes().stream().mapToLong(Bytes::size).sum();
            for (Map.Entry<Bytes, Bytes> put : delta.puts().entrySet()) {
                size += put.getKey().size() + put.getValue().size();
            }
            return size;
        }
    }
}
