/**
 * The port to the primitives that there is more than one implementation of: raw operations on byte arrays, nothing of MLS. Which one answers
 * is chosen by {@code chat.samara.mls.crypto.Primitives}.
 */
@NullMarked
package chat.samara.mls.crypto.primitive;

import org.jspecify.annotations.NullMarked;
