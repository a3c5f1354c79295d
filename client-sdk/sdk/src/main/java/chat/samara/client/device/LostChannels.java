package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Channels of which the own server says that this device is in them, while the device knows nothing of them, or nothing but its removal.
 * So it is where a profile was put back from a copy that is older than its being there: the Welcome was used up by a later state, and for
 * everybody else its leaf stands. The server's word says no more than where to look: the device enters such a channel, out of its
 * place, if a replay of the log shows a leaf of this person ({@link Entrance}). What shows none is left alone, and nobody
 * is told. Nor does it enter where a Welcome may still wait that its server bends or withholds for now: who comes in by that reads all that
 * was said since, and who comes in out of its place does not.
 */
final class LostChannels {
    private final Link link;
    private final ChannelBook channels;
    private final Welcomes welcomes;
    private final Replays replays;
    private final Entrance entrance;

    /** What the server said at login, by channel. */
    private final Map<ChannelId, ChannelState> atLogin = new TreeMap<>();

    private final Map<ChannelId, ChannelState> waiting = new TreeMap<>();
    private final Map<ChannelId, ChannelState> sought = new TreeMap<>();

    /** What this session has shown this device to be removed from: its server said before that what it lists. */
    private final Set<ChannelId> removed = new TreeSet<>();

    LostChannels(Link link, ChannelBook channels, Welcomes welcomes, Replays replays, Entrance entrance) {
        this.link = link;
        this.channels = channels;
        this.welcomes = welcomes;
        this.replays = replays;
        this.entrance = entrance;
    }

    void beginSession(Map<ChannelId, ChannelState> states) {
        atLogin.clear();
        atLogin.putAll(states);
        sought.clear();
        waiting.clear();
        removed.clear();
        states.forEach((channel, state) -> {
            if (isLost(channel, state)) {
                waiting.put(channel, state);
            }
        });
    }

    /** Whether there may be something to find: what this device knows of it is, at the most, its removal. */
    private boolean isLost(ChannelId channel, ChannelState state) {
        return channels.find(channel)
                .map(known -> known.is(Membership.REMOVED)
                        && state.getSeq() >= known.row().getSeq())
                .orElse(true);
    }

    /** A log that ends where this device was removed holds nothing for it, unless no hub has ordered that removal. */
    private boolean endsWithRemoval(Turn turn, ChannelId channel, ChannelState state) {
        return channels.find(channel)
                .filter(known -> known.is(Membership.REMOVED)
                        && state.getSeq() == known.row().getSeq()
                        && (removed.contains(channel) || !Replays.leadsBack(turn, channel)))
                .isPresent();
    }

    /** Its removal is being settled: until then nobody can say from where its log is to be followed. */
    private boolean isGoingBack(ChannelId channel) {
        return channels.find(channel)
                .filter(known -> known.row().getGoingBack())
                .isPresent();
    }

    /** A person had this device forget it: only what the log holds behind that counts, and nothing where the channel was frozen. */
    private boolean isForgotten(Turn turn, ChannelId channel, ChannelState state) {
        return channels.isBeingForgotten(channel)
                || ForgottenChannels.remembered(turn.store(), channel)
                        .filter(known -> known.frozen()
                                || state.getSeq() <= known.seq()
                                || state.getSeq() == known.lookedThroughSeq())
                        .isPresent();
    }

    /** The log has shown that this device was removed: perhaps it was added again behind that. */
    void removed(LiveChannel channel) {
        removed.add(channel.id());
        ChannelState state = atLogin.get(channel.id());
        if (state != null) {
            waiting.put(channel.id(), state);
        }
    }

    /** What the server has said of a channel at login. */
    Optional<ChannelState> saidAtLogin(ChannelId channel) {
        return Optional.ofNullable(atLogin.get(channel));
    }

    /** Whether a channel's handshakes were asked for from here. */
    boolean isSeeking(ChannelId channel) {
        return sought.containsKey(channel);
    }

    /** Whether all were looked at that can be: for the others a Welcome is awaited. */
    boolean isIdle() {
        return sought.isEmpty() && waiting.keySet().stream().allMatch(welcomes::mayWait);
    }

    /** Looks at the next ones. A Welcome that waits is the better way in, so those come first. */
    void due(Turn turn) {
        for (Map.Entry<ChannelId, ChannelState> next : List.copyOf(waiting.entrySet())) {
            if (!link.isOnline() || !welcomes.isIdle() || sought.size() >= Limits.LOST_CHANNELS_SOUGHT_AT_ONCE_MAX) {
                return;
            }
            if (!isGoingBack(next.getKey()) && !welcomes.mayWait(next.getKey())) {
                waiting.remove(next.getKey());
                look(turn, next.getKey(), next.getValue());
            }
        }
    }

