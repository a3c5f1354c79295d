/**
 * Devices of the SDK with profiles on the disk, beside a real server, for {@code ./samara bench device}. A part of it knows nothing of what is measured:
 * it does one thing, and says what that took.
 */
@NullMarked
package chat.samara.benchmarks.device;

import org.jspecify.annotations.NullMarked;
