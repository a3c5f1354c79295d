/**
 * Virtual time, seeded randomness and the trace of a run. Everything that happens in the simulator happens as a
 * scheduled step here, in one thread; nothing reads a real clock or a real source of randomness.
 */
@NullMarked
package chat.samara.systemtests.sim.clock;

import org.jspecify.annotations.NullMarked;
