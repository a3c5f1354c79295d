/**
 * Channels: their logs, who may read them, and the roles that a server has in them.
 *
 * <p>How a message travels: {@code Submissions} takes it from a device. At the hub {@code Hub} orders it; elsewhere it goes into
 * the {@code Outbox}, which hands it to the hub's {@code HubIntake}. {@code Rules} judges it, {@code LogWriter} appends it.
 * Followers ({@code Follower}) pull it, judge it again and append it too. {@code Readers} then send it to every device that reads
 * the channel. All on the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel;

import org.jspecify.annotations.NullMarked;
