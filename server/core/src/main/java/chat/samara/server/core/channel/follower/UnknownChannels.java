package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Channels that members' devices read on in, and that are not here: this server was restored from a copy that is older than they are. For the
 * operator, who learns of them in no other way. A device's word costs nothing, so each member is heard on a few only; this server's own signature,
 * which a device shows, is more. In memory only: devices say it again whenever they connect.
 */
public final class UnknownChannels {
    private final Journal journal;
    private final Dropping dropping;
    private final Map<ChannelId, Asked> asked = new LinkedHashMap<>();
    private final Map<UserId, Integer> countByMember = new HashMap<>();

    /**
     * Who reads on.
     *
     * @param signed whether that one has shown this server's own signature under the channel's log
     */
    private record Asked(UserId by, boolean signed) {}

    public UnknownChannels(Journal journal, Dropping dropping) {
        this.journal = journal;
        this.dropping = dropping;
    }

    /** A member's device wants to read on in a channel that it is not in, as far as is known here. */
    public void wanted(ChannelId channel, UserId by) {
        dropping.wanted(channel, by);
        if (isUnknown(channel) && !asked.containsKey(channel)) {
            put(channel, new Asked(by, false));
        }
    }

    /** A member's device has shown a head of the channel that this server has signed. */
    public void shown(ChannelId channel, UserId by) {
        if (isUnknown(channel)) {
            remove(channel);
            put(channel, new Asked(by, true));
        }
    }

    private boolean isUnknown(ChannelId channel) {
        return ChannelTable.find(journal, channel).isEmpty();
    }

    private void put(ChannelId channel, Asked by) {
        if (!by.signed() && countByMember.getOrDefault(by.by(), 0) >= Limits.UNKNOWN_CHANNELS_PER_MEMBER_MAX) {
            return;
        }
        if (asked.size() >= Limits.UNKNOWN_CHANNELS_KEPT_MAX) {
            remove(asked.keySet().iterator().next());
        }
        asked.put(channel, by);
        countByMember.merge(by.by(), 1, Integer::sum);
    }

    private void remove(ChannelId channel) {
        Asked before = asked.remove(channel);
        if (before != null) {
            countByMember.computeIfPresent(before.by(), (member, count) -> count == 1 ? null : count - 1);
        }
    }

    /** A sentence on each that is still not here, at most so many: first those that are proven, and of the others a few by each member. */
    public List<String> sentences(int countMax) {
        List.copyOf(asked.keySet()).stream()
                .filter(channel -> !isUnknown(channel))
                .forEach(this::remove);
        List<String> sentences = new ArrayList<>();
        asked.forEach((channel, by) -> {
            if (by.signed()) {
                sentences.add(sentence(channel, by));
            }
        });
        Map<UserId, Integer> told = new HashMap<>();
        asked.forEach((channel, by) -> {
            if (!by.signed() && told.merge(by.by(), 1, Integer::sum) <= Limits.UNKNOWN_CHANNELS_TOLD_PER_MEMBER_MAX) {
                sentences.add(sentence(channel, by));
            }
        });
        return sentences.subList(0, Math.min(countMax, sentences.size()));
    }

    private static String sentence(ChannelId channel, Asked asked) {
        return "channel " + channel + " is not known here, but a device of " + asked.by() + " reads on in it"
                + (asked.signed() ? " and has shown what this server has signed of it" : "")
                + ": the data folder is an older copy than the channel. If another server has members in it, add that as a peer, and it comes"
                + " back; see \"After a restore\" in docs/operating";
    }
}
