package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a hub to what it has signed. A server whose data folder is an older copy does not know all of its own logs: would it go on, it
 * would sign other entries in places where others hold its signature already, and their copies would be frozen for good. But followers
 * and devices know. As soon as anybody shows a head with this server's signature that its log does not contain, nothing is ordered in
 * that channel any more, durably, until the log contains it ({@link TakingBack}). Who shows it does not matter, since the signature is
 * this server's own; whatever is not signed by it holds nothing up.
 */
public final class OwnWord {
    private static final Logger LOG = LoggerFactory.getLogger(OwnWord.class);

    private final ServerIdentity identity;
    private final Journal journal;
    private final Channels channels;
    private final Asking asking;
    private final SortedSet<ChannelId> held = new TreeSet<>();

    /** Of these, when the operator is to be alarmed, by monotonic time: those that are held lately, and may have what they lack back in a moment. */
    private final SortedMap<ChannelId, Long> alarmAtMillis = new TreeMap<>();

    /** @param asking what keeps a channel waiting that has all that it lacked */
    public OwnWord(ServerIdentity identity, Journal journal, Channels channels, Asking asking) {
        this.identity = identity;
        this.journal = journal;
        this.channels = channels;
        this.asking = asking;
    }

    /** What a shown head is to this server. */
    public enum Shown {
        /** The log contains it, or this server is not the channel's hub. */
        KNOWN,
        /** It proves that this server has less of the channel than it has signed. */
        BEHIND,
        /** The same, of a channel that this server does not know at all. */
        UNKNOWN_CHANNEL
    }

    /** Reads which channels are held. */
    public void load(List<ChannelId> ownChannels) {
        held.clear();
        alarmAtMillis.clear();
        ownChannels.forEach(this::readAnew);
    }

    /** Reads whether the channel is held. */
    public void readAnew(ChannelId id) {
        if (ChannelTable.find(journal, id).filter(this::isHeld).isPresent()) {
            if (held.add(id)) {
                alarmLater(id);
            }
        } else {
            held.remove(id);
            alarmAtMillis.remove(id);
        }
    }

    private void alarmLater(ChannelId id) {
        alarmAtMillis.putIfAbsent(id, journal.monotonicMillis() + Limits.HELD_UNTIL_ALARM_MILLIS);
    }

    /** Looks at due times: a channel that is still held a while after it was shown is nothing that mends itself. */
    void tick() {
        for (ChannelId id : List.copyOf(alarmAtMillis.keySet())) {
            if (journal.monotonicMillis() >= alarmAtMillis.getOrDefault(id, Long.MAX_VALUE)) {
                alarmAtMillis.remove(id);
                channels.find(id).filter(channel -> isHeld(id)).ifPresent(this::alarm);
            }
        }
    }

    private boolean isHeld(StoredChannel row) {
        return row.getHub().equals(identity.name().value())
                && !row.getHeldHead().isEmpty();
    }

    /** The channels in which this hub orders nothing, by id. */
    public List<ChannelId> held() {
        return List.copyOf(held);
    }

    /** Whether the genesis makes this server the hub, by its name and its key. */
    boolean isOwn(Genesis genesis) {
        return genesis.hub().equals(identity.name()) && genesis.hubRootKey().equals(identity.rootPublicKey());
    }

    /** Whether nothing is ordered in the channel. */
    boolean isHeld(ChannelId channel) {
        return held.contains(channel);
    }

    /** Why nothing is ordered in the channel: {@code CHANNEL_FROZEN} if it never will be again; empty if this does not keep it. */
    Optional<Refusal> refusal(Channel channel) {
        if (!isHeld(channel.id())) {
            return Optional.empty();
        }
        long heldAt = heldAt(channel).seq();
        boolean forked = isForked(channel);
        String sentence = forked
                ? identity.name() + " was restored from an older copy and has gone on from it: two entries " + heldAt
                        + " exist, so that this channel cannot go on; found a new one. Its operator has been told"
                : identity.name() + " was restored from an older copy and lacks part of this channel, up to entry "
                        + heldAt
                        + "; it takes nothing new in it until it has that back, and its operator has been told";
        return Optional.of(new Refusal(
                forked ? ErrorCode.CHANNEL_FROZEN : ErrorCode.HUB_BEHIND,
                sentence,
                "held-at=" + heldAt,
                0,
                Limits.BEHIND_RETRY_MILLIS));
    }

    /** Whether another entry stands where this server has signed one: then there is nothing that it could take back. */
    private static boolean isForked(Channel channel) {
        return heldAt(channel).seq() <= channel.seq();
    }

