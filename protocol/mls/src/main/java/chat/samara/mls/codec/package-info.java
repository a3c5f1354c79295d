/**
 * The TLS presentation language as RFC 9420 §2.1 uses it: readers that bound every length before they allocate, writers, and
 * the immutable byte string that the rest of the project passes around. Free of state; callable from any thread.
 */
@NullMarked
package chat.samara.mls.codec;

import org.jspecify.annotations.NullMarked;
