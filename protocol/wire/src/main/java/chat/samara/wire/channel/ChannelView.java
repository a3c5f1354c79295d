package chat.samara.wire.channel;

import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/**
 * A channel as its log describes it up to some entry: all that {@link HandshakeRules} judge the next record by. Every part follows
 * from the log, so that the hub, its followers and all devices judge alike.
 */
public interface ChannelView {
    /** Which channel. */
    ChannelId id();

    /** The server that orders its log. */
    ServerName hub();

    /** The epoch that the last commit began; 0 after the genesis. */
    long epoch();

    /** The oldest epoch whose application messages may still be ordered. */
    long firstOpenEpoch();

    /** The public group, with the proposals that wait. */
    PublicGroup group();

    /** Whether a commit has to be signed as a whole by its author: by the genesis, or since the log's first signed one. */
    boolean demandsSignedCommits();

    /** Who may not commit any more. */
    Blame blame();

    /** The device, if it is a member. */
    Optional<ChannelMember> member(DeviceId device);
}
