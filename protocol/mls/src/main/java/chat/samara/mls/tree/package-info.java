/**
 * The ratchet tree (RFC 9420 §4, §7): what stands in its leaves and parents, its arithmetic, hashes and validation, and
 * TreeKEM. Public state is immutable; private keys belong to the group that holds them and stay on its thread.
 */
@NullMarked
package chat.samara.mls.tree;

import org.jspecify.annotations.NullMarked;
