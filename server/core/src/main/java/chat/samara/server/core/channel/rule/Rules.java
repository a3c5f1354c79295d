package chat.samara.server.core.channel.rule;

import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.CommitClaim;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;

/** {@link HandshakeRules}, and what takes a table of all that is in the log: that nothing is in it twice (I3). */
public final class Rules {
    private final SubmissionTable submissions;

    public Rules(SubmissionTable submissions) {
        this.submissions = submissions;
    }

    /** Judges a record as the next of a channel that has begun, by what takes no signature ({@link HandshakeRules#claim}). */
    public Optional<CommitClaim> claim(Channel channel, Record record) throws RefusedException {
        requireNotThere(channel, record);
        return HandshakeRules.claim(channel, record);
    }

    /** Verifies what {@link #claim} has let through. */
    public Change judge(Channel channel, Record record, Optional<CommitClaim> claim) throws RefusedException {
        return HandshakeRules.judge(channel, record, claim);
    }

    /** Judges an entry that the hub has ordered, perhaps long ago and under the rules of before. */
    public Change judgePast(Channel channel, Record record) throws RefusedException {
        requireNotThere(channel, record);
        return HandshakeRules.judgePast(channel, record);
    }

    private void requireNotThere(Channel channel, Record record) throws RefusedException {
        Optional<DeviceId> device = record.device();
        if (device.isPresent()) {
            requireFresh(channel, record, device.get());
        }
    }

    private void requireFresh(Channel channel, Record record, DeviceId device) throws RefusedException {
        if (submissions.ordered(channel.id(), device, record.idempotencyKey()).isPresent()) {
            throw RefusedException.of(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "a record with idempotency key " + record.idempotencyKey() + " is in the log already",
                    "duplicate");
        }
    }
}
