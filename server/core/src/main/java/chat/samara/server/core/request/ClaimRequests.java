package chat.samara.server.core.request;

import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.keypackage.KeyPackageDirectory;
import chat.samara.server.core.peer.Answers;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.session.Reply;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesStored;
import chat.samara.wire.proto.PeerClaim;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;

/** What this server's devices ask about KeyPackages: answered from the own directory, or by the peer whose member is asked for. */
public final class ClaimRequests {
    private final ServerIdentity identity;
    private final KeyPackageDirectory directory;
    private final Peers peers;
    private final Links links;

    public ClaimRequests(ServerIdentity identity, KeyPackageDirectory directory, Peers peers, Links links) {
        this.identity = identity;
        this.directory = directory;
        this.peers = peers;
        this.links = links;
    }

    /** One-time KeyPackages of the device that are left, by suite: also for suites without any. */
    List<KeyPackageCount> left(DeviceId device) {
        return directory.left(device);
    }

    /** The device was struck off: nothing of it is handed out any more. */
    void struckOff(DeviceId device) {
        directory.struckOff(device);
    }

    /** See {@code samara.v1.PublishKeyPackages}. */
    void publish(Reply reply, PublishKeyPackages request) throws RefusedException {
        directory.publish(reply.who(), request);
        List<KeyPackageCount> left = directory.left(reply.who().device());
        reply.with(ServerFrame.newBuilder()
                .setKeyPackagesStored(KeyPackagesStored.newBuilder()
                        .setKeyPackagesLeft(KeyPackageDirectory.total(left))
                        .addAllKeyPackages(left)));
    }

    /** See {@code samara.v1.ClaimKeyPackages}. */
    void claim(Reply reply, ClaimKeyPackages request) throws RefusedException {
        UserId target = UserId.fromWire(request.getUserId());
        if (target.server().equals(identity.name())) {
            reply.with(ServerFrame.newBuilder()
                    .setClaimedKeyPackages(directory.claim(
                            directory.member(reply.who().user()),
                            target,
                            request.getCipherSuite(),
                            Protobuf.toBytes(request.getClaimId()))));
        } else {
            claimRemotely(reply, target.server(), request);
        }
    }

    private void claimRemotely(Reply reply, ServerName server, ClaimKeyPackages request) throws RefusedException {
        if (!peers.isPeer(server)) {
            throw RefusedException.of(
                    ErrorCode.NOT_A_PEER,
                    server + " is not a peer of " + identity.name()
                            + "; ask the operators of both to accept each other",
                    server.value());
        }
        if (reply.session().remoteRequests() >= Limits.REMOTE_REQUESTS_PER_SESSION_MAX) {
            throw Refusal.limitReached(
                            "too many requests to other servers are under way; wait for answers",
                            "remote-requests<=" + Limits.REMOTE_REQUESTS_PER_SESSION_MAX,
                            1000)
                    .asException();
        }
        reply.session().addRemoteRequests(1);
        PeerClaim claim = PeerClaim.newBuilder()
                .setUserId(request.getUserId())
                .setCipherSuite(request.getCipherSuite())
                .setClaimId(request.getClaimId())
                .setRequester(reply.who().user().toString())
                .build();
        links.request(server, PeerFrame.newBuilder().setClaim(claim), new Answers() {
            @Override
            public void answered(PeerFrameIn answer) {
                PeerFrame frame = answer.frame();
                reply.session().addRemoteRequests(-1);
                if (frame.getBodyCase() == PeerFrame.BodyCase.CLAIMED_KEY_PACKAGES) {
                    reply.with(ServerFrame.newBuilder().setClaimedKeyPackages(frame.getClaimedKeyPackages()));
                } else {
                    reply.refuse(Refusal.of(ErrorCode.INTERNAL, server + " gave an answer that does not fit"));
                }
            }

            @Override
            public void refused(Refusal why) {
                lost(why);
            }

            @Override
            public void lost(Refusal why) {
                reply.session().addRemoteRequests(-1);
                reply.refuse(why);
            }
        });
    }
}
