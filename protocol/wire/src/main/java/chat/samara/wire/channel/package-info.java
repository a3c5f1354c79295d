/**
 * Where MLS and Samara meet: a leaf's credential is a device certificate, the group's tree says which servers take part in a
 * channel, and the genesis names the group. Called by the server's core and by the SDK, on the thread that owns the channel.
 */
@NullMarked
package chat.samara.wire.channel;

import org.jspecify.annotations.NullMarked;
