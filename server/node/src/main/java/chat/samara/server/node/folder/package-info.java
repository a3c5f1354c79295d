/**
 * The server's data folder: who may use it, of which version it is, and how its small files are written so that a crash
 * leaves the old one or the new one. Used at the start and the end of a server's life, by the starting thread.
 */
@NullMarked
package chat.samara.server.node.folder;

import org.jspecify.annotations.NullMarked;
