package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.ChannelFeed;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.ConnectionRemarks;
import chat.samara.cli.message.EventSentence;
import chat.samara.cli.message.Mark;
import chat.samara.cli.message.MessageJson;
import chat.samara.cli.message.MessageLine;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.profile.Profiles;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.display.DisplayText;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara tail}: prints what is said, for people and for programs. */
@picocli.CommandLine.Command(
        name = "tail",
        description = "Print the last messages, and then what is said, as it comes. Ends with Ctrl-C.",
        footer = {
            "",
            Mark.LEGEND,
            "",
            "Prints with --json, one a message:",
            "  {\"type\":\"text\", channel, channel_name, seq, id, from, own, time, state, text}",
            "A message that is not in the log yet has no seq, and is provisional, stored",
            "or queued; once it is in the log, this follows:",
            "  {\"type\":\"state\", channel, channel_name, seq, id, state}",
            "Other types: created, joined, channel_name, members_changed, devices_changed, removed_here,",
            "returned, returned_here, member_barred, identity_key_changed, identity_keys_differ,",
            "look_alike, unreadable, unknown."
        })
final class TailCommand extends Command {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "CHANNEL",
            description = "Its name, or 6 or more first digits of its id (default: all channels).")
    private @Nullable String channelName;

    @Option(
            names = "--since",
            paramLabel = "SEQ",
            converter = Count.class,
            description = "Begin after this place of the log; 0 prints everything that this device has.")
    private @Nullable Long since;

    @Option(
            names = "--last",
            paramLabel = "COUNT",
            converter = Count.class,
            defaultValue = "20",
            description = "Begin with the last COUNT messages and events (default: ${DEFAULT-VALUE}).")
    private long last = 20;

    @Option(
            names = "--follow",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Go on as messages come (--follow, the default), or end (--no-follow).")
    private boolean follow = true;

    @Option(
            names = "--names",
            description = "Name all members who were added or removed together, however many they are.")
    private boolean names;

    // A permit means: look again. Drained before looking, so it never grows beyond the events of one look.
    private final Semaphore wake = new Semaphore(0);
    private final Map<ChannelId, ChannelFeed> feeds = new LinkedHashMap<>();
    // What each was said to be called last.
    private final Map<ChannelId, MessageBody.Profile> profiles = new HashMap<>();
    // Heard on the callback thread, shown on the main thread.
    private final Queue<ClientEvent.MessageRenamed> renamed = new ConcurrentLinkedQueue<>();
    private final ConnectionRemarks connection = new ConnectionRemarks();
    // Of the main thread.
    private Optional<Message> newest = Optional.empty();
    private volatile Optional<ChannelId> onlyOne = Optional.empty();

    private record Line(String forPrograms, String forPeople) {}

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        try (Client client = profile().open()) {
            Profiles.Served served = follow ? profile().serve(client) : () -> {};
            try {
                return tail(client);
            } finally {
                served.close();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return ExitCode.DONE;
        }
    }

    private ExitCode tail(Client client) throws CommandFailure, ClientException, InterruptedException {
        EventSentence sentences = new EventSentence(client, this::isShown, next());
        EarlyEvents early = new EarlyEvents(
                sentences::of,
                event -> EventSentence.inHistoryOf(event).filter(this::isShown).isPresent(),
                sentence -> remark("-- " + sentence));
        Client.Subscription events = client.listen(event -> on(event, early));
        try {
            Optional<CommandFailure> stopped = catchUpOrRemark(client);
            connection.follow(client.connectionProblem());
            ExitCode exitCode = print(client, stopped.isPresent(), early);
            Optional<CommandFailure> ended = stopped.or(() -> replaced(client).map(this::failure));
            // Of two copies; the server may also know none of them.
            if (ended.filter(it -> it.exitCode() == ExitCode.PROFILE).isPresent()) {
                newest.ifPresent(message -> remark("The newest that this copy of the profile has is of "
                        + messageLines(client).timeToTheSecond(message)
                        + ". Compare that with the other copy: the later one is the newer."));
            }
            ended(ended);
            return exitCode;
        } finally {
            events.close();
            early.known();
        }
    }

    /** Whether, and that, another copy of the profile goes on in this one's place, so that nothing more will come. */
    private static Optional<ClientException> replaced(Client client) {
        return client.connectionProblem()
                .filter(problem -> problem.code() == RefusalCode.DEVICE_REPLACED)
                .map(ClientException::new);
    }

    /** @param over whether nothing more will come */
    private ExitCode print(Client client, boolean over, EarlyEvents early)
            throws CommandFailure, ClientException, InterruptedException {
        MessageLine lines = messageLines(client);
        @Nullable
        ChannelId only =
                channelName == null ? null : channel(client, channelName).id();
        onlyOne = Optional.ofNullable(only);
        early.known();
        int heldBack = printNews(client, only, lines);
        long heldUntilNanos = System.nanoTime() + surroundings().burstPause().toNanos();
        remarkWhereNothingComes(client, only);
        // A pipe whose reader has gone (`samara tail | head`) is an error of the stream.
        while (follow
                && !over
                && replaced(client).isEmpty()
                && !isOver(client, only)
                && !surroundings().out().checkError()) {
            int before = heldBack;
            heldBack = 0;
            if (awaitNews(before > 0, heldUntilNanos)) {
                heldBack = printNews(client, only, lines);
            } else {
                releaseAll(only, lines);
            }
            if (heldBack != before) {
                heldUntilNanos = System.nanoTime() + surroundings().burstPause().toNanos();
            }
        }
        releaseAll(only, lines);
        boolean frozen = only != null && client.channel(only).state().membership() == Membership.FROZEN;
        return frozen ? ExitCode.ALARM : ExitCode.DONE;
    }

    /** The alarm is told once, by whichever command runs then; what has come of it, each time. */
    private void remarkWhereNothingComes(Client client, @Nullable ChannelId only) {
        for (Channel channel : client.channels()) {
            ChannelState state = channel.state();
            boolean isShown = only == null
                    ? state.membership() == Membership.FROZEN
                    : channel.id().equals(only);
            if (isShown) {
                ChannelStanding.of(state, next())
                        .ifPresent(sentence ->
                                remark("-- " + (only == null ? NamedChannel.label(channel) + " " : "") + sentence));
            }
        }
    }

    /** On the SDK's callback thread. */
    private void on(ClientEvent event, EarlyEvents early) {
        if (event instanceof ClientEvent.ConnectionChanged ended && ended.state() == ConnectionState.CLOSED) {
            wake.release(); // whoever asks the client now is told why it has ended
        } else if (event instanceof ClientEvent.ConnectionChanged changed) {
            connection.changed(changed).ifPresent(sentence -> remark("-- " + sentence));
            wake.release();
        } else if (!(event instanceof ClientEvent.DeviceReplaced)) {
            // That another copy goes on is said where the command ends.
            if (event instanceof ClientEvent.MessageRenamed it) {
                renamed.add(it);
            }
            early.hear(event);
            wake.release();
        }
    }

    private boolean isShown(ChannelId channel) {
        return channelName == null || onlyOne.filter(channel::equals).isPresent();
    }

    /** A channel that this device was removed from, or cannot trust any more, brings nothing new. */
    private static boolean isOver(Client client, @Nullable ChannelId only) throws ClientException {
        if (only == null) {
            return false;
        }
        return client.channel(only).state().membership().isOver();
    }

    /**
     * Waits until there may be something new.
     *
     * @param isHolding whether a row is held back: then not for longer than {@code heldUntilNanos}, whatever else comes meanwhile
     * @return whether there may be; else what is held back is due
     */
    private boolean awaitNews(boolean isHolding, long heldUntilNanos) throws InterruptedException {
        if (isHolding) {
            long left = heldUntilNanos - System.nanoTime();
            if (left <= 0 || !wake.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                return false;
            }
        } else {
            wake.acquire();
        }
        wake.drainPermits();
        return true;
    }

    /** Prints the news; returns how many members are in rows that are held back, since more may come. */
    private int printNews(Client client, @Nullable ChannelId only, MessageLine lines) {
        int heldBack = 0;
        for (ClientEvent.MessageRenamed it = renamed.poll(); it != null; it = renamed.poll()) {
            ChannelFeed feed = feeds.get(it.channel());
            if (feed != null && feed.renamed(it.before(), it.now()).isPresent() && json()) {
                surroundings().out().println(MessageJson.renamed(feed.channel().state(), it.before(), it.now()));
            }
        }
        for (Channel channel : client.channels()) {
            if (only != null && !channel.id().equals(only)) {
                continue;
            }
            ChannelFeed feed = feeds.computeIfAbsent(
                    channel.id(),
                    id -> since == null ? ChannelFeed.ofLast(channel, last, !json()) : new ChannelFeed(channel, since));
            heldBack += printNews(feed, items -> print(items, channel, label(channel, only), lines));
            if (!json()) {
                feed.read();
            }
        }
        surroundings().out().flush();
        return heldBack;
    }

    private static String label(Channel channel, @Nullable ChannelId only) {
        return only == null ? NamedChannel.label(channel) : "";
    }

    /** Prints what was held back. */
    private void releaseAll(@Nullable ChannelId only, MessageLine lines) {
        for (ChannelFeed feed : feeds.values()) {
            Channel channel = feed.channel();
            feed.release(items -> print(items, channel, label(channel, only), lines));
        }
        surroundings().out().flush();
    }

    private int printNews(ChannelFeed feed, Consumer<List<ChannelFeed.Item>> print) {
        if (!follow) {
            // What comes while it looks is not among the last that were asked for.
            feed.newsWhenOpened(!json(), print);
        } else if (json()) {
            feed.news(print);
        } else {
            return feed.newsFoldedSoFar(print);
        }
        return 0;
    }

    private void print(List<ChannelFeed.Item> items, Channel channel, String channelLabel, MessageLine lines) {
        for (ChannelFeed.Item item : items) {
            noteTime(item);
            if (!json() && isNameShown(channel.id(), item)) {
                continue;
            }
            Line line = line(item, channel, channelLabel, lines);
            String text = json() ? line.forPrograms() : line.forPeople();
            if (!text.isEmpty()) {
                surroundings().out().println(text);
            }
        }
    }

    /** Whoever adds a member says the channel's name again, for them; the others need not read it twice. */
    private boolean isNameShown(ChannelId channel, ChannelFeed.Item item) {
        return item instanceof ChannelFeed.Shown shown
                && shown.message().body() instanceof MessageBody.Profile profile
                && profile.equals(profiles.put(channel, profile));
    }

    private void noteTime(ChannelFeed.Item item) {
        if (item instanceof ChannelFeed.Shown shown) {
            noteTime(shown.message());
        } else if (item instanceof ChannelFeed.Unreadables many) {
            noteTime(many.last());
        }
    }

    private void noteTime(Message message) {
        if (newest.filter(it -> it.sentMillis() >= message.sentMillis()).isEmpty()) {
            newest = Optional.of(message);
        }
    }

    private Line line(ChannelFeed.Item item, Channel channel, String channelLabel, MessageLine lines) {
        if (item instanceof ChannelFeed.Shown shown) {
            Message message = shown.message();
            return new Line(
                    MessageJson.of(message, channel.state()).toString(),
                    MessageSentence.isKeyRenewal(message.body()) ? "" : lines.of(message, channelLabel, names));
        } else if (item instanceof ChannelFeed.Unreadables many) {
            return new Line("", lines.of(many, channelLabel));
        } else if (item instanceof ChannelFeed.Moved moved) {
            String json = MessageJson.stateChanged(
                            channel.state(), moved.id(), moved.state(), moved.seq(), moved.refusal())
                    .toString();
            String words = moved.refusal()
                    .map(refusal -> "-- a message of yours was refused: " + DisplayText.ofLine(refusal.sentence()))
                    .orElse("");
            return new Line(json, words);
        }
        throw new IllegalStateException("an item of another kind: " + item);
    }
}
