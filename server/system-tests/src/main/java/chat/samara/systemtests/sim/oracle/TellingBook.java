package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What each device told its application. A crash may swallow an event, since all of it is in the store; but nothing is told twice,
 * and no message goes back from where it was said to be.
 */
public final class TellingBook {
    private record Heard(String host, ChannelId channel, MessageId message) {}

    private final Set<Heard> received = new HashSet<>();
    private final Map<Heard, MessageState> states = new HashMap<>();

    /** A device tells its application. */
    public void told(String host, ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived message) {
            received(host, message.message());
        } else if (event instanceof ClientEvent.MessageStateChanged changed) {
            changed(host, changed);
        }
    }

    private void received(String host, Message message) {
        if (message.id().isEmpty() || message.body() instanceof MessageBody.Unreadable) {
            return;
        }
        Heard heard = new Heard(host, message.channel(), message.id().get());
        if (!received.add(heard)) {
            throw new InvariantViolation(
                    Invariant.I3_NO_DUPLICATES, host + " tells its application twice of " + message);
        }
        states.put(heard, message.state());
    }

    private void changed(String host, ClientEvent.MessageStateChanged changed) {
        Heard heard = new Heard(host, changed.channel(), changed.id());
        MessageState before = states.put(heard, changed.state());
        if (changed.state() == MessageState.REFUSED) {
            // Taken back, so it may be told anew: read provisionally, not in the log when this device was removed, and
            // there once it was added again.
            received.remove(heard);
        }
        boolean inLog = before == MessageState.ORDERED || before == MessageState.STABLE;
        boolean stays = changed.state() == MessageState.STABLE
                || (changed.state() == MessageState.ORDERED && before == MessageState.ORDERED && changed.own());
        if (inLog && !stays) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                    host + " says that " + changed.id() + " is " + changed.state() + ", having said " + before);
        }
    }
}
