/**
 * The secret tree and the ratchets that grow from its leaves (RFC 9420 §9): the keys of an epoch's messages, each used once and
 * erased. Owned by one group's epoch, on its thread.
 */
@NullMarked
package chat.samara.mls.secrettree;

import org.jspecify.annotations.NullMarked;
