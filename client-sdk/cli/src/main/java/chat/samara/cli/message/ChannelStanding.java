package chat.samara.cli.message;

import chat.samara.cli.NextCommand;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.refusal.RefusalCode;
import java.util.Optional;

/** What a person has to know of a channel in which nothing can be said, and what helps. */
public final class ChannelStanding {
    private ChannelStanding() {}

    /** Whether the server, or the channel's hub, says that nothing will ever be added to it. */
    public static boolean isSaidToBeOver(ChannelState state) {
        return state.heldBy()
                .filter(why -> why.code() == RefusalCode.CHANNEL_FROZEN)
                .isPresent();
    }

    /** What becomes of what waits in it, as the end of a sentence: where it is unknown whether the channel ever goes on, no more than that it is kept. */
    public static String kept(ChannelState state, String otherwise) {
        boolean isUncertain = state.heldBy()
                .filter(why -> why.code() == RefusalCode.UNKNOWN_CHANNEL || why.code() == RefusalCode.HUB_BEHIND)
                .isPresent();
        return "kept in the profile" + (isUncertain ? "" : otherwise);
    }

    /** Empty where all is well, or comes by itself. */
    public static Optional<String> of(ChannelState state, NextCommand next) {
        return switch (state.membership()) {
            case FROZEN ->
                Optional.of(
                        "ALARM: this channel is FROZEN: its log was found forked, so that nothing more is read or sent"
                                + " in it; what is here stays readable. Tell the operator of " + state.hub()
                                + ", which keeps it, and go on in a new one: " + next.line("channel create NAME"));
            case REMOVED ->
                Optional.of(
                        "You were removed from this channel: nothing more comes, and what you write here is not sent."
                                + " Ask a member to add you again.");
            case NOT_FOUNDED ->
                Optional.of(
                        "Your server refused to make this channel: nobody else knows of it, and what you write here is not sent. What you"
                                + " wrote is kept; make another: " + next.line("channel create NAME"));
            case OF_NEWER_VERSION ->
                Optional.of(
                        "A newer version of this software has used this channel, in a way that this one does not know: nothing is"
                                + " read or sent in it, and nothing is lost. Update the software.");
            case MEMBER, FOUNDING, RETURNING -> Optional.empty();
        };
    }
}
