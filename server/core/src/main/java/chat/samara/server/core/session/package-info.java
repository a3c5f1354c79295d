/**
 * Connections of devices: who is at the other end, what was asked, and the answers. The driver's session events end up here;
 * requests are handed to the package whose concept they are about. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.session;

import org.jspecify.annotations.NullMarked;
