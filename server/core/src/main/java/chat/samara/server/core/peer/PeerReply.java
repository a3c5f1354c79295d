package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.proto.PeerFrame;

/** The answer to what one peer asked. It leaves when all that it tells is durable. */
public final class PeerReply {
    private final Links links;
    private final Link link;
    private final long requestId;

    PeerReply(Links links, Link link, long requestId) {
        this.links = links;
        this.link = link;
        this.requestId = requestId;
    }

    /** Answers with a body. */
    public void with(PeerFrame.Builder body) {
        links.answer(link, requestId, body);
    }

    /**
     * Answers with entries.
     *
     * @param entries an encoded {@code samara.v1.Entries}: what was encoded is not decoded and encoded again
     */
    public void entries(Bytes entries) {
        links.answerEntries(link, requestId, entries);
    }

    /** Answers with an error; what asked for no answer gets none. */
    public void refuse(Refusal why) {
        if (requestId != 0) {
            with(PeerFrame.newBuilder().setError(why.toProto()));
        }
    }
}
