package chat.samara.benchmarks.load;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.tree.Capabilities;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Makes a room as a device makes one: an MLS group, its genesis, and commits that add the others. */
final class Founding {
    /** Each of them is online and is sent the whole Welcome at once: more in one commit would be quadratic in bytes. */
    private static final int ADDED_PER_COMMIT_MAX = 128;

    /** Messages that are encrypted for a room. */
    private static final int PAYLOADS = 16;

    private static final int KEY_BYTES = 16;
    private static final int NONCE_BYTES = 32;

    private final LoadClient client;
    private final Device founder;

    Founding(LoadClient client, Device founder) {
        this.client = client;
        this.founder = founder;
    }

    Room found(List<Device> others, int payloadBytes) throws BenchFailure, InterruptedException {
        try {
            Genesis genesis = genesis();
            Group group = group(genesis);
            long seq = create(genesis, group);
            long records = 0;
            for (int added = 0; added < others.size(); added += ADDED_PER_COMMIT_MAX) {
                records++;
                List<Device> next = others.subList(added, Math.min(others.size(), added + ADDED_PER_COMMIT_MAX));
                seq = add(genesis, group, next, records);
            }
            Room room = new Room(
                    Protobuf.toByteString(genesis.channel().bytes()),
                    group.epoch(),
                    seq,
                    payloads(group, payloadBytes),
                    client.tally());
            Seat own = new Seat(room, founder, true, seq);
            own.hasSaid(records);
            founder.enter(own);
            for (Device other : others) {
                boolean atHub = other.invite().server().equals(founder.invite().server());
                other.enter(new Seat(room, other, atHub, seq));
            }
            return room;
        } catch (MlsException e) {
            throw new BenchFailure("a room could not be made: " + e.getMessage(), e);
        }
    }

    private Genesis genesis() {
        return Genesis.sign(
                founder.key(),
                new Genesis.Content(
                        founder.user(),
                        founder.invite().server(),
                        founder.invite().rootKey(),
                        Device.SUITE.code(),
                        Bytes.of(Device.RANDOM.bytes(NONCE_BYTES)),
                        Instant.now().toEpochMilli(),
                        Genesis.RULES));
    }

    private Group group(Genesis genesis) throws MlsException {
        return Group.create(
                new GroupConfig(
                        Device.SUITE,
                        genesis.channel().mlsGroupId(),
                        List.of(),
                        Capabilities.of(List.of(), List.of()),
                        Device.lifetime()),
                MemberCredential.of(founder.certificate()),
                founder.key(),
                new GroupEnvironment(new DeviceAuthentication(), Device.RANDOM, InstantSource.system()));
    }

    private long create(Genesis genesis, Group group) throws MlsException, BenchFailure, InterruptedException {
        GenesisControl control = GenesisControl.newBuilder()
                .setSignedGenesis(Protobuf.toByteString(genesis.encoded()))
                .setGroupInfo(ByteString.copyFrom(group.groupInfo()))
                .setRatchetTree(ByteString.copyFrom(group.ratchetTree()))
                .build();
        ClientFrame.Builder frame = ClientFrame.newBuilder()
                .setCreateChannel(CreateChannel.newBuilder()
                        .setIdempotencyKey(ByteString.copyFrom(Device.RANDOM.bytes(KEY_BYTES)))
                        .setGenesis(control));
        return Answers.requireOrdered(client.await(founder.ask(frame), "founding a room"), "founding a room");
    }

    private long add(Genesis genesis, Group group, List<Device> added, long deviceSeq)
            throws MlsException, BenchFailure, InterruptedException {
        IdempotencyKey key = new IdempotencyKey(Bytes.of(Device.RANDOM.bytes(KEY_BYTES)));
        long epoch = group.epoch();
        CommitBuilder builder = group.commit().authenticatedData(key.bytes().toByteArray());
        added.forEach(device -> builder.add(device.keyPackageToAdd()));
        CommitBundle bundle = builder.build();
        Bytes payload = CommitSignature.sign(
                founder.key(),
                genesis.channel(),
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), 0));
        ClientFrame.Builder frame = ClientFrame.newBuilder()
                .setSubmit(Submit.newBuilder()
                        .setChannelId(Protobuf.toByteString(genesis.channel().bytes()))
                        .setKind(RecordKind.COMMIT)
                        .setEpoch(epoch)
                        .setIdempotencyKey(Protobuf.toByteString(key.bytes()))
                        .setPayload(Protobuf.toByteString(payload))
                        .setDeviceSeq(deviceSeq));
        long seq = Answers.requireOrdered(client.await(founder.ask(frame), "adding members"), "adding members");
        if (group.process(bundle.commit().toByteArray()) instanceof Processed.CommitReceived own) {
            group.merge(own.commit());
        }
        return seq;
    }

    private static List<ByteString> payloads(Group group, int payloadBytes) throws MlsException, BenchFailure {
        int around = group.protect(new byte[payloadBytes], new byte[0]).length - payloadBytes;
        if (payloadBytes <= around) {
            throw new BenchFailure("--payload-bytes is " + payloadBytes + ", expected more than the " + around
                    + " that encryption adds");
        }
        List<ByteString> payloads = new ArrayList<>();
        for (int i = 0; i < PAYLOADS; i++) {
            payloads.add(ByteString.copyFrom(group.protect(new byte[payloadBytes - around], new byte[0])));
        }
        return payloads;
    }
}
