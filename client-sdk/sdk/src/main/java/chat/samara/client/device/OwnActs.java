package chat.samara.client.device;

/** Whether a channel's history shows that this device has said something in it, made it, or changed who is in it. What was looked through is not looked at again. */
final class OwnActs {
    private boolean isThere;
    private long lookedThroughSeq;

    boolean isThere(DeviceStore store, LiveChannel channel) {
        if (!isThere) {
            // What was taken back comes anew.
            long from = Math.min(lookedThroughSeq, channel.row().getVouchedSeq());
            isThere = HistoryBook.hasOwnActs(store, channel, from);
            lookedThroughSeq = channel.row().getSeq();
        }
        return isThere;
    }
}
