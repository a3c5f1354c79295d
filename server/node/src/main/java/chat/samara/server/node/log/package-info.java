/** What stands in the server's log: through one filter, since much of it was written by others. Logback makes these by name; on any thread. */
@NullMarked
package chat.samara.server.node.log;

import org.jspecify.annotations.NullMarked;
