package chat.samara.server.core.channel.hub;

import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** Whether a hub may order anything in a channel now: not where it lies behind its own word, nor before it has asked. */
public final class Readiness {
    private final OwnWord ownWord;
    private final Asking asking;

    public Readiness(OwnWord ownWord, Asking asking) {
        this.ownWord = ownWord;
        this.asking = asking;
    }

    /** Whether there may be a reason why it may not: that costs no look at the channel. */
    public boolean mayRefuse(ChannelId channel) {
        return ownWord.isHeld(channel) || asking.refusal(channel).isPresent();
    }

    /** Why it may not; what is refused by it is not decided about, and comes again. */
    public Optional<Refusal> refusal(Channel channel) {
        Optional<Refusal> held = ownWord.refusal(channel);
        return held.isPresent() ? held : asking.refusal(channel.id());
    }
}
