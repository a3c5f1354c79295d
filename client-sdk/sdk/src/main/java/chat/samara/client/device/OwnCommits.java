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
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** The commit by which this device carries out a change: how it is built, and what follows when it has won, lost its race or was refused. */
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

    void commit(Turn turn, LiveChannel channel, OwnIdentity own, long number, StoredIntent intent) {
        Group group = vault.group(turn, channel, own);
        IdempotencyKey key = IdempotencyKey.random(random);
        long epoch = group.epoch();
        CommitBundle bundle;
        try {
            // What others proposed is left out: it would happen in this member's name, past every question that is put
            // to a person, and if the hub takes no commit of it, nobody could change the channel any more.
            CommitBuilder builder = group.commit()
                    .includePendingProposals(false)
                    .authenticatedData(key.bytes().toByteArray());
            Optional<Refusal> refusal = fill(turn, builder, channel, group, intent);
            if (refusal.isPresent()) {
                intents.settle(turn, channel, number, OptionalLong.empty(), refusal);
                return;
            }
            bundle = builder.build();
        } catch (RefusedKeyPackageException e) {
            // It was in order when it was claimed, and has grown too old while the commit waited or lost races.
            claimAnew(turn, channel, number, intent, Claims.refusal(HistoryBook.user(intent.getAdd()), e));
            return;
        } catch (MlsException e) {
            Refusal problem =
                    new Refusal(RefusalCode.INVALID_HANDSHAKE, "the commit could not be built: " + e.getMessage());
            if (intent.getAttempts() > 0) {
                claimAnew(turn, channel, number, intent, problem);
            } else {
                noteIfAnyIsRefused(channel, number, epoch, problem);
                intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
            }
            return;
        }
        vault.save(turn, channel, group);
        channel.save(turn);
        Intents.write(
                turn, channel, number, intent.toBuilder().setCommitIsHere(true).build());
        Bytes payload = CommitSignature.sign(
                own.deviceKey(),
                channel.id(),
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), 0));
        outgoing.add(
                turn,
                channel,
                StoredOutgoing.newBuilder()
                        .setKind(StoredOutgoingKind.COMMIT)
                        .setState(StoredOutgoingState.SEALED)
                        .setIdempotencyKey(Stored.bytes(key.bytes()))
                        .setEpoch(epoch)
                        .setPayload(Stored.bytes(payload))
                        .setIntent(number)
                        .build());
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

    /** Puts the change into the commit; gives back why it must not be made, if so. */
    private Optional<Refusal> fill(
            Turn turn, CommitBuilder builder, LiveChannel channel, Group group, StoredIntent intent)
            throws RefusedKeyPackageException {
        switch (intent.getChangeCase()) {
            case ADD -> {
                List<Bytes> identityKeys = new ArrayList<>();
                ClaimedDevices devices = new ClaimedDevices(
                        HistoryBook.user(intent.getAdd()),
                        channel.genesis().cipherSuite(),
                        turn.wallMillis(),
                        vault.environment());
                for (ByteString keyPackage : intent.getKeyPackagesList()) {
                    KeyPackage checked = devices.check(keyPackage.toByteArray());
                    identityKeys.add(devices.certificate(checked).identityKey());
                    builder.add(checked);
                }
                return Pins.admit(turn, HistoryBook.user(intent.getAdd()), identityKeys);
            }
            case REMOVE ->
                Rosters.of(group)
                        .devicesOf(HistoryBook.user(intent.getRemove()))
                        .forEach(member -> builder.remove(member.leafIndex()));
            case UPDATE, CHANGE_NOT_SET -> builder.update();
        }
        return Optional.empty();
    }

    /** The log shows the own commit. */
    void won(Turn turn, LiveChannel channel, OutgoingHead commit, long seq) {
        long intent = commit.intent;
        outgoing.remove(turn, channel, commit);
        if (channel.intents().containsKey(intent)) {
            intents.done(turn, channel, intent, seq);
        }
        channel.changes().lostEpoch = Optional.empty();
        channel.changes().notBeforeMillis = 0;
    }

    /** The log shows another commit of the same epoch: the own one can't be in it any more. The group has dropped it. */
    void overtaken(Turn turn, LiveChannel channel, OutgoingHead commit) {
        outgoing.remove(turn, channel, commit);
        intents.lost(
                turn,
                channel,
                commit.intent,
                new Refusal(RefusalCode.STALE_EPOCH, "other commits won every race; try again"),
                0);
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
        if (commit.raceLost()) {
            channel.changes().lostEpoch = Optional.of(commit.head().epoch);
            intents.lost(turn, channel, commit.head().intent, commit.refusal(), 0);
        } else if (commit.refusal().code() == RefusalCode.LIMIT_REACHED) {
            intents.lost(turn, channel, commit.head().intent, commit.refusal(), Limits.COMMIT_RETRY_MILLIS);
        } else if (Intents.isOpen(channel, commit.head().intent)) {
            noteIfAnyIsRefused(channel, commit.head().intent, commit.head().epoch, commit.refusal());
            intents.settle(turn, channel, commit.head().intent, OptionalLong.empty(), Optional.of(commit.refusal()));
        }
    }

    /** Where not even a change of nothing but keys is taken, none is in that epoch. */
    private static void noteIfAnyIsRefused(LiveChannel channel, long number, long epoch, Refusal why) {
        if (Objects.requireNonNull(channel.intents().get(number)).hasUpdate()) {
            channel.changes().refusedEpoch = Optional.of(new RefusedEpoch(epoch, why));
        }
    }
}
