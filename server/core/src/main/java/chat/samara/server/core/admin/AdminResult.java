package chat.samara.server.core.admin;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Figures;
import chat.samara.server.core.MemberQuota;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.util.List;

/** What the operator is told. What it says has happened is durable. */
public sealed interface AdminResult {
    /** It was not done, and nothing has changed. */
    record Refused(Refusal refusal) implements AdminResult {}

    /** It was done. */
    record Done() implements AdminResult {}

    /** The link to give to a new member. */
    record InviteCreated(InviteLink link) implements AdminResult {}

    /** All invites that are not used up or expired. */
    record Invites(List<Invite> invites) implements AdminResult {
        public Invites {
            invites = List.copyOf(invites);
        }
    }

    /** An invite: a secret while it has uses left. */
    record Invite(Bytes token, int usesLeft, int uses, long expiresAtMillis, String note) {}

    /** The link to give to another operator. */
    record OwnPeerLink(PeerLink link) implements AdminResult {}

    /** All peers, by name. */
    record Peers(List<Peer> peers) implements AdminResult {
        public Peers {
            peers = List.copyOf(peers);
        }
    }

    /**
     * A peer.
     *
     * @param sharedChannels channels in which what is said on one of the two servers has to reach the other
     * @param linkUp whether there is a proved link
     * @param problem why there is none, as far as known; empty if there is nothing to say
     */
    record Peer(
            ServerName name,
            Bytes rootKey,
            List<ServerAddress> addresses,
            boolean linkUp,
            int sharedChannels,
            String problem) {
        public Peer {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * How the server stands.
     *
     * @param quota how much one member may have stored
     * @param hubMebibytesPerDay MiB of logs that are taken of one hub in a day, and as many at once
     */
    record Status(
            ServerName name,
            Bytes rootKey,
            long accounts,
            long channels,
            Figures figures,
            MemberQuota quota,
            int hubMebibytesPerDay,
            List<String> warnings)
            implements AdminResult {
        public Status {
            warnings = List.copyOf(warnings);
        }
    }
}
