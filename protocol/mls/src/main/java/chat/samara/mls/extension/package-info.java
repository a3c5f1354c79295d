/**
 * Extensions (RFC 9420 §13.4): opaque, numbered, and the few whose content MLS itself defines. Unknown ones survive a round
 * trip. Free of state; callable from any thread.
 */
@NullMarked
package chat.samara.mls.extension;

import org.jspecify.annotations.NullMarked;
