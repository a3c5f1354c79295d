package chat.samara.client.device;

import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredOpenedWelcome;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * Welcomes by which this device has gone on in a channel and whose places no head covers yet, each with its KeyPackage, whose private keys stay for as long: the commit may
 * stand elsewhere in the log. They are several where a member has exchanged this device's leaf before a head came; each is settled by its own place. There
 * are never more than the KeyPackages that this device holds.
 */
final class UnsettledWelcomes {
    private UnsettledWelcomes() {}

    /** The device goes on by it. */
    static void add(StoredChannel.Builder row, long seq, Bytes keyPackageRef) {
        List<StoredOpenedWelcome> others = row.getUnsettledWelcomesList().stream()
                .filter(it -> !Stored.bytes(it.getKeyPackageRef()).equals(keyPackageRef))
                .toList();
        row.clearUnsettledWelcomes()
                .addAllUnsettledWelcomes(others)
                .addUnsettledWelcomes(StoredOpenedWelcome.newBuilder()
                        .setKeyPackageRef(Stored.bytes(keyPackageRef))
                        .setSeq(seq));
    }

    /** Those whose places the hub vouches for, or all if a member's removal has ended that membership; the row has them no more. */
    static List<StoredOpenedWelcome> takeSettled(LiveChannel channel) {
        List<StoredOpenedWelcome> settled = new ArrayList<>();
        List<StoredOpenedWelcome> left = new ArrayList<>();
        for (StoredOpenedWelcome welcome : channel.row().getUnsettledWelcomesList()) {
            boolean vouched = !channel.row().getJoinUnvouched()
                    && welcome.getSeq() <= channel.row().getVouchedSeq();
            (vouched || !channel.hasGroup() ? settled : left).add(welcome);
        }
        if (!settled.isEmpty()) {
            channel.row().clearUnsettledWelcomes().addAllUnsettledWelcomes(left);
        }
        return settled;
    }

    /** A version before this one has kept the last Welcome only, settled or not. */
    static void readOld(StoredChannel.Builder row) {
        boolean isIn =
                row.getMembership() == StoredMembership.MEMBER || row.getMembership() == StoredMembership.RETURNING;
        boolean isUnsettled = row.getJoinUnvouched() || row.getWelcomeSeq() > row.getVouchedSeq();
        if (isIn && isUnsettled && !row.getWelcomeRef().isEmpty() && row.getUnsettledWelcomesCount() == 0) {
            add(row, row.getWelcomeSeq(), Stored.bytes(row.getWelcomeRef()));
        }
    }
}
