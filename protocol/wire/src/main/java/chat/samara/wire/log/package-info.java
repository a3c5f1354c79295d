/**
 * The signed log of a channel (design §5): records, entries, heads and the genesis, the chain of their hashes, and the proofs
 * that sign a whole batch at once. A value keeps the bytes that it was decoded from; hashes and signatures cover those, and
 * nothing is encoded a second time to pass it on. Types that end in {@code In} came from outside and are not verified.
 * Called by the server's core and by the SDK, from any thread.
 */
@NullMarked
package chat.samara.wire.log;

import org.jspecify.annotations.NullMarked;
