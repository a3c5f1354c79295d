/** Tests of the port to the disk, and the suite that every store must pass. */
@NullMarked
package chat.samara.server.core.store;

import org.jspecify.annotations.NullMarked;
