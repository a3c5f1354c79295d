package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.log.ChannelId;

/**
 * A text that a member tried to send. The text is unique in its run.
 *
 * @param memberName who
 */
public record Attempt(String memberName, ChannelId channel, String text) {}
