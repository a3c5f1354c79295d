/** Plays a few seeds, and proves that the simulator can fail. */
@NullMarked
package chat.samara.systemtests.sim;

import org.jspecify.annotations.NullMarked;
