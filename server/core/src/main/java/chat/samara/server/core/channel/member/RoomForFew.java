package chat.samara.server.core.channel.member;

import chat.samara.server.core.Limits;

/**
 * How much of what many have together is for one of them: the last fifth is for those who have no more than a hundredth. So a few who take all that each of them
 * can leave room for whoever comes after them.
 */
public final class RoomForFew {
    private RoomForFew() {}

    /**
     * Up to how much there may be of all, for the one that wants more of it.
     *
     * @param ofAll how much there may be for those who have little
     * @param ofOne how much that one has then
     */
    public static long max(long ofAll, long ofOne) {
        return ofOne <= ofAll / Limits.ROOM_PARTS_OF_LITTLE ? ofAll : ofAll - ofAll / Limits.ROOM_PARTS_KEPT;
    }
}
