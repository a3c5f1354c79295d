package chat.samara.server.core.admin;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerName;

/** What the operator asks. */
public sealed interface AdminCommand {
    /**
     * Make an invite. Answered with {@link AdminResult.InviteCreated}.
     *
     * @param uses how many accounts it may open, from 1
     * @param validMillis for how long, from now; at least 1
     * @param note for the operator only, may be empty
     */
    record CreateInvite(int uses, long validMillis, String note) implements AdminCommand {}

    /** Answered with {@link AdminResult.Invites}. */
    record ListInvites() implements AdminCommand {}

    /** Make an invite useless. Answered with {@link AdminResult.Done}, also if there is none. */
    record RevokeInvite(Bytes token) implements AdminCommand {}

    /** What to give to another operator. Answered with {@link AdminResult.OwnPeerLink}. */
    record ShowPeerLink() implements AdminCommand {}

    /**
     * Accept a peer, or give it new addresses. Both operators must do so. A key other than the pinned one is refused: remove the
     * peer first. Answered with {@link AdminResult.Done}.
     */
    record AddPeer(PeerLink link) implements AdminCommand {}

    /** Answered with {@link AdminResult.Peers}. */
    record ListPeers() implements AdminCommand {}

    /** No longer accept a peer; its link is closed. Answered with {@link AdminResult.Done}. */
    record RemovePeer(ServerName peer) implements AdminCommand {}

    /** Answered with {@link AdminResult.Status}. */
    record ShowStatus() implements AdminCommand {}
}
