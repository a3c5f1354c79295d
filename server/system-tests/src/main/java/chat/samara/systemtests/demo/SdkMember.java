package chat.samara.systemtests.demo;

import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.Sending;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.device.Account;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.UserId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A member whose application uses the SDK directly, as a bot or another client would. */
final class SdkMember implements Member, AutoCloseable {
    private static final Duration STEP = Duration.ofSeconds(40);
    private static final int PAGE_MESSAGES = 1_000;

    private final Path profile;
    private final Deadline deadline;
    private final Client client;
    private final UserId user;
    /** How often the SDK told of each message of somebody else: exactly once is right. */
    private final Map<MessageId, AtomicInteger> told = new ConcurrentHashMap<>();

    private final Map<MessageId, Boolean> toldProvisionally = new ConcurrentHashMap<>();

    private SdkMember(Path profile, Client client, UserId user, Deadline deadline) {
        this.profile = profile;
        this.client = client;
        this.user = user;
        this.deadline = deadline;
        Client.Subscription unused = client.listen(this::on); // ends with the client
    }

    /** Makes a profile and an account. */
    static SdkMember join(Path profile, String passphrase, String invite, String name, Deadline deadline)
            throws DemoFailure {
        try {
            Client client = Client.create(profile, passphrase.toCharArray());
            UserId user = client.join(invite, name, deadline.remaining(STEP)).user();
            return new SdkMember(profile, client, user, deadline);
        } catch (ClientException refused) {
            throw new DemoFailure(name + " could not join: " + refused.getMessage(), refused);
        }
    }

    /** Shows an invite to a server that does not know the account any more. */
    void joinAgain(String invite) throws DemoFailure {
        try {
            Account unused = client.join(invite, user.local(), deadline.remaining(STEP));
        } catch (ClientException refused) {
            throw new DemoFailure(user + " could not join again: " + refused.getMessage(), refused);
        }
    }

