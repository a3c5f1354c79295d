package chat.samara.benchmarks.device;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.benchmarks.wire.SampleText;
import chat.samara.client.Client;
import chat.samara.client.Sending;
import chat.samara.client.channel.Addition;
import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.UserId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Two members with profiles on the disk, one who speaks and one who reads. At most one of them is open at a time. */
public final class Pair {
    private static final char[] PASSPHRASE = "a bench's passphrase".toCharArray();
    private static final char[] WRONG_PASSPHRASE = "another bench's passphrase".toCharArray();
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final long LOOK_AGAIN_MILLIS = 5;

    /** A device takes no more texts than so many that are not in the log yet; then whoever speaks waits. */
    private static final int UNDER_WAY_MAX = 4_000;

    private static final int TEXT_CHARACTERS = 100;

    private final Path speaker;
    private final Path reader;

    private Pair(Path speaker, Path reader) {
        this.speaker = speaker;
        this.reader = reader;
    }

    /** Lets both join, and puts both into a channel. */
    public static Pair meet(Workshop workshop, ServerUnderTest server) throws BenchFailure, InterruptedException {
        Pair pair =
                new Pair(workshop.folder().resolve("speaker"), workshop.folder().resolve("reader"));
        String invite = server.invite(2).format();
        UserId readerId;
        try (Client client = Client.create(pair.reader, PASSPHRASE)) {
            readerId = client.join(invite, "reader", PATIENCE).user();
        } catch (ClientException refused) {
            throw failed("the reader could not join", refused);
        }
        try (Client client = Client.create(pair.speaker, PASSPHRASE)) {
            chat.samara.client.device.Account unused = client.join(invite, "speaker", PATIENCE);
            client.createChannel("home", PATIENCE).add(readerId, PATIENCE);
        } catch (ClientException refused) {
            throw failed("the speaker could not found a channel", refused);
        }
        try (Client client = open(pair.reader)) {
            await(
                    "the reader to be in the channel",
                    () -> client.channels().stream()
                            .anyMatch(channel -> channel.state().membership() == Membership.MEMBER));
            caughtUp(client);
        }
        return pair;
    }

    private static BenchFailure failed(String what, ClientException refused) {
        return new BenchFailure(what + ": " + refused.getMessage(), refused);
    }

    private static Client open(Path profile) throws BenchFailure {
        try {
            return Client.open(profile, PASSPHRASE);
        } catch (ClientException refused) {
            throw failed("a profile could not be opened", refused);
        }
    }

    private static void caughtUp(Client client) throws BenchFailure {
        try {
            client.awaitCaughtUp(PATIENCE);
        } catch (ClientException refused) {
            throw failed("a device did not catch up", refused);
        }
    }

    /** The speaker says so many texts from so many threads, as fast as it goes; until all are in the log. */
    public Taken speak(int texts, int threads) throws BenchFailure, InterruptedException {
        try (Client client = open(speaker)) {
            caughtUp(client);
            Client.Channel channel = client.channels().get(0);
            return Taken.by(() -> say(channel, texts, threads));
        }
    }

    private static void say(Client.Channel channel, int texts, int threads) throws BenchFailure, InterruptedException {
        ExecutorService speaking = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Void>> ends = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int part = texts / threads + (thread < texts % threads ? 1 : 0);
                ends.add(speaking.submit(() -> {
                    say(channel, part, UNDER_WAY_MAX / threads, SampleText.WORDS);
                    return null;
                }));
            }
            for (Future<Void> end : ends) {
                Void unused = end.get();
            }
        } catch (ExecutionException refused) {
            throw new BenchFailure("a text was not sent: " + refused.getMessage(), refused);
        } finally {
            List<Runnable> unused = speaking.shutdownNow();
        }
    }

    private static void say(Client.Channel channel, int texts, int underWayMax, SampleText kind)
            throws ClientException {
        List<Sending> underWay = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            underWay.add(channel.send(kind.of(TEXT_CHARACTERS)));
            if (underWay.size() >= underWayMax) {
                long unused = underWay.get(underWay.size() / 2).awaitOrdered(PATIENCE);
                underWay.subList(0, underWay.size() / 2).clear();
            }
        }
        for (Sending sending : underWay) {
            long unused = sending.awaitOrdered(PATIENCE);
        }
    }

    /** The reader comes back, and reads what was said since, from when its profile is open until it has all. */
    public Taken catchUp() throws BenchFailure, InterruptedException {
        try (Client client = open(reader)) {
            return Taken.by(() -> caughtUp(client));
        }
    }

    /** Opens the reader's profile, and what its memory holds after that is told in bytes. */
    public record Opened(Taken whole, Taken key, long heapBytes) {}

    /** Opens the reader's profile, after trying a wrong passphrase: that takes what the key takes, and nothing else. */
    public Opened open() throws BenchFailure, InterruptedException {
        Taken key = Taken.by(() -> {
            try (Client unexpected = Client.open(reader, WRONG_PASSPHRASE)) {
                throw new BenchFailure("a wrong passphrase has opened " + unexpected);
            } catch (ClientException refused) {
                if (refused.code() != RefusalCode.WRONG_PASSPHRASE) {
                    throw failed("a wrong passphrase was refused otherwise", refused);
                }
            }
        });
        Client[] opened = new Client[1];
        try {
            Taken whole = Taken.by(() -> {
                opened[0] = open(reader);
                // The engine has read its rows when it answers.
                List<Client.Channel> unused = opened[0].channels();
            });
            return new Opened(whole, key, liveHeapBytes());
        } finally {
            if (opened[0] != null) {
                opened[0].close();
            }
        }
    }

    /** Of this process. */
    public static long liveHeapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** The speaker adds these in one go; until all are in the channel, of whom none may be left out. */
    public Taken add(List<UserId> members) throws BenchFailure, InterruptedException {
        try (Client client = open(speaker)) {
            caughtUp(client);
            Client.Channel channel = client.channels().get(0);
            return Taken.by(() -> {
                try {
                    for (Addition addition : channel.add(members, PATIENCE)) {
                        if (addition.state() != Addition.State.ADDED) {
                            throw new BenchFailure("one of " + members.size() + " was not added: " + addition);
                        }
                    }
                } catch (ClientException refused) {
                    throw failed("members were not added", refused);
                }
            });
        }
    }

    /** Bytes of the speaker's profile. */
    public long speakerBytes() throws BenchFailure {
        return bytes(speaker);
    }

    /** Bytes of the reader's profile. */
    public long readerBytes() throws BenchFailure {
        return bytes(reader);
    }

    private static long bytes(Path profile) throws BenchFailure {
        try {
            return Files.size(profile.resolve("profile.tree"));
        } catch (IOException e) {
            throw new BenchFailure("the length of " + profile + " cannot be read", e);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(String what, Condition condition) throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new BenchFailure("waited " + PATIENCE.toSeconds() + " s in vain for " + what);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
        }
    }
}
