package chat.samara.mls.group;

/**
 * A group that was founded as the successor or as a branch of another one, in epoch 1.
 *
 * @param group the founder's view of it, which its first commit has been merged into already
 * @param commit that first commit, with the Welcome for all other members
 */
public record FoundedGroup(Group group, CommitBundle commit) {}
