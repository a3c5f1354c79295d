/** Tests of the data folder. */
@NullMarked
package chat.samara.server.node.folder;

import org.jspecify.annotations.NullMarked;
