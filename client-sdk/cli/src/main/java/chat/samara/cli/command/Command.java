package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.NextCommand;
import chat.samara.cli.Surroundings;
import chat.samara.cli.TerminalWidth;
import chat.samara.cli.message.ChannelNames;
import chat.samara.cli.message.EventSentence;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.MessageLine;
import chat.samara.cli.message.Unsent;
import chat.samara.cli.profile.ProfileAccess;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.MessageId;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/** What every command has: the profile, JSON or words, how long it may wait. */
abstract class Command implements Callable<Integer> {
    /** Nobody has said no: what was asked for waits in the profile. */
    private static final Set<RefusalCode> GOES_ON =
            EnumSet.of(RefusalCode.UNREACHABLE, RefusalCode.TIMEOUT, RefusalCode.SERVER_DISK_FULL);

    /** What the server says or shows while a device logs in, with which nothing is wrong here. */
    private static final Set<RefusalCode> OF_THE_SERVER = EnumSet.of(
            RefusalCode.LOGIN_FAILED,
            RefusalCode.WRONG_ROOT_KEY,
            RefusalCode.PROTOCOL,
            RefusalCode.INVITE_INVALID,
            RefusalCode.NAME_TAKEN);

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** How long a command that reads waits for a connection, unless it is told how long. */
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    // The one and only parent is always the root: a group of commands hands its own on. Set by picocli before call().
    @SuppressWarnings("NullAway.Init")
    @ParentCommand
    private Parent parent;

    @Option(
            names = "--profile",
            paramLabel = "DIR",
            description = "The profile's folder (default: $SAMARA_PROFILE, or ~/.samara).")
    private @Nullable Path profileFolder;

