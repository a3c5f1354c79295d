package chat.samara.benchmarks.load;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerFrame.BodyCase;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A member's device: an account, a connection, and a seat in each room that it is in. On its connection's event loop. */
public final class Device implements FrameTaker {
    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    static final RandomSource RANDOM = RandomSource.secure();

    private static final Duration SKEW = Duration.ofHours(1);
    private static final Duration VALID = Duration.ofDays(30);
    private static final long PING_SECONDS = 40;

    private final LoadClient client;
    private final InviteLink invite;
    private final UserId user;
    private final SignatureKeyPair key = SignatureKeyPair.generate(SUITE, RANDOM);
    private final DeviceCertificate certificate;
    private final KeyPackage keyPackage;
    private final CompletableFuture<ByteString> challenge = new CompletableFuture<>();
    private final CompletableFuture<FrameLink> link;
    private final Map<Long, CompletableFuture<ServerFrame>> asked = new HashMap<>();
    private final Map<Long, Seat> seats = new ConcurrentHashMap<>();
    private final Map<Integer, Seat> seatsByStart = new ConcurrentHashMap<>();
    private Optional<Reader> reader = Optional.empty();
    private long lastRequestId;

    Device(LoadClient client, InetSocketAddress server, InviteLink invite, String name) {
        this.client = client;
        this.invite = invite;
        this.user = new UserId(name, invite.server());
        this.certificate = DeviceCertificate.issue(Ed25519.generate(RANDOM), user, key.publicKey());
        this.keyPackage = keyPackage();
        this.link = client.connect(server, this);
    }

    static Lifetime lifetime() {
        Instant now = Instant.now();
        return new Lifetime(now.minus(SKEW).getEpochSecond(), now.plus(VALID).getEpochSecond());
    }

