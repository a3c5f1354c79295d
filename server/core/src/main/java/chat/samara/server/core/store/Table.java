package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The column families. What stands in a row, and who prunes it, is written in the class that owns the table. In keys, numbers
 * are big-endian, ids have their fixed size, and a name is its UTF-8 bytes followed by a zero byte, see {@link Key}.
 */
public enum Table {
    /** What the store is and whose; owner {@code core.batch.Format}. */
    META("meta"),
    /** Invite tokens; owner {@code core.account.InviteTable}. */
    INVITE("invite"),
    /** Members of this server; owner {@code core.account.AccountTable}. */
    ACCOUNT("account"),
    /** Registered devices by id; owner {@code core.account.AccountTable}. */
    DEVICE("device"),
    /** Registered devices by member; owner {@code core.account.AccountTable}. */
    DEVICE_OF_USER("device_of_user"),
    /** Names that look alike; owner {@code core.account.AccountTable}. */
    LOOK_ALIKE("look_alike"),
    /** KeyPackages to be handed out once; owner {@code core.keypackage.KeyPackageTable}. */
    KEY_PACKAGE("key_package"),
    /** Last-resort KeyPackages; owner {@code core.keypackage.KeyPackageTable}. */
    LAST_RESORT("last_resort"),
    /** Which device a KeyPackage belongs to; owner {@code core.keypackage.KeyPackageTable}. */
    KEY_PACKAGE_REF("key_package_ref"),
    /** Answers to claims, to repeat them; owner {@code core.keypackage.ClaimTable}. */
    CLAIM("claim"),
    /** Channels that this server is hub or follower of; owner {@code core.channel.state.ChannelTable}. */
    CHANNEL("channel"),
    /** The logs; owner {@code core.channel.state.LogTable}. */
    ENTRY("entry"),
    /** Where in each log the handshakes stand; owner {@code core.channel.state.HandshakeTable}. */
    HANDSHAKE("handshake"),
    /** The newest signed head of each log; owner {@code core.channel.state.LogTable}. */
    HEAD("head"),
    /** Snapshots of public groups; owner {@code core.channel.state.GroupTable}. */
    GROUP("group"),
    /** When epochs that are not closed began and ended; owner {@code core.channel.log.EpochTable}. */
    EPOCH("epoch"),
    /** How far each origin's records are taken; owner {@code core.channel.log.OriginTable}. */
    WATERMARK("watermark"),
    /** What the hub decided about each record of each origin; owner {@code core.channel.log.OriginTable}. */
    DECISION("decision"),
    /** What became of a device's record, by its idempotency key; owner {@code core.channel.state.SubmissionTable}. */
    SUBMISSION("submission"),
    /** The next device_seq of each device in each channel; owner {@code core.channel.state.SubmissionTable}. */
    DEVICE_SEQ("device_seq"),
    /** Records that the hub has not ordered yet; owner {@code core.channel.outbox.OutboxTable}. */
    OUTBOX("outbox"),
    /** Which parts of which channels a device may read, and its cursor; owner {@code core.channel.member.ReaderTable}. */
    READER("reader"),
    /** Rows of the table before that nobody may use yet, by channel; owner {@code core.channel.member.ReaderTable}. */
    UNREGISTERED_READER("unregistered_reader"),
    /** Followers of the channels that this server is hub of; owner {@code core.channel.member.FollowerTable}. */
    FOLLOWER("follower"),
    /** The same by follower; owner {@code core.channel.member.FollowerTable}. */
    FOLLOWED_BY("followed_by"),
    /** Channels by hub; owner {@code core.channel.state.ChannelTable}. */
    CHANNEL_OF_HUB("channel_of_hub"),
    /** Welcomes that wait for a device; owner {@code core.channel.member.WelcomeTable}. */
    WELCOME("welcome"),
    /** Ratchet trees that a waiting Welcome needs; owner {@code core.channel.member.WelcomeTable}. */
    TREE("tree"),
    /** What proves that a hub cheated; owner {@code core.channel.follower.EvidenceTable}. */
    EVIDENCE("evidence"),
    /** Servers that the operator has accepted; owner {@code core.peer.PeerTable}. */
    PEER("peer");

    private static final Set<Table> OF_CHANNELS = EnumSet.of(
            CHANNEL,
            ENTRY,
            HANDSHAKE,
            HEAD,
            GROUP,
            EPOCH,
            WATERMARK,
            DECISION,
            SUBMISSION,
            DEVICE_SEQ,
            OUTBOX,
            UNREGISTERED_READER,
            FOLLOWER,
            TREE,
            EVIDENCE);

    private final String columnFamily;

    Table(String columnFamily) {
        this.columnFamily = columnFamily;
    }

    /** The channel whose row this is, where the table's keys begin with the channel's id. */
    public Optional<ChannelId> channelOf(Bytes key) {
        return OF_CHANNELS.contains(this) && key.size() >= ChannelId.SIZE_BYTES
                ? Optional.of(new ChannelId(key.slice(0, ChannelId.SIZE_BYTES)))
                : Optional.empty();
    }

    /** The name on disk; never changes. */
    public String columnFamily() {
        return columnFamily;
    }
}
