package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.ChannelView;
import chat.samara.wire.channel.Membership;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A channel in memory: its row, and once it is needed its public group with the members. Everything in it is also in the store or
 * follows from that, so it can be forgotten at any time.
 */
public final class Channel implements ChannelView {
    /** The row, the maps, the entry in a cache. */
    private static final long BYTES_WITHOUT_GROUP = 2_048;

    /** A leaf of 350 bytes is a node with its credential, keys, hashes, and a member by id and by leaf. */
    private static final int BYTES_PER_ENCODED_BYTE = 4;

    private final ChannelId id;
    private final ServerName hub;
    private final Supplier<Followed> load;
    private StoredChannel.Builder row;
    private Optional<Membership> membership = Optional.empty();
    private Blame blame = Blame.NONE;
    private long groupBytesEncoded;
    private long groupBytesSaved;
    private LongConsumer whenItGrows = more -> {};

    /**
     * What a log's handshakes come to.
     *
     * @param savedBytes of the snapshot that it was read from
     * @param handshakeBytes of the handshakes after it
     */
    record Followed(Membership membership, Blame blame, long savedBytes, long handshakeBytes) {}

    Channel(ChannelId id, ServerName hub, StoredChannel row, Supplier<Followed> load) {
        this.id = id;
        this.hub = hub;
        this.row = row.toBuilder();
        this.load = load;
    }

    @Override
    public ChannelId id() {
        return id;
    }

    @Override
    public ServerName hub() {
        return hub;
    }

    public Bytes hubRootKey() {
        return Stored.bytes(row.getHubRootKey());
    }

    /** What is stored about it; changed in place, and written by {@link Channels#save}. */
    public StoredChannel.Builder row() {
        return row;
    }

    public boolean isActive() {
        return row.getState() == StoredChannelState.CHANNEL_ACTIVE;
    }

    boolean isDropped() {
        return row.getState() == StoredChannelState.CHANNEL_DROPPED;
    }

    /** The last entry that is here. */
    public LogPosition position() {
        return row.getSeq() == 0
                ? LogPosition.start(id)
                : new LogPosition(id, row.getTerm(), row.getSeq(), Stored.bytes(row.getEntryHash()));
    }

    public long seq() {
        return row.getSeq();
    }

    @Override
    public long epoch() {
        return row.getEpoch();
    }

    @Override
    public long firstOpenEpoch() {
        return row.getFirstOpenEpoch();
    }

    public Membership membership() {
        if (membership.isEmpty()) {
            Followed followed = load.get();
            membership = Optional.of(followed.membership());
            blame = followed.blame();
            groupBytesSaved = followed.savedBytes();
            groupTakes(followed.savedBytes() + followed.handshakeBytes());
        }
        return membership.get();
    }

    /** The public group after the last entry. */
    @Override
    public PublicGroup group() {
        return membership().group();
    }

    /** What it takes in memory, about: known from what its group was encoded in. */
    long bytes() {
        return BYTES_WITHOUT_GROUP + groupBytesEncoded * BYTES_PER_ENCODED_BYTE;
    }

    /** Whoever keeps it in memory is told by how much it grows. */
    void whenItGrows(LongConsumer listener) {
        whenItGrows = listener;
    }

    /** In how many bytes the group is encoded, or in fewer; 0 if it was not needed yet. */
    public long groupBytesEncoded() {
        return groupBytesEncoded;
    }

    /** Bytes of the handshakes that are verified again when the group is read: those that came after its snapshot. */
    public long handshakeBytesUnsaved() {
        return groupBytesEncoded - groupBytesSaved;
    }

    /** The group as it is now was saved in so many bytes. */
    void groupSaved(long encodedBytes) {
        groupBytesSaved = encodedBytes;
        groupTakes(encodedBytes);
    }

    private void groupTakes(long encodedBytes) {
        long before = bytes();
        groupBytesEncoded = encodedBytes;
        whenItGrows.accept(bytes() - before);
    }

    /** A handshake of so many bytes has changed the group. */
    public void groupGrows(long handshakeBytes) {
        groupTakes(groupBytesEncoded + handshakeBytes);
    }

    /** The first group. */
    public void begin(Change.Born born) {
        Membership founded = Membership.of(born.group());
        membership = Optional.of(founded);
        blame = founded.blameOf(born.creator());
    }

    /** The same epoch with another proposal. */
    public void propose(PublicGroup group) {
        membership().propose(group);
    }

    /** The group after a commit. */
    public void commit(Change.Committed commit) {
        Membership members = membership();
        blame = blame.after(commit, members);
        members.commit(commit.commit());
        row.setDemandsSignedCommits(row.getDemandsSignedCommits() || commit.isSigned());
    }

    @Override
    public boolean demandsSignedCommits() {
        return row.getDemandsSignedCommits();
    }

    @Override
    public Blame blame() {
        membership();
        return blame;
    }

    @Override
    public Optional<ChannelMember> member(DeviceId device) {
        return membership().device(device);
    }

    /** All members, by device. A view. */
    public Collection<ChannelMember> members() {
        return membership().members();
    }

    /** The servers with members, by name, with how many devices each has. */
    public Map<ServerName, Integer> servers() {
        return membership().servers();
    }
}
