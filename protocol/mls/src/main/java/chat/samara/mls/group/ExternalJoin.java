package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.Optional;

/**
 * What makes a commit an external one, once its proposals are applied (RFC 9420 §12.4.3.2).
 *
 * @param leafIndex the leaf that the joiner takes: the leftmost that is blank by then
 * @param kemOutput that carries the init secret (RFC 9420 §8.3)
 * @param replaced the leaf that the joiner removes, which must be an old version of its own
 */
record ExternalJoin(int leafIndex, Bytes kemOutput, Optional<Integer> replaced) {
    /** For the export of the init secret (RFC 9420 §8.3). */
    static final String INIT_SECRET_LABEL = "external init secret";
}
