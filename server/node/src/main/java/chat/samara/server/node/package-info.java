/** The runnable server: transports, store, configuration, operator commands, metrics. */
@NullMarked
package chat.samara.server.node;

import org.jspecify.annotations.NullMarked;
