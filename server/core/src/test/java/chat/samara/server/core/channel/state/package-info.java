/** Tests of what lives in this package, through the core's events and effects where possible. */
@NullMarked
package chat.samara.server.core.channel.state;

import org.jspecify.annotations.NullMarked;
