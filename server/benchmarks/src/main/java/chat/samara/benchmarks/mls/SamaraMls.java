package chat.samara.benchmarks.mls;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.tree.Lifetime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code protocol/mls}. */
public final class SamaraMls implements Implementation {
    private final GroupEnvironment environment =
            new GroupEnvironment(WarmGroup.ACCEPT_ALL, RandomSource.secure(), InstantSource.system());

    @Override
    public String label() {
        return "samara";
    }

    @Override
    public Member join(WarmGroup.Joiner joiner, byte[] welcome, byte[] ratchetTree) throws MlsException {
        return new Member(
                Group.join(welcome, joiner.bundle(), joiner.signer(), Optional.of(ratchetTree), environment),
                environment);
    }

    @Override
    public Founded found(WarmGroup.Joiner founder, List<byte[]> keyPackages) throws MlsException {
        Lifetime lifetime = founder.bundle().keyPackage().lifetime();
        GroupConfig config =
                new GroupConfig(WarmGroup.SUITE, WarmGroup.GROUP_ID, List.of(), WarmGroup.capabilities(), lifetime);
        Group group = Group.create(config, founder.bundle().keyPackage().credential(), founder.signer(), environment);
        List<KeyPackageIn> received = new ArrayList<>(keyPackages.size());
        for (byte[] keyPackage : keyPackages) {
            received.add(KeyPackage.decode(keyPackage));
        }
        CommitBuilder commit = group.commit();
        KeyPackageIn.verifyAll(received, WarmGroup.ACCEPT_ALL).forEach(commit::add);
        CommitBundle built = commit.build();
        Member member = new Member(group, environment);
        member.enter(built.commit().toByteArray());
        return new Founded(built.welcome().orElse(Bytes.EMPTY), Bytes.wrapUnsafe(group.ratchetTree()));
    }

    /** A member's group, and what was stored of it. */
    public static final class Member implements Peer {
        private final Group group;
        private final GroupEnvironment environment;
        private Bytes pending = Bytes.EMPTY;

        private Member(Group group, GroupEnvironment environment) {
            this.group = group;
            this.environment = environment;
        }

        public Group group() {
            return group;
        }

        @Override
        public byte[] commit() throws MlsException {
            pending = group.commit().build().commit();
            return pending.toByteArray();
        }

        @Override
        public void enterOwn() throws MlsException {
            enter(pending.toByteArray());
        }

        @Override
        public void dropOwn() {
            group.clearPendingCommit();
        }

        @Override
        public void enter(byte[] commit) throws MlsException {
            group.merge(((Processed.CommitReceived) group.process(commit)).commit());
            // The other implementation forgets past epochs at once; so nobody has to drag them along.
            group.closeEpochsThrough(group.epoch() - 1);
        }

        @Override
        public void stage(byte[] commit) throws MlsException {
            group.process(commit);
        }

        @Override
        public byte[] protect(byte[] plaintext) throws MlsException {
            return group.protect(plaintext, new byte[0]);
        }

        @Override
        public byte[] unprotect(byte[] message) throws MlsException {
            Processed.ApplicationMessage opened = (Processed.ApplicationMessage) group.process(message);
            return opened.plaintext().toByteArray();
        }

        @Override
        public Object heapRoot() {
            return group;
        }

        @Override
        public List<Object> heapShared() {
            return List.of(WarmGroup.SUITE, environment);
        }
    }
}
