package chat.samara.server.core.peer;

import chat.samara.wire.Refusal;
import chat.samara.wire.frame.PeerFrameIn;

/** What happens with the answer to a request to a peer: exactly one of the three is called, once. */
public interface Answers {
    /** It came. */
    void answered(PeerFrameIn answer);

    /** The peer refused, in words of its own choice: whatever their code says, nothing is known of the line by it. */
    void refused(Refusal why);

    /** It can no longer come: the request did not leave, its link is gone, or the peer was silent for too long. */
    void lost(Refusal why);
}
