package chat.samara.benchmarks.wire;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.client.Client;
import chat.samara.client.Sending;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Two members with devices of the SDK, in one channel of one server, and the tap before it. On the benchmark's main thread. */
public final class Conversation implements AutoCloseable {
    private static final String NAME = "wire.example";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_AGAIN_MILLIS = 20;

    /** As long as nothing has been said for this time, nothing is under way: all of it is on this machine. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(800);

    private final TlsTap tap;
    private final List<Client> clients = new ArrayList<>();
    private final AtomicInteger heard = new AtomicInteger();

    private Conversation(TlsTap tap) {
        this.tap = tap;
    }

    /** Starts the server, lets both join, and waits until nothing is said any more. */
    public static Conversation begin(Workshop workshop) throws BenchFailure, InterruptedException {
        Conversation conversation = new Conversation(TlsTap.open());
        boolean begun = false;
        try {
            conversation.settle(workshop);
            begun = true;
            return conversation;
        } catch (ClientException refused) {
            throw new BenchFailure("two members could not meet: " + refused.getMessage(), refused);
        } finally {
            if (!begun) {
                conversation.close();
            }
        }
    }

    private void settle(Workshop workshop) throws BenchFailure, InterruptedException, ClientException {
        ServerUnderTest server = ServerUnderTest.start(
                workshop,
                NAME,
                new ServerUnderTest.Setup(
                        ServerUnderTest.HEAP_MIB,
                        List.of(),
                        List.of("--advertise", "127.0.0.1:" + tap.address().getPort())));
        tap.standBefore(server);
        String invite = server.invite(2).format();
        for (String name : List.of("speaker", "listener")) {
            Client client = Client.create(workshop.folder().resolve(name), "a bench's passphrase".toCharArray());
            clients.add(client);
            chat.samara.client.device.Account unused = client.join(invite, name, PATIENCE);
        }
        Client.Subscription unused = listener().listen(this::on); // ends with the client
        Client.Channel channel = speaker().createChannel("home", PATIENCE);
        channel.add(user(listener()), PATIENCE);
        String name = channel.state().name();
        await(
                "the listener to be in the channel",
                () -> listener().channels().stream()
                        .anyMatch(each -> each.state().name().equals(name)));
        // What is said for the first time, in an epoch or at all, costs more.
        Exchange unusedExchange = say(List.of("This is the first thing that is said here."));
    }

    private void on(ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived received
                && received.message().body() instanceof MessageBody.Text) {
            heard.incrementAndGet();
        }
    }

    private Client speaker() {
        return clients.get(0);
    }

    private Client listener() {
        return clients.get(1);
    }

    private static UserId user(Client client) throws BenchFailure {
        return client.whoami()
                .orElseThrow(() -> new BenchFailure("a member who has joined has no account"))
                .user();
    }

    /** What went over the network meanwhile. */
    public record Exchange(TappedWay.Stretch sent, TappedWay.Stretch sentBack, TappedWay.Stretch received) {}

    /** Says these as fast as it goes, and waits until they are ordered, heard, and all is quiet. */
    public Exchange say(List<String> texts) throws BenchFailure, InterruptedException {
        awaitQuiet();
        TlsTap.Tapped from = tap.of(user(speaker()));
        TlsTap.Tapped to = tap.of(user(listener()));
        TappedWay.Mark sent = from.toServer().mark();
        TappedWay.Mark sentBack = from.toDevice().mark();
        TappedWay.Mark received = to.toDevice().mark();
        int before = heard.get();
        try {
            List<Sending> sendings = new ArrayList<>();
            Client.Channel channel = speaker().channels().get(0);
            for (String text : texts) {
                sendings.add(channel.send(text));
            }
            for (Sending sending : sendings) {
                long unused = sending.awaitOrdered(PATIENCE);
            }
        } catch (ClientException refused) {
            throw new BenchFailure("a text was not sent: " + refused.getMessage(), refused);
        }
        await("what was said to be heard", () -> heard.get() >= before + texts.size());
        awaitQuiet();
        return new Exchange(
                from.toServer().since(sent),
                from.toDevice().since(sentBack),
                to.toDevice().since(received));
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

    private void awaitQuiet() throws BenchFailure, InterruptedException {
        long[] lastBytes = {-1};
        long[] since = {System.nanoTime()};
        await("all to be quiet", () -> {
            long bytes = tap.bytes();
            if (bytes != lastBytes[0]) {
                lastBytes[0] = bytes;
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > QUIET_NANOS;
        });
    }

    @Override
    public void close() {
        clients.forEach(Client::close);
        tap.close();
    }
}
