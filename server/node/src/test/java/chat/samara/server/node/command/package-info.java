/** Tests of the command line: whole servers in processes of their own. */
@NullMarked
package chat.samara.server.node.command;

import org.jspecify.annotations.NullMarked;
