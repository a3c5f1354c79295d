/**
 * The operator's command line. {@code server} runs a server in this process; its sub-commands ask one that runs. What
 * scripts want (a link, JSON) goes to standard output alone, what people want beside it to standard error.
 */
@NullMarked
package chat.samara.server.node.command;

import org.jspecify.annotations.NullMarked;
