package chat.samara.server.core.request;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.channel.ChannelService;
import chat.samara.server.core.channel.PeerMessages;
import chat.samara.server.core.keypackage.KeyPackageDirectory;
import chat.samara.server.core.peer.FromPeer;
import chat.samara.server.core.peer.LinkEvents;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerClaim;
import chat.samara.wire.proto.PeerFrame;

/** Hands what peers say and ask to where it belongs. */
public final class PeerRequests {
    private final LinkEvents links;
    private final KeyPackageDirectory directory;
    private final ChannelService channels;
    private final PeerMessages messages;

    public PeerRequests(LinkEvents links, KeyPackageDirectory directory, ChannelService channels) {
        this.links = links;
        this.directory = directory;
        this.channels = channels;
        this.messages = channels.peerMessages();
    }

    /** A frame came. */
    public void frame(LinkId id, Bytes bytes) {
        links.frame(id, bytes).ifPresent(this::heard);
    }

    private void heard(FromPeer heard) {
        if (heard instanceof FromPeer.CameUp it) {
            channels.up(it.peer());
        } else if (heard instanceof FromPeer.Said it) {
            said(it);
        }
    }

    private void said(FromPeer.Said it) {
        PeerFrameIn in = it.in();
        PeerFrame frame = in.frame();
        ServerName peer = it.peer();
        try {
            switch (frame.getBodyCase()) {
                case SHARED_CHANNELS -> messages.sharedChannels(peer, frame.getSharedChannels());
                case SUBMIT_RECORDS -> messages.submitRecords(peer, in.records());
                case RECORD_RECEIPTS -> messages.recordReceipts(peer, frame.getRecordReceipts());
                case HEAD_HINT -> messages.headHint(peer, in.head().orElseThrow(), in.entries());
                case FOLLOWER_STATE -> messages.followerState(peer, frame.getFollowerState());
                case PROVISIONAL -> messages.provisional(peer, frame.getProvisional());
                case PULL -> it.reply().entries(messages.pull(peer, frame.getPull()));
                case CLAIM -> claim(it, frame.getClaim());
                case PING, ERROR, HELLO, PROOF, ENTRIES, CLAIMED_KEY_PACKAGES, PONG, DONE, BODY_NOT_SET ->
                    throw new IllegalStateException(
                            frame.getBodyCase() + " was handed on, expected package peer to deal with it");
            }
        } catch (RefusedException e) {
            it.reply().refuse(e.refusal());
        }
    }

    private void claim(FromPeer.Said it, PeerClaim claim) throws RefusedException {
        UserId requester = UserId.fromWire(claim.getRequester());
        if (!requester.server().equals(it.peer())) {
            throw RefusedException.of(
                    ErrorCode.NOT_A_MEMBER, requester + " is no member of " + it.peer() + ", for whom it asks");
        }
        it.reply()
                .with(PeerFrame.newBuilder()
                        .setClaimedKeyPackages(directory.claim(
                                directory.peer(it.peer(), requester),
                                UserId.fromWire(claim.getUserId()),
                                claim.getCipherSuite(),
                                Protobuf.toBytes(claim.getClaimId()))));
    }
}
