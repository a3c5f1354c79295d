package chat.samara.server.core.channel.rule;

import chat.samara.mls.MlsException;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.UnverifiedCommit;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.CommitClaim;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * How large what stays of a handshake may be: every GroupInfo repeats the GroupContext, and whoever joins or returns is given the tree, which has to
 * fit into a frame. A hub orders nothing larger, and an origin passes nothing larger on. Not a rule of the log: logs of before may hold it, and are
 * followed. No device makes such handshakes of itself.
 */
public final class HandshakeSizes {
    private static final String LEAF = "leaf-bytes";
    private static final String GROUP_INFO = "group-info-bytes";
    private static final String GROUP_CONTEXT = "group-context-bytes";

    /** By so much the encodings of two ECDSA signatures by one key differ, and a little more. */
    private static final int SIGNATURES_VARY_BYTES = 8;

    /** A blank root is measured as if its key came with a hash, which it does not. */
    private static final int ROOT_VARIES_BYTES = 64;

    private HandshakeSizes() {}

    /** Of a member's commit, before any signature is verified. Refused with {@code TOO_LARGE}. */
    public static void require(PublicGroup before, CommitClaim claim) throws RefusedException {
        UnverifiedCommit outline = claim.outline();
        requireGroupInfos(claim.payload());
        requireLeaves(outline.sender().leafIndex(), outline.added(), outline.updated(), outline::leafBytes);
        if (outline.memberCount() > before.memberCount()) {
            int bytes = outline.ratchetTreeBytesWhenFilled() - ROOT_VARIES_BYTES;
            requireRoom(
                    whenAllHaveCommitted(before),
                    whenAllHaveCommitted(bytes, outline.membersYetToCommit()),
                    true,
                    Limits.PAYLOAD_BYTES_MAX);
        }
    }

    /** Of a commit that the rules have accepted. Refused with {@code TOO_LARGE}. */
    public static void require(PublicGroup before, Record record, Change.Committed committed) throws RefusedException {
        VerifiedCommit commit = committed.commit();
        PublicGroup after = commit.after();
        requireGroupInfos(Payload.commit(record));
        requireLeaves(commit.committerLeaf(), commit.added(), commit.updated(), after::leafBytes);
        requireRoom(before, after, Limits.PAYLOAD_BYTES_MAX);
    }

    private static void requireGroupInfos(CommitPayload payload) throws RefusedException {
        requireAtMost("the GroupInfo", payload.getGroupInfo().size(), Limits.GROUP_INFO_BYTES_MAX, GROUP_INFO);
        if (!payload.getWelcome().isEmpty()) {
            requireAtMost("the Welcome's GroupInfo", welcomed(payload), Limits.GROUP_INFO_BYTES_MAX, GROUP_INFO);
        }
    }

    private static void requireLeaves(int committer, List<Member> added, List<Member> updated, IntUnaryOperator bytesOf)
            throws RefusedException {
        IntStream.Builder leaves = IntStream.builder().add(committer);
        added.stream().mapToInt(Member::leafIndex).forEach(leaves);
        updated.stream().mapToInt(Member::leafIndex).forEach(leaves);
        requireAtMost("a leaf", leaves.build().map(bytesOf).max().orElse(0), Limits.LEAF_BYTES_MAX, LEAF);
    }

    private static int welcomed(CommitPayload payload) {
        try {
            return MlsMessage.decode(payload.getWelcome().toByteArray())
                    .requireWelcome()
                    .encryptedGroupInfo()
                    .size();
        } catch (MlsException e) {
            throw new IllegalStateException("a Welcome that the rules have accepted, expected to read it again", e);
        }
    }

    /**
     * The tree is measured as it will be when every member has committed, with what their leaves grow by that, since all those commits have to go
     * through: so nobody's first commit makes it larger, and nobody takes the room that it needs by a large leaf. A channel that is too large from
     * before takes what makes it no larger.
     */
    public static void requireRoom(PublicGroup before, PublicGroup after, int treeBytesMax) throws RefusedException {
        boolean adds = after.memberCount() > before.memberCount();
        requireRoom(whenAllHaveCommitted(before), whenAllHaveCommitted(after), adds, treeBytesMax);
    }

    private static void requireRoom(int was, int is, boolean adds, int treeBytesMax) throws RefusedException {
        if (is > treeBytesMax && (adds || is > was + SIGNATURES_VARY_BYTES)) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    "with this change the ratchet tree could grow to " + is + " bytes, and " + treeBytesMax
                            + " are possible; the channel is full, so remove members before others are added",
                    "ratchet-tree<=" + treeBytesMax);
        }
    }

    private static int whenAllHaveCommitted(PublicGroup group) {
        return whenAllHaveCommitted(group.ratchetTreeBytesWhenFilled(), group.membersYetToCommit());
    }

    private static int whenAllHaveCommitted(int bytesWhenFilled, int membersYetToCommit) {
        return bytesWhenFilled + membersYetToCommit * Limits.LEAF_GROWTH_BYTES_MAX;
    }

    /** Of what shall become the first entry of a log here, before it is judged. Refused with {@code TOO_LARGE}. */
    public static void requireGenesis(GenesisControl genesis) throws RefusedException {
        requireAtMost("the GroupInfo", genesis.getGroupInfo().size(), Limits.GROUP_INFO_BYTES_MAX, GROUP_INFO);
        requireAtMost("the tree of one leaf", genesis.getRatchetTree().size(), Limits.LEAF_BYTES_MAX, LEAF);
    }

    /** Of the same, once it was judged. Refused with {@code TOO_LARGE}. */
    public static void requireGenesis(HandshakeRules.Birth birth) throws RefusedException {
        requireAtMost("the GroupContext", birth.groupContextBytes(), Limits.GROUP_CONTEXT_BYTES_MAX, GROUP_CONTEXT);
    }

    private static void requireAtMost(String what, int bytes, int bytesMax, String limit) throws RefusedException {
        if (bytes > bytesMax) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    what + " would have " + bytes + " bytes, and " + bytesMax
                            + " are possible; leave out extensions and capabilities that nobody needs",
                    limit + "<=" + bytesMax);
        }
    }
}
