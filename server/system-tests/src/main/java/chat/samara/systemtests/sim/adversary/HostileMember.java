package chat.samara.systemtests.sim.adversary;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.device.GroupVault;
import chat.samara.client.stored.StoredAccount;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.network.WireTap;
import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A member whose client has been changed: beside what its engine does it hands over commits which no observer can find fault with and no other
 * member can process, removes people by such commits, says what nobody can read, and proposes one removal after the other.
 */
public final class HostileMember implements WireTap {
    /** The confirmation tag stands before the membership tag, which ends a commit. */
    private static final int MEMBERSHIP_TAG_BYTES = 33;

    private static final int JUNK_BYTES_MAX = 2_000;
    private static final int PROPOSALS = 20;
    private static final byte[] NOBODY_SAID = {1, 2, 3};

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final Chronicle chronicle;
    private final Supplier<SimulatedDevice> device;
    private final Map<Long, Submit> underWay = new HashMap<>();
    private long requests = SimulatedDevice.INJECTED_FROM;
    private boolean running = true;

    /** What is wrong with a commit. */
    private enum Fault {
        MEMBERSHIP_TAG,
        CONFIRMATION_TAG,
        EXTERNAL_PUB
    }

    /** The supplier gives the member's present device. */
    public HostileMember(
            Scheduler scheduler, Trace trace, Seed seed, Chronicle chronicle, Supplier<SimulatedDevice> device) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("hostile member");
        this.chronicle = chronicle;
        this.device = device;
    }

    /** From now on it does something about this often. */
    public void begin(long everyMillis) {
        scheduler.after(seed.between(0, 2 * everyMillis), () -> {
            if (running) {
                act();
                begin(everyMillis);
            }
        });
    }

    /** It does no such thing any more. */
    public void end() {
        running = false;
    }

    private void act() {
        SimulatedDevice own = device.get();
        List<ChannelState> channels = own.engine().map(DeviceEngine::channels).orElse(List.of()).stream()
                .filter(channel -> channel.membership() == Membership.MEMBER)
                .toList();
        if (channels.isEmpty()) {
            return;
        }
        ChannelId channel = seed.pick(channels).id();
        Optional<Group> group =
                GroupVault.load(own.disk(), channel, seed, () -> Instant.ofEpochMilli(scheduler.nowMillis()));
        if (group.isEmpty()) {
            return;
        }
        try {
            int what = seed.below(10);
            if (what < 5) {
                commit(channel, group.get(), seed.pick(List.of(Fault.values())));
            } else if (what < 8) {
                sayJunk(channel, group.get());
            } else {
                propose(channel, group.get());
            }
        } catch (MlsException e) {
            throw new IllegalStateException("the hostile member cannot do what it wants", e);
        }
    }

    private static SignatureKeyPair deviceKey(SimulatedDevice own) {
        try {
            StoredAccount account = StoredAccount.parseFrom(
                    own.disk().get(DeviceTable.ACCOUNT, Bytes.ofUtf8("account")).orElseThrow());
            return Ed25519.keyPair(account.getDevicePrivateKey().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an account that cannot be parsed", e);
        }
    }

    private void commit(ChannelId channel, Group group, Fault fault) throws MlsException {
        SignatureKeyPair key = deviceKey(device.get());
        IdempotencyKey name = IdempotencyKey.random(seed);
        CommitBuilder builder = group.commit().authenticatedData(name.bytes().toByteArray());
        int members = group.members().size();
        if (members > 2 && seed.chance(0.4)) {
            int victim = group.members().get(seed.below(members)).leafIndex();
            if (victim != group.ownLeafIndex()) {
                builder.remove(victim);
            }
        }
        CommitBundle bundle = builder.build();
        byte[] commit = bundle.commit().toByteArray();
        Bytes groupInfo = bundle.groupInfo();
        switch (fault) {
            case MEMBERSHIP_TAG -> commit[commit.length - 1] ^= 1;
            case CONFIRMATION_TAG -> commit[commit.length - 1 - MEMBERSHIP_TAG_BYTES] ^= 1;
            case EXTERNAL_PUB -> groupInfo = astray(group, bundle, key);
        }
        Bytes payload = CommitSignature.sign(
                key, channel, name, new CommitSignature.Parts(Bytes.of(commit), Bytes.EMPTY, groupInfo, 0));
        chronicle.count(Happening.HOSTILE_COMMIT);
        handOver(channel, RecordKind.COMMIT, group.epoch(), name, payload);
    }

    /** Who returns by this returns into nothing. */
    private Bytes astray(Group group, CommitBundle bundle, SignatureKeyPair key) throws MlsException {
        Bytes nobodys = group.publicGroup().suite().generateKeyPair(seed).publicKey();
        GroupInfo info = GroupInfo.sign(
                bundle.after().context(),
                List.of(ExternalPub.toExtension(nobodys)),
                bundle.after().confirmationTag(),
                group.ownLeafIndex(),
                key);
        return Bytes.of(new MlsMessage.OfGroupInfo(info.content()).encode());
    }

    /** What has a message's frame and no sense, or has no frame either. */
    private void sayJunk(ChannelId channel, Group group) throws MlsException {
        byte[] junk = seed.bytes(1 + seed.below(JUNK_BYTES_MAX));
        if (seed.chance(0.7)) {
            junk = group.protect(seed.chance(0.5) ? junk : NOBODY_SAID, new byte[0]);
            if (seed.chance(0.5)) {
                junk[junk.length - 1 - seed.below(10)] ^= 1;
            }
        }
        chronicle.count(Happening.HOSTILE_JUNK);
        handOver(channel, RecordKind.APPLICATION, group.epoch(), IdempotencyKey.random(seed), Bytes.of(junk));
    }

    private void propose(ChannelId channel, Group group) throws MlsException {
        for (int i = 0; i < PROPOSALS; i++) {
            int victim = seed.pick(group.members()).leafIndex();
            IdempotencyKey name = IdempotencyKey.random(seed);
            byte[] proposal =
                    group.propose(new ProposalDraft.Remove(victim), name.bytes().toByteArray());
            chronicle.count(Happening.HOSTILE_PROPOSAL);
            handOver(channel, RecordKind.PROPOSAL, group.epoch(), name, Bytes.of(proposal));
        }
    }

    private void handOver(ChannelId channel, RecordKind kind, long epoch, IdempotencyKey name, Bytes payload) {
        trace.line(device.get().host(), "its client hands over a " + kind + " of epoch " + epoch + " in " + channel);
        send(Submit.newBuilder()
                .setChannelId(ByteString.copyFrom(channel.bytes().toByteArray()))
                .setKind(kind)
                .setEpoch(epoch)
                .setIdempotencyKey(ByteString.copyFrom(name.bytes().toByteArray()))
                .setPayload(ByteString.copyFrom(payload.toByteArray()))
                .setDeviceSeq(1)
                .build());
    }

    private void send(Submit submit) {
        long request = requests++;
        underWay.put(request, submit);
        device.get()
                .inject(ClientFrame.newBuilder()
                        .setRequestId(request)
                        .setSubmit(submit)
                        .build()
                        .toByteArray());
    }

    @Override
    public void sent(End from, byte[] frame) {
        // It listens to what comes.
    }

    /** How its server counts, it learns from the answer. */
    @Override
    public void delivered(End to, byte[] frame) {
        if (to.port() != Port.CLIENT
                || !to.dialled()
                || !to.host().equals(device.get().host())) {
            return;
        }
        try {
            ServerFrame answer = ServerFrame.parseFrom(frame);
            Submit submit = underWay.remove(answer.getRequestId());
            if (submit != null) {
                trace.line(
                        to.host(),
                        "its client is answered " + answer.getBodyCase() + " "
                                + answer.getError().getCode()
                                + answer.getReceipt().getStatus());
                if (answer.getError().getCode() == ErrorCode.GAP) {
                    scheduler.after(
                            0,
                            () -> send(submit.toBuilder()
                                    .setDeviceSeq(answer.getError().getExpected())
                                    .build()));
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a server sent what cannot be parsed", e);
        }
    }
}
