/**
 * Frames on a link: how they are cut out of the stream of bytes, and that each field of one has a form and size that the rest of
 * the code can rely on. What comes out of {@code …Frames.decode} is well formed; nothing in it is verified. The transports call
 * the codec, on the connection's thread; the server's core and the SDK call the rest.
 */
@NullMarked
package chat.samara.wire.frame;

import org.jspecify.annotations.NullMarked;
