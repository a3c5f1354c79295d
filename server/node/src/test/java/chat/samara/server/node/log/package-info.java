/** Tests of what stands in the server's log. */
@NullMarked
package chat.samara.server.node.log;

import org.jspecify.annotations.NullMarked;
