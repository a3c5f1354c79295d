package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;

/** That the group of epoch 0 is the one that the genesis speaks of. Every server and device that starts a log checks it. */
public final class GenesisGroup {
    private GenesisGroup() {}

    /** As {@link #requireFits(Genesis, Bytes, int, long, List)}, for the group that the genesis entry describes. */
    public static void requireFits(Genesis genesis, PublicGroup group) throws RefusedException {
        requireFits(genesis, group.groupId(), group.suite().code(), group.epoch(), group.members());
    }

    /**
     * Checks the group that stands beside a verified genesis: its id follows from the channel's, its suite is the named one, and
     * the creating device is its only member. Refused with {@code INVALID_HANDSHAKE}.
     *
     * @param groupId of the GroupInfo
     * @param cipherSuite of the GroupInfo
     * @param epoch of the GroupInfo
     * @param members in the tree; their leaves were accepted by {@link DeviceAuthentication}
     */
    public static void requireFits(Genesis genesis, Bytes groupId, int cipherSuite, long epoch, List<Member> members)
            throws RefusedException {
        if (!groupId.equals(genesis.channel().mlsGroupId())) {
            throw refused("its MLS group id is " + groupId.hex() + ", expected "
                    + genesis.channel().mlsGroupId().hex());
        }
        if (cipherSuite != genesis.cipherSuite()) {
            throw refused("its cipher suite is " + cipherSuite + ", expected " + genesis.cipherSuite());
        }
        if (epoch != 0) {
            throw refused("it is in epoch " + epoch + ", expected 0");
        }
        requireCreatorOnly(members.size());
        UserDevice member = Roster.member(members.get(0)).userDevice();
        if (!member.equals(genesis.creator())) {
            throw refused("its member is " + member + ", expected " + genesis.creator());
        }
    }

    /**
     * Checks how many members it has: alone, that can be asked of a tree that nobody has verified yet. Refused with {@code INVALID_HANDSHAKE}.
     */
    public static void requireCreatorOnly(int memberCount) throws RefusedException {
        if (memberCount != 1) {
            throw refused("it has " + memberCount + " members, expected the creating device only");
        }
    }

    private static RefusedException refused(String problem) {
        return RefusedException.of(
                ErrorCode.INVALID_HANDSHAKE,
                "the group does not fit its channel's genesis: " + problem,
                "genesis-group");
    }
}
