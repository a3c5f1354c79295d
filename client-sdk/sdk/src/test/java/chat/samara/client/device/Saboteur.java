package chat.samara.client.device;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.ExternalCommit;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.group.Sabotage;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.RecordKind;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A member whose device also sends what its engine would never make. */
final class Saboteur {
    private final Village village;
    private final Resident member;
    private long epoch;
    private Optional<IdempotencyKey> lastKey = Optional.empty();

    Saboteur(Village village, Resident member) {
        this.village = village;
        this.member = member;
    }

    /** Commits, with this fault, in the epoch that its device is in. What the hub made of it. */
    Receipt commit(ChannelId channel, Sabotage.Fault fault) {
        Bytes payload = payload(channel, fault);
        return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
    }

    /** The payload of such a commit, for a server to do with as it likes. */
    Bytes payload(ChannelId channel, Sabotage.Fault fault) {
        Group group = GroupVault.load(member.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                .orElseThrow();
        epoch = group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            CommitBundle bundle =
                    Sabotage.commit(group, own().deviceKey(), lastKey().bytes(), fault, village.random());
            return CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(bundle.commit(), Bytes.EMPTY, bundle.groupInfo(), 0));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** Adds a member by a commit that is in order but for its GroupInfo: who returns by that returns into nothing. */
    Receipt addAstray(ChannelId channel, Resident other) {
        return add(channel, other, true);
    }

    /** Adds a member by a commit that is in order but for its Welcome, which does not open. */
    Receipt addUnwelcome(ChannelId channel, Resident other) {
        return add(channel, other, false);
    }

    /** Removes a member's leaf and adds a fresh one of the same device, by one commit that is in order. */
    Receipt exchange(ChannelId channel, Resident other) {
        return exchange(channel, other, false);
    }

    /** The same, by a commit whose Welcome does not open. */
    Receipt exchangeUnwelcome(ChannelId channel, Resident other) {
        return exchange(channel, other, true);
    }

    private Receipt exchange(ChannelId channel, Resident other, boolean spoilt) {
        Group group = group(channel);
        return commit(channel, group, Optional.of(leafOf(group, other)), List.of(keyPackageOf(group, other)), spoilt);
    }

    /** Removes a member's leaf and adds several fresh ones of it, by one commit that is in order. */
    Receipt exchangeFor(ChannelId channel, Resident other, List<byte[]> keyPackages) {
        Group group = group(channel);
        return commit(channel, group, Optional.of(leafOf(group, other)), keyPackages, false);
    }

    /** Adds a leaf by a KeyPackage that was claimed before, by a commit that is in order. */
    Receipt addBy(ChannelId channel, byte[] keyPackage) {
        return commit(channel, group(channel), Optional.empty(), List.of(keyPackage), false);
    }

    byte[] keyPackageOf(ChannelId channel, Resident other) {
        return keyPackageOf(group(channel), other);
    }

    private byte[] keyPackageOf(Group group, Resident other) {
        return Objects.requireNonNull(village.server.devices.get(
                        other.engine().account().orElseThrow().device()))
                .take(group.publicGroup().suite().code())
                .orElseThrow()
                .toByteArray();
    }

    private Receipt commit(
            ChannelId channel, Group group, Optional<Integer> removed, List<byte[]> added, boolean spoilt) {
        epoch = group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            CommitBuilder builder =
                    group.commit().authenticatedData(lastKey().bytes().toByteArray());
            if (removed.isPresent()) {
                builder.remove(removed.get());
            }
            for (byte[] keyPackage : added) {
                builder.add(MlsMessage.decode(keyPackage).requireKeyPackage().verify(new DeviceAuthentication()));
            }
            CommitBundle bundle = builder.build();
            byte[] welcome = bundle.welcome().orElseThrow().toByteArray();
            if (spoilt) {
                spoil(welcome);
            }
            Bytes payload = CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(bundle.commit(), Bytes.of(welcome), bundle.groupInfo(), 0));
            return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** The end of what is encrypted under the joiner secret. */
    private static void spoil(byte[] welcome) {
        welcome[welcome.length - 1] ^= 1;
    }

    private Receipt add(ChannelId channel, Resident other, boolean astray) {
        Group group = GroupVault.load(member.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                .orElseThrow();
        epoch = group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            byte[] keyPackage = keyPackageOf(group, other);
            CommitBundle bundle = group.commit()
                    .authenticatedData(lastKey().bytes().toByteArray())
                    .add(MlsMessage.decode(keyPackage).requireKeyPackage().verify(new DeviceAuthentication()))
                    .build();
            byte[] welcome = bundle.welcome().orElseThrow().toByteArray();
            if (!astray) {
                spoil(welcome);
            }
            Bytes payload = CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(
                            bundle.commit(),
                            Bytes.of(welcome),
                            astray ? astray(group, bundle) : bundle.groupInfo(),
                            0));
            return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private Bytes astray(Group group, CommitBundle bundle) throws MlsException {
        GroupInfo astray = GroupInfo.sign(
                bundle.after().context(),
                List.of(ExternalPub.toExtension(group.publicGroup()
                        .suite()
                        .generateKeyPair(village.random())
                        .publicKey())),
                bundle.after().confirmationTag(),
                group.ownLeafIndex(),
                own().deviceKey());
        return Bytes.of(new MlsMessage.OfGroupInfo(astray.content()).encode());
    }

    /**
     * Changes the GroupContext's extensions.
     *
     * @param asked whether the hub judges it; else it is one of before, which orders what MLS takes
     */
    Receipt extend(ChannelId channel, List<Extension> extensions, boolean asked) {
        Group group = group(channel);
        epoch = group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            CommitBundle bundle = group.commit()
                    .authenticatedData(lastKey().bytes().toByteArray())
                    .groupContextExtensions(extensions)
                    .build();
            Bytes payload = CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(bundle.commit(), Bytes.EMPTY, bundle.groupInfo(), 0));
            if (asked) {
                return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
            }
            village.server.channel(channel).commitUnruly(lastKey(), device(), payload);
            village.server.push();
            village.settle();
            return Receipt.getDefaultInstance();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns though nothing is wrong, and says that it could not process the commit that began an epoch. */
    Receipt accuse(ChannelId channel, long refusedEpoch) {
        FakeChannel log = village.server.channel(channel);
        epoch = log.group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            int leaf = log.roster().device(device()).orElseThrow().leafIndex();
            ExternalCommit join = Group.joinExternal(
                            log.groupInfo(),
                            Optional.of(log.group.ratchetTree()),
                            own().credential(),
                            own().deviceKey(),
                            new GroupEnvironment(
                                    new DeviceAuthentication(),
                                    village.random(),
                                    () -> Instant.ofEpochMilli(village.now)))
                    .replacing(leaf)
                    .authenticatedData(lastKey().bytes().toByteArray())
                    .build(OwnLeaf.capabilities());
            Bytes payload = CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(
                            join.bundle().commit(), Bytes.EMPTY, join.bundle().groupInfo(), refusedEpoch));
            return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** Removes a member by a commit whose membership tag only observers take. */
    Receipt removeUntagged(ChannelId channel, Resident removed) {
        Group group = group(channel);
        epoch = group.epoch();
        lastKey = Optional.of(IdempotencyKey.random(village.random()));
        try {
            CommitBundle bundle = group.commit()
                    .authenticatedData(lastKey().bytes().toByteArray())
                    .remove(leafOf(group, removed))
                    .build();
            byte[] untagged = bundle.commit().toByteArray();
            untagged[untagged.length - 1] ^= 1;
            Bytes payload = CommitSignature.sign(
                    own().deviceKey(),
                    channel,
                    lastKey(),
                    new CommitSignature.Parts(Bytes.of(untagged), Bytes.EMPTY, bundle.groupInfo(), 0));
            return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** Proposes a member's removal, with a membership tag that only observers take. */
    Proposed proposeUntagged(ChannelId channel, Resident removed) {
        Group group = group(channel);
        propose(channel, group, removed, true);
        return new Proposed(channel, group);
    }

    /** Proposes the removals, one after the other as a member may; who commits them is left to {@link Proposed#commit}. */
    Proposed propose(ChannelId channel, Resident removed) {
        Group group = group(channel);
        propose(channel, group, removed, false);
        return new Proposed(channel, group);
    }

    /** A group of the member's in which a proposal waits that stands in the log. */
    final class Proposed {
        private final ChannelId channel;
        private final Group group;

        private Proposed(ChannelId channel, Group group) {
            this.channel = channel;
            this.group = group;
        }

        /** Commits the proposal by its reference. */
        Receipt commit() {
            lastKey = Optional.of(IdempotencyKey.random(village.random()));
            try {
                CommitBundle bundle = group.commit()
                        .authenticatedData(lastKey().bytes().toByteArray())
                        .build();
                Bytes payload = CommitSignature.sign(
                        own().deviceKey(),
                        channel,
                        lastKey(),
                        new CommitSignature.Parts(bundle.commit(), Bytes.EMPTY, bundle.groupInfo(), 0));
                return village.server.order(channel, device(), RecordKind.COMMIT, epoch, lastKey(), payload);
            } catch (MlsException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Receipt propose(ChannelId channel, Group group, Resident removed, boolean untagged) {
        return propose(channel, group, new ProposalDraft.Remove(leafOf(group, removed)), untagged);
    }

    private static int leafOf(Group group, Resident member) {
        DeviceId device = member.engine().account().orElseThrow().device();
        return Rosters.of(group).device(device).orElseThrow().leafIndex();
    }

    /** Proposes whatever it is. */
    Receipt propose(ChannelId channel, ProposalDraft draft) {
        return propose(channel, group(channel), draft, false);
    }

    private Receipt propose(ChannelId channel, Group group, ProposalDraft draft, boolean untagged) {
        epoch = group.epoch();
        IdempotencyKey key = IdempotencyKey.random(village.random());
        try {
            byte[] message = group.propose(draft, key.bytes().toByteArray());
            if (untagged) {
                message[message.length - 1] ^= 1;
            }
            return village.server.order(channel, device(), RecordKind.PROPOSAL, epoch, key, Bytes.of(message));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private Group group(ChannelId channel) {
        return GroupVault.load(member.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                .orElseThrow();
    }

    /** The key of the last commit. */
    IdempotencyKey lastKey() {
        return lastKey.orElseThrow();
    }

    DeviceId device() {
        return own().device();
    }

    private OwnIdentity own() {
        return OwnIdentity.of(
                member.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
    }
}
