package chat.samara.server.core.session;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.SessionId;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.UserDevice;

/** A device's connection. Lives in memory only. */
public final class Session {
    private final SessionId id;
    private State state;
    private int inFlight;
    private int inFlightBefore;
    private int remoteRequests;
    private int failedTries;
    private int framesBeforeLogin;

    /** How far a connection has come. */
    public sealed interface State {
        /** Greeted; the other side has not proved who it is. */
        record Greeted(Bytes challenge, long sinceMillis) implements State {}

        /** The other side is this device. */
        record LoggedIn(UserDevice who) implements State {}

        /** Being closed by this server, for this reason: what still comes is ignored. */
        record Closing(Refusal why) implements State {}
    }

    /** @param id the driver's number of the connection */
    public Session(SessionId id, State state) {
        this.id = id;
        this.state = state;
    }

    /** The driver's number of the connection. */
    public SessionId id() {
        return id;
    }

    /** How far it has come. */
    public State state() {
        return state;
    }

    void enter(State next) {
        state = next;
    }

    /** Requests whose answers wait for the disk or a peer. */
    public int inFlight() {
        return inFlight;
    }

    /** A piece of work with this session begins, which may be undone. */
    void workBegins() {
        inFlightBefore = inFlight;
    }

    /** It was undone: what it answered never leaves. */
    void workUndone() {
        inFlight = inFlightBefore;
    }

    void requestBegins() {
        inFlight++;
    }

    void requestEnds() {
        inFlight--;
    }

    /** Whoever is at the other end has said something more before proving who that is. Returns how often that makes it. */
    public int saidAsAStranger() {
        return ++framesBeforeLogin;
    }

    /** Who is at the other end was not proved once more. Returns how often that makes it. */
    public int tryFailed() {
        return ++failedTries;
    }

    /** Requests that wait for a peer. */
    public int remoteRequests() {
        return remoteRequests;
    }

    /** A request begins (1) or ends (-1) to wait for a peer. */
    public void addRemoteRequests(int difference) {
        remoteRequests += difference;
    }
}