    private void look(Turn turn, ChannelId channel, ChannelState state) {
        if (mayEnter(turn, channel, state, sought.size())) {
            seek(turn, channel, state);
        }
    }

    /**
     * Whether the device would enter if it found a leaf of this person there.
     *
     * @param beside so many other channels may be entered before it
     */
    private boolean mayEnter(Turn turn, ChannelId channel, ChannelState state, int beside) {
        return isLost(channel, state)
                && !endsWithRemoval(turn, channel, state)
                && !isGoingBack(channel)
                && !isForgotten(turn, channel, state)
                && !welcomes.mayWait(channel)
                && !channels.isFull(beside);
    }

    private void seek(Turn turn, ChannelId channel, ChannelState state) {
        sought.put(channel, state);
        Optional<LiveChannel> known = channels.find(channel);
        if (known.isPresent()) {
            replay(turn, known.get().genesis(), state);
            return;
        }
        // Of one that is unknown the first entry comes first: without its genesis nobody could say whose log it is.
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setFetchHandshakes(FetchHandshakes.newBuilder()
                                .setChannelId(Stored.bytes(channel.bytes()))
                                .setThroughSeq(1)),
                new Pending.FetchHandshakes(channel));
    }

    private void replay(Turn turn, Genesis genesis, ChannelState state) {
        replays.begin(
                turn,
                Replays.Goal.of(turn, channels.find(genesis.channel()), genesis, state.getSeq(), Optional.empty()));
    }

    /** Handshakes came. Returns the channel if it was entered. */
    Optional<LiveChannel> handshakes(Turn turn, OwnIdentity own, ChannelId channel, Handshakes message) {
        ChannelState state = Optional.ofNullable(sought.get(channel))
                .orElseThrow(() -> new IllegalStateException("channel " + channel + " is not looked for"));
        if (!replays.isRunning(channel)) {
            try {
                replay(turn, genesis(channel, message), state);
            } catch (RefusedException e) {
                sought.remove(channel);
            }
            return Optional.empty();
        }
        Replays.Result result = replays.received(turn, channel, message);
        if (result instanceof Replays.Result.Going) {
            return Optional.empty();
        }
        sought.remove(channel);
        return result instanceof Replays.Result.Arrived arrived ? enter(turn, own, state, arrived) : Optional.empty();
    }

    private static Genesis genesis(ChannelId channel, Handshakes message) throws RefusedException {
        if (message.getEntriesCount() != 1) {
            throw Field.malformed(
                    "Handshakes.entries", Integer.toString(message.getEntriesCount()), "the genesis alone");
        }
        var control = Payload.control(
                EntryIn.shown(message.getEntries(0)).unverified().record());
        return GenesisIn.decode(Protobuf.toBytes(control.getGenesis().getSignedGenesis()))
                .verify(channel);
    }

    private Optional<LiveChannel> enter(
            Turn turn, OwnIdentity own, ChannelState state, Replays.Result.Arrived arrived) {
        HandshakeReplay replay = arrived.replay();
        ChannelId id = replay.genesis().channel();
        Optional<LogPosition> place = arrived.addition()
                .flatMap(HandshakeReplay::end)
                .or(replay::end)
                .or(() -> channels.find(id).map(LiveChannel::position));
        // The same lie of which the hub's word was known before.
        boolean refuted = place.filter(end ->
                        channels.find(id).filter(known -> known.isRefuted(end)).isPresent())
                .isPresent();
        // What the anchor shows is what this device was removed from.
        boolean onlyBefore = removed.contains(id) && replay.end().isEmpty();
        if (onlyBefore || refuted || !mayEnter(turn, id, state, 0)) {
            return Optional.empty();
        }
        try {
            Optional<LiveChannel> whereAdded = arrived.addition()
                    .filter(it -> replay.channel()
                            .flatMap(observed -> Returns.ownLeaf(observed, own))
                            .isPresent())
                    .flatMap(it -> entrance.whereAdded(turn, own, it));
            LiveChannel channel = whereAdded.isPresent() ? whereAdded.get() : entrance.outOfPlace(turn, own, replay);
            channel.beginSession(state.getNextDeviceSeq(), Optional.of(state.getSeq()));
            channel.save(turn);
            return Optional.of(channel);
        } catch (Joining.RefusedWelcomeException e) {
            if (channels.find(id).isEmpty()) {
                lookedThroughForgotten(turn, id, state.getSeq());
            }
            return Optional.empty();
        }
    }

    private static void lookedThroughForgotten(Turn turn, ChannelId channel, long seq) {
        if (ForgottenChannels.remembered(turn.store(), channel).isPresent()) {
            ForgottenChannels.lookedThrough(turn, channel, seq);
            Replays.forgetProgress(turn, channel);
        }
    }

    /** The own server cannot give the log's handshakes. */
    void failed(ChannelId channel) {
        replays.failed(channel);
        sought.remove(channel);
    }
}
