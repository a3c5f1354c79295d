package chat.samara.server.core.peer;

import chat.samara.wire.Refusal;
import chat.samara.wire.proto.PeerFrame;

/** What happens with the answer to a request to a peer: exactly one of the two is called, once. */
public interface Answers {
    /** It came. */
    void answered(PeerFrame frame);

    /** It was refused, or can no longer come. */
    void failed(Refusal why);

    /**
     * Whether the answer may be so large, or stand behind so many others, that on a slow line it takes minutes: then it is waited for until something
     * that was asked later is answered. To ask again would make the line slower still.
     */
    default boolean isPatient() {
        return false;
    }
}
