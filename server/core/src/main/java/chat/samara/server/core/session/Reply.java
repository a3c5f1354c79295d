package chat.samara.server.core.session;

import chat.samara.server.core.batch.Journal;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.ServerFrame;

/** The answer that a request waits for: given once, at once or later. It leaves when all that it tells is durable. */
public final class Reply {
    private final Journal journal;
    private final Session session;
    private final UserDevice who;
    private final long requestId;
    private boolean given;

    /** To a request of the session, which is under way from now on. */
    public Reply(Journal journal, Session session, UserDevice who, long requestId) {
        this.journal = journal;
        this.session = session;
        this.who = who;
        this.requestId = requestId;
        session.requestBegins();
    }

    /** The session that asked. */
    public Session session() {
        return session;
    }

    /** Who asked. */
    public UserDevice who() {
        return who;
    }

    /** Answers with a body. */
    public void with(ServerFrame.Builder body) {
        given();
        journal.whenDurable(session::requestEnds);
        journal.emit(Sessions.frame(session.id(), requestId, body));
    }

    private void given() {
        if (given) {
            throw new IllegalStateException("a second answer to request " + requestId + ", expected one");
        }
        given = true;
    }

    /** Answers that it was done. */
    public void done() {
        with(ServerFrame.newBuilder().setDone(Done.getDefaultInstance()));
    }

    /** Answers that it was done, unless whoever asked wants to hear of refusals only. */
    public void doneUnless(boolean quiet) {
        if (quiet) {
            given();
            session.requestEnds();
        } else {
            done();
        }
    }

    /** Answers with an error. */
    public void refuse(Refusal refusal) {
        with(ServerFrame.newBuilder().setError(refusal.toProto()));
    }
}
