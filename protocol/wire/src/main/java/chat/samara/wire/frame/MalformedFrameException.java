package chat.samara.wire.frame;

import chat.samara.wire.RefusedException;

/**
 * A frame that cannot be accepted: {@code MALFORMED}, {@code TOO_LARGE}, {@code UNSUPPORTED} or {@code NAME_INVALID}. If its
 * request id could be read, the refusal can be answered to that; else the link is of no more use.
 */
public final class MalformedFrameException extends RefusedException {
    private static final long serialVersionUID = 1L;

    private final long requestId;

    MalformedFrameException(long requestId, RefusedException cause) {
        super(cause.refusal());
        this.requestId = requestId;
        initCause(cause);
    }

    /** The frame's request id; 0 if it has none or it could not be read. */
    public long requestId() {
        return requestId;
    }
}
