/**
 * What two members' devices and their server say to each other, byte by byte: a {@link chat.samara.benchmarks.wire.TlsTap} stands between them with the
 * server's own key, a {@link chat.samara.benchmarks.wire.ByteLedger} says what each byte is for. The tap on its own event loop, the rest on the
 * benchmark's main thread.
 */
@NullMarked
package chat.samara.benchmarks.wire;

import org.jspecify.annotations.NullMarked;
