package chat.samara.client.channel;

import chat.samara.wire.log.ChannelId;
import chat.samara.wire.name.LookAlike;
import chat.samara.wire.name.Normalization;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which channel a person means by a name or an id. A stranger can add this device to a channel of any name; so
 *
 * <ul>
 *   <li>what looks like an id, or its beginning, is compared with ids only, whatever channels are called;
 *   <li>names are the same if a reader takes them for the same, and not only if their letters are;
 *   <li>of several that fit, those that the person has accepted go before the others, and then those that this device is in before those
 *       that it was removed from. What is still several is for the person to decide.
 * </ul>
 *
 * <p>Decides by what is known now: catch up before ({@code Client.awaitCaughtUpOrUnreachable}).
 */
public sealed interface ChannelChoice {
    /**
     * One.
     *
     * @param channel it
     * @param passedOver others of the same name or beginning that were not chosen; to be told
     */
    record One(ChannelId channel, List<ChannelId> passedOver) implements ChannelChoice {
        public One {
            passedOver = List.copyOf(passedOver);
        }
    }

    /** Several; the person has to say which, by its id. */
    record Several(List<ChannelId> fitting) implements ChannelChoice {
        public Several {
            fitting = List.copyOf(fitting);
        }
    }

    /**
     * None.
     *
     * @param calledSo channels that are called so, but cannot be chosen by this name, since it looks like an id
     */
    record None(List<ChannelId> calledSo) implements ChannelChoice {
        public None {
            calledSo = List.copyOf(calledSo);
        }
    }

    /**
     * Decides.
     *
     * @param channels all that this device knows
     * @param accepted whether the person has accepted a channel: founded it, or said something in it
     * @param typed a name, an id, or at least {@value ChannelName#ID_DIGITS_MIN} first digits of an id
     */
    static ChannelChoice among(List<ChannelState> channels, Predicate<ChannelId> accepted, String typed) {
        boolean byId = ChannelName.looksLikeId(typed);
        String digits = Normalization.foldCompatibly(typed).strip();
        LookAlike look = ChannelName.look(typed);
        List<ChannelState> fitting = new ArrayList<>();
        List<ChannelId> calledSo = new ArrayList<>();
        for (ChannelState channel : channels) {
            boolean called = !channel.name().isBlank() && ChannelName.isSame(channel.name(), look);
            if (byId ? channel.id().toString().startsWith(digits) : called && !channel.isNameLikeAnId()) {
                fitting.add(channel);
            } else if (called) {
                calledSo.add(channel.id());
            }
        }
        if (fitting.isEmpty()) {
            return new None(calledSo);
        }
        List<ChannelState> best = fitting;
        if (best.size() > 1) {
            best = preferred(best, it -> accepted.test(it.id()));
            best = preferred(
                    best, it -> it.membership() != Membership.REMOVED && it.membership() != Membership.NOT_FOUNDED);
        }
        if (best.size() > 1) {
            return new Several(best.stream().map(ChannelState::id).toList());
        }
        ChannelId chosen = best.get(0).id();
        return new One(
                chosen,
                fitting.stream()
                        .map(ChannelState::id)
                        .filter(id -> !id.equals(chosen))
                        .toList());
    }

    private static List<ChannelState> preferred(List<ChannelState> channels, Predicate<ChannelState> better) {
        List<ChannelState> found = channels.stream().filter(better).toList();
        return found.isEmpty() ? channels : found;
    }
}