    /** On the SDK's callback thread. */
    private void on(ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived received
                && received.message().body() instanceof MessageBody.Text) {
            Message message = received.message();
            message.id().ifPresent(id -> {
                told.computeIfAbsent(id, key -> new AtomicInteger()).incrementAndGet();
                if (message.provisional()) {
                    toldProvisionally.put(id, true);
                }
            });
        }
    }

    @Override
    public UserId user() {
        return user;
    }

    @Override
    public Path profile() {
        return profile;
    }

    Channel createChannel(String name) throws DemoFailure {
        try {
            return client.createChannel(name, deadline.remaining(STEP));
        } catch (ClientException refused) {
            throw new DemoFailure(user + " could not make the channel: " + refused.getMessage(), refused);
        }
    }

    /** Adds a member; as long as the two servers have not found each other yet, or the member has only just joined, tries again. */
    void add(UserId member) throws DemoFailure, InterruptedException {
        deadline.awaitTrue(user + " to add " + member, STEP, () -> {
            try {
                channel().add(member, Duration.ofSeconds(20));
                return true;
            } catch (ClientException refused) {
                if (refused.code() == RefusalCode.PEER_UNREACHABLE
                        || refused.code() == RefusalCode.NOT_A_PEER
                        || refused.code() == RefusalCode.NO_KEY_PACKAGE) {
                    return false;
                }
                throw new IllegalStateException("adding " + member + ": " + refused.getMessage(), refused);
            }
        });
    }

    void remove(UserId member) throws DemoFailure {
        try {
            channel().remove(member, deadline.remaining(STEP));
        } catch (ClientException refused) {
            throw new DemoFailure(user + " could not remove " + member + ": " + refused.getMessage(), refused);
        }
    }

    /** Waits until this device is in the channel and has its name. */
    void awaitChannel(String name) throws DemoFailure, InterruptedException {
        deadline.awaitTrue(
                user + " to be in the channel",
                STEP,
                () -> client.channels().stream()
                        .anyMatch(channel -> channel.state().name().equals(name)));
    }

    /** Says something; it is durable on this device when this returns. */
    Sending send(String text) throws DemoFailure {
        try {
            return channel().send(text);
        } catch (ClientException refused) {
            throw new DemoFailure(user + " could not send: " + refused.getMessage(), refused);
        }
    }

    long awaitOrdered(Sending sending) throws DemoFailure {
        try {
            return sending.awaitOrdered(deadline.remaining(STEP));
        } catch (ClientException refused) {
            throw new DemoFailure(
                    "a message of " + user + " did not get into the log: " + refused.getMessage(), refused);
        }
    }

    /** Waits in vain for a message to get into the log; returns why. */
    RefusalCode awaitWhyNot(Sending sending, Duration patience) throws DemoFailure {
        try {
            long seq = sending.awaitOrdered(deadline.remaining(patience));
            throw new DemoFailure("a message of " + user + " got into the log at " + seq + ", expected it to wait");
        } catch (ClientException refused) {
            return refused.code();
        }
    }

    /** Where this device stands in its channel. */
    Membership membership() {
        return channel().state().membership();
    }

    void awaitStored(Sending sending) throws DemoFailure {
        try {
            sending.awaitStored(deadline.remaining(STEP));
        } catch (ClientException refused) {
            throw new DemoFailure("a message of " + user + " was not stored: " + refused.getMessage(), refused);
        }
    }

    /** Waits until so many texts are in the log as this device sees it. */
    void awaitTexts(int count) throws DemoFailure, InterruptedException {
        deadline.awaitTrue(count + " texts in the log of " + user, STEP, () -> inLog().size() >= count);
    }

    /** Waits until a text is there, in the log or provisionally. */
    void awaitText(String text) throws DemoFailure, InterruptedException {
        deadline.awaitTrue(
                "a text to reach " + user,
                STEP,
                () -> heard().stream().anyMatch(heard -> heard.text().equals(text)));
    }

    /** Waits until a member is gone from the channel as this device sees it. */
    void awaitRemovalOf(UserId member) throws DemoFailure, InterruptedException {
        deadline.awaitTrue(
                user + " to see the removal of " + member,
                STEP,
                () -> channel().members().stream()
                        .noneMatch(present -> present.user().equals(member)));
    }

    boolean isProvisional(String text) {
        return channel().pending().stream()
                .anyMatch(message ->
                        message.provisional() && text.equals(textOf(message).orElse("")));
    }

    /** Messages of others that the SDK told of more than once. */
    long toldTwice() {
        return told.values().stream().filter(count -> count.get() != 1).count();
    }

    /** How many messages of others the SDK told of. */
    int toldOf() {
        return told.size();
    }

    /** How many of them it told of before they were in the log. */
    int toldProvisionally() {
        return toldProvisionally.size();
    }

    /** What the device says of what it cannot read, and of changed keys: there should be nothing. */
    List<String> complaints() {
        return history().stream()
                .map(Message::body)
                .filter(body ->
                        body instanceof MessageBody.Unreadable || body instanceof MessageBody.IdentityKeyChanged)
                .map(Object::toString)
                .toList();
    }

    @Override
    public List<Heard> heard() {
        return Stream.concat(inLog().stream(), heardOf(channel().pending()).stream())
                .toList();
    }

    private List<Heard> inLog() {
        return heardOf(history());
    }

    private List<Message> history() {
        List<Message> all = new ArrayList<>();
        List<Message> page;
        long after = 0;
        do {
            page = channel().history(after, PAGE_MESSAGES);
            all.addAll(page);
            after = page.isEmpty() ? after : page.get(page.size() - 1).seq().orElse(after);
        } while (!page.isEmpty());
        return all;
    }

    private static List<Heard> heardOf(List<Message> messages) {
        return messages.stream()
                .flatMap(message -> textOf(message)
                        .map(text -> new Heard(
                                message.id()
                                        .map(id -> id.device() + "-" + id.key())
                                        .orElse("?"),
                                message.seq().orElse(0),
                                message.sender().map(UserId::toString).orElse("?"),
                                text))
                        .stream())
                .toList();
    }

    private static Optional<String> textOf(Message message) {
        return message.body() instanceof MessageBody.Text text ? Optional.of(text.text()) : Optional.empty();
    }

    private Channel channel() {
        return client.channels().get(0);
    }

    @Override
    public void close() {
        client.close();
    }
}
