/** Whole servers and clients under test: simulation, processes, containers. */
@NullMarked
package chat.samara.systemtests;

import org.jspecify.annotations.NullMarked;
