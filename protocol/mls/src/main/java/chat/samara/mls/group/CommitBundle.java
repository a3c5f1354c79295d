package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.Optional;

/**
 * What a commit's author sends.
 *
 * @param commit an MLSMessage with a PublicMessage
 * @param welcome an MLSMessage with a Welcome for everyone added, the tree outside; empty where nobody is added. Not to be
 *     delivered before the commit is accepted (RFC 9420 §14)
 * @param groupInfo an MLSMessage with the GroupInfo of the epoch that the commit starts, with external_pub, the tree outside
 * @param after what observers hold once the commit is accepted
 */
public record CommitBundle(Bytes commit, Optional<Bytes> welcome, Bytes groupInfo, PublicGroup after) {}
