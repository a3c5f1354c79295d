package chat.samara.client.timeline;

/** What is known of what comes behind the last item of a channel's log. */
public enum LogEnd {
    /** Nothing, when the connection was last looked at: the hub's word covers what stands here. */
    READ,
    /** Perhaps something: there is no connection, or what the server has is being read. */
    BEHIND,
    /** Something that the own server does not give, also when it is asked again. */
    WITHHELD,
    /** Nothing that this device will ever read: it is out of the channel, or that is frozen. */
    OVER
}
