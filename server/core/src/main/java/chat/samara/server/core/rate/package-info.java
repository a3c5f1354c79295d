/**
 * How often somebody may do something, and how much may be under way on a line. Used by everything that bounds what one member or one slow server
 * can cost all others; on the core's thread.
 */
@NullMarked
package chat.samara.server.core.rate;

import org.jspecify.annotations.NullMarked;
