package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What each device told its application. A crash may swallow an event, since all of it is in the store; but nothing is told twice,
 * and no message goes back from where it was said to be: but for one that was in the log by the word of an own server that lied, and
 * of such none that was said to be stable.
 */
public final class TellingBook {
    private record Heard(String host, ChannelId channel, MessageId message) {
        MessageInChannel inChannel() {
            return new MessageInChannel(channel, message);
        }
    }

    private final LogBook logs;
    private final MembershipBook memberships;
    private final SubmissionBook submissions;
    private final Function<String, ? extends Collection<String>> devicesOnHost;
    private final Supplier<Liars> liars;
    private final Set<Heard> received = new HashSet<>();
    private final Map<Heard, MessageState> states = new HashMap<>();

    /** Of own messages that were REFUSED at any time. */
    private final Set<Heard> everRefused = new HashSet<>();

    /** Of channels of which a device was shown another log: what it has said to be stable, by host, channel and place. */
    private final Map<String, MessageId> stableInOtherLogs = new HashMap<>();

    /** What was known before what a device has told since its store's last commit, by host, the latest first. */
    private final Map<String, Deque<Before>> sinceCommit = new HashMap<>();

    private record Before(Heard heard, boolean received, Optional<MessageState> state) {}

    /**
     * The function gives the ids, in hex, under which the device on a host reads of itself in a log; the predicate tells whether its server
     * ever lied to it.
     */
    TellingBook(
            LogBook logs,
            MembershipBook memberships,
            SubmissionBook submissions,
            Function<String, ? extends Collection<String>> devicesOnHost,
            Supplier<Liars> liars) {
        this.logs = logs;
        this.memberships = memberships;
        this.submissions = submissions;
        this.devicesOnHost = devicesOnHost;
        this.liars = liars;
    }

