package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredForgotten;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Channels that a person has this device forget: those that it is out of for good, by its removal or because they are frozen. All their rows are
 * erased, in turns of bounded size; that is begun durably and gone on with after a crash.
 *
 * <p>One thing stays, under a hash of the channel's id: the place and the hash of the entry up to which this device had come. Whoever could make
 * it forget that could bring an old Welcome back to life. A KeyPackage of last resort serves many times; so the Welcome of a membership that is
 * over would lead into the group as it was then, with the secrets that were erased at the removal, and an old head of the hub's would vouch for it.
 * And a frozen channel would be taken up again, in whichever of its two logs its hub prefers.
 */
final class ForgottenChannels {
    /** All that is kept of a channel. */
    private static final Set<DeviceTable> ERASED = EnumSet.complementOf(EnumSet.of(
            DeviceTable.ACCOUNT,
            DeviceTable.KEY_PACKAGE,
            DeviceTable.PIN,
            DeviceTable.FORGOTTEN,
            // Last of all: while it is there, there is something left to erase.
            DeviceTable.CHANNEL));

    private final ChannelBook channels;
    private final OutgoingRows outgoing;

    /** Who waits for the end; lost in a crash, the erasing is not. */
    private final Map<ChannelId, Long> commands = new TreeMap<>();

    ForgottenChannels(ChannelBook channels, OutgoingRows outgoing) {
        this.channels = channels;
        this.outgoing = outgoing;
    }

    /** What this device still knows of such a channel: the last entry that it had read, and whether the hub was found to cheat. */
    record Remembered(LogPosition position, boolean frozen) {}

    static Optional<Remembered> remembered(StoreTransaction store, ChannelId channel) {
        return store.get(DeviceTable.FORGOTTEN, Keys.forgotten(channel))
                .map(row -> Stored.parse(StoredForgotten.parser(), row))
                .map(row -> new Remembered(
                        new LogPosition(
                                channel, Math.max(1, row.getTerm()), row.getSeq(), Stored.bytes(row.getEntryHash())),
                        row.getFrozen()));
    }

    void forget(Turn turn, DeviceEvent.ForgetChannel command) {
        Optional<LiveChannel> channel = channels.find(command.channel());
        Optional<Refusal> refusal = channel.isEmpty()
                ? Optional.of(Refusals.unknownChannel(command.channel()))
                : refusalNow(turn, channel.get());
        if (refusal.isPresent()) {
            turn.complete(command.command(), new Outcome.Refused(refusal.get()));
            return;
        }
        commands.put(command.channel(), command.command());
        begin(turn, channel.get());
    }

    private static Optional<Refusal> refusalNow(Turn turn, LiveChannel channel) {
        if (channel.hasGroup()) {
            return Optional.of(new Refusal(
                    RefusalCode.STILL_A_MEMBER,
                    channel.is(Membership.FOUNDING)
                            ? "the channel is being made; it can be forgotten once that was refused"
                            : "this device is in the channel, and what is said there still comes; ask a member to remove you, and"
                                    + " then forget it"));
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

    private void begin(Turn turn, LiveChannel channel) {
        // Nobody waits for these any more.
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.state != StoredOutgoingState.REFUSED) {
                outgoing.refuseUnread(turn, channel, head);
            }
        }
        turn.store()
                .put(
                        DeviceTable.FORGOTTEN,
                        Keys.forgotten(channel.id()),
                        StoredForgotten.newBuilder()
                                .setSeq(channel.row().getSeq())
                                .setEntryHash(channel.row().getEntryHash())
                                .setTerm(channel.row().getTerm())
                                .setFrozen(channel.is(Membership.FROZEN))
                                .build());
        channel.row().setForgetting(true);
        channel.save(turn);
        channels.setAside(channel);
        turn.tell(new ClientEvent.ChannelForgotten(channel.id(), channel.row().getName()));
        turn.goOn();
    }

    /** Goes on with what was begun, as far as this turn holds. What it began itself is erased from the next one on. */
    void goOn(Turn turn) {
        for (ChannelId channel : channels.beingForgotten()) {
            if (isErased(turn, channel)) {
                turn.store().delete(DeviceTable.CHANNEL, Keys.channel(channel));
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
