/**
 * Simulated disks. What a commit has confirmed outlives a crash; everything else is gone, and a batch is there whole or not
 * at all. Used by the simulator's thread only.
 */
@NullMarked
package chat.samara.systemtests.sim.disk;

import org.jspecify.annotations.NullMarked;
