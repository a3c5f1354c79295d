package chat.samara.server.core.channel.submit;

import chat.samara.server.core.channel.hub.Hub;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.channel.rule.Additions;
import chat.samara.server.core.channel.rule.EpochAge;
import chat.samara.server.core.channel.rule.HandshakeSizes;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.CommitClaim;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;

/** Takes records of this server's devices for channels of other hubs: what the hub would refuse anyway is not kept for it, the rest goes into the outbox. */
public final class KeptForHub {
    private final Rules rules;
    private final Outbox outbox;
    private final Provisionals provisionals;
    private final RefusedByHubs refused;
    private final Additions additions;

    public KeptForHub(
            Rules rules, Outbox outbox, Provisionals provisionals, RefusedByHubs refused, Additions additions) {
        this.rules = rules;
        this.outbox = outbox;
        this.provisionals = provisionals;
        this.refused = refused;
        this.additions = additions;
    }

    /** A member's record for the hub is about to be taken. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    void begins(UserId member, ServerName hub, RecordKind kind, int bytes) throws RefusedException {
        refused.begins(member, hub, kind, bytes);
    }

    /** Keeps the record for its hub. Returns why not, if the hub would refuse it. */
    Optional<Hub.Outcome.Rejected> keep(Channel channel, Record record, DeviceId device) {
        Optional<CommitClaim> claim;
        try {
            claim = rules.claim(channel, record);
            if (claim.isPresent()) {
                HubPolicy.requireClaimed(channel, claim.get());
                additions.begins(
                        claim.get().author().user(), claim.get().added().size());
            }
        } catch (RefusedException e) {
            return Optional.of(new Hub.Outcome.Rejected(e.refusal(), false));
        }
        try {
            requireKept(channel, record, rules.judge(channel, record, claim));
        } catch (RefusedException e) {
            return Optional.of(new Hub.Outcome.Rejected(e.refusal(), true));
        }
        claim.ifPresent(
                commit -> additions.kept(commit.author().user(), commit.added().size(), record));
        outbox.add(channel, record, device);
        provisionals.stored(channel, record);
        return Optional.empty();
    }

    /** What the hub would refuse anyway is not kept for it. */
    private static void requireKept(Channel channel, Record record, Change change) throws RefusedException {
        HandshakeRules.requireNotBarred(channel, record, change);
        HandshakeRules.requireSameExtensions(channel, change);
        EpochAge.requireOpen(channel, record);
        if (change instanceof Change.Proposed proposed) {
            HubPolicy.requireProposal(channel, proposed.proposal().proposal());
        }
        if (change instanceof Change.Committed committed) {
            HubPolicy.requireNoEphemeral(committed.commit().ephemeral());
            HandshakeSizes.require(channel.group(), record, committed);
        }
        boolean drained = record.kind() == RecordKind.APPLICATION
                && record.epoch() < channel.row().getFirstUndrainedEpoch();
        if (drained) {
            throw RefusedException.of(
                    ErrorCode.EPOCH_EXPIRED,
                    "this server takes no more records of epoch " + record.epoch()
                            + "; encrypt the message again in epoch " + channel.epoch(),
                    "drained");
        }
    }
}
