package chat.samara.mls.group;

/**
 * What someone has who joins by an external commit (RFC 9420 §12.4.3.2).
 *
 * @param group waits for the commit: store its {@link Group#drainDelta} before the commit is sent, and hand the commit to {@link
 *     Group#process} once it is in the log. Until then the group can send and open nothing
 * @param bundle what to send; nobody is welcomed
 */
public record ExternalCommit(Group group, CommitBundle bundle) {}
