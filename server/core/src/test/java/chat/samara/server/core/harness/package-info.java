/** Servers, devices and the world between them, for tests: everything in memory, in virtual time, on one thread. */
@NullMarked
package chat.samara.server.core.harness;

import org.jspecify.annotations.NullMarked;
