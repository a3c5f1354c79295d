package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Surroundings;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.PendingChange;
import chat.samara.cli.message.SeenKeyWords;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.SameName;
import chat.samara.client.display.DisplayText;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.Unread;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code samara channel}: make channels, and say who is in them. */
@picocli.CommandLine.Command(
        name = "channel",
        description = "Make channels, list them, and change who is in them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ChannelCommand.Create.class,
            ChannelCommand.ListAll.class,
            ChannelCommand.Members.class,
            AddCommand.class,
            RemoveCommand.class,
            ForgetCommand.class
        })
final class ChannelCommand implements Parent, Runnable {
    // Both are set by picocli before run().
    @SuppressWarnings("NullAway.Init")
    @ParentCommand
    private Parent root;

    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    @Override
    public Surroundings surroundings() {
        return root.surroundings();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which? For example: samara channel create \"home town\"");
    }

    private static JsonLine describe(Channel channel) {
        ChannelState state = channel.state();
        return new JsonLine("channel")
                .with("channel", state.id().toString())
                .with("channel_name", state.name())
                .with("hub", state.hub().toString())
                .with("cipher_suite", state.cipherSuite())
                .with("post_quantum", state.isPostQuantum())
                .with("membership", state.membership().name().toLowerCase(Locale.ROOT))
                .with(
                        "held",
                        state.heldBy()
                                .map(why -> why.code().name().toLowerCase(Locale.ROOT))
                                .orElse(""))
                .with("seq", state.seq())
                .with("members", channel.members().size());
    }

    /** {@code samara channel create}. */
    @picocli.CommandLine.Command(
            name = "create",
            description = "Make a channel on your server. Its name is encrypted too: only members see it.",
            footer = {
                "",
                "Prints with --json:",
                "  {\"type\":\"channel\", channel, channel_name, hub, cipher_suite, post_quantum, membership, held,"
                        + " seq, members}"
            })
    static final class Create extends Command {
        @Parameters(index = "0", paramLabel = "NAME", description = "For example \"home town\".")
        private String name = "";

        @Option(
                names = "--post-quantum",
                description = {
                    "What is said stays secret from quantum computers that may come, even if it is recorded today.",
                    "Joining and changes of members cost more bytes. Cannot be changed later."
                })
        private boolean postQuantum;

        @Option(
                names = "--anyway",
                description = "Also if you are in a channel already that has this name, or one that looks like it.")
        private boolean anyway;

        @Override
        ExitCode run() throws CommandFailure, ClientException {
            if (name.isBlank()) {
                throw new CommandFailure(ExitCode.USAGE, "the channel's name is empty; for example \"home town\".");
            }
            try (Client client = open()) {
                if (!anyway) {
                    catchUpOrGoOn(client, "whether you are in a channel of this name already");
                }
                ChannelSuite suite = postQuantum ? ChannelSuite.POST_QUANTUM : ChannelSuite.STANDARD;
                SameName sameName = anyway ? SameName.ALLOWED : SameName.REFUSED;
                Channel channel = create(client, suite, sameName);
                print(
                        describe(channel),
                        "Made " + NamedChannel.named(channel) + " (" + NamedChannel.shortId(channel)
                                + (postQuantum ? ", post-quantum" : "") + ").");
                return ExitCode.DONE;
            }
        }

        private Channel create(Client client, ChannelSuite suite, SameName sameName) throws ClientException {
            try {
                return client.createChannel(name, suite, sameName, timeout());
            } catch (ClientException refused) {
                throw goesOn(refused);
            }
        }
    }

    /** {@code samara channel list}. */
    @picocli.CommandLine.Command(
            name = "list",
            description = "List the channels of this profile.",
            footer = {
                "",
                "Prints with --json, one a channel:",
                "  {\"type\":\"channel\", channel, channel_name, hub, cipher_suite, post_quantum, membership, held,"
                        + " seq, members,",
                "   unread, muted}",
                "cipher_suite is its MLS code; membership is founding, member, removed or frozen; held is why nothing new",
                "comes into it now, for example unknown_channel, or limit_reached where only what you say waits, or empty; seq is",
                "the last entry of its log; unread is how much others have said since you have looked, 1000 at most. The channel in",
                "which something was said last comes first."
            })
    static final class ListAll extends Command {
        @Override
        ExitCode run() throws CommandFailure, ClientException {
            try (Client client = open()) {
                Optional<CommandFailure> stopped = catchUpOrRemark(client);
                List<Listed> channels = client.channels().stream()
                        .map(channel -> new Listed(channel, channel.summary()))
                        .sorted(Comparator.comparingLong(
                                        (Listed it) -> it.summary().activeMillis())
                                .reversed())
                        .toList();
                for (Listed listed : channels) {
                    Channel channel = listed.channel();
                    ChannelSummary summary = listed.summary();
                    print(
                            describe(channel)
                                    .with("unread", summary.unread().count())
                                    .with("muted", summary.muted()),
                            line(channel) + unread(summary));
                }
                if (channels.isEmpty() && !json()) {
                    remark("No channels yet. Make one (" + next().line("channel create NAME")
                            + ") or ask to be added to one.");
                }
                return ended(stopped);
            }
        }

        /** As it was when it was looked at: it may change while all are sorted. */
        private record Listed(Channel channel, ChannelSummary summary) {}

        private static String unread(ChannelSummary summary) {
            Unread unread = summary.unread();
            return (unread.count() == 0 ? "" : ", " + unread.count() + (unread.isMore() ? "+" : "") + " unread")
                    + (summary.muted() ? ", muted" : "");
        }

        private static String line(Channel channel) {
            ChannelState state = channel.state();
            int members = channel.members().size();
            String standing = switch (state.membership()) {
                case MEMBER -> members + (members == 1 ? " member" : " members");
                case FOUNDING -> "being made";
                case REMOVED -> "you were removed";
                case RETURNING -> "coming back: this device could not process a change";
                case NOT_FOUNDED -> "not made: your server refused it; what you wrote in it is kept";
                case FROZEN -> "FROZEN: its log was found forked";
                case OF_NEWER_VERSION -> "in a state that only a newer version of this software knows";
            };
            return NamedChannel.shortId(channel) + "  "
                    + nameIn(state) + "  — " + standing
                    + ", ordered by " + state.hub() + (state.isPostQuantum() ? ", post-quantum" : "")
                    + state.heldBy()
                            .map(why -> (why.code() == RefusalCode.LIMIT_REACHED
                                            ? "; what you write waits: "
                                            : "; nothing new comes into it: ")
                                    + why.sentence())
                            .orElse("");
        }
    }

    private static String nameIn(ChannelState state) {
        if (state.name().isEmpty()) {
            return "(no name yet)";
        }
        String name = DisplayText.ofLine(state.name());
        return state.isNameLikeAnId()
                ? "(calls itself \"" + name + "\", which looks like an id; use the id in front)"
                : name;
    }

    /** {@code samara channel members}. */
    @picocli.CommandLine.Command(
            name = "members",
            description = "List the members of a channel.",
            footer = {
                "",
                "Prints with --json, one a member:",
                "  {\"type\":\"member\", user, devices, verified, key_changed, identity_key, identity_keys,"
                        + " key_standing, change_waiting, device_renewed, lists_all, own}",
                "key_standing is compared, known, seen (brought in by another member, and no more), disputed (another"
                        + " was seen too) or changed.",
                "change_waiting is remove where you have asked for that and it is not done yet, else empty.",
                "identity_key is empty where the member's devices show different ones; identity_keys has them all.",
                "lists_all is false where a device of the member does not say yet that it can do what this version can."
            })
    static final class Members extends Command {
        @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
        private String channelName = "";

        @Option(
                names = "--outdated",
                description = {
                    "Only those with a device that does not say yet that it can do what this version can.",
                    "What is new in a channel begins when everybody in it can."
                })
        private boolean outdated;

        @Override
        ExitCode run() throws CommandFailure, ClientException {
            try (Client client = open()) {
                Optional<CommandFailure> stopped = catchUpOrRemark(client);
                Channel channel = channel(client, channelName);
                @Nullable
                UserId own = client.whoami().map(account -> account.user()).orElse(null);
                List<Member> listed = channel.members().stream()
                        .filter(member -> !outdated || !member.listsAll())
                        .toList();
                for (Member member : listed) {
                    boolean isOwn = member.user().equals(own);
                    print(
                            new JsonLine("member")
                                    .with("user", member.user().toString())
                                    .with("devices", ids(member))
                                    .with("verified", member.verified())
                                    .with("key_changed", member.keyChanged())
                                    .with("identity_key", onlyKey(member))
                                    .with("identity_keys", keys(member))
                                    .with(
                                            "key_standing",
                                            member.standing().name().toLowerCase(Locale.ROOT))
                                    .with("change_waiting", PendingChange.wordOf(channel, member.user()))
                                    .withTime("device_renewed", member.deviceRenewedMillis())
                                    .with("lists_all", member.listsAll())
                                    .with("own", isOwn),
                            MessageSentence.line(member, isOwn)
                                    + renewed(member)
                                    + PendingChange.mark(channel, member.user()));
                }
                if (outdated) {
                    remark(
                            listed.isEmpty()
                                    ? "Everybody in this channel can do what this version can."
                                    : "They say so by themselves, up to a week after they have written something here with"
                                            + " a version as new as this one.");
                }
                PendingChange.notYetIn(channel).forEach(this::remark);
                if (channel.state().membership() == Membership.REMOVED) {
                    remark("You were removed from this channel, and do not know who is in it now.");
                } else {
                    ChannelStanding.of(channel.state(), next()).ifPresent(this::remark);
                }
                return ended(stopped);
            }
        }

        private static List<DeviceId> ids(Member member) {
            return member.devices().stream().map(Member.Device::id).toList();
        }

        private static List<String> keys(Member member) {
            return member.identityKeys().stream().map(Bytes::hex).toList();
        }

        private static String onlyKey(Member member) {
            List<String> keys = keys(member);
            return keys.size() == 1 ? keys.get(0) : "";
        }
    }

    private static String renewed(Member member) {
        return member.deviceRenewedMillis().isPresent()
                ? ", under another device key since "
                        + SeenKeyWords.day(member.deviceRenewedMillis().getAsLong())
                : "";
    }
}
