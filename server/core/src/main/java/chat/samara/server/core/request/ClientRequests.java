package chat.samara.server.core.request;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.account.Device;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.ChannelService;
import chat.samara.server.core.session.Reply;
import chat.samara.server.core.session.ReturnTokens;
import chat.samara.server.core.session.Session;
import chat.samara.server.core.session.Sessions;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.ClientFrames;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.DeviceCertificate;
import chat.samara.wire.proto.Devices;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.RegisteredDevice;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerHello;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;

/** Greets devices, lets them prove who they are, and hands what they ask to where it belongs. */
public final class ClientRequests {
    private final ServerIdentity identity;
    private final ReturnTokens returnTokens;
    private final Journal journal;
    private final RandomSource random;
    private final Sessions sessions;
    private final Accounts accounts;
    private final ClaimRequests keyPackages;
    private final ChannelService channels;
    private long refused;

    public ClientRequests(
            ServerIdentity identity,
            Journal journal,
            RandomSource random,
            Sessions sessions,
            Accounts accounts,
            ClaimRequests keyPackages,
            ChannelService channels) {
        this.identity = identity;
        this.returnTokens = new ReturnTokens(identity.rootKey());
        this.journal = journal;
        this.random = random;
        this.sessions = sessions;
        this.accounts = accounts;
        this.keyPackages = keyPackages;
        this.channels = channels;
    }

    /** How many requests were answered with an error. */
    public long refused() {
        return refused;
    }

    /** A device connected. */
    public void opened(SessionId id) {
        Bytes challenge = Bytes.wrapUnsafe(random.bytes(LoginProof.CHALLENGE_BYTES));
        Session session = new Session(id, new Session.State.Greeted(challenge, journal.monotonicMillis()));
        sessions.add(session);
        if (sessions.count() > Limits.SESSIONS_MAX) {
            sessions.close(
                    session,
                    Refusal.limitReached(
                            "this server has too many connections; try again later",
                            "sessions<=" + Limits.SESSIONS_MAX,
                            30_000));
            return;
        }
        journal.emitNow(Sessions.frame(
                id,
                0,
                ServerFrame.newBuilder()
                        .setServerHello(ServerHello.newBuilder()
                                .setManifest(identity.manifest().toProto())
                                .setChallenge(Protobuf.toByteString(challenge))
                                .setServerTimeMillis(journal.nowMillis()))));
    }

    /** The connection is gone. */
    public void closed(SessionId id) {
        sessions.gone(id);
    }

    /** The server is about to stop. */
    public void stopping(Refusal why) {
        sessions.closeAll(why);
    }

    /** Closes connections on which nobody has proved who they are for too long. */
    public void tick() {
        long before = journal.monotonicMillis() - Limits.AUTHENTICATION_MILLIS_MAX;
        for (Session session : java.util.List.copyOf(sessions.all())) {
            if (session.state() instanceof Session.State.Greeted greeted && greeted.sinceMillis() < before) {
                sessions.close(
                        session,
                        Refusal.of(
                                ErrorCode.UNAUTHENTICATED,
                                "no login came within " + Limits.AUTHENTICATION_MILLIS_MAX + " ms"));
            }
        }
    }

    /** A frame came. */
    public void frame(SessionId id, Bytes bytes) {
        Session session = sessions.find(id).orElse(null);
        if (session == null || session.state() instanceof Session.State.Closing) {
            return;
        }
        if (session.state() instanceof Session.State.Greeted
                && session.saidAsAStranger() > Limits.FRAMES_BEFORE_LOGIN_MAX) {
            refused++;
            sessions.close(
                    session,
                    Refusal.limitReached(
                            "more than " + Limits.FRAMES_BEFORE_LOGIN_MAX + " frames before a login; log in first",
                            "frames-before-login<=" + Limits.FRAMES_BEFORE_LOGIN_MAX,
                            1000));
            return;
        }
        ClientFrame frame;
        try {
            frame = ClientFrames.decode(bytes.arrayUnsafe());
        } catch (MalformedFrameException e) {
            refused++;
            if (e.requestId() == 0) {
                sessions.close(session, e.refusal());
            } else {
                answerNow(session, e.requestId(), e.refusal());
            }
            return;
        }
        if (session.inFlight() >= Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX) {
            refused++;
            answerNow(
                    session,
                    frame.getRequestId(),
                    Refusal.limitReached(
                            "too many requests under way; wait for answers",
                            "requests<=" + Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX,
                            100));
            return;
        }
        dispatch(session, frame);
    }

    /** An event of this session met a bug: tells the device as far as possible. */
    public void fault(SessionId id) {
        sessions.find(id)
                .ifPresent(session -> sessions.close(
                        session,
                        Refusal.of(ErrorCode.INTERNAL, "something broke inside; the server's log has the rest")));
    }

    /** The work under way was undone, whoever's it was. */
    public void undone() {
        sessions.undone();
    }

    /** What follows for sessions from work that was undone. */
    public void afterUndone() {
        sessions.afterUndone();
    }

    private void dispatch(Session session, ClientFrame frame) {
        if (frame.getBodyCase() == ClientFrame.BodyCase.PING) {
            journal.emitNow(Sessions.frame(
                    session.id(), frame.getRequestId(), ServerFrame.newBuilder().setPong(Pong.getDefaultInstance())));
        } else if (session.state() instanceof Session.State.Greeted greeted) {
            authenticate(session, greeted, frame);
        } else if (session.state() instanceof Session.State.LoggedIn loggedIn) {
            sessions.asks(session);
            Reply reply = new Reply(journal, session, loggedIn.who(), frame.getRequestId());
            try {
                request(reply, frame);
            } catch (RefusedException e) {
                refused++;
                reply.refuse(e.refusal());
            }
        }
    }