    private static LogPosition heldAt(Channel channel) {
        try {
            return HeadIn.decode(Stored.bytes(channel.row().getHeldHead()))
                    .trustStored()
                    .head()
                    .position();
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.CHANNEL, channel.id(), e);
        }
    }

    /**
     * Somebody shows a head. Refused with {@code INVALID_PROOF} or {@code MALFORMED} if this server is the hub and has not signed it; then
     * nothing has changed.
     *
     * @param by who shows it, for the operator
     */
    public Shown shown(HeadIn in, String by) throws RefusedException {
        if (channels.isSetAside(in.claimedChannel())) {
            return Shown.KNOWN;
        }
        Optional<Channel> found = channels.findAny(in.claimedChannel());
        if (found.isPresent() && !channels.isHub(found.get())) {
            return Shown.KNOWN;
        }
        LogVerifier verifier = LogVerifier.ofHub(identity.rootPublicKey());
        if (found.isEmpty()) {
            verifier.verifyHint(in.claimedChannel(), in);
            return Shown.UNKNOWN_CHANNEL;
        }
        Channel channel = found.get();
        LogPosition claimed = in.claimedPosition();
        if (contains(channel, claimed) || claimed.term() != channel.position().term()) {
            return Shown.KNOWN;
        }
        if (isHeld(channel.id()) && !saysMore(channel, claimed)) {
            return Shown.BEHIND;
        }
        hold(channel, verifier.verifyHint(channel.id(), in), by);
        return Shown.BEHIND;
    }

    /** Whether a place says more of what is wrong than the one that holds the channel. That two entries exist is the last word. */
    private static boolean saysMore(Channel channel, LogPosition claimed) {
        return !isForked(channel)
                && (claimed.seq() <= channel.seq()
                        || claimed.seq() > heldAt(channel).seq());
    }

    /** Whether the log leads through this place. */
    boolean contains(Channel channel, LogPosition place) {
        if (place.isStart()) {
            return true;
        }
        if (place.seq() >= channel.seq()) {
            return place.equals(channel.position());
        }
        return LogTable.encoded(journal, channel.id(), place.seq())
                .filter(entry -> LogTable.hash(channel.id(), entry).equals(place.entryHash()))
                .isPresent();
    }

    private void hold(Channel channel, ProvenHead head, String by) {
        channel.row()
                .setHeldHead(Protobuf.toByteString(Protobuf.encode(head.toProto())))
                .setHeldShownBy(by);
        channels.save(channel);
        held.add(channel.id());
        if (isForked(channel)) {
            alarmAtMillis.remove(channel.id());
            alarm(channel);
        } else {
            LOG.warn(
                    "channel {} is held: {}, as {} has shown. This server was restored from an older copy: it takes back what it lacks"
                            + " from a follower that has it and can be reached, and takes nothing new in the channel before",
                    channel.id(),
                    whatIsWrong(channel),
                    by);
            alarmLater(channel.id());
        }
    }

    private void alarm(Channel channel) {
        LogPosition signed = heldAt(channel);
        LOG.error(
                "ALARM: channel {} is held: {} ({}, here {}), as {} has shown. {}; see \"After a restore\" in docs/operating",
                channel.id(),
                whatIsWrong(channel),
                signed.entryHash().hex(),
                channel.position().entryHash().hex(),
                channel.row().getHeldShownBy(),
                isForked(channel)
                        ? "Nothing is ordered in this channel any more"
                        : "Nobody has given back yet what it lacks, and nothing is ordered in this channel before: see that the servers that"
                                + " have it can be reached, or restore a newer copy");
    }

    /** The log has grown by what a follower gave back: if it leads through what holds the channel, that goes on. */
    void tookBack(Channel channel, ServerName from) {
        if (isHeld(channel.id()) && contains(channel, heldAt(channel))) {
            LOG.warn(
                    "channel {} has what it lacked, up to entry {}, {}",
                    channel.id(),
                    channel.seq(),
                    asking.goesOn(channel.id(), from)
                            .map(when -> "and takes new messages " + when + " (--restored)")
                            .orElse("and goes on as if nothing had happened"));
            channel.row().clearHeldHead().clearHeldShownBy();
            channels.save(channel);
            held.remove(channel.id());
            alarmAtMillis.remove(channel.id());
        }
    }

    /** A sentence for the operator on each channel that is held, at most so many. */
    public List<String> sentences(int countMax) {
        List<String> sentences = new ArrayList<>();
        for (ChannelId id : held) {
            if (sentences.size() >= countMax) {
                break;
            }
            channels.find(id)
                    .ifPresent(channel -> sentences.add("channel " + id + " is held: " + whatIsWrong(channel)
                            + ", shown by " + channel.row().getHeldShownBy()
                            + "; see \"After a restore\" in docs/operating"));
        }
        return sentences;
    }

    private static String whatIsWrong(Channel channel) {
        long signed = heldAt(channel).seq();
        return isForked(channel)
                ? "this server has signed two entries " + signed
                        + ", since it went on from an older copy: no copy mends that, and its members have to found a new one"
                : "this server has it up to entry " + channel.seq() + ", but has signed entry " + signed;
    }
}
