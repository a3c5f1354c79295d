package chat.samara.cli.message;

import chat.samara.cli.NextCommand;
import chat.samara.cli.ShellWord;
import chat.samara.client.Client;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.display.DisplayText;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a person has to know of an event that stands in no history which they see. Empty are events that only say to look again: at a history, a
 * message's mark, or the connection, which whoever follows it shows itself. {@code README.md} beside this module lists all events with where they show.
 */
public final class EventSentence {
    private static final int ID_DIGITS = 12;

    private final Client client;
    private final Predicate<ChannelId> shown;
    private final NextCommand next;

    /** Limits of the member that were said and are not over, by where they were met. */
    private final Map<ChannelId, String> limits = new HashMap<>();

    /**
     * @param shown the channels whose history the person sees: what has a place there is not said twice
     * @param next what to type about the profile that this is said of
     */
    public EventSentence(Client client, Predicate<ChannelId> shown, NextCommand next) {
        this.client = client;
        this.shown = shown;
        this.next = next;
    }

    /** Callable from any thread. */
    public Optional<String> of(ClientEvent event) {
        forgetLimit(event);
        return DeviceSentence.of(event, next)
                .or(() -> alarm(event))
                .or(() -> ofChannel(event))
                .or(() -> elsewhere(event));
    }

    private Optional<String> alarm(ClientEvent event) {
        if (event instanceof ClientEvent.ForkDetected fork) {
            return Optional.of("ALARM: two views of place " + fork.seq() + " of channel " + name(fork.channel())
                    + " differ: " + fork.detail()
                    + (fork.frozen()
                            ? ". Nothing more is read or sent there; what is here stays readable. Tell the operator of"
                                    + " the server that keeps the channel, and go on in a new one."
                            : "."));
        } else if (event instanceof ClientEvent.LogTakenBack back) {
            return Optional.of("ALARM: what your server had shown of channel " + name(back.channel()) + " behind place "
                    + back.afterSeq() + " was not the log. It is read again from there.");
        } else if (event instanceof ClientEvent.LogWithheld withheld) {
            return Optional.of("ALARM: your server leaves out messages of channel " + name(withheld.channel())
                    + ", from place " + withheld.seq() + " on. Nothing of it is read or sent until it gives them.");
        } else if (event instanceof ClientEvent.IdentityKeyChanged changed) {
            String member = MessageSentence.name(changed.member());
            return Optional.of(
                    "ATTENTION: " + member + " is shown with another identity key than the one you know. They have a"
                            + " new profile, or somebody is pretending to be them. Compare safety"
                            + " numbers: "
                            + next.line("verify " + ShellWord.of(member)));
        } else if (event instanceof ClientEvent.IdentityKeysDiffer differ) {
            return Optional.of(
                    MessageSentence.keysDiffer(differ.member(), differ.before(), differ.now(), ChannelNames.of(client))
                            + ".");
        }
        return Optional.empty();
    }

    private Optional<String> ofChannel(ClientEvent event) {
        if (event instanceof ClientEvent.WelcomeRefused refused) {
            return Optional.of("Not joined, channel " + name(refused.channel()) + ": "
                    + refused.refusal().sentence());
        } else if (event instanceof ClientEvent.SendingHeld held && isOfLimit(held)) {
            return limit(held);
        } else if (event instanceof ClientEvent.SendingHeld held) {
            String channel = " in channel " + name(held.channel());
            return Optional.of(held.why()
                    .map(why -> why.code() == RefusalCode.CHANNEL_FROZEN
                            ? "What you write" + channel + " is not sent: " + why.sentence()
                                    + ". It stays on this device. Tell your server's operator, go on in a new"
                                    + " channel, and forget this one: "
                                    + next.line("channel forget "
                                            + held.channel().toString().substring(0, ID_DIGITS))
                            : "What you write waits on this device" + channel + ": " + why.sentence())
                    .orElse("The server takes what you write again" + channel + "."));
        } else if (event instanceof ClientEvent.SendingAwaitsRemoval held) {
            return Optional.of(awaitsRemoval(held));
        } else if (event instanceof ClientEvent.OrderingHeld held) {
            String written = "What you write in channel " + name(held.channel());
            return Optional.of(held.why()
                    .map(why -> why.code() == RefusalCode.CHANNEL_FROZEN
                            ? written + " stays at your server and does not come into the log: " + why.sentence()
                                    + ". Go on in a new channel, and forget this one: "
                                    + next.line("channel forget "
                                            + held.channel().toString().substring(0, ID_DIGITS))
                            : written + " is at your server, and not in the channel's log yet: " + why.sentence())
                    .orElse(written + " comes into its log again."));
        } else if (event instanceof ClientEvent.ChangeSettled settled) {
            return settled.refusal()
                    .map(why -> "Not done in channel " + name(settled.channel()) + ": "
                            + PendingChange.wanted(settled.change()) + ": " + why.sentence());
        } else if (event instanceof ClientEvent.PlaceLost lost) {
            return Optional.of("This device could not process a change that " + MessageSentence.name(lost.author())
                    + " made in channel " + name(lost.channel())
                    + ", and is coming back by itself. What you write meanwhile is sent afterwards.");
        }
        return Optional.empty();
    }

