package chat.samara.wire.frame;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_DEVICE;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TIME_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.Samples;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The KeyPackages that a frame brings are found")
class BroughtKeyPackagesTest {
    private static final Lifetime LIFETIME = new Lifetime(TIME_MILLIS / 1000 - 60, TIME_MILLIS / 1000 + 3600);
    private static final IdempotencyKey KEY = new IdempotencyKey(Samples.filled(IdempotencyKey.SIZE_BYTES, 9));

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final CipherSuite suite = CipherSuite.of(GENESIS.cipherSuite());
    private final KeyPackage bobs = keyPackage();
    private final Bytes commit = commit();

    BroughtKeyPackagesTest() throws MlsException {}

    private KeyPackage keyPackage() {
        return KeyPackageBundle.generate(
                        suite,
                        BOB_DEVICE,
                        MemberCredential.of(DeviceCertificate.issue(BOB_IDENTITY, BOB, BOB_DEVICE.publicKey())),
                        Capabilities.of(List.of(), List.of()),
                        LIFETIME,
                        List.of(),
                        random::nextBytes)
                .keyPackage();
    }

    /** The payload of a commit that adds Bob. */
    private Bytes commit() throws MlsException {
        Group group = Group.create(
                new GroupConfig(
                        suite,
                        GENESIS.channel().mlsGroupId(),
                        List.of(),
                        Capabilities.of(List.of(), List.of()),
                        LIFETIME),
                MemberCredential.of(DeviceCertificate.issue(ALICE_IDENTITY, ALICE, ALICE_DEVICE.publicKey())),
                ALICE_DEVICE,
                new GroupEnvironment(
                        new DeviceAuthentication(), random::nextBytes, () -> Instant.ofEpochMilli(TIME_MILLIS)));
        CommitBundle bundle = group.commit().add(bobs).build();
        return Payload.commit(bundle.commit(), bundle.welcome().orElseThrow(), bundle.groupInfo());
    }

    private Record record() {
        return Record.of(new Record.Content(
                GENESIS.channel(),
                BERLIN,
                1,
                1,
                RecordKind.COMMIT,
                0,
                KEY,
                Optional.of(DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey())),
                commit,
                TIME_MILLIS));
    }

    private Proof proof() {
        BatchSigner signer = new BatchSigner();
        int place = signer.add(record());
        return signer.sign(BERLIN_KEY).proof(place);
    }

    private byte[] submitted(RecordKind kind) {
        return ClientFrame.newBuilder()
                .setRequestId(1)
                .setSubmit(Submit.newBuilder()
                        .setChannelId(Protobuf.toByteString(GENESIS.channel().bytes()))
                        .setKind(kind)
                        .setIdempotencyKey(Protobuf.toByteString(KEY.bytes()))
                        .setPayload(Protobuf.toByteString(commit))
                        .setDeviceSeq(1))
                .build()
                .toByteArray();
    }

    private byte[] published() {
        ByteString message = ByteString.copyFrom(new MlsMessage.OfKeyPackage(bobs.content()).encode());
        return ClientFrame.newBuilder()
                .setRequestId(1)
                .setPublishKeyPackages(
                        PublishKeyPackages.newBuilder().addKeyPackages(message).addKeyPackages(message))
                .build()
                .toByteArray();
    }

    private byte[] records() {
        return PeerFrame.newBuilder()
                .setSubmitRecords(SubmitRecords.newBuilder()
                        .addRecords(FrameSamples.provenMessage().toProto())
                        .addRecords(SignedRecord.newBuilder()
                                .setRecord(Protobuf.toByteString(record().encoded()))
                                .setProof(proof().toProto())))
                .build()
                .toByteArray();
    }

    private byte[] entries() {
        return PeerFrame.newBuilder()
                .setRequestId(1)
                .setAnswer(true)
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(GENESIS.channel().bytes()))
                        .addEntries(LogPosition.start(GENESIS.channel())
                                .append(record(), TIME_MILLIS)
                                .toProto(proof())))
                .build()
                .toByteArray();
    }

    private byte[] hint() {
        return PeerFrame.newBuilder()
                .setHeadHint(HeadHint.newBuilder()
                        .setHead(FrameSamples.head().toProto())
                        .addEntries(LogPosition.start(GENESIS.channel())
                                .append(record(), TIME_MILLIS)
                                .toProto(proof())))
                .build()
                .toByteArray();
    }

    private void assertBrought(List<KeyPackageIn> found, int count) {
        assertThat(found).hasSize(count).allMatch(it -> it.equals(bobs.content()));
    }

    @Test
    @DisplayName("in a device's commit, and in what it publishes")
    void ofDevices() {
        assertThat(BroughtKeyPackages.mayBeInClientFrame(submitted(RecordKind.COMMIT)))
                .isTrue();
        assertBrought(BroughtKeyPackages.inClientFrame(submitted(RecordKind.COMMIT)), 1);
        assertThat(BroughtKeyPackages.mayBeInClientFrame(published())).isTrue();
        assertBrought(BroughtKeyPackages.inClientFrame(published()), 2);
    }

    @Test
    @DisplayName("in the commits among another server's records and entries")
    void ofPeers() {
        assertThat(BroughtKeyPackages.mayBeInPeerFrame(records())).isTrue();
        assertBrought(BroughtKeyPackages.inPeerFrame(records()), 1);
        assertThat(BroughtKeyPackages.mayBeInPeerFrame(entries())).isTrue();
        assertBrought(BroughtKeyPackages.inPeerFrame(entries()), 1);
        assertThat(BroughtKeyPackages.mayBeInPeerFrame(hint())).isTrue();
        assertBrought(BroughtKeyPackages.inPeerFrame(hint()), 1);
    }

    @Test
    @DisplayName("and in no other frame, at a glance")
    void others() {
        assertThat(BroughtKeyPackages.mayBeInClientFrame(submitted(RecordKind.APPLICATION)))
                .isFalse();
        Map<String, ClientFrame> client = FrameSamples.client();
        client.forEach((name, frame) -> assertThat(BroughtKeyPackages.mayBeInClientFrame(frame.toByteArray()))
                .as(name)
                .isEqualTo(frame.hasPublishKeyPackages()
                        || (frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT)));
        FrameSamples.peer()
                .forEach((name, frame) -> assertThat(BroughtKeyPackages.mayBeInPeerFrame(frame.toByteArray()))
                        .as(name)
                        .isFalse());
    }

    @Test
    @DisplayName("whatever else comes: what is no frame brings none")
    void garbage() {
        for (byte[] frame : List.of(submitted(RecordKind.COMMIT), published(), records(), entries(), hint())) {
            for (int i = 0; i < 2_000; i++) {
                byte[] spoiled = frame.clone();
                for (int flips = random.nextInt(4); flips >= 0; flips--) {
                    spoiled[random.nextInt(Math.min(spoiled.length, 400))] = (byte) random.nextInt();
                }
                assertThatNoException().as("seed %s", seed).isThrownBy(() -> {
                    BroughtKeyPackages.mayBeInClientFrame(spoiled);
                    BroughtKeyPackages.inClientFrame(spoiled);
                    BroughtKeyPackages.mayBeInPeerFrame(spoiled);
                    BroughtKeyPackages.inPeerFrame(spoiled);
                });
            }
        }
    }
}
