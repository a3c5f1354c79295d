/**
 * Proposals and the commits that put them into effect (RFC 9420 §12.1, §12.4). Immutable data; callable from any thread.
 */
@NullMarked
package chat.samara.mls.proposal;

import org.jspecify.annotations.NullMarked;
