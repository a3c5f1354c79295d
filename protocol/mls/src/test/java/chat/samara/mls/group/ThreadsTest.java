package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("On several threads")
class ThreadsTest {
    private static final int THREADS = 4;
    private static final int WORLDS = 24;
    private static final int STEPS = 6;
    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

    private static <T> List<T> onThreads(List<Callable<T>> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(work)) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    /** A group with a life of its own, and a hash of every byte that it has sent, stored and agreed on. */
    private static Bytes world(int seed) throws Exception {
        List<CipherSuite> suites = CipherSuite.all();
        CipherSuite suite = suites.get(seed % suites.size());
        SeededRandom random = new SeededRandom(seed);
        TestClient alice = new TestClient("alice", suite, random);
        List<Group> groups = new ArrayList<>();
        groups.add(alice.found());
        groups.addAll(TestClient.addAll(
                groups.get(0), List.of(new TestClient("bob", suite, random), new TestClient("carol", suite, random))));
        List<Bytes> transcript = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            Group sender = groups.get(random.below(groups.size()));
            byte[] message = sender.protect(TEXT, TEXT);
            transcript.add(Bytes.of(message));
            for (Group group : groups) {
                if (group != sender) {
                    assertThat(TestClient.open(group, message).plaintext()).isEqualTo(Bytes.of(TEXT));
                }
            }
            Bytes commit =
                    groups.get(random.below(groups.size())).commit().build().commit();
            transcript.add(commit);
            TestClient.mergeAll(groups, commit);
            transcript.add(groups.get(step % groups.size()).epochAuthenticator());
        }
        alice.store.apply(groups.get(0).drainDelta()).blobs().forEach((key, value) -> {
            transcript.add(key);
            transcript.add(value);
        });
        return Sha256.of(Bytes.concat(transcript.toArray(Bytes[]::new)).toByteArray());
    }

    @Test
    @DisplayName("groups of all suites never disturb each other: each is byte for byte what it is alone")
    void groupsAreIndependent() throws Exception {
        List<Bytes> alone = new ArrayList<>();
        List<Callable<Bytes>> together = new ArrayList<>();
        for (int seed = 0; seed < WORLDS; seed++) {
            int number = seed;
            alone.add(world(number));
            together.add(() -> world(number));
        }
        assertThat(alone).doesNotHaveDuplicates();
        assertThat(onThreads(together)).isEqualTo(alone);
    }

    @Test
    @DisplayName("one PublicGroup verifies for all of them at once, and stays as it was")
    void publicGroupIsShared() throws Exception {
        CipherSuite suite = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
        SeededRandom random = new SeededRandom(7);
        List<Group> groups = new ArrayList<>(List.of(new TestClient("alice", suite, random).found()));
        List<TestClient> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(new TestClient("member " + i, suite, random));
        }
        groups.addAll(TestClient.addAll(groups.get(0), others));
        List<Bytes> commits = new ArrayList<>();
        for (Group group : groups) {
            commits.add(group.commit().build().commit());
        }
        // Decoded, so that no tree hash is known yet and all threads compute them at once.
        byte[] snapshot = groups.get(0).publicGroup().encode();
        PublicGroup alone = PublicGroup.decode(snapshot, (credential, key) -> true);
        PublicGroup shared = PublicGroup.decode(snapshot, (credential, key) -> true);
        List<Bytes> expected = new ArrayList<>();
        List<Callable<Bytes>> work = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            for (Bytes commit : commits) {
                expected.add(after(alone, commit));
                work.add(() -> after(shared, commit));
            }
        }
        assertThat(onThreads(work)).isEqualTo(expected);
        assertThat(shared.encode()).isEqualTo(snapshot);
    }

    @Test
    @DisplayName("a call into a group that another thread is in is refused as the bug it is, and does no harm")
    void confined() throws Exception {
        CipherSuite suite = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
        SeededRandom random = new SeededRandom(8);
        TestClient alice = new TestClient("alice", suite, random);
        Group a = alice.found();
        Group b = TestClient.addAll(a, List.of(new TestClient("bob", suite, random)))
                .get(0);
        List<Throwable> refused = new ArrayList<>();
        List<Group> confined = new ArrayList<>();
        // Judging a credential happens in the middle of process().
        GroupEnvironment asking = new GroupEnvironment(
                (credential, key) -> {
                    for (Group group : confined) {
                        refused.add(onAnotherThread(() -> group.protect(TEXT, TEXT)));
                        refused.add(onAnotherThread(group::drainDelta));
                    }
                    return true;
                },
                random,
                alice.environment.clock());
        Group restored = Group.restore(alice.store.apply(a.drainDelta()).blobs(), alice.signer, asking);
        byte[] add = b.propose(new ProposalDraft.Add(new TestClient("carol", suite, random).keyPackage()));
        confined.add(restored);
        assertThat(restored.process(add)).isInstanceOf(Processed.ProposalReceived.class);
        confined.clear();
        assertThat(refused).isNotEmpty().allMatch(thrown -> thrown instanceof ConcurrentModificationException);
        TestClient.mergeAll(List.of(restored, b), restored.commit().build().commit());
        assertThat(restored.epochAuthenticator()).isEqualTo(b.epochAuthenticator());
    }

    private static Throwable onAnotherThread(Callable<?> call) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return new AssertionError(
                    "not refused, but gave " + thread.submit(call).get());
        } catch (ExecutionException e) {
            return Objects.requireNonNullElse(e.getCause(), e);
        } catch (InterruptedException e) {
            return e;
        } finally {
            thread.shutdown();
        }
    }

    private static Bytes after(PublicGroup group, Bytes commit) throws Exception {
        return Bytes.of(group.verify(commit.toByteArray()).after().encode());
    }
}
