package chat.samara.cli.message;

import chat.samara.client.channel.Member;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.display.DisplayText;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.stream.Collectors;

/** What a message says, in words for a person, safe to print. */
public final class MessageSentence {
    /** Members that are all named where they were added or removed together. */
    private static final int NAMED_MAX = 4;

    private static final int NAMED_OF_MANY = 2;

    private MessageSentence() {}

    /** Whether somebody said it, so that it stands beside a name; everything else is told about the channel. */
    public static boolean isSpoken(MessageBody body) {
        return body instanceof MessageBody.Text || body instanceof MessageBody.Unknown;
    }

    /** A commit that neither adds nor removes anybody: no news for a person. */
    public static boolean isKeyRenewal(MessageBody body) {
        return body instanceof MessageBody.MembersChanged change
                && change.added().isEmpty()
                && change.removed().isEmpty();
    }

    /** One or more lines, without a line end behind the last; of many members only the first are named. */
    public static String of(Message message, ChannelNames names) {
        return message.body() instanceof MessageBody.MembersChanged change
                ? ofMembers(message, change, NAMED_MAX)
                : ofOther(message, names);
    }

    /** As {@link #of}, with the names of all members, however many they are. */
    public static String whole(Message message, ChannelNames names) {
        return message.body() instanceof MessageBody.MembersChanged change
                ? ofMembers(message, change, Integer.MAX_VALUE)
                : ofOther(message, names);
    }

    /** Whether {@link #of} leaves out what {@link #whole} says. */
    public static boolean isCut(MessageBody body) {
        return body instanceof MessageBody.MembersChanged change
                && Math.max(change.added().size(), change.removed().size()) > NAMED_MAX;
    }

    private static String ofOther(Message message, ChannelNames names) {
        String who = message.sender().map(MessageSentence::name).orElse("somebody");
        MessageBody body = message.body();
        if (body instanceof MessageBody.Text text) {
            return DisplayText.ofText(text.text());
        } else if (body instanceof MessageBody.Unknown unknown) {
            String fallback = DisplayText.ofText(unknown.fallbackText());
            return fallback.isEmpty() ? "(something that this version cannot show)" : fallback;
        } else if (body instanceof MessageBody.Profile profile) {
            String topic = profile.topic().isEmpty() ? "" : ", about: " + DisplayText.ofLine(profile.topic());
            return "The channel's name is \"" + DisplayText.ofLine(profile.name()) + "\"" + topic;
        } else if (body instanceof MessageBody.Created) {
            return who + " made the channel";
        } else if (body instanceof MessageBody.Joined) {
            return "You joined; you can read what follows";
        } else if (body instanceof MessageBody.DevicesChanged change) {
            return who + " took devices of " + names(change.members())
                    + " out of the channel or put others in, which no device does by itself; whose it was comes back by itself";
        } else if (body instanceof MessageBody.RemovedHere) {
            return "You were removed from the channel; nothing more will come";
        } else if (body instanceof MessageBody.Returned returned) {
            return returned.underNewKey()
                    ? who
                            + " is back under another device key: their profile was restored from a backup, or copied. If they know"
                            + " nothing of it, somebody else has a copy"
                    : who + " is back: their device had lost its place in the channel";
        } else if (body instanceof MessageBody.ReturnedHere returned) {
            return returned.fromEpoch() < returned.toEpoch()
                    ? "Back in the channel: what was said while this device had lost its place cannot be read"
                    : "Back in the channel: what others said while this device had lost its place was read";
        } else if (body instanceof MessageBody.MemberBarred barred) {
            return barred(barred.member(), barred.accusers(), message.own());
        } else if (body instanceof MessageBody.IdentityKeyChanged changed) {
            return keyChanged(changed);
        } else if (body instanceof MessageBody.IdentityKeysDiffer differ) {
            return keysDiffer(differ.member(), differ.before(), differ.now(), names);
        } else if (body instanceof MessageBody.LookAlike look) {
            return "ATTENTION: " + name(look.member()) + " looks like " + name(look.known())
                    + ", whom you know, but is somebody else. Make sure whom you talk to: samara verify "
                    + name(look.member());
        } else if (body instanceof MessageBody.Unreadable unreadable) {
            return UnreadableSentence.of(message.sender().map(MessageSentence::name), 1, unreadable.reason())
                    + (UnreadableSentence.saysAll(unreadable.reason()) ? "" : detail(unreadable));
        }
        throw new IllegalStateException("a message body without words: " + body.getClass());
    }

    /** Of messages that stand one behind the other. */
    public static String of(ChannelFeed.Unreadables messages) {
        MessageBody.Unreadable first = (MessageBody.Unreadable) messages.first().body();
        String detail = UnreadableSentence.saysAll(first.reason()) ? "" : detail(first);
        return UnreadableSentence.of(
                        messages.first().sender().map(MessageSentence::name), messages.count(), first.reason())
                + (detail.isEmpty() || messages.sameDetail() ? detail : "; the first" + detail);
    }

