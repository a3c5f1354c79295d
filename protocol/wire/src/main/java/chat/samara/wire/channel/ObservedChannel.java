package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Record;
import chat.samara.wire.policy.PolicyComponent;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import java.util.Set;

/**
 * A channel as one sees it who follows its handshakes and nothing else: from its genesis, or from a public group that the caller
 * has verified before. What is said in it may be left out: the order of the handshakes is bound by MLS itself (each is of one
 * epoch and signed by a member of it, RFC 9420 §8.2), so a log's handshakes alone say who is in it. Changed in place; belongs to
 * one thread.
 */
public final class ObservedChannel implements ChannelView {
    /** The detail of the refusal of a channel with a policy, by who would have to judge by it. */
    public static final String POLICY_UNKNOWN = "policy-unknown";

    private final ChannelId id;
    private final ServerName hub;
    private final Membership membership;
    private boolean demandsSignedCommits;
    private Blame blame;

    private ObservedChannel(
            ChannelId id, ServerName hub, Membership membership, boolean demandsSignedCommits, Blame blame) {
        this.id = id;
        this.hub = hub;
        this.membership = membership;
        this.demandsSignedCommits = demandsSignedCommits;
        this.blame = blame;
    }

    /** A channel after its genesis, which the rules accepted. Refuses one that is not judged here, as {@link #follow} does. */
    public static ObservedChannel begin(HandshakeRules.Birth birth) throws RefusedException {
        requireNoPolicy(birth.change().group());
        Membership founded = Membership.of(birth.change().group());
        return new ObservedChannel(
                birth.genesis().channel(),
                birth.genesis().hub(),
                founded,
                birth.genesis().demandsSignedCommits(),
                founded.blameOf(birth.change().creator()));
    }

    /**
     * A channel whose group the caller has verified, by following it or by being a member.
     *
     * @param demandsSignedCommits as {@link #demandsSignedCommits} said at that place
     * @param blame as {@link #blame} said at that place
     */
    public static ObservedChannel resume(
            ChannelId id, ServerName hub, PublicGroup group, boolean demandsSignedCommits, Blame blame) {
        if (!group.groupId().equals(id.mlsGroupId())) {
            throw new IllegalArgumentException("group " + group.groupId().hex() + ", expected that of channel " + id);
        }
        return new ObservedChannel(id, hub, Membership.of(group), demandsSignedCommits, blame);
    }

    /**
     * Judges the next handshake, a COMMIT or PROPOSAL, and goes on with it; a refused one changes nothing. Its place in the log does not matter.
     *
     * <p>More than the rules it refuses a commit that gives the channel a policy, with {@link #POLICY_UNKNOWN}: this version judges by none, and a channel
     * gets one only when the leaves of all its members say that they do. Who has no leaf, a server that keeps the log, takes it as bytes.
     */
    public Change follow(Record record) throws RefusedException {
        return follow(record, HandshakeRules::judge);
    }

    /** The same with an entry that others have followed before; see {@link HandshakeRules#judgePast}. */
    public Change followPast(Record record) throws RefusedException {
        return follow(record, HandshakeRules::judgePast);
    }

    private static void requireNoPolicy(PublicGroup group) throws RefusedException {
        if (group.appData(PolicyComponent.ID).isPresent()) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the channel has a policy, by which this version does not judge; take a newer version",
                    POLICY_UNKNOWN);
        }
    }

    @FunctionalInterface
    private interface Judge {
        Change judge(ChannelView channel, Record record) throws RefusedException;
    }

    private Change follow(Record record, Judge rules) throws RefusedException {
        if (!record.channel().equals(id)) {
            throw Field.malformed("Record.channel_id", record.channel().toString(), id.toString());
        }
        if (record.kind() != RecordKind.COMMIT && record.kind() != RecordKind.PROPOSAL) {
            throw Field.malformed("Record.kind", record.kind().name(), "COMMIT or PROPOSAL");
        }
        Change change = rules.judge(this, record);
        if (change instanceof Change.Committed committed) {
            requireNoPolicy(committed.commit().after());
            blame = blame.after(committed, membership);
            membership.commit(committed.commit());
            demandsSignedCommits |= committed.isSigned();
        } else if (change instanceof Change.Proposed proposed) {
            membership.propose(proposed.proposal().after());
        }
        return change;
    }

    @Override
    public ChannelId id() {
        return id;
    }

    @Override
    public ServerName hub() {
        return hub;
    }

    @Override
    public long epoch() {
        return group().epoch();
    }

    /** An observer of handshakes hears of no closed epochs. */
    @Override
    public long firstOpenEpoch() {
        return 0;
    }

    @Override
    public boolean demandsSignedCommits() {
        return demandsSignedCommits;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    /** Who is in it, by identity key. A view. */
    public Set<Bytes> identityKeys() {
        return membership.identityKeys();
    }

    @Override
    public PublicGroup group() {
        return membership.group();
    }

    @Override
    public Optional<ChannelMember> member(DeviceId device) {
        return membership.device(device);
    }
}
