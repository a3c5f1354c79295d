/**
 * Those who lie: servers that pass on to their own members' devices what they like. Each lie is told some time and counted; then the liar is
 * honest again, and nothing may be left of it. Used by the simulator's thread only.
 */
@NullMarked
package chat.samara.systemtests.sim.adversary;

import org.jspecify.annotations.NullMarked;
