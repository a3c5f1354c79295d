/**
 * How often somebody may do something. Used by everything that bounds what one member can cost all others; on the core's thread.
 */
@NullMarked
package chat.samara.server.core.rate;

import org.jspecify.annotations.NullMarked;
