/** Tests of the driving loop and of whole servers in this process. */
@NullMarked
package chat.samara.server.node.run;

import org.jspecify.annotations.NullMarked;