    private String awaitsRemoval(ClientEvent.SendingAwaitsRemoval held) {
        if (held.members().isEmpty()) {
            return "Nothing that you wrote in channel " + name(held.channel()) + " waits for a removal any more.";
        }
        String members = held.members().stream().map(MessageSentence::name).collect(Collectors.joining(", "));
        return "What you write waits on this device in channel " + name(held.channel()) + " until " + members
                + (held.members().size() == 1 ? " is" : " are")
                + " out of it, as you have asked: they would read it. To see it, to send a message all the same, or to give the removal up: "
                + next.line("unsent " + held.channel().toString().substring(0, ID_DIGITS));
    }

    /** Nothing is held in a channel that this device is out of, and nobody says that it is not. */
    private synchronized void forgetLimit(ClientEvent event) {
        if (event instanceof ClientEvent.RemovedFromChannel removed) {
            limits.remove(removed.channel());
        } else if (event instanceof ClientEvent.ChannelForgotten forgotten) {
            limits.remove(forgotten.channel());
        }
    }

    /** Another reason takes a limit's place. */
    private synchronized boolean isOfLimit(ClientEvent.SendingHeld held) {
        boolean isOfLimit = held.why()
                .map(why -> why.code() == RefusalCode.LIMIT_REACHED)
                .orElse(limits.containsKey(held.channel()));
        if (!isOfLimit) {
            limits.remove(held.channel());
        }
        return isOfLimit;
    }

    /** Most limits are about the member, whichever channels they are met in: each is said once, and once that none holds anything any more. */
    private synchronized Optional<String> limit(ClientEvent.SendingHeld held) {
        if (held.why().isEmpty()) {
            limits.remove(held.channel());
            return limits.isEmpty() ? Optional.of("The server takes what you write again.") : Optional.empty();
        }
        String sentence = held.why().get().sentence();
        // Behind the reason stands when it is over, which is another moment each time.
        int end = held.retryAfterMillis().isPresent() ? sentence.lastIndexOf(" (") : -1;
        String reason = end < 0 ? sentence : sentence.substring(0, end);
        boolean isSaid = limits.containsValue(reason);
        limits.put(held.channel(), reason);
        return isSaid
                ? Optional.empty()
                : Optional.of("What you write waits on this device, in channel " + name(held.channel())
                        + " and wherever else you meet this limit: " + sentence);
    }

    /** The channel in whose history a person sees what the event says; empty if it says nothing that one must know, or stands in none. */
    public static Optional<ChannelId> inHistoryOf(ClientEvent event) {
        if (event instanceof ClientEvent.LookAlikeAppeared look) {
            return Optional.of(look.channel());
        } else if (event instanceof ClientEvent.MemberBarred barred) {
            return Optional.of(barred.channel());
        } else if (event instanceof ClientEvent.RemovedFromChannel removed) {
            return Optional.of(removed.channel());
        } else if (event instanceof ClientEvent.ChannelJoined joined) {
            return Optional.of(joined.channel());
        } else if (event instanceof ClientEvent.MessageStateChanged changed && isRefusalOfOwn(changed)) {
            return Optional.of(changed.channel());
        }
        return Optional.empty();
    }

    private static boolean isRefusalOfOwn(ClientEvent.MessageStateChanged changed) {
        return changed.own() && changed.state() == MessageState.REFUSED;
    }

    /** What stands in a history, but in one that the person does not see now. */
    private Optional<String> elsewhere(ClientEvent event) {
        if (inHistoryOf(event).filter(channel -> !shown.test(channel)).isEmpty()) {
            return Optional.empty();
        }
        if (event instanceof ClientEvent.LookAlikeAppeared look) {
            return Optional.of("ATTENTION: in channel " + name(look.channel()) + " "
                    + MessageSentence.name(look.member()) + " looks like " + MessageSentence.name(look.known())
                    + ", whom you know, but is somebody else.");
        } else if (event instanceof ClientEvent.MemberBarred barred) {
            return Optional.of("In channel " + name(barred.channel()) + ": "
                    + MessageSentence.barred(barred.member(), barred.accusers(), barred.own()) + ".");
        } else if (event instanceof ClientEvent.RemovedFromChannel removed) {
            return Optional.of("You were removed from channel " + name(removed.channel()) + ".");
        } else if (event instanceof ClientEvent.ChannelJoined joined) {
            return Optional.of("You are in another channel now: " + name(joined.channel()) + ".");
        }
        return refusedMessage(event);
    }

    /** That a message of one's own will not be in the log, which its sender may have left as one that the server has. */
    public Optional<String> refusedMessage(ClientEvent event) {
        if (event instanceof ClientEvent.MessageStateChanged changed && isRefusalOfOwn(changed)) {
            return Optional.of("A message of yours in channel " + name(changed.channel()) + " was refused"
                    + changed.refusal().map(why -> ": " + why.sentence()).orElse("")
                    + ". To see it, to send it again, or to drop it: "
                    + next.line("unsent " + changed.channel().toString().substring(0, ID_DIGITS)));
        }
        return Optional.empty();
    }

    private String name(ChannelId id) {
        try {
            ChannelState state = client.channel(id).state();
            if (!state.name().isEmpty() && !state.isNameLikeAnId()) {
                return "\"" + DisplayText.ofLine(state.name()) + "\"";
            }
        } catch (ClientException | ClientClosedException unknown) {
            // It has no name here.
        }
        return id.toString().substring(0, ID_DIGITS);
    }
}
