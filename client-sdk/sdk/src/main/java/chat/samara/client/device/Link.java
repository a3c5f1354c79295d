package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Ping;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The one connection to the own server, and the requests under way on it. Nothing in here is durable: when a connection is lost,
 * everything that was under way is forgotten and derived again after the next login.
 */
final class Link {
    private enum Phase {
        OFFLINE,
        WAITING,
        DIALLING,
        GREETING,
        LOGGING_IN,
        ONLINE
    }

    private final EngineConfig config;
    private final Jitter jitter;
    private final OwnAccount account;

    private Phase phase = Phase.OFFLINE;
    private long connection;
    private long connectAtMillis;
    private long heardAtMillis;
    private boolean probed;

    /** Whether nothing but a person's wish makes it dial again. */
    private boolean staysOffline;

    /** Which of the server's addresses the next dial begins with. */
    private int firstAddress;

    private int attempts;

    /** Sessions that this side had to end for what the server sent, since one has lasted: however much of use they had given before that. */
    private int broken;

    /** When a session has lasted long enough to be one that works, if nothing has shown it before. */
    private long worksAtMillis;

    private long requestId;
    private Bytes tlsSpkiSha256 = Bytes.EMPTY;
    private Optional<Refusal> problem = Optional.empty();
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();

    private record Waiting(Pending pending, long sinceMillis) {}

    Link(EngineConfig config, Jitter jitter, OwnAccount account) {
        this.account = account;
        this.config = config;
        this.jitter = jitter;
    }

    ConnectionState state() {
        return switch (phase) {
            case OFFLINE -> ConnectionState.OFFLINE;
            case WAITING -> ConnectionState.WAITING;
            case DIALLING, GREETING, LOGGING_IN -> ConnectionState.CONNECTING;
            case ONLINE -> ConnectionState.ONLINE;
        };
    }

    boolean isOnline() {
        return phase == Phase.ONLINE;
    }

    boolean isCurrent(long other) {
        return other == connection && phase != Phase.OFFLINE && phase != Phase.WAITING;
    }

    boolean awaitsHello() {
        return phase == Phase.GREETING;
    }

    Bytes tlsSpkiSha256() {
        return tlsSpkiSha256;
    }

    /**
     * Dials now, whatever was before. That something answers an address and speaks TLS does not say that it is the server, or lets anything through to it: as
     * long as no session has come to its login by one address, the next dial begins with another.
     */
    void dial(Turn turn, OwnIdentity own) {
        if (isBeforeLogin()) {
            firstAddress++;
        }
        hangUp(turn, "connecting anew");
        connection++;
        staysOffline = false;
        heardAtMillis = turn.monotonicMillis();
        enter(turn, Phase.DIALLING);
        turn.effect(new DeviceEffect.Connect(
                connection, own.server(), inTurn(own.addresses()), account.takeReturnToken(turn)));
    }

    private List<ServerAddress> inTurn(List<ServerAddress> addresses) {
        List<ServerAddress> turned = new ArrayList<>(addresses);
        Collections.rotate(turned, -firstAddress);
        return turned;
    }

    /** There is a connection, and it has not come to its login. */
    private boolean isBeforeLogin() {
        return phase == Phase.GREETING || phase == Phase.LOGGING_IN;
    }

    void connected(Turn turn, Bytes spki) {
        if (phase == Phase.DIALLING) {
            tlsSpkiSha256 = spki;
            heardAtMillis = turn.monotonicMillis();
            enter(turn, Phase.GREETING);
        }
    }

    /** The server proved who it is; the login goes out next. */
    void loggingIn(Turn turn) {
        enter(turn, Phase.LOGGING_IN);
    }

    void loggedIn(Turn turn) {
        problem = Optional.empty();
        worksAtMillis = turn.monotonicMillis() + config.reconnectMillisMax();
        enter(turn, Phase.ONLINE);
    }

    /**
     * The session has given what it is for: should it end, the next is tried soon. A login alone does not say so: a session that has to be given up
     * for the same reason each time would be begun anew several times a second, in which no other channel gets anywhere.
     */
    void works() {
        attempts = 0;
    }

    /** The other side, or the network, ended it. */
    void lost(Turn turn, String reason) {
        if (isBeforeLogin()) {
            firstAddress++;
        }
        if (problem.isEmpty() || phase == Phase.DIALLING || phase == Phase.ONLINE) {
            problem = Optional.of(new Refusal(RefusalCode.UNREACHABLE, "the server cannot be reached: " + reason));
        }
        backOff(turn, false);
    }

    /** This side ends it and tries again later. Where there is no connection there is nothing to end. */
    void giveUp(Turn turn, String reason, Optional<Refusal> why) {
        if (phase == Phase.OFFLINE || phase == Phase.WAITING) {
            return;
        }
        why.ifPresent(refusal -> problem = Optional.of(refusal));
        if (phase != Phase.ONLINE) {
            firstAddress++;
        }
        hangUp(turn, reason);
        backOff(turn, why.filter(it -> it.code() == RefusalCode.PROTOCOL).isPresent());
    }

    /** This side ends it, and tries again after the longest wait. */
    void giveUpForLong(Turn turn, String reason, Refusal why) {
        attempts = Jitter.DOUBLINGS_MAX;
        worksAtMillis = Long.MAX_VALUE;
        giveUp(turn, reason, Optional.of(why));
    }

