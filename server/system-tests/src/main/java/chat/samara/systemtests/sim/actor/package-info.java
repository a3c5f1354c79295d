/**
 * The drivers: what the runnable server and the client library's facade do around the sans-I/O cores, done here under
 * virtual time, with crashes at every point where a real process could crash. Used by the simulator's thread only.
 */
@NullMarked
package chat.samara.systemtests.sim.actor;

import org.jspecify.annotations.NullMarked;
