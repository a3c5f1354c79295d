package chat.samara.benchmarks.jmh;

import chat.samara.benchmarks.mls.BcMls;
import chat.samara.benchmarks.mls.Implementation;
import chat.samara.benchmarks.mls.SamaraMls;
import chat.samara.benchmarks.mls.WarmGroup;
import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedHandshake;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The cases of {@code ./samara bench mls} that can be repeated without a change to the group. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class MlsBenchmark {
    /** Two members of a warm group, and a commit and a Welcome that can be processed again and again. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH sets the fields: parameters first, the rest by setUp()
    public static class Members {
        @Param({"1000", "10000"})
        public int n;

        @Param({"samara", "bcmls"})
        public String impl;

        Implementation implementation;
        WarmGroup group;
        Implementation.Peer sender;
        Implementation.Peer receiver;
        byte[] commit;

        @Setup
        public void setUp() throws Exception {
            implementation = impl.equals("samara") ? new SamaraMls() : new BcMls();
            group = WarmGroup.of(n, RandomSource.secure());
            sender = implementation.join(group.committer(), group.welcome(), group.ratchetTree());
            receiver = implementation.join(group.receiver(), group.welcome(), group.ratchetTree());
            commit = sender.commit();
            sender.dropOwn();
        }
    }

    /** A message that nobody has opened yet. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls protect() first
    public static class Message {
        byte[] bytes;

        @Setup(Level.Invocation)
        public void protect(Members members) throws Exception {
            bytes = members.sender.protect(new byte[1024]);
        }
    }

    /** What a server holds. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls setUp() first
    public static class Observer {
        PublicGroup group;
        byte[] commit;

        @Param({"1000", "10000"})
        public int n;

        @Setup
        public void setUp() throws Exception {
            WarmGroup warm = WarmGroup.of(n, RandomSource.secure());
            group = PublicGroup.of(warm.groupInfo(), warm.ratchetTree(), (credential, key) -> true);
            commit = new SamaraMls()
                    .join(warm.committer(), warm.welcome(), warm.ratchetTree())
                    .commit();
        }
    }

    @Benchmark
    public byte[] commitCreate(Members members) throws Exception {
        byte[] commit = members.sender.commit();
        members.sender.dropOwn();
        return commit;
    }

    @Benchmark
    public Implementation.Peer commitProcess(Members members) throws Exception {
        members.receiver.stage(members.commit);
        return members.receiver;
    }

    @Benchmark
    public VerifiedHandshake publicGroupCommit(Observer observer) throws MlsException {
        return observer.group.verify(observer.commit);
    }

    @Benchmark
    public Implementation.Peer join(Members members) throws Exception {
        WarmGroup group = members.group;
        return members.implementation.join(group.receiver(), group.welcome(), group.ratchetTree());
    }

    @Benchmark
    public byte[] protect1024(Members members) throws Exception {
        return members.sender.protect(new byte[1024]);
    }

    @Benchmark
    public byte[] unprotect1024(Members members, Message message) throws Exception {
        return members.receiver.unprotect(message.bytes);
    }
}
