package chat.samara.cli.chat;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.NextCommand;
import chat.samara.cli.message.ChannelFeed;
import chat.samara.cli.message.ChannelNames;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.EventSentence;
import chat.samara.cli.message.LookAlikeWarning;
import chat.samara.cli.message.Mark;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.PendingChange;
import chat.samara.cli.message.Unsent;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Account;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;

/** Talking in one channel: what the person types goes out or is a command, and what comes is shown above the prompt. */
public final class Conversation {
    private static final String PROMPT = "› ";
    /** What the terminal makes of bytes that are not UTF-8. */
    private static final char LOST_CHARACTER = '\uFFFD';

    private static final String HELP = """
        /members          who is in the channel
        /add MEMBER       add somebody, for example /add bob@tunis.example
        /remove MEMBER    remove somebody
        /full             show the last message that was cut short, whole; of many members, all names
        /quit             leave this window (Ctrl-D does too); you stay a member
        A text that begins with a slash is written with two: //like this
        """ + Mark.LEGEND;

    private final Client client;
    private final Channel channel;
    private final Duration timeout;
    private final LineReader reader;
    private final ChatScreen screen;
    private final ChannelFeed feed;
    private final EventSentence sentences;
    private final NextCommand next;
    private final Duration burstPause;
    private final ScheduledExecutorService later;

    /** How many members there are in the row that is held back: it is shown where it does not grow for a moment. */
    private int heldBack;

    private ConnectionState connection = ConnectionState.ONLINE;
    private volatile Optional<Refusal> ended = Optional.empty();

