package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.ShellWord;
import chat.samara.cli.message.ChannelNames;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.SeenKeyWords;
import chat.samara.client.Client;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.device.Account;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.UserId;
import com.google.gson.JsonElement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara verify}: the safety number to compare with a member, and what to do when their identity key is a new one. */
@picocli.CommandLine.Command(
        name = "verify",
        description = {
            "Print the safety number of you and a member of one of your channels.",
            "Compare it with theirs, by voice or side by side: if the digits are the same, nobody stands between you.",
            "A member who was seen with a new key is not added until you accept that key: both numbers are shown.",
            "Any member can bring another into a channel under any key; shown is who did, until you have added them yourself."
        },
        footer = {
            "",
            "Prints with --json: {\"type\":\"safety_number\", member, safety_number, verified, verified_now, accepted_now, new_keys}",
            "new_keys is a list of {\"type\":\"new_key\", key, safety_number, first_seen, seen}, seen one of",
            "{\"type\":\"in_channel\", channel, through, found_there, time} and {\"type\":\"from_directory\", time}.",
            "safety_number is empty where several keys were seen and you have accepted none; new_keys has each.",
            "Of yourself: {\"type\":\"own_key\", member, identity_key}."
        })
final class VerifyCommand extends Command {
    @Parameters(index = "0", paramLabel = "MEMBER", description = "For example bob@tunis.example.")
    private String member = "";

    @Option(names = "--matches", description = "You have compared it and it is the same: remember that.")
    private boolean matches;