    /** Who may not change the channel any more, and what helps. */
    static String barred(UserId member, int accusers, boolean own) {
        String others = accusers + " members could not process ";
        return own
                ? "ATTENTION: you may not change this channel any more, only write and read: " + others
                        + "changes that this device made. Ask another member to remove you and to add you again"
                : name(member) + " may not commit any more: " + others
                        + "its commits. It can still write. Whoever trusts it removes and adds it again";
    }

    private static String keyChanged(MessageBody.IdentityKeyChanged changed) {
        String member = name(changed.member());
        if (changed.accepted()) {
            return "The identity key of " + member + " has changed; it is the new one that you accepted";
        }
        return "ATTENTION: the identity key of " + member
                + " has changed. They have a new profile, or somebody is pretending to be them."
                + " Compare safety numbers: samara verify " + member;
    }

    /** Two keys under one name, of which nobody has said which is theirs. */
    static String keysDiffer(UserId user, SeenKey before, SeenKey now, ChannelNames names) {
        return "ATTENTION: " + name(user)
                + " was seen with two identity keys: they have a new profile, or somebody is pretending to be them. One "
                + SeenKeyWords.of(before, names) + ", the other " + SeenKeyWords.of(now, names)
                + ". Compare safety numbers: samara verify " + name(user);
    }

    /** A member of a channel, as a line: who it is, and whether this person has made sure of it. */
    public static String line(Member member, boolean isOwn) {
        boolean saysMore = switch (member.standing()) {
            case COMPARED, DISPUTED, CHANGED -> true;
            case KNOWN, SEEN -> false;
        };
        return name(member.user()) + (isOwn ? " (you)" : "") + "  " + standing(member)
                + (saysMore || isOwn ? "" : ", not verified");
    }

    /** How many devices a member has in a channel, and what is known about their keys. */
    public static String standing(Member member) {
        int devices = member.devices().size();
        String count = devices == 1 ? "1 device" : devices + " devices";
        int keys = member.identityKeys().size();
        if (keys > 1) {
            return count + " with " + keys + " DIFFERENT IDENTITY KEYS, not verified: "
                    + member.devices().stream()
                            .map(device -> SeenKeyWords.shortKey(device.id().bytes()) + " shows "
                                    + SeenKeyWords.shortKey(device.identityKey()))
                            .collect(Collectors.joining(", "));
        }
        return count
                + switch (member.standing()) {
                    case COMPARED -> ", verified";
                    case KNOWN -> "";
                    case SEEN -> ", key only seen in channels";
                    case DISPUTED ->
                        ", ONE OF SEVERAL IDENTITY KEYS that were seen, not verified: samara verify "
                                + name(member.user());
                    case CHANGED ->
                        ", ANOTHER IDENTITY KEY than the one you know, not verified: samara verify "
                                + name(member.user());
                };
    }

    /** A user id, safe to print. */
    public static String name(UserId user) {
        return DisplayText.ofLine(user.toString());
    }

    private static String ofMembers(Message message, MessageBody.MembersChanged change, int namedMax) {
        return message.sender()
                .map(sender -> membersChanged(name(sender), change, namedMax))
                .orElseGet(() -> whoIsThere(change, namedMax));
    }

    private static String membersChanged(String who, MessageBody.MembersChanged change, int namedMax) {
        if (isKeyRenewal(change)) {
            return who + " renewed their keys";
        }
        String added = change.added().isEmpty() ? "" : " added " + names(change.added(), namedMax);
        String removed = change.removed().isEmpty() ? "" : " removed " + names(change.removed(), namedMax);
        return who + added + (added.isEmpty() || removed.isEmpty() ? "" : " and") + removed;
    }

    /** What a Welcome changes for one who was not there. */
    private static String whoIsThere(MessageBody.MembersChanged change, int namedMax) {
        String come = change.added().isEmpty() ? "" : "New to you in the channel: " + names(change.added(), namedMax);
        String gone =
                change.removed().isEmpty() ? "" : "No longer in the channel: " + names(change.removed(), namedMax);
        return come + (come.isEmpty() || gone.isEmpty() ? "" : ". ") + gone;
    }

    private static String names(List<UserId> users) {
        return users.stream().map(MessageSentence::name).collect(Collectors.joining(", "));
    }

    /** All, or the first two of more than so many, and how many there are beside them. */
    private static String names(List<UserId> users, int namedMax) {
        return users.size() <= namedMax
                ? names(users)
                : names(users.subList(0, NAMED_OF_MANY)) + " and " + (users.size() - NAMED_OF_MANY) + " others";
    }

    private static String detail(MessageBody.Unreadable unreadable) {
        String sentence = unreadable.detail().sentence();
        return sentence.isEmpty() ? "" : " (" + DisplayText.ofLine(sentence) + ")";
    }
}
