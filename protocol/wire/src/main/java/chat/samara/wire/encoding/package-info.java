/**
 * Between protobuf and the typed layer: deterministic encoding, bounded reading of fields, and the two byte string types.
 * Called by the other packages of this module, and by whoever builds frames.
 */
@NullMarked
package chat.samara.wire.encoding;

import org.jspecify.annotations.NullMarked;