    private void authenticate(Session session, Session.State.Greeted greeted, ClientFrame frame) {
        try {
            UserDevice who = switch (frame.getBodyCase()) {
                case REGISTER -> accounts.register(frame.getRegister(), greeted.challenge());
                case LOGIN -> accounts.login(frame.getLogin(), greeted.challenge());
                case REPLACE_DEVICE -> replace(frame.getReplaceDevice(), greeted.challenge());
                default ->
                    throw RefusedException.of(
                            ErrorCode.UNAUTHENTICATED, "log in before anything else; this was " + frame.getBodyCase());
            };
            List<KeyPackageCount> left = keyPackages.left(who.device());
            LoggedIn.Builder loggedIn = channels.atLogin()
                    .loggedIn(who.device())
                    .setKeyPackagesLeft(
                            left.stream().mapToInt(KeyPackageCount::getLeft).sum())
                    .addAllKeyPackages(left)
                    .addAllReturnTokens(returnTokens.issue(who.device(), journal.nowMillis()).stream()
                            .map(Protobuf::toByteString)
                            .toList());
            // Not before all is read that takes reading: where a row cannot be read, all of this is done again.
            sessions.loggedIn(session, who);
            journal.emit(new Effect.SessionAuthenticated(session.id(), who.user()));
            journal.emit(Sessions.frame(
                    session.id(), frame.getRequestId(), ServerFrame.newBuilder().setLoggedIn(loggedIn)));
        } catch (RefusedException e) {
            refused++;
            answerNow(session, frame.getRequestId(), e.refusal());
            if (session.tryFailed() >= Limits.AUTHENTICATION_TRIES_MAX) {
                sessions.close(
                        session,
                        Refusal.limitReached(
                                Limits.AUTHENTICATION_TRIES_MAX
                                        + " tries to log in or register failed on this connection;" + " connect again",
                                "authentication-tries<=" + Limits.AUTHENTICATION_TRIES_MAX,
                                1000));
            }
        }
    }

    private UserDevice replace(ReplaceDevice request, Bytes challenge) throws RefusedException {
        Accounts.Succession succession = accounts.replace(request, challenge);
        succession.replaced().ifPresent(replaced -> {
            DeviceId successor = succession.who().device();
            keyPackages.struckOff(replaced);
            channels.atLogin().replaced(replaced, successor);
            sessions.of(replaced)
                    .flatMap(sessions::find)
                    .ifPresent(session -> sessions.close(
                            session,
                            Refusal.of(
                                    ErrorCode.DEVICE_REPLACED,
                                    "this device was struck off: another copy of its profile goes on in its place",
                                    successor.bytes().hex())));
        });
        return succession.who();
    }

    private void request(Reply reply, ClientFrame frame) throws RefusedException {
        switch (frame.getBodyCase()) {
            case PUBLISH_KEY_PACKAGES -> keyPackages.publish(reply, frame.getPublishKeyPackages());
            case CLAIM_KEY_PACKAGES -> keyPackages.claim(reply, frame.getClaimKeyPackages());
            case CREATE_CHANNEL -> channels.submitting().create(reply, frame.getCreateChannel());
            case SUBMIT -> channels.submitting().submit(reply, frame.getSubmit());
            case QUERY_STATUS -> channels.submitting().queryStatus(reply, frame.getQueryStatus());
            case FOLLOW -> channels.following().follow(reply, frame.getFollow());
            case SHOW_HEADS -> channels.following().showHeads(reply, frame.getShowHeads());
            case CREDIT -> channels.following().credit(reply, frame.getCredit());
            case ACKNOWLEDGE -> channels.following().acknowledge(reply, frame.getAcknowledge());
            case FETCH_WELCOMES -> channels.fetching().fetchWelcomes(reply);
            case ACKNOWLEDGE_WELCOME -> channels.fetching().acknowledgeWelcome(reply, frame.getAcknowledgeWelcome());
            case FETCH_HANDSHAKES -> channels.fetching().fetchHandshakes(reply, frame.getFetchHandshakes());
            case FETCH_RATCHET_TREE -> channels.fetching().fetchRatchetTree(reply, frame.getFetchRatchetTree());
            case FETCH_GROUP_INFO -> channels.fetching().fetchGroupInfo(reply, frame.getFetchGroupInfo());
            case LIST_DEVICES ->
                listDevices(reply, UserId.fromWire(frame.getListDevices().getUserId()));
            case REGISTER, LOGIN, REPLACE_DEVICE ->
                throw RefusedException.of(
                        ErrorCode.MALFORMED, "this connection is logged in already as " + reply.who());
            case PING, BODY_NOT_SET ->
                throw new IllegalStateException("a frame that was sorted out before, expected a request");
        }
    }

    private void listDevices(Reply reply, UserId user) throws RefusedException {
        Devices.Builder devices = Devices.newBuilder();
        for (Device device : accounts.devices(user)) {
            devices.addDevices(RegisteredDevice.newBuilder()
                    .setDeviceId(Protobuf.toByteString(device.who().device().bytes()))
                    .setDeviceSignatureKey(Protobuf.toByteString(device.signatureKey()))
                    .setCertificate(certificate(device)));
        }
        reply.with(ServerFrame.newBuilder().setDevices(devices));
    }

    private static DeviceCertificate certificate(Device device) {
        try {
            return DeviceCertificate.parseFrom(device.certificate().arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "the certificate of " + device.who() + " was read before, expected it again", e);
        }
    }

    private void answerNow(Session session, long requestId, Refusal refusal) {
        journal.emitNow(
                Sessions.frame(session.id(), requestId, ServerFrame.newBuilder().setError(refusal.toProto())));
    }
}
