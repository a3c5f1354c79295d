package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.LinkId;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A connection to another server, and the requests that are under way on it. Lives in memory only; all its times are monotonic. */
final class Link {
    private final LinkId id;
    private final boolean outbound;
    private final Optional<ServerName> expected;
    private final Bytes acceptorSpkiSha256;
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private State state;
    private long nextRequestId = 1;
    private long heardAtMillis;
    private long pingedAtMillis;
    private long sentAtMillis;
    private long answeredAskedAtMillis;
    private Optional<ServerName> proved = Optional.empty();
    private boolean wasReady;
    private boolean ended;

    /** How far the two sides have come. */
    sealed interface State {
        /** Own hello sent; the other's is awaited. */
        record Greeting(Bytes ownChallenge) implements State {}

        /** Somebody who dialled has said who it is, and is told nothing before it has proved that. */
        record Shown(Bytes ownChallenge, ManifestIn manifest, Bytes challenge) implements State {}

        /** Own proof sent to whom this server dialled; the other's is awaited. */
        record Proving(Bytes ownChallenge, Manifest manifest) implements State {}

        /** Both have proved who they are. */
        record Ready(ServerName peer) implements State {}

        /** Being closed by this server: what still comes is ignored. */
        record Closing() implements State {}
    }

    private record Pending(Answers answers, boolean isPatient, long sentAtMillis) {}

    Link(
            LinkId id,
            boolean outbound,
            Optional<ServerName> expected,
            Bytes acceptorSpkiSha256,
            State state,
            long nowMillis) {
        this.id = id;
        this.outbound = outbound;
        this.expected = expected;
        this.acceptorSpkiSha256 = acceptorSpkiSha256;
        this.state = state;
        this.heardAtMillis = nowMillis;
        this.pingedAtMillis = nowMillis;
        this.sentAtMillis = nowMillis;
        this.answeredAskedAtMillis = nowMillis;
    }

    LinkId id() {
        return id;
    }

    boolean outbound() {
        return outbound;
    }

    Optional<ServerName> expected() {
        return expected;
    }

    Bytes acceptorSpkiSha256() {
        return acceptorSpkiSha256;
    }

    State state() {
        return state;
    }

    void enter(State next) {
        state = next;
        if (next instanceof State.Ready ready) {
            proved = Optional.of(ready.peer());
        }
    }

    /** The proved peer; stays known when the link is closing. */
    Optional<ServerName> peer() {
        return proved;
    }

    /** Whether it was its peer's ready one until it was given up. */
    boolean wasReady() {
        return wasReady;
    }

    void retired(boolean wasItsPeersReadyOne) {
        wasReady |= wasItsPeersReadyOne;
        state = new State.Closing();
    }

    /** Whether everybody has been told of its end. */
    boolean hasEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }

    long heardAtMillis() {
        return heardAtMillis;
    }

    void heard(long nowMillis) {
        heardAtMillis = nowMillis;
    }

    /** When something was sent on it last. */
    long sentAtMillis() {
        return sentAtMillis;
    }

    void sent(long nowMillis) {
        sentAtMillis = nowMillis;
    }

    long pingedAtMillis() {
        return pingedAtMillis;
    }

    void pinged(long nowMillis) {
        pingedAtMillis = nowMillis;
    }

    /** When the latest was asked of what the other side has answered; before anything was asked, when the link began. */
    long answeredAskedAtMillis() {
        return answeredAskedAtMillis;
    }

    boolean hasRoomForRequest() {
        return pending.size() < Limits.REQUESTS_PER_LINK_MAX;
    }

    /** Numbers a request whose answer nobody waits for. */
    long nextRequestId() {
        return nextRequestId++;
    }

    /** Numbers a request; a patient one is waited for as {@link #expire} says. */
    long begin(Answers answers, boolean isPatient, long nowMillis) {
        long number = nextRequestId();
        pending.put(number, new Pending(answers, isPatient, nowMillis));
        return number;
    }

    /** Who waits for the answer with this number; nobody if it came too late, or was never asked for. */
    Optional<Answers> end(long requestId) {
        Optional<Pending> asked = Optional.ofNullable(pending.remove(requestId));
        asked.ifPresent(it -> answeredAskedAtMillis = Math.max(answeredAskedAtMillis, it.sentAtMillis));
        return asked.map(Pending::answers);
    }

    /**
     * Gives up the requests that were sent before one time; the patient ones only if they were sent before another, and something that was asked later
     * was answered: until then their answers may be on their way.
     */
    List<Answers> expire(long beforeMillis, long patientBeforeMillis) {
        List<Answers> expired = new ArrayList<>();
        Iterator<Pending> each = pending.values().iterator();
        while (each.hasNext()) {
            Pending next = each.next();
            boolean late = next.isPatient
                    ? next.sentAtMillis < patientBeforeMillis && next.sentAtMillis < answeredAskedAtMillis
                    : next.sentAtMillis < beforeMillis;
            if (late) {
                expired.add(next.answers);
                each.remove();
            }
        }
        return expired;
    }

    /** Gives up one request; nobody, if none is under way. */
    Optional<Answers> giveUp() {
        return pending.keySet().stream().findFirst().flatMap(this::giveUp);
    }

    /** Gives up the request with this number. */
    Optional<Answers> giveUp(long requestId) {
        return Optional.ofNullable(pending.remove(requestId)).map(Pending::answers);
    }
}
