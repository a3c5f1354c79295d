/** Tests of the server's keys and manifest. */
@NullMarked
package chat.samara.server.node.identity;

import org.jspecify.annotations.NullMarked;
