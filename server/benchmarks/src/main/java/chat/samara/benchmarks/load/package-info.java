/**
 * The load: devices that speak the client protocol over TLS with as little work of their own as can be. What they say was encrypted
 * before; what they get is counted and not decrypted. A {@link chat.samara.benchmarks.load.Village} has {@link
 * chat.samara.benchmarks.load.Device}s and {@link chat.samara.benchmarks.load.Room}s; a {@link chat.samara.benchmarks.load.Talk} is
 * what is said in a room, a {@link chat.samara.benchmarks.load.Tally} what has come of it.
 *
 * <p>Villages are made on the benchmark's main thread; from then on each device lives on its connection's event loop.
 */
@NullMarked
package chat.samara.benchmarks.load;

import org.jspecify.annotations.NullMarked;
