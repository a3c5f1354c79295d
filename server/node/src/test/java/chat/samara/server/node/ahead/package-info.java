@NullMarked
package chat.samara.server.node.ahead;

import org.jspecify.annotations.NullMarked;
