package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.Replays.Landmark;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredForgotten;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Channels that a person has this device forget: those that it is out of for good, by its removal or because they are frozen, and those that its own
 * server says it does not know, has not made yet, or that nothing will ever be added to. If the log of one of these goes on after all, this device, whose leaf still stands there, enters it anew by the next
 * handshake in its log ({@link LostChannels}). All their rows are
 * erased, in turns of bounded size; that is begun durably and gone on with after a crash. In which channel, and through whom, people's identity keys were
 * seen is about the people, and stays with what is known of them.
 *
 * <p>One thing stays of the channel itself, under a hash of its id: the place and the hash of the entry up to which this device had come, and a hash
 * of the group's context there, since a replay of handshakes alone may not show that entry. Whoever could make it forget that could bring an old
 * Welcome back to life. A KeyPackage of last resort serves many times; so the Welcome of a membership that is over would lead into the group as it was
 * then, with the secrets that were erased at the removal, and an old head of the hub's would vouch for it. And a frozen channel would be taken up again,
 * in whichever of its two logs its hub prefers. Beside that stays how much was handed over there: the server goes on counting, and a device that
 * began at nothing would take itself for an old copy.
 */
final class ForgottenChannels {
    /** All that is kept of a channel. */
    private static final Set<DeviceTable> ERASED = EnumSet.complementOf(EnumSet.of(
            DeviceTable.ACCOUNT,
            DeviceTable.KEY_PACKAGE,
            DeviceTable.PIN,
            DeviceTable.FORGOTTEN,
            DeviceTable.TABLE_VERSION,
            // Last of all: while it is there, there is something left to erase.
            DeviceTable.CHANNEL));

    private final ChannelBook channels;
    private final Observers observers;
    private final OutgoingRows outgoing;
    private final Changes changes;

    /** Who waits for the end; lost in a crash, the erasing is not. */
    private final Map<ChannelId, Long> commands = new TreeMap<>();

    ForgottenChannels(ChannelBook channels, Observers observers, OutgoingRows outgoing, Changes changes) {
        this.channels = channels;
        this.observers = observers;
        this.outgoing = outgoing;
        this.changes = changes;
    }

    /**
     * What this device still knows of such a channel.
     *
     * @param landmark the last entry that it had read, which its log has to pass
     * @param frozen whether the hub was found to cheat
     * @param lookedThroughSeq up to here the own server's log shows no leaf of this person
     */
    record Remembered(Landmark landmark, boolean frozen, long lookedThroughSeq) {
        private static Remembered of(ChannelId channel, StoredForgotten row) {
            return new Remembered(
                    new Landmark(
                            new LogPosition(
                                    channel,
                                    Math.max(1, row.getTerm()),
                                    row.getSeq(),
                                    Stored.bytes(row.getEntryHash())),
                            Stored.bytes(row.getContextHash())),
                    row.getFrozen(),
                    row.getLookedThroughSeq());
        }

        long seq() {
            return landmark.place().seq();
        }
    }

    static Optional<Remembered> remembered(StoreTransaction store, ChannelId channel) {
        return row(store, channel).map(row -> Remembered.of(channel, row));
    }

    private static Optional<StoredForgotten> row(StoreTransaction store, ChannelId channel) {
        return store.get(DeviceTable.FORGOTTEN, Keys.forgotten(channel))
                .map(row -> Stored.parse(StoredForgotten.parser(), row));
    }

    /**
     * What a log has to pass to be that of a channel, by all that this device knows: how far it was read or, if nothing of that stands any more,
     * what is remembered of a time before it was forgotten. Empty if it is a stranger there.
     */
    static Optional<Landmark> landmark(StoreTransaction store, ChannelId channel, Optional<LiveChannel> known) {
        return known.map(LiveChannel::position)
                .map(place -> new Landmark(place, Bytes.EMPTY))
                .filter(Landmark::isSomewhere)
                .or(() -> remembered(store, channel).map(Remembered::landmark).filter(Landmark::isSomewhere));
    }

    /** Hash of the group's context as it was where the last membership began that is over; no commit up to there leads in again. Empty if that is not known. */
    static Optional<Bytes> lastMembership(StoreTransaction store, ChannelId channel) {
        return row(store, channel)
                .map(row -> Stored.bytes(row.getJoinedContextHash()))
                .filter(hash -> hash.size() > 0);
    }

    /**
     * How many records this device has ever handed over in a channel that it enters as if for the first time: its server has not forgotten them.
     * Empty if that is not known.
     */
    static Optional<OwnCount> handedOver(StoreTransaction store, ChannelId channel, DeviceId device) {
        Optional<StoredForgotten> row = row(store, channel);
        boolean ofThisDevice = row.map(it -> Stored.bytes(it.getCountedDevice()))
                .filter(device.bytes()::equals)
                .isPresent();
        Optional<OwnCount> count = row.flatMap(OwnCount::of);
        return row.isEmpty() || (count.isPresent() && !ofThisDevice) ? Optional.of(OwnCount.NOTHING) : count;
    }

    /** The log was looked through for a leaf of this person, in vain: that need not be done again before there is more of it. */
    static void lookedThrough(Turn turn, ChannelId channel, long seq) {
        row(turn.store(), channel)
                .ifPresent(row -> turn.store()
                        .put(
                                DeviceTable.FORGOTTEN,
                                Keys.forgotten(channel),
                                row.toBuilder().setLookedThroughSeq(seq).build()));
    }

