package chat.samara.client.device;

import chat.samara.wire.identity.UserId;

/** What a commit of this device is meant to do to a channel: the intent that survives lost races. */
public sealed interface Change {
    /** Add all devices of a member that are not in the channel yet. */
    record Add(UserId member) implements Change {}

    /** Remove all devices of a member. */
    record Remove(UserId member) implements Change {}

    /** Replace the own keys. */
    record Update() implements Change {}
}