    /** This side ends it and stays away. */
    void goOffline(Turn turn, String reason, Optional<Refusal> why) {
        problem = why;
        staysOffline = true;
        hangUp(turn, reason);
        enter(turn, Phase.OFFLINE);
    }

    /** This device is not to connect until a person decides so; told even where it was offline before. */
    void stayAway(Turn turn, String reason, Refusal why) {
        problem = Optional.of(why);
        staysOffline = true;
        hangUp(turn, reason);
        phase = Phase.OFFLINE;
        turn.tell(new ClientEvent.ConnectionChanged(state(), problem));
    }

    /** A person has decided on it. */
    void forgetProblem() {
        problem = Optional.empty();
    }

    void heard(Turn turn) {
        heardAtMillis = turn.monotonicMillis();
        probed = false;
    }

    /** Sends a request; its answer is found by {@link #answered}. */
    void request(Turn turn, ClientFrame.Builder frame, Pending pending) {
        if (phase == Phase.OFFLINE || phase == Phase.WAITING) {
            // The connection was given up earlier in this very turn; the next session derives the request again.
            return;
        }
        long id = ++requestId;
        if (waiting.size() >= Limits.REQUESTS_MAX) {
            giveUp(turn, Limits.REQUESTS_MAX + " requests without an answer", Optional.empty());
            return;
        }
        waiting.put(id, new Waiting(pending, turn.monotonicMillis()));
        turn.effect(new DeviceEffect.SendFrame(
                connection, Protobuf.encode(frame.setRequestId(id).build())));
    }

    /** Sends what is answered only if it is refused, and then to nobody: the next session says it again. */
    void say(Turn turn, ClientFrame.Builder frame) {
        if (phase == Phase.ONLINE) {
            turn.effect(new DeviceEffect.SendFrame(
                    connection, Protobuf.encode(frame.setRequestId(++requestId).build())));
        }
    }

    /** What the answer with this id answers; empty for one that nobody waits for. */
    Optional<Pending> answered(long id) {
        return Optional.ofNullable(waiting.remove(id)).map(Waiting::pending);
    }

    /** Whether it is time to dial again. */
    boolean shouldDial(Turn turn) {
        return phase == Phase.WAITING && !staysOffline && turn.monotonicMillis() >= connectAtMillis;
    }

    /** This machine may have slept: whoever waits tries at once, and a connection that nobody told of its end is probed. */
    void awoke(Turn turn) {
        if (phase == Phase.WAITING) {
            connectAtMillis = turn.monotonicMillis();
        } else if (phase == Phase.ONLINE) {
            probe(turn);
        }
    }

    private void probe(Turn turn) {
        probed = true;
        request(turn, ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()), new Pending.Unheeded());
    }

    /** Probes a quiet connection, and gives up one that stays quiet or leaves a request unanswered. */
    void watch(Turn turn) {
        if (phase == Phase.OFFLINE || phase == Phase.WAITING) {
            return;
        }
        if (turn.monotonicMillis() >= silentAtMillis()) {
            giveUp(turn, "no answer for " + (turn.monotonicMillis() - heardAtMillis) + " ms", Optional.empty());
        } else if (phase == Phase.ONLINE
                && !probed
                && turn.monotonicMillis() >= heardAtMillis + config.pingEveryMillis()) {
            probe(turn);
        }
    }

    /** When {@link #watch} or {@link #shouldDial} next has something to do; empty if never. */
    Optional<Long> nextMillis() {
        return switch (phase) {
            case OFFLINE -> Optional.empty();
            case WAITING -> staysOffline ? Optional.empty() : Optional.of(connectAtMillis);
            case DIALLING, GREETING, LOGGING_IN -> Optional.of(silentAtMillis());
            case ONLINE ->
                Optional.of(
                        probed
                                ? silentAtMillis()
                                : Math.min(silentAtMillis(), heardAtMillis + config.pingEveryMillis()));
        };
    }

    private long silentAtMillis() {
        if (phase == Phase.GREETING) {
            return heardAtMillis + Math.min(config.silenceMillisMax(), Limits.GREETING_MILLIS_MAX);
        }
        Map.Entry<Long, Waiting> oldest = waiting.firstEntry();
        long silent = heardAtMillis + config.silenceMillisMax();
        return oldest == null ? silent : Math.min(silent, oldest.getValue().sinceMillis() + config.silenceMillisMax());
    }

    private void hangUp(Turn turn, String reason) {
        if (phase != Phase.OFFLINE && phase != Phase.WAITING) {
            turn.effect(new DeviceEffect.Disconnect(connection, reason));
        }
        waiting.clear();
        probed = false;
    }

    private void backOff(Turn turn, boolean isBroken) {
        waiting.clear();
        probed = false;
        if (phase == Phase.ONLINE && turn.monotonicMillis() >= worksAtMillis) {
            works();
            broken = 0;
        }
        if (isBroken) {
            attempts = Math.max(attempts, broken);
            broken++;
        }
        connectAtMillis = turn.monotonicMillis()
                + jitter.backOffMillis(attempts++, config.reconnectMillisMin(), config.reconnectMillisMax());
        enter(turn, Phase.WAITING);
    }

    private void enter(Turn turn, Phase next) {
        ConnectionState before = state();
        phase = next;
        if (state() != before) {
            turn.tell(new ClientEvent.ConnectionChanged(state(), problem));
        }
    }
}
