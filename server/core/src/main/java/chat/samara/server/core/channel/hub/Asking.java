package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A hub that has just started does not know whether its data folder is an older copy. So in each channel that has followers it orders
 * nothing before all of them have said how far they have its log, or the time for that is over: by then, whoever could be reached was.
 * It waits for every follower and not for the first, since the one that is reached first may have been away itself. In memory only.
 */
public final class Asking {
    private static final long MINUTE_MILLIS = 60_000;
    private static final int MINUTES_PER_HOUR = 60;
    private static final int MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR;

    private final Journal journal;
    private final Peers peers;
    private final Map<ChannelId, SortedSet<ServerName>> awaited = new TreeMap<>();
    /** What was here at the start, if the operator has said that it is an older copy. */
    private final Set<ChannelId> restored = new TreeSet<>();

    private Optional<Long> begunAtMillis = Optional.empty();
    private boolean isRestored;

    public Asking(Journal journal, Peers peers) {
        this.journal = journal;
        this.peers = peers;
    }

    /**
     * The operator says that the data folder is an older copy. Then each follower is waited for however long that takes, and for some
     * minutes nothing is ordered in any channel that is here, so that members' devices can connect. To be called before the start.
     */
    public void restored() {
        isRestored = true;
    }

    /** Begins to wait, once a start. */
    public void load(List<ChannelId> ownChannels) {
        if (begunAtMillis.isPresent()) {
            return;
        }
        begunAtMillis = Optional.of(journal.monotonicMillis());
        if (isRestored) {
            restored.addAll(ownChannels);
        }
        for (ChannelId channel : ownChannels) {
            if (ChannelTable.isDamaged(journal, channel)) {
                continue;
            }
            SortedSet<ServerName> followers = new TreeSet<>();
            FollowerTable.all(journal, channel).forEach((server, row) -> {
                // A server that was accepted after the copy was made is no peer here, and may be the very one that has
                // more.
                if (row.getDevices() > 0 && (isRestored || peers.isPeer(server))) {
                    followers.add(server);
                }
            });
            if (!followers.isEmpty()) {
                awaited.put(channel, followers);
            }
        }
    }

    private boolean isOver() {
        if (!isRestored && !awaited.isEmpty() && waitedMillis() >= Limits.ASKING_MILLIS_MAX) {
            awaited.clear();
        }
        return awaited.isEmpty();
    }

    private long waitedMillis() {
        return journal.monotonicMillis() - begunAtMillis.orElse(0L);
    }

    private boolean waitsForDevices(ChannelId channel) {
        if (!restored.isEmpty() && waitedMillis() >= Limits.RESTORED_DEVICES_MILLIS) {
            restored.clear();
        }
        return restored.contains(channel);
    }

    /** Why nothing is ordered in the channel yet; empty if this does not keep it. */
    Optional<Refusal> refusal(ChannelId channel) {
        boolean forFollowers = !isOver() && awaited.containsKey(channel);
        if (isRestored) {
            return forFollowers || waitsForDevices(channel) ? Optional.of(afterRestore(channel)) : Optional.empty();
        }
        return forFollowers
                ? Optional.of(new Refusal(
                        ErrorCode.HUB_ASKING,
                        "the hub has just started and asks " + names(channel)
                                + " first how far they have this channel; try again in a moment",
                        "asking",
                        0,
                        Limits.ASKING_RETRY_MILLIS))
                : Optional.empty();
    }