    @Option(
            names = "--accept-new-key",
            description = {
                "Take the member's new key for theirs from now on.",
                "Do so only if they told you that they have a new profile; best with --matches, after comparing its number."
            })
    private boolean acceptNewKey;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Where there are several new keys: the first digits of the one you mean, as shown.")
    private String keyStart = "";

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        UserId user = user(member);
        if (acceptNewKey || matches) {
            profile().requireHere();
        }
        try (Client client = open()) {
            Optional<Account> self =
                    client.whoami().filter(account -> account.user().equals(user));
            if (self.isPresent()) {
                return showSelf(client, self.get());
            }
            // Another key may be in what this device has not read yet.
            Optional<CommandFailure> stopped = catchUpOrRemark(client);
            if (!isSeen(client, user)) {
                throw stopped.orElseGet(() -> failure(neverSeen(user)));
            }
            List<KnownKey> waiting = waiting(client, user);
            if (acceptNewKey) {
                client.acceptKey(user, chosen(user, waiting).identityKey());
            } else if (matches && !waiting.isEmpty()) {
                throw new CommandFailure(ExitCode.USAGE, whichMatches(client, user));
            }
            if (matches) {
                client.markVerified(user);
            }
            show(client, user);
            return ExitCode.DONE;
        }
    }

    @Override
    boolean tellsItself(ClientEvent event) {
        return super.tellsItself(event) && !(event instanceof ClientEvent.DeviceReplaced);
    }

    private static boolean isSeen(Client client, UserId user) throws ClientException {
        try {
            return !client.identityKeys(user).isEmpty();
        } catch (ClientException refused) {
            if (refused.code() == RefusalCode.UNKNOWN_MEMBER) {
                return false;
            }
            throw refused;
        }
    }

    /** Those of which a person has to decide; the only one that was ever seen is not one of two. */
    private static List<KnownKey> waiting(Client client, UserId user) throws ClientException {
        List<KnownKey> keys = client.identityKeys(user);
        return keys.size() == 1
                ? List.of()
                : keys.stream().filter(KnownKey::awaitsAcceptance).toList();
    }

    /** The key that this device goes by. */
    private static Optional<KnownKey> current(Client client, UserId user) throws ClientException {
        return client.identityKeys(user).stream().filter(KnownKey::current).findFirst();
    }

    private ClientException neverSeen(UserId user) {
        return new ClientException(
                RefusalCode.UNKNOWN_MEMBER,
                "this profile has never seen a key of " + user
                        + ": keys are seen in channels. If the name is right, add them to a channel ("
                        + next().line("channel add CHANNEL " + ShellWord.of(user.toString()))
                        + "), or ask them to add you; whom you share one with: "
                        + next().line("channel members CHANNEL"));
    }

    /** Nobody compares a number with themselves; what others compare is of one's own key and of theirs. */
    private ExitCode showSelf(Client client, Account self) throws CommandFailure, ClientException {
        if (matches || acceptNewKey) {
            throw new CommandFailure(
                    ExitCode.USAGE, self.user() + " is you: there is nothing to compare or to accept.");
        }
        String key = self.identityKey().hex();
        print(
                new JsonLine("own_key").with("member", self.user().toString()).with("identity_key", key),
                self.user() + " is you. Others see you under the identity key" + System.lineSeparator() + key);
        List<KnownKey> others = client.identityKeys(self.user()).stream()
                .filter(it -> !it.identityKey().equals(self.identityKey()))
                .toList();
        for (KnownKey other : others) {
            remark(
                    "ATTENTION: your name was shown with another key, first seen on "
                            + SeenKeyWords.day(other.firstSeenMillis()) + ": "
                            + other.identityKey().hex()
                            + ". If it is not of an earlier profile of yours, somebody is pretending to be you. Tell those you talk to, and the operator of your server.");
        }
        remark("A safety number is of two: you see it with " + next().line("verify MEMBER")
                + ", and that member with samara verify "
                + ShellWord.of(self.user().toString())
                + "; both have to see the same digits.");
        return ExitCode.DONE;
    }

    private KnownKey chosen(UserId user, List<KnownKey> waiting) throws CommandFailure {
        List<KnownKey> meant = waiting.stream()
                .filter(key -> key.identityKey().hex().startsWith(keyStart.toLowerCase(Locale.ROOT)))
                .toList();
        if (meant.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    keyStart.isEmpty()
                            ? user + " was seen with no new key; there is nothing to accept"
                            : user + " was seen with no new key that begins with " + keyStart);
        }
        if (meant.size() > 1) {
            throw new CommandFailure(
                    ExitCode.ALARM,
                    user + " was seen with " + meant.size() + " new keys; compare their safety numbers ("
                            + line(user, "") + ") and name the right one: --accept-new-key --key KEY");
        }
        return meant.get(0);
    }

    private String line(UserId user, String options) {
        return next().line("verify " + ShellWord.of(user.toString()) + options);
    }

    private String whichMatches(Client client, UserId user) throws ClientException {
        return current(client, user).isPresent()
                ? user + " was seen with a new key. If it is the one that samara whoami shows them: "
                        + line(user, " --accept-new-key --matches")
                        + ". If it is the old one, somebody is pretending to be them: accept nothing"
                : user + " was seen with several keys. Name the one that samara whoami shows them: "
                        + line(user, " --accept-new-key --key KEY --matches");
    }

    private void show(Client client, UserId user) throws ClientException {
        ChannelNames names = ChannelNames.of(client);
        List<KnownKey> waiting = waiting(client, user);
        Optional<KnownKey> current = current(client, user);
        boolean undecided = current.isEmpty() && !waiting.isEmpty();
        String number = undecided ? "" : client.safetyNumber(user);
        boolean verified = current.filter(KnownKey::verified).isPresent();
        print(
                new JsonLine("safety_number")
                        .with("member", user.toString())
                        .with("safety_number", number)
                        .with("verified", verified)
                        .with("verified_now", matches)
                        .with("accepted_now", acceptNewKey)
                        .with(
                                "new_keys",
                                waiting.stream().map(VerifyCommand::json).toList()),
                undecided
                        ? "Of " + MessageSentence.name(user) + " " + waiting.size() + " keys were seen, and you have"
                                + " accepted none:"
                        : number);
        if (json()) {
            return;
        }
        if (acceptNewKey) {
            remark("Accepted: " + user + "'s new key is the one that this device goes by.");
        }
        for (KnownKey key : waiting) {
            remark("ATTENTION: a new key of " + user + ", first seen on " + SeenKeyWords.day(key.firstSeenMillis())
                    + ": key " + SeenKeyWords.shortKey(key.identityKey()) + seen(key, names) + ", safety number");
            remark(key.safetyNumber());
        }
        if (current.isEmpty() && !undecided) {
            remark("You have not added " + user + " yourself: their key"
                    + client.identityKeys(user).stream()
                            .map(key -> seen(key, names))
                            .collect(Collectors.joining()) + ".");
        }
        current.map(KnownKey::deviceRenewedMillis)
                .filter(OptionalLong::isPresent)
                .ifPresent(since -> remark("A device of " + user + " goes on under another device key since "
                        + SeenKeyWords.day(since.getAsLong())
                        + ": their profile was restored from a backup, or copied. Ask them whether they know of it."));
        remark(undecided ? whichIsTheirs(user) : advice(user, verified, !waiting.isEmpty()));
    }

    private static String seen(KnownKey key, ChannelNames names) {
        return key.sightings().stream()
                .map(seen -> SeenKeyWords.of(seen, names))
                .map(words -> " " + words)
                .collect(Collectors.joining(","));
    }

    private static JsonElement json(KnownKey key) {
        return new JsonLine("new_key")
                .with("key", key.identityKey().hex())
                .with("safety_number", key.safetyNumber())
                .withTime("first_seen", key.firstSeenMillis())
                .with(
                        "seen",
                        key.sightings().stream()
                                .map(SeenKeyWords::json)
                                .map(JsonLine::element)
                                .toList())
                .element();
    }

    private String whichIsTheirs(UserId user) {
        return user + " has a new profile, or somebody is pretending to be them. " + askThem(user)
                + " The key that begins so is theirs: " + line(user, " --accept-new-key --key KEY --matches")
                + ". Whoever brought the other in knows more.";
    }

    /** A new profile knows nobody yet, and sees no safety number; its own key it does see. */
    private static String askThem(UserId user) {
        return "Ask " + user + ", by voice or side by side, which identity key samara whoami shows them.";
    }

    private String advice(UserId user, boolean verified, boolean keyWaits) {
        if (keyWaits) {
            return "The first number is of the key that this device goes by"
                    + (verified ? ", which you have compared" : "")
                    + ". " + askThem(user)
                    + " If it begins as the new key does, they have a new profile: "
                    + line(user, " --accept-new-key --matches")
                    + ". If not, accept nothing, and tell your server's operator.";
        }
        if (matches) {
            return "Remembered: " + user + "'s key is the one that you compared.";
        }
        return "If " + user + " sees the same digits: " + line(user, " --matches");
    }
}
