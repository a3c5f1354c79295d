package chat.samara.client.device;

import chat.samara.client.device.Dispatch.LostCommit;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.RefusedEpoch;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The commit by which this device carries out changes of one kind, as many as it holds: how it is built, and what follows when it has won, lost its race or was
 * refused. Of a refusal it is not known which of them it is for: half of them are tried next, down to one, which is refused by itself; after each commit that
 * is taken, twice as many; and after each other one that is refused by itself a longer pause.
 */
final class OwnCommits {
    private final EngineConfig config;
    private final RandomSource random;
    private final GroupVault vault;
    private final Intents intents;
    private final OutgoingRows outgoing;

    OwnCommits(EngineConfig config, RandomSource random, GroupVault vault, Intents intents, OutgoingRows outgoing) {
        this.config = config;
        this.random = random;
        this.vault = vault;
        this.intents = intents;
        this.outgoing = outgoing;
    }

    /** That which is under way. */
    static Optional<OutgoingHead> underWay(LiveChannel channel) {
        return channel.queue().commit();
    }

    /** Builds the commit of these changes, which are of one kind; of those that must not be made it settles each by itself. */
    void commit(Turn turn, LiveChannel channel, OwnIdentity own, NavigableMap<Long, StoredIntent> changes) {
        Group group = vault.group(turn, channel, own);
        IdempotencyKey key = IdempotencyKey.random(random);
        long epoch = group.epoch();
        channel.changes().gathersSinceMillis = 0;
        NavigableMap<Long, StoredIntent> carried = new TreeMap<>();
        CommitBundle bundle;
        try {
            // What others proposed is left out: it would happen in this member's name, past every question that is put
            // to a person, and if the hub takes no commit of it, nobody could change the channel any more.
            CommitBuilder builder = group.commit()
                    .includePendingProposals(false)
                    .authenticatedData(key.bytes().toByteArray());
            if (!channel.changes().isLeafTooLarge) {
                builder.changeLeaf(OwnLeaf.renewal(group));
            }
            Roster roster = Rosters.of(group);
            changes.forEach((number, intent) -> {
                if (put(turn, channel, builder, roster, number, intent)) {
                    carried.put(number, intent);
                }
            });
            if (carried.isEmpty()) {
                return;
            }
            bundle = builder.build();
        } catch (MlsException e) {
            notBuilt(turn, channel, carried, epoch, "the commit could not be built: " + e.getMessage());
            return;
        }
        Bytes payload = CommitSignature.sign(
                own.deviceKey(),
                channel.id(),
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), 0));
        if (payload.size() > chat.samara.wire.Limits.PAYLOAD_BYTES_MAX && carried.size() > 1) {
            group.clearPendingCommit();
            fewer(turn, channel, carried.size());
            return;
        }
        vault.save(turn, channel, group);
        channel.save(turn);
        long first = carried.firstKey();
        Intents.write(
                turn,
                channel,
                first,
                carried.firstEntry().getValue().toBuilder()
                        .setCommitIsHere(true)
                        .build());
        outgoing.add(
                turn,
                channel,
                StoredOutgoing.newBuilder()
                        .setKind(StoredOutgoingKind.COMMIT)
                        .setState(StoredOutgoingState.SEALED)
                        .setIdempotencyKey(Stored.bytes(key.bytes()))
                        .setEpoch(epoch)
                        .setPayload(Stored.bytes(payload))
                        .setIntent(first)
                        .addAllFurtherIntents(carried.tailMap(first, false).keySet())
                        .build());
    }

    /** Puts a change into the commit. Returns whether it is in; if not, it is settled, or tried again later. */
    private boolean put(
            Turn turn, LiveChannel channel, CommitBuilder builder, Roster roster, long number, StoredIntent intent) {
        switch (intent.getChangeCase()) {
            case ADD -> {
                UserId member = HistoryBook.user(intent.getAdd());
                try {
                    List<KeyPackage> keyPackages = new ArrayList<>();
                    Optional<Refusal> refusal = check(turn, channel, member, intent, keyPackages);
                    if (refusal.isPresent()) {
                        intents.settle(turn, channel, number, OptionalLong.empty(), refusal);
                        return false;
                    }
                    keyPackages.forEach(builder::add);
                } catch (RefusedKeyPackageException e) {
                    // It was in order when it was claimed, and has grown too old while the commit waited or lost races.
                    claimAnew(turn, channel, number, intent, Claims.refusal(member, e));
                    return false;
                }
            }
            case REMOVE ->
                roster.devicesOf(HistoryBook.user(intent.getRemove()))
                        .forEach(member -> builder.remove(member.leafIndex()));
            case UPDATE, CHANGE_NOT_SET -> builder.update();
        }
        return true;
    }

    /** Gives back why the member must not be added, if so. */
    private Optional<Refusal> check(
            Turn turn, LiveChannel channel, UserId member, StoredIntent intent, List<KeyPackage> checked)
            throws RefusedKeyPackageException {
        List<Bytes> identityKeys = new ArrayList<>();
        ClaimedDevices devices =
                new ClaimedDevices(member, channel.genesis().cipherSuite(), turn.wallMillis(), vault.environment());
        for (ByteString message : intent.getKeyPackagesList()) {
            KeyPackage keyPackage = devices.check(message.toByteArray());
            identityKeys.add(devices.certificate(keyPackage).identityKey());
            checked.add(keyPackage);
        }
        return Pins.admit(turn, member, identityKeys);
    }

    /** One of them does not go with the group, or with another: which one, a commit of fewer shows. */
    private void notBuilt(
            Turn turn, LiveChannel channel, NavigableMap<Long, StoredIntent> carried, long epoch, String sentence) {
        if (carried.size() > 1) {
            fewer(turn, channel, carried.size());
            return;
        }
        Refusal problem = new Refusal(RefusalCode.INVALID_HANDSHAKE, sentence);
        carried.forEach((number, intent) -> {
            if (intent.getAttempts() > 0) {
                claimAnew(turn, channel, number, intent, problem);
            } else {
                noteIfAnyIsRefused(channel, number, epoch, problem);
                intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
            }
        });
    }

    private static void fewer(Turn turn, LiveChannel channel, int tooMany) {
        channel.changes().perCommitMax = tooMany / 2;
        turn.touch(channel);
    }

    /** An addition may go through with other KeyPackages than those that were claimed; but that is not tried for ever. */
    private void claimAnew(Turn turn, LiveChannel channel, long number, StoredIntent intent, Refusal problem) {
        if (intent.hasAdd() && intent.getAttempts() + 1 < config.changeAttemptsMax()) {
            StoredIntent fresh =
                    intent.toBuilder().clearKeyPackages().clearClaimId().build();
            intents.retryLater(turn, channel, number, fresh, 0);
        } else {
            intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
        }
    }

    /** The log shows the own commit. */
    void won(Turn turn, LiveChannel channel, OwnIdentity own, OutgoingHead commit, long seq) {
        outgoing.remove(turn, channel, commit);
        commit.intents.forEach(intent -> {
            if (channel.intents().containsKey(intent)) {
                intents.done(turn, channel, intent, seq);
            }
        });
        channel.changes().perCommitMax = Math.min(Limits.CHANGES_PER_COMMIT_MAX, 2 * channel.changes().perCommitMax);
        channel.changes().lostEpoch = Optional.empty();
        channel.changes().notBeforeMillis = 0;
        channel.changes().refusedKinds.clear();
        Renewals.made(turn, channel, own);
    }

    /** The log shows another commit of the same epoch: the own one can't be in it any more. The group has dropped it. */
    void overtaken(Turn turn, LiveChannel channel, OutgoingHead commit) {
        outgoing.remove(turn, channel, commit);
        Refusal why = new Refusal(RefusalCode.STALE_EPOCH, "other commits won every race; try again");
        commit.intents.forEach(intent -> intents.lost(turn, channel, intent, why, 0));
        channel.changes().lostEpoch = Optional.empty();
    }

    /** The hub, or the own server, refused the own commit. */
    void rejected(Turn turn, LiveChannel channel, OwnIdentity own, LostCommit commit) {
        outgoing.remove(turn, channel, commit.head());
        if (!channel.hasGroup()) {
            return;
        }
        Group group = vault.group(turn, channel, own);
        group.clearPendingCommit();
        vault.save(turn, channel, group);
        channel.save(turn);
        NavigableSet<Long> carried = commit.head().intents;
        boolean isLeafTooLarge = commit.refusal().code() == RefusalCode.TOO_LARGE
                && !channel.changes().isLeafTooLarge
                && !OwnLeaf.renewal(group).equals(LeafChange.NONE);
        if (isLeafTooLarge) {
            // There may be room without what a leaf of this version lists beyond an old one.
            channel.changes().isLeafTooLarge = true;
            carried.forEach(intent -> intents.lost(turn, channel, intent, commit.refusal(), 0));
        } else if (commit.raceLost()) {
            channel.changes().lostEpoch = Optional.of(commit.head().epoch);
            carried.forEach(intent -> intents.lost(turn, channel, intent, commit.refusal(), 0));
        } else if (commit.refusal().code() == RefusalCode.LIMIT_REACHED) {
            carried.forEach(
                    intent -> intents.lost(turn, channel, intent, commit.refusal(), Limits.COMMIT_RETRY_MILLIS));
        } else if (carried.size() > 1) {
            fewer(turn, channel, carried.size());
        } else if (Intents.isOpen(channel, commit.head().intent)) {
            noteIfAnyIsRefused(channel, commit.head().intent, commit.head().epoch, commit.refusal());
            intents.refused(turn, channel, commit.head().intent, commit.refusal());
        }
    }

    /** Where not even a change of nothing but keys is taken, none is in that epoch. */
    private static void noteIfAnyIsRefused(LiveChannel channel, long number, long epoch, Refusal why) {
        if (Objects.requireNonNull(channel.intents().get(number)).hasUpdate()) {
            channel.changes().refusedEpoch = Optional.of(new RefusedEpoch(epoch, why));
        }
    }
}