    @Option(names = "--json", description = "Print JSON, one object a line.")
    private boolean json;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            converter = Seconds.class,
            description = "How long to wait for a server (default: 30; where it only reads, 5 for a connection).")
    private @Nullable Duration timeout;

    // Of the one channel that the command is about; read on the callback thread.
    private volatile Optional<ChannelId> meant = Optional.empty();
    private Optional<EarlyEvents> early = Optional.empty();

    /** Does it; a {@link ClientException} becomes the sentence and exit code of its refusal. */
    abstract ExitCode run() throws CommandFailure, ClientException;

    @Override
    public final Integer call() throws CommandFailure {
        try {
            return run().number();
        } catch (ClientException refused) {
            throw failure(refused);
        } catch (ClientClosedException ended) {
            throw failure(new ClientException(ended.refusal()));
        } finally {
            early.ifPresent(EarlyEvents::known);
        }
    }

    /** What the SDK refused, with what to type about this profile. */
    final CommandFailure failure(ClientException refused) {
        return CommandFailure.of(refused, next());
    }

    /** What to type next, about this command's profile. */
    final NextCommand next() {
        return profile().next();
    }

    final Surroundings surroundings() {
        return parent.surroundings();
    }

    final ProfileAccess profile() {
        return new ProfileAccess(surroundings(), profileFolder);
    }

    /** Opens the profile; there has to be one. */
    final Client open() throws CommandFailure {
        return watched(profile().open());
    }

    /**
     * Opens the profile, or makes one.
     *
     * @param mayBeWeak whether a new passphrase that is easily guessed is taken without a word
     * @param names the person's own, of which a new passphrase had better not be made
     */
    final Client openOrCreate(boolean mayBeWeak, List<String> names) throws CommandFailure {
        return watched(profile().openOrCreate(mayBeWeak, names));
    }

    /** What the person has to know, whatever the command. */
    private Client watched(Client client) {
        EventSentence sentences = new EventSentence(client, anyChannel -> true, next());
        EarlyEvents events = new EarlyEvents(
                event -> sentences.of(event).or(() -> sentences.refusedMessage(event)),
                this::tellsItself,
                this::remark);
        if (!tellsOfItsChannel()) {
            events.known();
        }
        early = Optional.of(events);
        Client.Subscription unused = client.listen(events::hear);
        return client;
    }

    /** Whether the command is about one channel ({@link #means}), and its own result says what has become of messages there. */
    boolean tellsOfItsChannel() {
        return false;
    }

    /** It is known now which channel that is. */
    final void means(Channel channel) {
        meant = Optional.of(channel.id());
        early.ifPresent(EarlyEvents::known);
    }

    /**
     * Whether the command's own result says what the event does. Why messages wait is in the result of each that waits for one; that another copy
     * goes on, in that of each that waits for the server.
     */
    boolean tellsItself(ClientEvent event) {
        return event instanceof ClientEvent.SendingHeld
                || event instanceof ClientEvent.SendingAwaitsRemoval
                || event instanceof ClientEvent.OrderingHeld
                || event instanceof ClientEvent.DeviceReplaced
                || (event instanceof ClientEvent.MessageStateChanged changed
                        && meant.filter(changed.channel()::equals).isPresent());
    }

    final boolean json() {
        return json;
    }

    final Duration timeout() {
        return timeout == null ? TIMEOUT : timeout;
    }

    /** Of a message that was refused for good: it is not late, whatever the reason. */
    final CommandFailure refusedForGood(ClientException refused, Channel channel, MessageId message) {
        return new CommandFailure(
                ExitCode.REFUSED,
                "refused, and not in the channel's log: " + refused.refusal().sentence()
                        + ". It is kept in the profile; to send it again: " + Unsent.line(channel, next()) + " --again "
                        + UnsentCommand.shortKey(message));
    }

    /** A line of the result: for a program if it was asked for, else for a person. */
    final void print(JsonLine forPrograms, String forPeople) {
        surroundings().out().println(json ? forPrograms.toString() : forPeople);
    }

    /** Messages as a person reads them on standard output. */
    final MessageLine messageLines(Client client) {
        return new MessageLine(
                surroundings().clock().getZone(),
                () -> surroundings().width().columns(TerminalWidth.Stream.OUT),
                ChannelNames.of(client));
    }

    /** A remark beside the result: one line. */
    final void remark(String sentence) {
        surroundings().say(sentence);
    }

    /**
     * Waits until the device knows what its server knows, or the server is found away. What is here is better than nothing whatever the
     * server says; that it is away is only remarked, all else is how the command ends.
     *
     * @return why this device learns nothing more, such as that another copy goes on in its place: to be thrown once what it has is shown
     */
    final Optional<CommandFailure> catchUpOrRemark(Client client) throws CommandFailure {
        try {
            catchUpPatiently(client);
        } catch (ClientException refused) {
            requireWanted();
            if (refused.code() == RefusalCode.DEVICE_REPLACED) {
                return Optional.of(failure(refused));
            }
            if (OF_THE_SERVER.contains(refused.code())) {
                remark("Not connected, and why is said at the end: this is what the device knew before.");
                return Optional.of(failure(refused));
            }
            if (ExitCode.of(refused.code()) != ExitCode.LATER) {
                throw failure(refused);
            }
            remark("Not connected (" + refused.refusal().sentence() + "): this is what the device knew before."
                    + (refused.code() == RefusalCode.UNREACHABLE
                            ? " " + CommandFailure.remedy(refused.code(), next())
                            : ""));
        }
        return Optional.empty();
    }

    /** A line that swallows what is sent into it says nothing for minutes: what is here can be read meanwhile. */
    private void catchUpPatiently(Client client) throws ClientException {
        boolean hurries = timeout == null;
        try {
            client.awaitCaughtUpOrUnreachable(hurries ? CONNECT_PATIENCE : timeout());
        } catch (ClientException late) {
            if (!hurries || late.code() != RefusalCode.TIMEOUT) {
                throw late;
            }
            // It is connected, and has much to read.
            client.awaitCaughtUpOrUnreachable(TIMEOUT.minus(CONNECT_PATIENCE));
        }
    }

    /** Of what is durable in the profile, and done without being asked for again. */
    final ClientException goesOn(ClientException refused) {
        if (!GOES_ON.contains(refused.code())) {
            return refused;
        }
        return new ClientException(
                refused.code(),
                "not done within " + timeout().toSeconds() + " s ("
                        + refused.refusal().sentence()
                        + "). It is kept in the profile, and done when samara runs next and the server takes it",
                refused);
    }

    /** How a command ends that has shown all that it can. */
    static ExitCode ended(Optional<CommandFailure> stopped) throws CommandFailure {
        if (stopped.isPresent()) {
            throw stopped.get();
        }
        return ExitCode.DONE;
    }

    /**
     * A name says which channel only to a device that knows all of its channels, and what they are called now. Where the server cannot be reached
     * it goes by what it knew, and says so.
     *
     * @param decided by that
     */
    final void catchUpOrGoOn(Client client, String decided) throws CommandFailure, ClientException {
        try {
            client.awaitCaughtUpOrUnreachable(timeout());
        } catch (ClientException refused) {
            requireWanted();
            if (ExitCode.of(refused.code()) != ExitCode.LATER) {
                throw refused;
            }
            remark("Not connected (" + refused.refusal().sentence() + "). To find out " + decided
                    + ", this goes by what the device knew when it was connected last; that may have changed.");
        }
    }

    /** Whoever asked for it has gone: what was not begun is not done. */
    private static void requireWanted() throws CommandFailure {
        if (Thread.currentThread().isInterrupted()) {
            throw new CommandFailure(ExitCode.LATER, "it was told to end; nothing was done.");
        }
    }

    /** The channel that a person has named; what was passed over is remarked. */
    final Client.Channel channel(Client client, String typed) throws CommandFailure, ClientException {
        return NamedChannel.of(client, typed, this::remark);
    }

    /** A user id as a person typed it. */
    static UserId user(String typed) throws CommandFailure {
        try {
            return UserId.parse(typed);
        } catch (RefusedException refused) {
            throw new CommandFailure(ExitCode.USAGE, refused.refusal().reason());
        }
    }

    /** How many, or which place of a log: 0 or more. */
    static final class Count implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            try {
                long count = Long.parseLong(value);
                if (count >= 0) {
                    return count;
                }
            } catch (NumberFormatException notANumber) {
                // Refused below, like one below 0.
            }
            throw new TypeConversionException("'" + value + "' is not a whole number from 0 on, for example 20");
        }
    }

    /** Seconds on the command line, fractions allowed. */
    static final class Seconds implements ITypeConverter<Duration> {
        private static final double SECONDS_MAX = 86_400;

        @Override
        public Duration convert(String value) {
            try {
                double seconds = Double.parseDouble(value);
                if (seconds > 0 && seconds <= SECONDS_MAX) {
                    return Duration.ofMillis(Math.max(1, Math.round(seconds * 1000)));
                }
            } catch (NumberFormatException notANumber) {
                // Refused below, like a number out of range.
            }
            throw new TypeConversionException(
                    "'" + value + "' is not a number of seconds above 0 and up to 86400, for example 10");
        }
    }
}