    /**
     * When a channel that has all that it lacked takes new messages, where the operator has said that the folder is an older copy; empty if it does at once.
     *
     * @param from who has just given it back, and is waited for no more
     */
    Optional<String> goesOn(ChannelId channel, ServerName from) {
        if (!isRestored) {
            return Optional.empty();
        }
        String others = Optional.ofNullable(awaited.get(channel)).stream()
                .flatMap(each -> each.stream())
                .filter(server -> !server.equals(from))
                .map(ServerName::value)
                .collect(Collectors.joining(", "));
        String said = others.isEmpty() ? "" : "once it is known how much of it " + others + " has";
        if (!waitsForDevices(channel)) {
            return Optional.of(said).filter(it -> !it.isEmpty());
        }
        // The next whole minute, so that it is so by then.
        long atMillis = journal.nowMillis() + Limits.RESTORED_DEVICES_MILLIS - waitedMillis() + MINUTE_MILLIS - 1;
        long minute = Math.floorMod(atMillis / MINUTE_MILLIS, MINUTES_PER_DAY);
        String time = String.format(Locale.ROOT, "%02d:%02d UTC", minute / MINUTES_PER_HOUR, minute % MINUTES_PER_HOUR);
        return Optional.of(said.isEmpty() ? "at " + time : said + ", and not before " + time);
    }

    private Refusal afterRestore(ChannelId channel) {
        String whom = names(channel).isEmpty()
                ? "its members' devices, " + Limits.RESTORED_DEVICES_MILLIS / MINUTE_MILLIS + " minutes from its start,"
                : names(channel) + ",";
        return new Refusal(
                ErrorCode.HUB_BEHIND,
                "the hub was restored from an older copy and waits for " + whom
                        + " who may have more of this channel; it takes nothing new in it before that",
                "asking",
                0,
                Limits.BEHIND_RETRY_MILLIS);
    }

    private String names(ChannelId channel) {
        return Optional.ofNullable(awaited.get(channel))
                .map(each -> each.stream().map(ServerName::value).collect(Collectors.joining(", ")))
                .orElse("");
    }

    /** What it waits for since the operator has said that the folder is an older copy; empty if it does not. */
    public Optional<String> sentence() {
        Set<ChannelId> waiting = new TreeSet<>();
        if (isRestored) {
            waiting.addAll(awaited.keySet());
            List.copyOf(restored).stream().filter(this::waitsForDevices).forEach(waiting::add);
        }
        String followers = awaitedServers(server -> true);
        return waiting.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "--restored: nothing is ordered yet in " + waiting.size() + " channels; waits for "
                                + (followers.isEmpty() ? "members' devices" + forHowLong() : followers)
                                + noPeers()
                                + " (start without --restored to wait no longer: a channel of which somebody else has more is then lost)");
    }

    private String forHowLong() {
        long left = Math.max(0, Limits.RESTORED_DEVICES_MILLIS - waitedMillis());
        return ", for " + (left + MINUTE_MILLIS - 1) / MINUTE_MILLIS + " minutes more";
    }

    private String awaitedServers(Predicate<ServerName> which) {
        return awaited.values().stream()
                .flatMap(each -> each.stream())
                .distinct()
                .filter(which)
                .map(ServerName::value)
                .collect(Collectors.joining(", "));
    }

    /** Those that cannot come before their operators and this one accept each other again. */
    private String noPeers() {
        String names = awaitedServers(server -> !peers.isPeer(server));
        return names.isEmpty()
                ? ""
                : "; no peer of this server any more, though it has members in these channels: " + names
                        + ": ask its operator for the link, and add it with samara server peer add";
    }

    /** The follower has said how far it has the channel. */
    void said(ServerName follower, ChannelId channel) {
        if (!isOver() && awaited.containsKey(channel)) {
            SortedSet<ServerName> followers = awaited.get(channel);
            followers.remove(follower);
            if (followers.isEmpty()) {
                awaited.remove(channel);
            }
        }
    }

    /** The follower has said how far it has each channel, but for those in doubt. */
    void saidAll(ServerName follower, Predicate<ChannelId> inDoubt) {
        if (isOver()) {
            return;
        }
        Iterator<Map.Entry<ChannelId, SortedSet<ServerName>>> each =
                awaited.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<ChannelId, SortedSet<ServerName>> next = each.next();
            if (!inDoubt.test(next.getKey())
                    && next.getValue().remove(follower)
                    && next.getValue().isEmpty()) {
                each.remove();
            }
        }
    }
}
