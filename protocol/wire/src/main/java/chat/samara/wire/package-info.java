/** What servers and clients must agree on. No threads, clocks, sockets or files. */
@NullMarked
package chat.samara.wire;

import org.jspecify.annotations.NullMarked;