    /** One of last resort: it serves for every room. */
    private KeyPackage keyPackage() {
        return KeyPackageBundle.generate(
                        SUITE,
                        key,
                        MemberCredential.of(certificate),
                        Capabilities.of(List.of(), List.of()),
                        lifetime(),
                        List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)),
                        RANDOM)
                .keyPackage();
    }

    /** Opens the account, and with it the session. */
    CompletableFuture<ServerFrame> register() {
        return link.thenCombine(challenge, (up, signed) -> signed)
                .thenCompose(signed -> ask(registration(signed)))
                .thenApply(answer -> {
                    pingFromNowOn();
                    return answer;
                });
    }

    private ClientFrame.Builder registration(ByteString signed) {
        LoginProof proof = LoginProof.sign(Protobuf.toBytes(signed), invite.server(), invite.rootKey(), user, key);
        return ClientFrame.newBuilder()
                .setRegister(Register.newBuilder()
                        .setInviteToken(Protobuf.toByteString(invite.token()))
                        .setCertificate(certificateMessage())
                        .setDeviceSignatureKey(Protobuf.toByteString(key.publicKey()))
                        .setLoginBody(Protobuf.toByteString(proof.body()))
                        .setSignature(Protobuf.toByteString(proof.signature())));
    }

    private chat.samara.wire.proto.DeviceCertificate certificateMessage() {
        try {
            return chat.samara.wire.proto.DeviceCertificate.parseFrom(
                    certificate.encoded().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a certificate that was just made, expected to read it again", e);
        }
    }

    /** Leaves its KeyPackage at the server, for whoever adds it. */
    CompletableFuture<ServerFrame> publish() {
        return ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(PublishKeyPackages.newBuilder()
                        .setLastResort(Protobuf.toByteString(
                                Bytes.wrapUnsafe(new MlsMessage.OfKeyPackage(keyPackage.content()).encode())))));
    }

    UserId user() {
        return user;
    }

    InviteLink invite() {
        return invite;
    }

    SignatureKeyPair key() {
        return key;
    }

    DeviceCertificate certificate() {
        return certificate;
    }

    KeyPackage keyPackageToAdd() {
        return keyPackage;
    }

    LoadClient client() {
        return client;
    }

    EventLoop loop() {
        return link.join().loop();
    }

    void enter(Seat seat) {
        seats.put(seat.room().key(), seat);
        seatsByStart.put((int) (seat.room().key() >>> Integer.SIZE), seat);
    }

    /** Sends a request whose answer is waited for. Any thread. */
    CompletableFuture<ServerFrame> ask(ClientFrame.Builder body) {
        CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
        loop().execute(() -> {
            asked.put(lastRequestId + 1, answer);
            send(body);
            flush();
        });
        return answer;
    }

    /** Sends a request whose answer is not waited for; it leaves with the next flush. */
    void send(ClientFrame.Builder body) {
        lastRequestId++;
        link.join().write(FrameCodec.encode(body.setRequestId(lastRequestId).build()));
    }

    void flush() {
        link.join().flush();
    }

    /** Whether it reads from its connection. Any thread. */
    public void reads(boolean wanted) {
        link.join().reads(wanted);
    }

    /** Ends its connection; done when it has ended. Any thread. */
    public CompletableFuture<Void> close() {
        return link.thenCompose(FrameLink::close);
    }

    /**
     * Begins to read these rooms, from where they were when they were made or read last, and no others; done when the server has sent
     * all that there is. Without rooms, it reads no more. Any thread.
     */
    public CompletableFuture<ServerFrame> follow(Collection<Room> rooms, Acks acks) {
        List<Seat> followed = new ArrayList<>();
        rooms.forEach(room -> followed.add(seat(room)));
        Follow.Builder follow =
                Follow.newBuilder().setCreditBytes(Reader.CREDIT_BYTES).setSlim(true);
        followed.forEach(seat -> follow.addCursors(seat.cursor().toBuilder().setTerse(true)));
        loop().execute(() -> reader = Optional.of(new Reader(this, acks)));
        return ask(ClientFrame.newBuilder().setFollow(follow));
    }

    /** Whether its server has the room as it was founded. Not on the event loop. */
    boolean sees(Room room) throws BenchFailure, InterruptedException {
        ClientFrame.Builder asked = ClientFrame.newBuilder()
                .setFetchGroupInfo(FetchGroupInfo.newBuilder().setChannelId(room.id()));
        ServerFrame answer = client.await(ask(asked), "looking for a room");
        return answer.hasGroupInfoAndTree() && answer.getGroupInfoAndTree().getSeq() == room.orderedThrough();
    }

    /** Keeps the session from being taken for dead. */
    private void pingFromNowOn() {
        link.join().every(PING_SECONDS, () -> {
            send(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()));
            flush();
        });
    }

    /** This device's place in a room that it is in. */
    public Seat seat(Room room) {
        Seat seat = seats.get(room.key());
        if (seat == null) {
            throw new IllegalStateException(user + " is not in " + room + ", expected a member");
        }
        return seat;
    }

    boolean isIn(Room room) {
        return seats.containsKey(room.key());
    }

    Optional<Seat> seat(long roomKey) {
        return Optional.ofNullable(seats.get(roomKey));
    }

    /** The seat in the room whose key begins so. */
    Optional<Seat> seatByStart(int start) {
        return Optional.ofNullable(seatsByStart.get(start));
    }

    @Override
    public void take(ByteBuf frame) {
        FieldScan scan = new FieldScan(frame, frame.readerIndex(), frame.writerIndex());
        long requestId = 0;
        while (scan.next()) {
            if (scan.field() == ServerFrame.REQUEST_ID_FIELD_NUMBER) {
                requestId = scan.number();
            } else if (scan.field() == ServerFrame.ENTRIES_FIELD_NUMBER) {
                FieldScan entries = FieldScan.into(scan);
                int frameBytes = FrameLink.HEADER_BYTES + frame.readableBytes();
                reader.ifPresent(it -> it.take(frame, entries, frameBytes));
            } else if (scan.field() == ServerFrame.TERSE_ENTRIES_FIELD_NUMBER) {
                FieldScan entries = FieldScan.into(scan);
                int frameBytes = FrameLink.HEADER_BYTES + frame.readableBytes();
                reader.ifPresent(it -> it.takeTerse(frame, entries, frameBytes));
            } else {
                take(requestId, frame, BodyCase.forNumber(scan.field()));
            }
        }
    }

    private void take(long requestId, ByteBuf frame, BodyCase body) {
        Optional<CompletableFuture<ServerFrame>> waiting = Optional.ofNullable(asked.remove(requestId));
        boolean isOfInterest = waiting.isPresent()
                || body == BodyCase.SERVER_HELLO
                || body == BodyCase.RECEIPT
                || body == BodyCase.ERROR;
        if (!isOfInterest) {
            return;
        }
        ServerFrame decoded = decode(frame);
        if (waiting.isPresent()) {
            waiting.get().complete(decoded);
        } else if (body == BodyCase.SERVER_HELLO) {
            challenge.complete(decoded.getServerHello().getChallenge());
        } else if (body == BodyCase.RECEIPT) {
            long room = Room.key(decoded.getReceipt().getChannelId());
            seat(room).ifPresent(seat -> seat.receipt(decoded.getReceipt(), requestId != 0));
        } else {
            client.fail(user + " was told: " + decoded.getError().getCode() + ": "
                    + decoded.getError().getReason());
        }
    }

    private static ServerFrame decode(ByteBuf frame) {
        try {
            return ServerFrame.parseFrom(ByteBufUtil.getBytes(frame));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a frame of the server that does not decode", e);
        }
    }
}