    void forget(Turn turn, OwnIdentity own, DeviceEvent.ForgetChannel command) {
        Optional<LiveChannel> channel = channels.find(command.channel());
        Optional<Refusal> refusal = channel.isEmpty()
                ? Optional.of(Refusals.unknownChannel(command.channel()))
                : refusalNow(turn, channel.get());
        if (refusal.isPresent()) {
            turn.complete(command.command(), new Outcome.Refused(refusal.get()));
            return;
        }
        commands.put(command.channel(), command.command());
        begin(turn, own, channel.get());
    }

    private static Optional<Refusal> refusalNow(Turn turn, LiveChannel channel) {
        if (channel.hasGroup()
                && !channel.isUnknownToServer()
                && !channel.isSaidToBeOver()
                && !channel.isNotMadeYet()) {
            return Optional.of(new Refusal(RefusalCode.STILL_A_MEMBER, whyStillAMember(channel)));
        }
        int[] kept = new int[1];
        turn.store().durable().scan(DeviceTable.FORGOTTEN, Keys.FIRST, Keys.LAST, (key, value) -> {
            kept[0]++;
            return true;
        });
        return kept[0] < Limits.FORGOTTEN_CHANNELS_MAX
                ? Optional.empty()
                : Optional.of(new Refusal(
                        RefusalCode.LIMIT_REACHED,
                        Limits.FORGOTTEN_CHANNELS_MAX + " channels were forgotten in this profile, the limit"));
    }

    private static String whyStillAMember(LiveChannel channel) {
        if (channel.is(Membership.FOUNDING)) {
            return "the channel is being made; it can be given up once its server has said in this session that it does not make it yet, or never"
                    + (channel.reading().foundingAsked
                            ? ": it is asked just now, and may make it; try again in a moment"
                            : "");
        }
        return channel.submissions()
                .standstill()
                .map(why -> "the channel stands still, and goes on once that ends, with what waits in it: "
                        + why.sentence() + ". It can be forgotten once its server says that it is over")
                .orElse(
                        "this device is in the channel, and what is said there still comes; ask a member to remove you, and"
                                + " then forget it");
    }

    private void begin(Turn turn, OwnIdentity own, LiveChannel channel) {
        // Nobody waits for these any more.
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.state != StoredOutgoingState.REFUSED) {
                outgoing.abandon(turn, channel, head);
            }
        }
        changes.abandon(turn, channel);
        turn.store().put(DeviceTable.FORGOTTEN, Keys.forgotten(channel.id()), toRemember(turn, own, channel));
        channel.row().setForgetting(true);
        channel.save(turn);
        channels.setAside(channel);
        turn.tell(new ClientEvent.ChannelForgotten(channel.id(), channel.row().getName()));
        turn.goOn();
    }

    private StoredForgotten toRemember(Turn turn, OwnIdentity own, LiveChannel channel) {
        StoredForgotten.Builder row =
                row(turn.store(), channel.id()).map(StoredForgotten::toBuilder).orElseGet(StoredForgotten::newBuilder);
        // It may have been forgotten before, and have been entered since by an entry that turned out to be none of its
        // log.
        if (channel.row().getSeq() >= row.getSeq()) {
            row.setSeq(channel.row().getSeq())
                    .setEntryHash(channel.row().getEntryHash())
                    .setTerm(channel.row().getTerm())
                    .setContextHash(Stored.bytes(lastGroup(turn, own, channel)
                            .map(Landmark::contextHash)
                            .orElse(Bytes.EMPTY)));
        }
        if (!channel.row().getJoinedContextHash().isEmpty()) {
            row.setJoinedContextHash(channel.row().getJoinedContextHash());
        }
        row.clearHandedOverClaimed()
                .clearHandedOverCounted()
                .setCountedDevice(Stored.bytes(own.device().bytes()));
        OwnCount.of(channel.row()).ifPresent(count -> count.keep(row));
        return row.setFrozen(row.getFrozen() || channel.is(Membership.FROZEN)).build();
    }

    private Optional<PublicGroup> lastGroup(Turn turn, OwnIdentity own, LiveChannel channel) {
        return channel.hasGroup()
                ? Optional.of(observers.of(turn, channel, own).group())
                : Replays.anchored(turn, channel.genesis()).flatMap(HandshakeReplay::group);
    }

    /** Goes on with what was begun, as far as this turn holds. What it began itself is erased from the next one on. */
    void goOn(Turn turn) {
        for (ChannelId channel : channels.beingForgotten()) {
            if (isErased(turn, channel)) {
                turn.erase(channel);
                channels.forgotten(channel);
                Long command = commands.remove(channel);
                if (command != null) {
                    turn.complete(command, new Outcome.Done());
                }
            } else {
                turn.goOn();
            }
        }
    }

    private static boolean isErased(Turn turn, ChannelId channel) {
        for (DeviceTable table : ERASED) {
            if (turn.isFull()) {
                return false;
            }
            turn.store().durable().scan(table, channel.bytes(), Keys.behind(channel), (key, value) -> {
                turn.store().delete(table, key);
                return !turn.isFull();
            });
        }
        return !turn.isFull();
    }
}
