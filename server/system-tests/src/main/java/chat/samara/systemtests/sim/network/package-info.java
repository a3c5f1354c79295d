/**
 * A network with faults, under virtual time. A connection behaves like TCP under TLS: frames arrive whole, unaltered and
 * in order, or not at all; what was in flight when it breaks is lost, and the two ends learn of the break at different
 * times. So frames of an old connection may arrive after those of its successor, and nobody can tell a slow end from a
 * dead one. Used by the simulator's thread only.
 */
@NullMarked
package chat.samara.systemtests.sim.network;

import org.jspecify.annotations.NullMarked;