    /**
     * @param terminal the caller closes it
     * @param last how many places of the log to show first
     * @param burstPause how long after something that is said in one row with what comes next it is waited for that
     * @param next what to type about this profile
     */
    public Conversation(
            Client client,
            Channel channel,
            Terminal terminal,
            ZoneId zone,
            boolean colours,
            long last,
            Duration timeout,
            Duration burstPause,
            NextCommand next) {
        this.next = next;
        this.burstPause = burstPause;
        this.later = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "samara-chat-later");
            thread.setDaemon(true);
            return thread;
        });
        this.client = client;
        this.channel = channel;
        this.timeout = timeout;
        // A message is not a shell's command line: quotes and backslashes are just characters of it.
        DefaultParser parser = new DefaultParser();
        parser.setQuoteChars(new char[0]);
        parser.setEscapeChars(new char[0]);
        this.reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("samara")
                .parser(parser)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.ERASE_LINE_ON_FINISH, true)
                .option(LineReader.Option.INSERT_TAB, true)
                .option(LineReader.Option.BRACKETED_PASTE, true)
                .build();
        this.screen = new ChatScreen(
                reader::printAbove,
                () -> terminal.getSize().getColumns(),
                () -> terminal.getSize().getRows(),
                zone,
                colours,
                ChannelNames.of(client));
        this.feed = ChannelFeed.ofLast(channel, last, true);
        this.sentences = new EventSentence(client, channel.id()::equals, next);
    }

    /** Runs until the person leaves. What they have typed before there was a prompt stands in the first one. */
    public ExitCode run(TypedAhead typedAhead) throws CommandFailure {
        String typed = typedAhead.take();
        if (!typed.isEmpty()) {
            // It stands where the first row would begin.
            reader.getTerminal().writer().println();
        }
        greet();
        Thread reading = Thread.currentThread();
        Client.Subscription events = client.listen(event -> on(event, reading));
        try {
            showNews();
            String line = firstLine(typed, typedAhead.take());
            while (!line.strip().matches("/quit(\\s.*)?")) {
                take(line);
                line = reader.readLine(PROMPT);
            }
        } catch (EndOfFileException | UserInterruptException left) {
            // Ctrl-D and Ctrl-C leave, as /quit does; so does the end of the client.
        } finally {
            events.close();
            later.shutdownNow();
        }
        if (ended.isPresent()) {
            throw CommandFailure.of(new ClientException(ended.get()), next);
        }
        return ExitCode.DONE;
    }

    private String firstLine(String before, String sinceThen) {
        String typed = before + (before.isEmpty() || sinceThen.isEmpty() ? "" : "\n") + sinceThen;
        if (!typed.isEmpty()) {
            screen.note(
                    "What you typed before this stands below, and is not sent yet: Enter sends it, Ctrl-U erases it.");
        }
        return reader.readLine(PROMPT, null, (Character) null, typed.isEmpty() ? null : typed);
    }

    /** Shows what there is, where nothing can be said any more. */
    public void showHistory() {
        greet();
        feed.newsFolded(screen::show);
        feed.read();
    }

    /** What was said here and is not at the server yet, in a sentence; empty if there is nothing. */
    public Optional<String> unsent() {
        return Unsent.of(channel, next);
    }

    private void greet() {
        String name = channel.state().name();
        Membership membership = channel.state().membership();
        int members = channel.members().size();
        String standing = switch (membership) {
            case REMOVED -> "you were removed";
            case FROZEN -> "FROZEN";
            case NOT_FOUNDED -> "not made";
            case OF_NEWER_VERSION -> "of a newer version";
            case MEMBER, FOUNDING, RETURNING -> members + (members == 1 ? " member" : " members");
        };
        screen.note((name.isEmpty() ? channel.id().toString() : name) + " · " + standing + " · ordered by "
                + channel.state().hub()
                + " · /help");
        ChannelStanding.of(channel.state(), next).ifPresent(screen::note);
    }

    /** On the SDK's callback thread. */
    private void on(ClientEvent event, Thread reading) {
        if (event instanceof ClientEvent.ConnectionChanged changed && changed.state() == ConnectionState.CLOSED) {
            ended = changed.problem();
            // It waits for what the person types.
            reading.interrupt();
        } else if (event instanceof ClientEvent.ConnectionChanged changed) {
            showConnection(changed);
        } else {
            if (event instanceof ClientEvent.MessageRenamed renamed
                    && renamed.channel().equals(channel.id())) {
                showRenamed(renamed);
            }
            sentences.of(event).ifPresent(screen::note);
            showNews();
        }
    }

    private synchronized void showRenamed(ClientEvent.MessageRenamed renamed) {
        feed.renamed(renamed.before(), renamed.now()).ifPresent(item -> screen.show(List.of(item)));
    }

    private void showConnection(ClientEvent.ConnectionChanged changed) {
        boolean online = changed.state() == ConnectionState.ONLINE;
        boolean wasOnline = connection == ConnectionState.ONLINE;
        connection = changed.state();
        if (changed.problem()
                .filter(why -> why.code() == RefusalCode.DEVICE_REPLACED)
                .isPresent()) {
            // Nothing is tried again; an event of its own says why, and what helps.
            return;
        }
        if (online && !wasOnline) {
            screen.note("Connected again.");
        } else if (!online && wasOnline) {
            String why = changed.problem()
                    .map(problem -> " (" + problem.sentence() + ")")
                    .orElse("");
            screen.note("Not connected" + why + "; trying again. What you write is sent as soon as it works.");
        }
    }

    /** From the main and the callback thread; the feed is asked and shown in one go, so that nothing overtakes. */
    private synchronized void showNews() {
        int before = heldBack;
        heldBack = feed.newsFoldedSoFar(screen::show);
        feed.read();
        if (heldBack > 0 && heldBack != before && !later.isShutdown()) {
            int members = heldBack;
            Future<?> unused = later.schedule(() -> showHeldBack(members), burstPause.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void showHeldBack(int members) {
        if (heldBack == members) {
            heldBack = 0;
            feed.release(screen::show);
        }
    }

    private void take(String line) throws CommandFailure {
        if (line.isBlank()) {
            return;
        }
        if (line.indexOf(LOST_CHARACTER) >= 0 || line.codePoints().anyMatch(Conversation::isHalf)) {
            screen.note("✗ Not all of that arrived as UTF-8 text (there is a � in it), so it was not sent. Set your"
                    + " terminal to UTF-8.");
            return;
        }
        try {
            if (line.startsWith("//")) {
                say(line.substring(1));
            } else if (line.startsWith("/")) {
                command(line.strip().split("\\s+"));
            } else {
                say(line);
            }
        } catch (ClientException refused) {
            boolean isOut = channel.state().membership() == Membership.REMOVED
                    || channel.state().membership() == Membership.FROZEN;
            screen.note("✗ " + CommandFailure.of(refused, next).getMessage()
                    + (isOut ? ". What you typed is not sent and not kept; the key ↑ brings it back." : ""));
        } catch (RefusedException refused) {
            screen.note("✗ " + refused.refusal().reason());
        }
    }

    /** Half of a pair of UTF-16 stands for nothing. */
    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private void say(String text) throws ClientException {
        channel.send(text);
        showNews();
    }

    private void command(String[] words) throws ClientException, RefusedException {
        switch (words[0]) {
            case "/help" -> screen.note(HELP);
            case "/members" -> {
                Optional<UserId> own = client.whoami().map(Account::user);
                channel.members()
                        .forEach(member ->
                                screen.note(MessageSentence.line(member, own.equals(Optional.of(member.user())))
                                        + PendingChange.mark(channel, member.user())));
                PendingChange.notYetIn(channel).forEach(screen::note);
            }
            case "/add" -> {
                for (UserId user : users(words)) {
                    add(user);
                }
            }
            case "/remove" -> {
                for (UserId user : users(words)) {
                    screen.note("Removing " + user + " …");
                    change(new Change.Remove(user), () -> channel.remove(user, timeout));
                }
            }
            case "/full" -> screen.showWhole();
            default -> screen.note("✗ There is no command " + words[0] + "; /help lists them.");
        }
        if (channel.state().membership() == Membership.REMOVED) {
            screen.note("You are no member of this channel any more.");
        }
    }

    private void add(UserId user) throws ClientException {
        Optional<String> warning = LookAlikeWarning.of(client.lookAlikes(user));
        if (warning.isPresent()) {
            screen.note("✗ " + user + ": " + warning.get() + " If you mean it: samara channel add --yes");
            return;
        }
        screen.note("Adding " + user + " …");
        change(new Change.Add(user), () -> channel.add(user, timeout));
    }

    /** What a person asks to be changed. */
    private interface Asking {
        void run() throws ClientException;
    }

    private void change(Change change, Asking asking) throws ClientException {
        try {
            asking.run();
        } catch (ClientException refused) {
            if (PendingChange.waits(channel, change)) {
                screen.note(PendingChange.wanted(change) + " waits: "
                        + PendingChange.kept(channel, change, refused, timeout, next)
                                .refusal()
                                .sentence());
                return;
            }
            throw refused;
        }
    }

    private List<UserId> users(String[] words) throws RefusedException {
        if (words.length < 2) {
            screen.note("✗ Whom? For example: " + words[0] + " bob@tunis.example");
            return List.of();
        }
        List<UserId> users = new java.util.ArrayList<>();
        for (int i = 1; i < words.length; i++) {
            users.add(UserId.parse(words[i]));
        }
        return users;
    }
}
