/** Tests of the module as a whole. */
@NullMarked
package chat.samara.server.node;

import org.jspecify.annotations.NullMarked;
