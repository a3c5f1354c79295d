/**
 * The Messaging Layer Security protocol (RFC 9420) as a library that knows nothing of Samara.
 *
 * <p>The packages follow the RFC's chapters: {@code codec} (§2), {@code crypto} (§5), {@code credential} (§5.3), {@code
 * framing} (§6), {@code tree} (§7), {@code schedule} (§8), {@code secrettree} (§9), {@code keypackage} (§10), {@code
 * proposal} (§12.1, §12.4), {@code welcome} (§12.4.3), {@code extension} (§13.4) and, on top of them, {@code group}. This
 * package holds only what all of them refuse with. There are no threads, clocks or files in here: a caller hands in time
 * and randomness, and keeps each group on one thread at a time (what is shared with the common pool: {@link
 * chat.samara.mls.crypto.Batch}).
 */
@NullMarked
package chat.samara.mls;

import org.jspecify.annotations.NullMarked;