    /** A device tells its application. */
    public void told(String host, ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived message) {
            received(host, message.message());
        } else if (event instanceof ClientEvent.MessageStateChanged changed) {
            if (isMisled(host, changed.channel())) {
                checkOneTruth(host, changed);
            } else {
                changed(host, changed);
                checkPlace(host, changed);
            }
        } else if (event instanceof ClientEvent.RemovedFromChannel removed && !isMisled(host, removed.channel())) {
            String channel = removed.channel().bytes().hex();
            if (devicesOnHost.apply(host).stream().noneMatch(memberships.removedAt(channel, removed.seq())::contains)) {
                throw new InvariantViolation(
                        Invariant.I11_OWN_EYES, host + " says that it was removed, which no log shows: " + removed);
            }
        }
    }

    private boolean isMisled(String host, ChannelId channel) {
        return liars.get().misledByItsHub(host, channel.bytes().hex());
    }

    /** Whatever a hub shows to somebody: what a device has said to be stable at a place, nothing else ever is. */
    private void checkOneTruth(String host, ClientEvent.MessageStateChanged changed) {
        if (changed.state() != MessageState.STABLE || changed.seq().isEmpty()) {
            return;
        }
        String place = host + " " + changed.channel() + " " + changed.seq().getAsLong();
        MessageId before = stableInOtherLogs.putIfAbsent(place, changed.id());
        if (before != null && !before.equals(changed.id())) {
            throw new InvariantViolation(
                    Invariant.I2_ONE_LOG, host + " says that " + changed + " is stable, where " + before + " was");
        }
    }

    /** What is said to have a place in the log has it there, as its author sent it; and is stable only by the hub's word. */
    private void checkPlace(String host, ClientEvent.MessageStateChanged changed) {
        boolean stable = changed.state() == MessageState.STABLE;
        if ((!stable && changed.state() != MessageState.ORDERED)
                || changed.seq().isEmpty()) {
            return;
        }
        String channel = changed.channel().bytes().hex();
        long seq = changed.seq().getAsLong();
        Place place = logs.log(channel).get(seq);
        String message = changed.id().device().bytes().hex() + "/"
                + changed.id().key().bytes().hex();
        if (place == null
                || !place.message().equals(message)
                || (changed.own() && submissions.isAltered(place))
                || (stable && seq > logs.stableThrough(channel))) {
            throw new InvariantViolation(
                    Invariant.I11_OWN_EYES,
                    host + " tells its application what is not so: " + changed + "; there stands " + place);
        }
    }

    /** What was told by the device on a host so far, to go on from there when its store is set back, or copied. */
    public record Told(Set<MessageInChannel> received, Map<MessageInChannel, MessageState> states) {
        public Told {
            received = Set.copyOf(received);
            states = Map.copyOf(states);
        }
    }

    /** A message. */
    public record MessageInChannel(ChannelId channel, MessageId message) {}

    /** What the device on this host has told. */
    public Told told(String host) {
        Set<MessageInChannel> heard = new HashSet<>();
        received.stream().filter(it -> it.host.equals(host)).forEach(it -> heard.add(it.inChannel()));
        Map<MessageInChannel, MessageState> heardStates = new HashMap<>();
        states.forEach((it, state) -> {
            if (it.host.equals(host)) {
                heardStates.put(it.inChannel(), state);
            }
        });
        return new Told(heard, heardStates);
    }

    /** The device on this host has a store in which this was told, and nothing else. */
    public void goesOnFrom(String host, Told told) {
        received.removeIf(it -> it.host.equals(host));
        states.keySet().removeIf(it -> it.host.equals(host));
        told.received.forEach(it -> received.add(new Heard(host, it.channel, it.message)));
        told.states.forEach((it, state) -> states.put(new Heard(host, it.channel, it.message), state));
    }

    /** The store on this host has what was told so far. */
    public void committed(String host) {
        sinceCommit.remove(host);
    }

    /** The last commit of the store on this host is gone, and with it that any of this was told. */
    public void lastCommitLost(String host) {
        sinceCommit.getOrDefault(host, new ArrayDeque<>()).forEach(before -> {
            if (before.received) {
                received.add(before.heard);
            } else {
                received.remove(before.heard);
            }
            before.state.ifPresentOrElse(state -> states.put(before.heard, state), () -> states.remove(before.heard));
        });
        committed(host);
    }

    private void note(Heard heard) {
        sinceCommit
                .computeIfAbsent(heard.host, it -> new ArrayDeque<>())
                .push(new Before(heard, received.contains(heard), Optional.ofNullable(states.get(heard))));
    }

    private void received(String host, Message message) {
        if (message.id().isEmpty() || message.body() instanceof MessageBody.Unreadable) {
            return;
        }
        Heard heard = new Heard(host, message.channel(), message.id().get());
        note(heard);
        if (!received.add(heard)) {
            throw new InvariantViolation(
                    Invariant.I3_NO_DUPLICATES, host + " tells its application twice of " + message);
        }
        states.put(heard, message.state());
    }

    private void changed(String host, ClientEvent.MessageStateChanged changed) {
        Heard heard = new Heard(host, changed.channel(), changed.id());
        note(heard);
        MessageState before = states.put(heard, changed.state());
        boolean wasRefused = everRefused.contains(heard);
        if (changed.state() == MessageState.REFUSED) {
            everRefused.add(heard);
            // Taken back, so it may be told anew: read provisionally, not in the log when this device was removed, and
            // there once it was added again.
            received.remove(heard);
        }
        boolean inLog = before == MessageState.ORDERED || before == MessageState.STABLE;
        boolean stays = changed.state() == MessageState.STABLE
                || (changed.state() == MessageState.ORDERED && before == MessageState.ORDERED && changed.own());
        // An own one that stood in the log by that word alone is again what it was before: it waits, or it is refused.
        boolean takenBack = before == MessageState.ORDERED
                && changed.seq().isEmpty()
                && (changed.state() != MessageState.REFUSED || wasRefused)
                && liars.get().everLiedTo(host);
        if (inLog && !stays && !takenBack) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                    host + " says that " + changed.id() + " is " + changed.state() + ", having said " + before);
        }
    }
}
