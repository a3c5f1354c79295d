package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.Optional;

/**
 * What a commit's author sends.
 *
 * @param commit an MLSMessage with a PublicMessage, or a PrivateMessage where that was asked for
 * @param welcome an MLSMessage with a Welcome for everyone added; empty where nobody is added. Not to be delivered before the commit is
 *     accepted (RFC 9420 §14). The tree is outside unless the {@link GroupInfoDraft} says otherwise
 * @param groupInfo an MLSMessage with the GroupInfo of the epoch that the commit starts, as its {@link GroupInfoDraft} says
 * @param after what observers hold once the commit is accepted
 */
public record CommitBundle(Bytes commit, Optional<Bytes> welcome, Bytes groupInfo, PublicGroup after) {}
