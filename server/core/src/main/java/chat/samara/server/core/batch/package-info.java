/**
 * What one group commit is made of: the {@link chat.samara.server.core.batch.Journal} collects the writes of all events of a
 * moment, what must be signed with them, and the effects that wait for them. Used by every other package, on the core's thread.
 */
@NullMarked
package chat.samara.server.core.batch;

import org.jspecify.annotations.NullMarked;
