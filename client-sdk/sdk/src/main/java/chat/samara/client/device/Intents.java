package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.ClaimState;
import chat.samara.client.device.LiveChannel.RefusedKind;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * What this device wants to change in its channels: rows of INTENT, and who waits for their end. Durable is the intent, not only its commit: if
 * another commit wins, the intent is looked at again after a jittered wait, so many times at most.
 */
final class Intents {
    private final EngineConfig config;
    private final Jitter jitter;

    /** Who waits for an intent's end; lost in a crash, the intent is not. */
    private final Map<Waiter, List<Long>> commands = new TreeMap<>();

    private record Waiter(ChannelId channel, long intent) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            int byChannel = channel.compareTo(other.channel);
            return byChannel != 0 ? byChannel : Long.compare(intent, other.intent);
        }
    }

    Intents(EngineConfig config, Jitter jitter) {
        this.config = config;
        this.jitter = jitter;
    }

    /**
     * Takes an intent whose end is told to a command.
     *
     * @param awaitsKeys of an addition: whether it waits where its member has no KeyPackages now
     */
    void add(Turn turn, LiveChannel channel, Change change, boolean awaitsKeys, long command) {
        await(channel, add(turn, channel, change, awaitsKeys), command);
    }

    /** The command ends with an intent that is there already. */
    void await(LiveChannel channel, long number, long command) {
        commands.computeIfAbsent(new Waiter(channel.id(), number), waiter -> new ArrayList<>())
                .add(command);
    }

    /** A renewal of keys that nobody has asked for. */
    void addUpdate(Turn turn, LiveChannel channel) {
        long unused = add(turn, channel, new Change.Update(), false);
    }

    private static long add(Turn turn, LiveChannel channel, Change change, boolean awaitsKeys) {
        StoredIntent.Builder row = StoredIntent.newBuilder();
        if (change instanceof Change.Add add) {
            row.setAdd(add.member().toString());
            if (awaitsKeys) {
                row.setAwaitsKeys(true);
            }
        } else if (change instanceof Change.Remove remove) {
            row.setRemove(remove.member().toString());
        } else {
            row.setUpdate(true);
        }
        long number = channel.takeNumber();
        channel.save(turn);
        write(turn, channel, number, row.build());
        turn.touch(channel);
        return number;
    }

    /** A commit that makes the own leaf anew, of which nobody is told. */
    void renew(Turn turn, LiveChannel channel) {
        long number = channel.takeNumber();
        channel.save(turn);
        StoredIntent renewal =
                StoredIntent.newBuilder().setUpdate(true).setRenewal(true).build();
        write(turn, channel, number, renewal);
        turn.touch(channel);
    }

    /** @param wantedMillis how long the server wants it to wait, which holds up no other change; 0 after a lost race, behind which all wait */
    void retryLater(Turn turn, LiveChannel channel, long number, StoredIntent intent, long wantedMillis) {
        int attempts = intent.getAttempts() + 1;
        write(turn, channel, number, intent.toBuilder().setAttempts(attempts).build());
        long backOff = jitter.backOffMillis(attempts - 1, config.retryMillisMin(), config.retryMillisMax());
        long notBeforeMillis =
                turn.monotonicMillis() + Math.max(backOff, Math.min(wantedMillis, config.retryMillisMax()));
        if (awaitsClaim(intent)) {
            claim(channel, number).notBeforeMillis = notBeforeMillis;
        } else if (wantedMillis > 0) {
            channel.changes().refusedUntilMillis.put(number, notBeforeMillis);
        } else {
            channel.changes().notBeforeMillis = notBeforeMillis;
        }
    }

    /**
     * It was refused by itself, as perhaps every other of its kind will be: after the second in a row these are tried more and more seldom, until a commit is
     * taken. A renewal of keys never waits for that: without it nothing may be said.
     */
    void refused(Turn turn, LiveChannel channel, long number, Refusal refusal) {
        StoredIntent intent = Objects.requireNonNull(channel.intents().get(number));
        if (!intent.hasUpdate()) {
            RefusedKind before =
                    channel.changes().refusedKinds.getOrDefault(intent.getChangeCase(), new RefusedKind(0, 0));
            long waitMillis = before.count() == 0
                    ? 0
                    : jitter.backOffMillis(before.count() - 1, config.retryMillisMin(), config.retryMillisMax());
            channel.changes()
                    .refusedKinds
                    .put(
                            intent.getChangeCase(),
                            new RefusedKind(before.count() + 1, turn.monotonicMillis() + waitMillis));
        }
        settle(turn, channel, number, OptionalLong.empty(), Optional.of(refusal));
    }

    void lost(Turn turn, LiveChannel channel, long number, Refusal refusal, long waitMillis) {
        StoredIntent intent = channel.intents().get(number);
        if (intent == null || isDone(intent)) {
            return;
        }
        if (intent.getAttempts() + 1 >= config.changeAttemptsMax()) {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(refusal));
        } else {
            retryLater(turn, channel, number, intent, waitMillis);
        }
        turn.touch(channel);
    }

    /** No intent of a channel that this device is no member of any more makes sense. */
    void removed(Turn turn, LiveChannel channel) {
        refuseAll(turn, channel, Refusals.notAMember(channel));
    }

    /** Nothing that is wanted of this channel will be. */
    void refuseAll(Turn turn, LiveChannel channel, Refusal refusal) {
        for (long number : List.copyOf(channel.intents().keySet())) {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(refusal));
        }
    }

    /** As {@link #refuseAll}, of a channel whose rows are about to be erased and are left as they are. */
    void abandonAll(Turn turn, LiveChannel channel, Refusal refusal) {
        channel.intents()
                .forEach((number, intent) ->
                        tell(turn, channel, number, intent, OptionalLong.empty(), Optional.of(refusal)));
    }

    /**
     * The log shows at this place that it is done. It is told only when the hub vouches for that place, and stays a row until then: whoever removed a member
     * would otherwise go by the own server's word alone.
     */
    void done(Turn turn, LiveChannel channel, long number, long seq) {
        StoredIntent intent = channel.intents().get(number);
        if (intent == null) {
            throw new IllegalStateException("intent " + number + " is done, and is not in " + channel);
        }
        if (channel.reading().unvouched) {
            write(turn, channel, number, intent.toBuilder().setDoneSeq(seq).build());
            turn.touch(channel);
        } else {
            settle(turn, channel, number, OptionalLong.of(seq), Optional.empty());
        }
    }

    /** What the hub vouches for by now is told. */
    void settleVouched(Turn turn, LiveChannel channel) {
        new TreeMap<>(channel.intents()).forEach((number, intent) -> {
            if (isDone(intent) && intent.getDoneSeq() <= channel.row().getVouchedSeq()) {
                settle(turn, channel, number, OptionalLong.of(intent.getDoneSeq()), Optional.empty());
            }
        });
    }

    /** The log that showed it was not the hub's. */
    static void undo(Turn turn, LiveChannel channel) {
        new TreeMap<>(channel.intents()).forEach((number, intent) -> {
            if (isDone(intent)) {
                write(turn, channel, number, intent.toBuilder().clearDoneSeq().build());
            }
        });
    }

    /** Whether it waits, and the log does not show it as done. */
    static boolean isOpen(LiveChannel channel, long number) {
        StoredIntent intent = channel.intents().get(number);
        return intent != null && !isDone(intent);
    }

    /** Whether the log shows it as done, though the hub has not vouched for that yet. */
    static boolean isDone(StoredIntent intent) {
        return intent.getDoneSeq() > 0;
    }

    void settle(Turn turn, LiveChannel channel, long number, OptionalLong seq, Optional<Refusal> refusal) {
        StoredIntent intent = channel.intents().remove(number);
        channel.changes().claims.remove(number);
        channel.changes().refusedUntilMillis.remove(number);
        turn.store().delete(DeviceTable.INTENT, Keys.numbered(channel.id(), number));
        if (intent == null) {
            throw new IllegalStateException("intent " + number + " is settled twice in " + channel);
        }
        Footing.settled(turn, channel, number);
        if (refusal.isPresent()) {
            Footing.refused(turn, channel, number);
        }
        tell(turn, channel, number, intent, seq, refusal);
        if (!awaitsClaim(intent)) {
            channel.changes().notBeforeMillis = 0;
        }
        turn.touch(channel);
    }

    private void tell(
            Turn turn,
            LiveChannel channel,
            long number,
            StoredIntent intent,
            OptionalLong seq,
            Optional<Refusal> refusal) {
        List<Long> waiters = commands.remove(new Waiter(channel.id(), number));
        if (waiters != null) {
            Outcome outcome = refusal.<Outcome>map(Outcome.Refused::new)
                    .orElseGet(() -> new Outcome.Changed(channel.id(), seq.orElse(0)));
            waiters.forEach(command -> turn.complete(command, outcome));
        }
        if (!intent.getRenewal()) {
            turn.tell(new ClientEvent.ChangeSettled(channel.id(), changeOf(intent), seq, refusal));
        }
    }

    /** Whether it can't be committed before KeyPackages of its member come. */
    static boolean awaitsClaim(StoredIntent intent) {
        return intent.hasAdd() && intent.getKeyPackagesCount() == 0;
    }

    static ClaimState claim(LiveChannel channel, long number) {
        return channel.changes().claims.computeIfAbsent(number, it -> new ClaimState());
    }

    /** The intents before which none of the same member waits, in the order of asking: an addition and a removal of one member keep theirs. */
    static NavigableMap<Long, StoredIntent> inTurn(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> inTurn = new TreeMap<>();
        Set<String> members = new HashSet<>();
        channel.intents().forEach((number, intent) -> {
            if (intent.hasUpdate() || members.add(intent.hasAdd() ? intent.getAdd() : intent.getRemove())) {
                inTurn.put(number, intent);
            }
        });
        return inTurn;
    }

    static void write(Turn turn, LiveChannel channel, long number, StoredIntent intent) {
        channel.intents().put(number, intent);
        turn.store().put(DeviceTable.INTENT, Keys.numbered(channel.id(), number), intent);
    }

    /** Whether an intent wants this. */
    static boolean wants(StoredIntent intent, Change change) {
        if (change instanceof Change.Add add) {
            return intent.hasAdd() && intent.getAdd().equals(add.member().toString());
        }
        return change instanceof Change.Remove remove
                ? intent.hasRemove()
                        && intent.getRemove().equals(remove.member().toString())
                : intent.hasUpdate();
    }

    /** Whether both want one thing done: to add, to remove, to renew keys. */
    static boolean isOfKind(StoredIntent intent, Change change) {
        if (change instanceof Change.Add) {
            return intent.hasAdd();
        }
        return change instanceof Change.Remove ? intent.hasRemove() : intent.hasUpdate();
    }

    static Change changeOf(StoredIntent intent) {
        return switch (intent.getChangeCase()) {
            case ADD -> new Change.Add(HistoryBook.user(intent.getAdd()));
            case REMOVE -> new Change.Remove(HistoryBook.user(intent.getRemove()));
            case UPDATE, CHANGE_NOT_SET -> new Change.Update();
        };
    }
}
