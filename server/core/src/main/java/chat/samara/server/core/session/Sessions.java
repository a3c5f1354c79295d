package chat.samara.server.core.session;

import chat.samara.server.core.Effect;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Touched;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.proto.ServerFrame;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** All connections of devices. A device has at most one that is logged in: the newest. */
public final class Sessions {
    private final Journal journal;
    private final Map<SessionId, Session> sessions = new TreeMap<>();
    // Never iterated over: its order is not fixed.
    private final Map<DeviceId, Session> online = new HashMap<>();
    private Consumer<SessionId> whenGone = session -> {};

    /** Sessions that the work under way closes. */
    private final Touched<SessionId> closed;

    /** Sessions that ask something in the work under way. */
    private final Touched<SessionId> asking;

    /** Of work that was undone: sessions that it closed, of which neither device nor driver was told. */
    private final SortedSet<SessionId> stillOpen = new TreeSet<>();

    public Sessions(Journal journal) {
        this.journal = journal;
        this.closed = new Touched<>(journal);
        this.asking = new Touched<>(journal);
    }

    /** Sets what else forgets a session that is gone. */
    public void whenGone(Consumer<SessionId> forget) {
        whenGone = forget;
    }

    /** A device connected. */
    public void add(Session session) {
        sessions.put(session.id(), session);
    }

    /** The connection, unless it is gone. */
    public Optional<Session> find(SessionId id) {
        return Optional.ofNullable(sessions.get(id));
    }

    /** All connections, by number. */
    public Collection<Session> all() {
        return Collections.unmodifiableCollection(sessions.values());
    }

    /** How many there are. */
    public int count() {
        return sessions.size();
    }

    /** How many devices are logged in. */
    public int onlineCount() {
        return online.size();
    }

    /** The device's session, if it is logged in. */
    public Optional<SessionId> of(DeviceId device) {
        return Optional.ofNullable(online.get(device)).map(Session::id);
    }

    /** Who is at the other end, if that is proved. */
    public Optional<UserDevice> who(SessionId id) {
        return find(id).map(Session::state)
                .filter(Session.State.LoggedIn.class::isInstance)
                .map(state -> ((Session.State.LoggedIn) state).who());
    }

    /** Who is at the other end was proved: an older connection of the same device is closed. */
    public void loggedIn(Session session, UserDevice who) {
        Session older = online.get(who.device());
        if (older != null && older != session) {
            close(
                    older,
                    Refusal.of(
                            chat.samara.wire.proto.ErrorCode.LIMIT_REACHED,
                            "the same device has connected again; only its newest connection is kept",
                            "sessions-per-device<=1"));
        }
        session.enter(new Session.State.LoggedIn(who));
        online.put(who.device(), session);
    }

    /** Tells why, and closes. */
    public void close(Session session, Refusal why) {
        if (session.state() instanceof Session.State.Closing) {
            return;
        }
        leave(session);
        session.enter(new Session.State.Closing(why));
        cut(session, why);
    }

    private void cut(Session session, Refusal why) {
        closed.add(session.id());
        journal.emitNow(frame(session.id(), 0, ServerFrame.newBuilder().setError(why.toProto())));
        journal.emitNow(new Effect.CloseSession(session.id(), why.toString()));
    }

    /** A request of the session is looked at, by work that may be undone. */
    public void asks(Session session) {
        session.workBegins();
        asking.add(session.id());
    }

    /** The work under way was undone: no answer of it leaves, nor what closes a session. */
    public void undone() {
        asking.takeUndone().forEach(id -> find(id).ifPresent(Session::workUndone));
        stillOpen.addAll(closed.takeUndone());
    }

    /** Closes what undone work had closed: in here those are closed already, and nobody hears what still comes on them. */
    public void afterUndone() {
        for (SessionId id : stillOpen) {
            Session session = sessions.get(id);
            if (session != null && session.state() instanceof Session.State.Closing closing) {
                cut(session, closing.why());
            }
        }
        stillOpen.clear();
    }

    /** Tells all of them why, and closes them. */
    public void closeAll(Refusal why) {
        List.copyOf(sessions.values()).forEach(session -> close(session, why));
    }

    /** The driver says that the connection is gone. */
    public void gone(SessionId id) {
        Session session = sessions.remove(id);
        if (session != null) {
            leave(session);
        }
    }

    private void leave(Session session) {
        if (session.state() instanceof Session.State.LoggedIn state) {
            online.remove(state.who().device(), session);
        }
        whenGone.accept(session.id());
    }

    /** Sends a push to a device if it is logged in, once what was written so far is durable. */
    public void push(DeviceId device, ServerFrame.Builder body) {
        Session session = online.get(device);
        if (session != null) {
            journal.emit(frame(session.id(), 0, body));
        }
    }

    /** A frame to a session; number 0 for what nobody has asked for. */
    public static Effect.SendToSession frame(SessionId session, long requestId, ServerFrame.Builder body) {
        return new Effect.SendToSession(
                session, Protobuf.encode(body.setRequestId(requestId).build()));
    }
}
