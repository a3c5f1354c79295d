/**
 * Channels: their logs, who may read them, and the roles that a server has in them. This package puts the rooms below it together ({@code ChannelService}) and hands them
 * what devices ({@code ChannelsAtLogin}, {@code SubmitRequests}, {@code FollowRequests}, {@code FetchRequests}) and peers ({@code PeerMessages}) ask; the rest of the core sees
 * none of the rooms.
 *
 * <p>How a message travels: {@code submit} takes it from a device. At the hub {@code hub} orders it; elsewhere it goes into the
 * {@code outbox}, which sends it to the hub, where {@code hub} takes it. {@code rule} judges it, {@code log} appends it and {@code member} draws the
 * consequences of a commit. Followers ({@code follower}) pull it, judge it again and append it too. {@code reader} then sends it to every device that
 * reads the channel. Where the hub cannot be reached, {@code provisional} shows it without a place. {@code epoch} closes what is
 * over. All of them stand on {@code state}: the channel itself.
 *
 * <p>Each room says who may call it; a test keeps that, and that there are no circles. What follows from a batch once it is
 * durable is handed back as {@link chat.samara.server.core.AfterCommit} and carried out by {@code ChannelService}. All on the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel;

import org.jspecify.annotations.NullMarked;
