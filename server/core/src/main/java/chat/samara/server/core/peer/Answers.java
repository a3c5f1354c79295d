package chat.samara.server.core.peer;

import chat.samara.wire.Refusal;
import chat.samara.wire.proto.PeerFrame;

/** What happens with the answer to a request to a peer: exactly one of the two is called, once. */
public interface Answers {
    /** It came. */
    void answered(PeerFrame frame);

    /** It was refused, or can no longer come. */
    void failed(Refusal why);
}
