/**
 * What a user interface shows: a channel's {@linkplain chat.samara.client.timeline.Timeline timeline}, and the
 * {@linkplain chat.samara.client.timeline.ChannelList list of channels}. Immutable values, each with the changes that lead from the one before to it,
 * made by the client and handed to applications on its callback thread.
 */
@NullMarked
package chat.samara.client.timeline;

import org.jspecify.annotations.NullMarked;
