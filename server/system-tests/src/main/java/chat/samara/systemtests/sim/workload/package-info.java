/**
 * What members do and what fate does to them, chosen by the seed. Used by the simulator's thread only.
 */
@NullMarked
package chat.samara.systemtests.sim.workload;

import org.jspecify.annotations.NullMarked;
