package chat.samara.server.core.channel.rule;

import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;

/** How many epochs may have followed on the one that a message was encrypted in: devices keep the secrets of no more. */
public final class EpochAge {
    private EpochAge() {}

    /** Whether devices may have lost the secrets of an epoch, since so many have followed. */
    public static boolean isTooOld(Channel channel, long epoch) {
        return channel.epoch() - epoch > Limits.OPEN_EPOCHS_MAX;
    }

    /** Whether every member has still the secrets of a message's epoch, however far that may be from being drained; or refused with {@code EPOCH_EXPIRED}. */
    public static void requireOpen(Channel channel, Record record) throws RefusedException {
        if (record.kind() == RecordKind.APPLICATION && isTooOld(channel, record.epoch())) {
            throw RefusedException.of(
                    ErrorCode.EPOCH_EXPIRED,
                    "epoch " + record.epoch() + " is more than " + Limits.OPEN_EPOCHS_MAX
                            + " behind; encrypt the message again in epoch " + channel.epoch(),
                    "open-epochs<=" + Limits.OPEN_EPOCHS_MAX);
        }
    }
}
