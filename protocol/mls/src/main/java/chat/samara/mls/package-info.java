/** The Messaging Layer Security protocol (RFC 9420) as a library. */
@NullMarked
package chat.samara.mls;

import org.jspecify.annotations.NullMarked;
