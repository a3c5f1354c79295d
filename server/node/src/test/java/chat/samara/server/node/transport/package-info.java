/** Tests of the transport over loopback, with a plain JDK socket on the other side. */
@NullMarked
package chat.samara.server.node.transport;

import org.jspecify.annotations.NullMarked;
