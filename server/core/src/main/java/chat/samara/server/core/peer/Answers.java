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

    /**
     * Whether the answer may be so large, or stand behind so many others, that on a slow line it takes minutes: then it is waited for until something
     * that was asked later is answered. To ask again would make the line slower still.
     */
    default boolean isPatient() {
        return false;
    }
}
