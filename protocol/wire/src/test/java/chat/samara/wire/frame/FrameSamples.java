package chat.samara.wire.frame;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TIME_MILLIS;
import static chat.samara.wire.Samples.TLS_KEY_HASH;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static chat.samara.wire.Samples.filled;
import static chat.samara.wire.encoding.Protobuf.toByteString;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.PeerProof;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Devices;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.GroupInfoAndTree;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesLow;
import chat.samara.wire.proto.KeyPackagesStored;
import chat.samara.wire.proto.ListDevices;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.PeerClaim;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.PeerHello;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.RatchetTree;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.RegisteredDevice;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerHello;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.SubmitRecords;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One good frame of every body, by the body's name; the golden files hold them. */
public final class FrameSamples {
    private static final ByteString CHANNEL = toByteString(GENESIS.channel().bytes());
    private static final ByteString KEY = toByteString(filled(16, 8));
    private static final ByteString CHALLENGE = toByteString(filled(32, 9));
    private static final ByteString HASH = toByteString(filled(32, 10));
    private static final ByteString DEVICE =
            toByteString(DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey()).bytes());
    private static final ByteString SOME = toByteString(Bytes.ofUtf8("an MLS object"));

    private FrameSamples() {}

    public static Map<String, ClientFrame> client() {
        LoginProof proof =
                LoginProof.sign(Protobuf.toBytes(CHALLENGE), BERLIN, BERLIN_KEY.publicKey(), ALICE, ALICE_DEVICE);
        Map<String, ClientFrame> all = new LinkedHashMap<>();
        all.put(
                "register",
                client(b -> b.setRegister(Register.newBuilder()
                        .setInviteToken(KEY)
                        .setCertificate(certificate())
                        .setDeviceSignatureKey(toByteString(ALICE_DEVICE.publicKey()))
                        .setLoginBody(toByteString(proof.body()))
                        .setSignature(toByteString(proof.signature())))));
        all.put(
                "login",
                client(b -> b.setLogin(Login.newBuilder()
                        .setLoginBody(toByteString(proof.body()))
                        .setSignature(toByteString(proof.signature())))));
        all.put(
                "publish_key_packages",
                client(b -> b.setPublishKeyPackages(PublishKeyPackages.newBuilder()
                        .addKeyPackages(SOME)
                        .addKeyPackages(SOME)
                        .setLastResort(SOME))));
        all.put(
                "claim_key_packages",
                client(b -> b.setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                        .setUserId(BOB.toString())
                        .setCipherSuite(1)
                        .setClaimId(KEY))));
        all.put(
                "create_channel",
                client(b -> b.setCreateChannel(
                        CreateChannel.newBuilder().setIdempotencyKey(KEY).setGenesis(Samples.genesisControl()))));
        all.put(
                "submit",
                client(b -> b.setSubmit(Submit.newBuilder()
                        .setChannelId(CHANNEL)
                        .setKind(RecordKind.APPLICATION)
                        .setEpoch(3)
                        .setIdempotencyKey(KEY)
                        .setPayload(SOME)
                        .setDeviceSeq(12))));
        all.put("submit_terse", client(b -> b.setSubmit(terseSubmit())));
        all.put(
                "query_status",
                client(b -> b.setQueryStatus(
                        QueryStatus.newBuilder().setChannelId(CHANNEL).setIdempotencyKey(KEY))));
        all.put(
                "follow",
                client(b -> b.setFollow(Follow.newBuilder().addCursors(cursor()).setCreditBytes(65536))));
        all.put(
                "follow_slim",
                client(b -> b.setFollow(Follow.newBuilder()
                        .addCursors(cursor())
                        .setCreditBytes(65536)
                        .setSlim(true))));
        all.put(
                "follow_terse",
                client(b -> b.setFollow(Follow.newBuilder()
                        .addCursors(cursor().toBuilder().setTerse(true))
                        .setCreditBytes(65536)
                        .setSlim(true))));
        addReading(all);
        return all;
    }

    private static void addReading(Map<String, ClientFrame> all) {
        all.put("show_heads", client(b -> b.setShowHeads(ShowHeads.newBuilder().addHeads(head().toProto()))));
        all.put("credit", client(b -> b.setCredit(Credit.newBuilder().setCreditBytes(65536))));
        all.put(
                "acknowledge",
                client(b -> b.setAcknowledge(Acknowledge.newBuilder().addCursors(cursor()))));
        all.put("fetch_welcomes", client(b -> b.setFetchWelcomes(FetchWelcomes.getDefaultInstance())));
        all.put(
                "acknowledge_welcome",
                client(b -> b.setAcknowledgeWelcome(AcknowledgeWelcome.newBuilder()
                        .setChannelId(CHANNEL)
                        .setKeyPackageRef(HASH)
                        .setSeq(4))));
        all.put(
                "fetch_handshakes",
                client(b -> b.setFetchHandshakes(FetchHandshakes.newBuilder()
                        .setChannelId(CHANNEL)
                        .setAfterSeq(1)
                        .setThroughSeq(4))));
        all.put(
                "fetch_ratchet_tree",
                client(b -> b.setFetchRatchetTree(
                        FetchRatchetTree.newBuilder().setChannelId(CHANNEL).setSeq(4))));
        all.put(
                "fetch_group_info",
                client(b -> b.setFetchGroupInfo(FetchGroupInfo.newBuilder().setChannelId(CHANNEL))));
        all.put(
                "list_devices",
                client(b -> b.setListDevices(ListDevices.newBuilder().setUserId(ALICE.toString()))));
        all.put("ping", client(b -> b.setPing(Ping.getDefaultInstance())));
        all.put("replace_device", client(b -> b.setReplaceDevice(replaceDevice())));
    }

    private static ReplaceDevice replaceDevice() {
        LoginProof proof =
                LoginProof.sign(Protobuf.toBytes(CHALLENGE), BERLIN, BERLIN_KEY.publicKey(), ALICE, ALICE_DEVICE);
        return ReplaceDevice.newBuilder()
                .setReplacedDeviceId(toByteString(filled(16, 11)))
                .setCertificate(certificate())
                .setDeviceSignatureKey(toByteString(ALICE_DEVICE.publicKey()))
                .setLoginBody(toByteString(proof.body()))
                .setSignature(toByteString(proof.signature()))
                .build();
    }

    public static Map<String, ServerFrame> server() {
        Map<String, ServerFrame> all = new LinkedHashMap<>();
        all.put(
                "error",
                server(
                        7,
                        b -> b.setError(
                                new Refusal(ErrorCode.LIMIT_REACHED, "too many requests", "requests<=100", 3, 1500)
                                        .toProto())));
        all.put(
                "server_hello",
                server(
                        0,
                        b -> b.setServerHello(ServerHello.newBuilder()
                                .setManifest(Samples.manifest(5).toProto())
                                .setChallenge(CHALLENGE)
                                .setServerTimeMillis(TIME_MILLIS))));
        all.put(
                "logged_in",
                server(
                        7,
                        b -> b.setLoggedIn(LoggedIn.newBuilder()
                                .setKeyPackagesLeft(99)
                                .setWelcomesWaiting(1)
                                .addChannels(ChannelState.newBuilder()
                                        .setChannelId(CHANNEL)
                                        .setSeq(9)
                                        .setAcknowledgedSeq(8)
                                        .setNextDeviceSeq(4)))));
        all.put(
                "logged_in_to_return",
                server(
                        7,
                        b -> b.setLoggedIn(LoggedIn.newBuilder()
                                .addReturnTokens(ByteString.copyFrom(new byte[40]))
                                .addReturnTokens(ByteString.copyFrom(new byte[Limits.RETURN_TOKEN_BYTES_MAX])))));
        all.put(
                "key_packages_stored",
                server(
                        7,
                        b -> b.setKeyPackagesStored(
                                KeyPackagesStored.newBuilder().setKeyPackagesLeft(100))));
        all.put("claimed_key_packages", server(7, b -> b.setClaimedKeyPackages(claimed())));
        all.put(
                "receipt",
                server(
                        7,
                        b -> b.setReceipt(Receipt.newBuilder()
                                .setChannelId(CHANNEL)
                                .setIdempotencyKey(KEY)
                                .setStatus(ReceiptStatus.ORDERED)
                                .setSeq(2))));
        all.put("done", server(7, b -> b.setDone(Done.getDefaultInstance())));
        addWhatIsRead(all);
        return all;
    }

    private static void addWhatIsRead(Map<String, ServerFrame> all) {
        all.put("entries", server(0, b -> b.setEntries(entries())));
        all.put("terse_entries", server(0, b -> b.setTerseEntries(terseEntries())));
        all.put("provisional", server(0, b -> b.setProvisional(provisional())));
        all.put(
                "welcomes",
                server(
                        0,
                        b -> b.setWelcomes(Welcomes.newBuilder()
                                .addWelcomes(WaitingWelcome.newBuilder()
                                        .setChannelId(CHANNEL)
                                        .setSignedGenesis(toByteString(GENESIS.encoded()))
                                        .setSeq(2)
                                        .setEntryHash(HASH)
                                        .setKeyPackageRef(HASH)
                                        .setWelcome(SOME)))));
        all.put(
                "handshakes",
                server(
                        7,
                        b -> b.setHandshakes(Handshakes.newBuilder()
                                .setChannelId(CHANNEL)
                                .addAllEntries(entries().getEntriesList())
                                .setMore(true)
                                .setThroughSeq(4))));
        all.put(
                "ratchet_tree",
                server(7, b -> b.setRatchetTree(RatchetTree.newBuilder().setRatchetTree(SOME))));
        all.put(
                "group_info_and_tree",
                server(
                        7,
                        b -> b.setGroupInfoAndTree(GroupInfoAndTree.newBuilder()
                                .setGroupInfo(SOME)
                                .setRatchetTree(SOME)
                                .setSeq(2))));
        all.put(
                "devices",
                server(
                        7,
                        b -> b.setDevices(Devices.newBuilder()
                                .addDevices(RegisteredDevice.newBuilder()
                                        .setDeviceId(DEVICE)
                                        .setDeviceSignatureKey(toByteString(ALICE_DEVICE.publicKey()))
                                        .setCertificate(certificate())))));
        all.put(
                "key_packages_low",
                server(0, b -> b.setKeyPackagesLow(KeyPackagesLow.newBuilder().setKeyPackagesLeft(24))));
        all.put(
                "key_packages_low_of_two_suites",
                server(
                        0,
                        b -> b.setKeyPackagesLow(KeyPackagesLow.newBuilder()
                                .setKeyPackagesLeft(27)
                                .addKeyPackages(KeyPackageCount.newBuilder()
                                        .setCipherSuite(1)
                                        .setLeft(24))
                                .addKeyPackages(KeyPackageCount.newBuilder()
                                        .setCipherSuite(0xf47a)
                                        .setLeft(3)))));
        all.put("pong", server(7, b -> b.setPong(Pong.getDefaultInstance())));
    }

    public static Map<String, PeerFrame> peer() {
        Map<String, PeerFrame> all = new LinkedHashMap<>();
        all.put(
                "error",
                answer(b -> b.setError(
                        Refusal.of(ErrorCode.NOT_A_PEER, "not accepted").toProto())));
        all.put(
                "hello",
                push(b -> b.setHello(PeerHello.newBuilder()
                        .setManifest(Samples.manifest(5).toProto())
                        .setChallenge(CHALLENGE)
                        .setExpectedName(TUNIS.value()))));
        all.put(
                "proof",
                push(b -> b.setProof(
                        new PeerProof(Protobuf.toBytes(CHALLENGE), BERLIN, TUNIS, TLS_KEY_HASH).sign(BERLIN_KEY))));
        all.put(
                "shared_channels",
                push(b -> b.setSharedChannels(SharedChannels.newBuilder()
                        .addChannels(SharedChannel.newBuilder()
                                .setChannelId(CHANNEL)
                                .setTerm(1)
                                .setSeq(9)
                                .setEntryHash(HASH)
                                .setHub(BERLIN.value())))));
        all.put(
                "shared_channels_with_head",
                push(b -> b.setSharedChannels(SharedChannels.newBuilder()
                        .setComplete(true)
                        .addChannels(SharedChannel.newBuilder()
                                .setChannelId(CHANNEL)
                                .setTerm(1)
                                .setSeq(9)
                                .setEntryHash(HASH)
                                .setHub(TUNIS.value())
                                .setHead(head().toProto())))));
        all.put(
                "submit_records",
                push(b -> b.setSubmitRecords(
                        SubmitRecords.newBuilder().addRecords(provenMessage().toProto()))));
        receipts(all);
        all.put(
                "pull",
                request(b -> b.setPull(
                        Pull.newBuilder().setChannelId(CHANNEL).setAfterSeq(9).setCreditBytes(1 << 20))));
        all.put("entries", answer(b -> b.setEntries(entries())));
        all.put("head_hint", push(b -> b.setHeadHint(HeadHint.newBuilder().setHead(head().toProto()))));
        all.put(
                "follower_state",
                push(b -> b.setFollowerState(FollowerState.newBuilder()
                        .setChannelId(CHANNEL)
                        .setSeq(9)
                        .setDrainedEpoch(2)
                        .setHasDrained(true))));
        all.put(
                "claim",
                request(b -> b.setClaim(PeerClaim.newBuilder()
                        .setUserId(BOB.toString())
                        .setCipherSuite(1)
                        .setClaimId(KEY)
                        .setRequester(ALICE.toString()))));
        all.put("claimed_key_packages", answer(b -> b.setClaimedKeyPackages(claimed())));
        all.put("provisional", push(b -> b.setProvisional(provisional())));
        all.put("ping", request(b -> b.setPing(Ping.getDefaultInstance())));
        all.put("pong", answer(b -> b.setPong(Pong.getDefaultInstance())));
        all.put("done", answer(b -> b.setDone(Done.getDefaultInstance())));
        return all;
    }

    private static void receipts(Map<String, PeerFrame> all) {
        all.put(
                "record_receipts",
                push(b -> b.setRecordReceipts(RecordReceipts.newBuilder()
                        .addReceipts(RecordReceipt.newBuilder()
                                .setChannelId(CHANNEL)
                                .setOriginIncarnation(1)
                                .setOriginSeq(4)
                                .setStatus(ReceiptStatus.REJECTED)
                                .setError(Refusal.of(ErrorCode.STALE_EPOCH, "epoch 3 has passed")
                                        .toProto())))));
        all.put(
                "record_receipts_decided",
                push(b -> b.setRecordReceipts(RecordReceipts.newBuilder()
                        .addReceipts(RecordReceipt.newBuilder()
                                .setChannelId(CHANNEL)
                                .setOriginIncarnation(1)
                                .setOriginSeq(5)
                                .setStatus(ReceiptStatus.ORDERED)
                                .setSeq(12)
                                .setDecision(HubDecision.DECIDED_FOR_GOOD)))));
    }

    /** Bob's message, proven by Tunis in a batch of one. */
    public static ProvenRecord provenMessage() {
        BatchSigner signer = new BatchSigner();
        int place = signer.add(Samples.message(1));
        return new ProvenRecord(Samples.message(1), signer.sign(TUNIS_KEY).proof(place));
    }

    /** The genesis of a log and Bob's message behind it. */
    public static Entry firstEntry() {
        return LogPosition.start(GENESIS.channel()).append(Samples.genesisRecord(), TIME_MILLIS);
    }

    public static Entry secondEntry() {
        return firstEntry().position().append(Samples.message(1), TIME_MILLIS + 1);
    }

    /** The head behind {@link #secondEntry}, proven by Berlin in one batch with the genesis record. */
    public static ProvenHead head() {
        Head head = Head.of(secondEntry().position(), 2);
        BatchSigner signer = new BatchSigner();
        signer.add(Samples.genesisRecord());
        int place = signer.add(head);
        return new ProvenHead(head, signer.sign(BERLIN_KEY).proof(place));
    }

    private static Entries entries() {
        BatchSigner signer = new BatchSigner();
        int genesis = signer.add(Samples.genesisRecord());
        return Entries.newBuilder()
                .setChannelId(CHANNEL)
                .addEntries(firstEntry().toProto(signer.sign(BERLIN_KEY).proof(genesis)))
                .addEntries(secondEntry().toProto(provenMessage().proof()))
                .setHead(head().toProto())
                .build();
    }

    /** The same entries as a device is sent them. */
    public static Entries slimEntries() {
        Entries whole = entries();
        SlimEntries slim = new SlimEntries();
        Entries.Builder frame = whole.toBuilder().clearEntries().setSlimFromSeq(1);
        try {
            for (LogEntry entry : whole.getEntriesList()) {
                frame.addSlim(slim.next(Protobuf.encode(entry)));
            }
            return frame.setSlimPreviousEntryHash(slim.previousEntryHash()).build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("entries of a log, expected them to be read", e);
        }
    }

    /** A text behind {@link #firstEntry}, with its head, as a device is sent it that has only heard of that entry. */
    public static TerseEntries terseEntries() {
        Record text = TerseFrameTest.text(
                firstEntry().position().append(Samples.message(1), TIME_MILLIS).position(),
                3,
                new IdempotencyKey(Samples.filled(16, 3)),
                200);
        Entry entry = firstEntry().position().append(text, TIME_MILLIS + 1);
        BatchSigner signer = new BatchSigner();
        Head head = Head.of(entry.position(), 1);
        signer.add(Samples.genesisRecord());
        int record = signer.add(text);
        int place = signer.add(head);
        BatchSigner.Signed signed = signer.sign(BERLIN_KEY);
        try {
            return TerseFrame.of(
                            Optional.empty(),
                            List.of(Protobuf.encode(entry.toProto(signed.proof(record)))),
                            Protobuf.encode(new ProvenHead(head, signed.proof(place)).toProto()))
                    .orElseThrow()
                    .shared();
        } catch (InvalidProtocolBufferException | RefusedException e) {
            throw new IllegalStateException("entries of a log, expected them to be read", e);
        }
    }

    private static Submit terseSubmit() {
        Record text = TerseFrameTest.text(firstEntry().position(), 3, new IdempotencyKey(Samples.filled(16, 4)), 200);
        return TerseSubmit.of(Submit.newBuilder()
                .setChannelId(CHANNEL)
                .setKind(RecordKind.APPLICATION)
                .setEpoch(text.epoch())
                .setIdempotencyKey(Protobuf.toByteString(text.idempotencyKey().bytes()))
                .setPayload(Protobuf.toByteString(text.payload()))
                .setDeviceSeq(7)
                .build());
    }

    private static Provisional provisional() {
        return Provisional.newBuilder().setRecord(provenMessage().toProto()).build();
    }

    private static ClaimedKeyPackages claimed() {
        return ClaimedKeyPackages.newBuilder()
                .addKeyPackages(
                        ClaimedKeyPackage.newBuilder().setDeviceId(DEVICE).setKeyPackage(SOME))
                .build();
    }

    private static ChannelCursor cursor() {
        return ChannelCursor.newBuilder().setChannelId(CHANNEL).setAfterSeq(9).build();
    }

    private static chat.samara.wire.proto.DeviceCertificate certificate() {
        DeviceCertificate certificate = DeviceCertificate.issue(ALICE_IDENTITY, ALICE, ALICE_DEVICE.publicKey());
        try {
            return Protobuf.decode(
                    "certificate", chat.samara.wire.proto.DeviceCertificate.parser(), certificate.encoded(), 4096);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private interface Fill<B> {
        B in(B builder);
    }

    private static ClientFrame client(Fill<ClientFrame.Builder> fill) {
        return fill.in(ClientFrame.newBuilder().setRequestId(7)).build();
    }

    private static ServerFrame server(long requestId, Fill<ServerFrame.Builder> fill) {
        return fill.in(ServerFrame.newBuilder().setRequestId(requestId)).build();
    }

    private static PeerFrame push(Fill<PeerFrame.Builder> fill) {
        return fill.in(PeerFrame.newBuilder()).build();
    }

    private static PeerFrame request(Fill<PeerFrame.Builder> fill) {
        return fill.in(PeerFrame.newBuilder().setRequestId(7)).build();
    }

    private static PeerFrame answer(Fill<PeerFrame.Builder> fill) {
        return fill.in(PeerFrame.newBuilder().setRequestId(7).setAnswer(true)).build();
    }
}
