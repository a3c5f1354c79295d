package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Dispatch.LostCommit;
import chat.samara.client.device.LiveChannel.ChangeState;
import chat.samara.client.device.LiveChannel.OutgoingHead;
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
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What this device wants to change in a channel: rows of INTENT, carried out one after the other. Durable is the
 * intent, not only its commit: if another commit wins, the winner is applied, the intent is looked at again, and if it still makes
 * sense a new commit is built for the new epoch, after a jittered wait, so many times at most.
 */
final class Changes {
    private static final int CLAIM_ID_BYTES = 16;

    private final EngineConfig config;
    private final RandomSource random;
    private final Jitter jitter;
    private final Link link;
    private final GroupVault vault;
    private final OutgoingRows outgoing;
    private final Observers observers;

    /** Who waits for an intent's end; lost in a crash, the intent is not. */
    private final Map<Waiter, Long> commands = new TreeMap<>();

    private record Waiter(ChannelId channel, long intent) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            int byChannel = channel.compareTo(other.channel);
            return byChannel != 0 ? byChannel : Long.compare(intent, other.intent);
        }
    }

    Changes(
            EngineConfig config,
            RandomSource random,
            Jitter jitter,
            Link link,
            GroupVault vault,
            OutgoingRows outgoing,
            Observers observers) {
        this.config = config;
        this.random = random;
        this.jitter = jitter;
        this.link = link;
        this.vault = vault;
        this.outgoing = outgoing;
        this.observers = observers;
    }

    /** Takes a new intent, or refuses it at once where it makes no sense now. */
    void ask(Turn turn, LiveChannel channel, OwnIdentity own, Change change, long command) {
        Optional<Refusal> refusal = refusalNow(turn, channel, own, change);
        if (refusal.isPresent()) {
            turn.complete(command, new Outcome.Refused(refusal.get()));
            return;
        }
        commands.put(new Waiter(channel.id(), add(turn, channel, change)), command);
    }

    private long add(Turn turn, LiveChannel channel, Change change) {
        StoredIntent.Builder row = StoredIntent.newBuilder();
        if (change instanceof Change.Add add) {
            row.setAdd(add.member().toString());
        } else if (change instanceof Change.Remove remove) {
            row.setRemove(remove.member().toString());
        } else {
            row.setUpdate(true);
        }
        long number = channel.takeNumber();
        channel.save(turn);
        write(turn, channel, number, row.build());
        turn.touch(channel);
        return number;
    }

    private Optional<Refusal> refusalNow(Turn turn, LiveChannel channel, OwnIdentity own, Change change) {
        if (!channel.hasGroup()) {
            return Optional.of(Refusals.notAMember(channel));
        }
        if (channel.intents().size() >= Limits.INTENTS_MAX) {
            return Optional.of(new Refusal(
                    RefusalCode.LIMIT_REACHED,
                    Limits.INTENTS_MAX + " changes of this channel wait already; try later"));
        }
        if (change instanceof Change.Remove remove) {
            if (remove.member().equals(own.user())) {
                return Optional.of(new Refusal(
                        RefusalCode.CANNOT_REMOVE_SELF, "a device cannot remove its own member; ask another member"));
            }
            if (!roster(turn, channel, own).hasUser(remove.member())) {
                return Optional.of(
                        new Refusal(RefusalCode.NOT_A_MEMBER, remove.member() + " is not a member of the channel"));
            }
        }
        return change instanceof Change.Add add
                ? refusalToAdd(observers.of(turn, channel, own).group(), add.member())
                : Optional.empty();
    }

    private static Optional<Refusal> refusalToAdd(PublicGroup group, UserId member) {
        if (Rosters.of(group).hasUser(member)) {
            return Optional.of(
                    new Refusal(RefusalCode.ALREADY_A_MEMBER, member + " is a member of the channel already"));
        }
        return Rosters.withTwoKeys(group.members())
                .map(twice -> new Refusal(
                        RefusalCode.IDENTITY_KEYS_DIFFER,
                        twice + " stands in the channel with different identity keys, and " + member
                                + " could not join while they do; remove " + twice
                                + " first, and add them anew when you know which key is theirs"));
    }

    /** Who is in the channel by its log, also while this device's group is behind that. */
    private Roster roster(Turn turn, LiveChannel channel, OwnIdentity own) {
        return Rosters.of(observers.of(turn, channel, own).group());
    }

    /** Does the next step of the channel's oldest intent, if there is one to do now. */
    void step(Turn turn, LiveChannel channel, OwnIdentity own) {
        ChangeState state = channel.changes();
        if (!own.isSound() || !mayCommit(channel) || state.claiming || commitIsUnderWay(channel)) {
            return;
        }
        if (channel.intents().isEmpty()) {
            proposeOnBehalfOfOthers(turn, channel, own);
            return;
        }
        boolean raceOver = state.lostEpoch.isEmpty() || channel.row().getEpoch() > state.lostEpoch.get();
        if (turn.monotonicMillis() < state.notBeforeMillis
                || (!raceOver && turn.monotonicMillis() < state.notBeforeMillis + config.retryMillisMax())) {
            return;
        }
        long number = channel.intents().firstEntry().getKey();
        StoredIntent intent = channel.intents().firstEntry().getValue();
        Group group = vault.group(turn, channel, own);
        if (isFulfilled(group, intent)) {
            settle(
                    turn,
                    channel,
                    number,
                    OptionalLong.of(channel.row().getSeq()),
                    fulfilledOtherwise(turn, group, intent));
        } else if (intent.hasAdd() && intent.getKeyPackagesCount() == 0) {
            claim(turn, channel, number, intent);
        } else {
            commit(turn, channel, own, number, intent);
        }
    }

    /** RFC 9420 §12.4: who has seen a proposal sends no application data before somebody commits it; so this device does. */
    private void proposeOnBehalfOfOthers(Turn turn, LiveChannel channel, OwnIdentity own) {
        boolean waiting = channel.queue().firstComposed().isPresent()
                && !channel.changes()
                        .refusedEpoch
                        .equals(Optional.of(channel.row().getEpoch()));
        if (waiting && vault.group(turn, channel, own).hasPendingProposals()) {
            add(turn, channel, new Change.Update());
        }
    }

    /** When {@link #step} has something to do again; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        ChangeState state = channel.changes();
        if (channel.intents().isEmpty() || !mayCommit(channel) || state.claiming || commitIsUnderWay(channel)) {
            return Optional.empty();
        }
        boolean raceOver = state.lostEpoch.isEmpty() || channel.row().getEpoch() > state.lostEpoch.get();
        return Optional.of(raceOver ? state.notBeforeMillis : state.notBeforeMillis + config.retryMillisMax());
    }

    /** As with messages: nothing is sealed before the hub's word for the log as it is read here has come. */
    private boolean mayCommit(LiveChannel channel) {
        return channel.is(Membership.MEMBER) && link.isOnline() && channel.reading().caughtUp && channel.isVouched();
    }

    private static boolean commitIsUnderWay(LiveChannel channel) {
        return ownCommit(channel).isPresent();
    }

    static Optional<OutgoingHead> ownCommit(LiveChannel channel) {
        return channel.queue().commit();
    }

    private static boolean isFulfilled(Group group, StoredIntent intent) {
        return switch (intent.getChangeCase()) {
            case ADD -> Rosters.of(group).hasUser(HistoryBook.user(intent.getAdd()));
            case REMOVE -> !Rosters.of(group).hasUser(HistoryBook.user(intent.getRemove()));
            case UPDATE, CHANGE_NOT_SET -> false;
        };
    }

    /** Somebody else has added a member of that name: whether it is the one that was meant. */
    private static Optional<Refusal> fulfilledOtherwise(Turn turn, Group group, StoredIntent intent) {
        if (!intent.hasAdd()) {
            return Optional.empty();
        }
        UserId member = HistoryBook.user(intent.getAdd());
        return Pins.admit(
                turn,
                member,
                Rosters.of(group).devicesOf(member).stream()
                        .map(ChannelMember::identityKey)
                        .toList());
    }

    private void claim(Turn turn, LiveChannel channel, long number, StoredIntent intent) {
        if (!link.isOnline()) {
            return;
        }
        StoredIntent claiming = intent;
        if (intent.getClaimId().isEmpty()) {
            claiming = intent.toBuilder()
                    .setClaimId(ByteString.copyFrom(random.bytes(CLAIM_ID_BYTES)))
                    .build();
            write(turn, channel, number, claiming);
        }
        channel.changes().claiming = true;
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                                .setUserId(claiming.getAdd())
                                .setCipherSuite(channel.genesis().cipherSuite())
                                .setClaimId(claiming.getClaimId())),
                new Pending.Claim(channel.id(), number));
    }

    void claimed(Turn turn, LiveChannel channel, long number, ClaimedKeyPackages answer) {
        channel.changes().claiming = false;
        Dispatch.released(turn, channel);
        turn.touch(channel);
        StoredIntent intent = channel.intents().get(number);
        if (intent == null || !intent.hasAdd()) {
            return;
        }
        UserId member = HistoryBook.user(intent.getAdd());
        if (answer.getKeyPackagesCount() == 0) {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(noKeyPackage(channel, member.toString())));
            return;
        }
        ClaimedDevices devices =
                new ClaimedDevices(member, channel.genesis().cipherSuite(), turn.wallMillis(), vault.environment());
        StoredIntent.Builder row = intent.toBuilder();
        Optional<Refusal> problem = Optional.empty();
        for (ClaimedKeyPackage claimed : answer.getKeyPackagesList()) {
            try {
                devices.check(claimed.getKeyPackage().toByteArray());
                row.addKeyPackages(claimed.getKeyPackage());
            } catch (RefusedKeyPackageException e) {
                problem = Optional.of(refusal(member, e));
            }
            if (row.getKeyPackagesCount() == Limits.DEVICES_PER_MEMBER_MAX) {
                break;
            }
        }
        if (row.getKeyPackagesCount() == 0) {
            settle(turn, channel, number, OptionalLong.empty(), problem);
        } else {
            write(turn, channel, number, row.build());
        }
    }

    private static Refusal refusal(UserId member, RefusedKeyPackageException refused) {
        String sentence = String.valueOf(refused.getMessage());
        return refused.isWrongClock()
                ? new Refusal(RefusalCode.CLOCK_WRONG, sentence)
                : new Refusal(
                        RefusalCode.INVALID_KEY_PACKAGE, "no KeyPackage of " + member + " can be used: " + sentence);
    }

    void claimFailed(Turn turn, LiveChannel channel, long number, chat.samara.wire.Refusal refusal) {
        channel.changes().claiming = false;
        turn.touch(channel);
        StoredIntent intent = channel.intents().get(number);
        if (intent == null) {
            return;
        }
        boolean passing = switch (refusal.code()) {
            case PEER_UNREACHABLE, LIMIT_REACHED, DISK_FULL, SHUTTING_DOWN, INTERNAL -> true;
            default -> false;
        };
        if (refusal.code() == ErrorCode.DISK_FULL) {
            Dispatch.held(turn, channel, refusal);
        }
        if (passing && intent.getAttempts() + 1 < config.changeAttemptsMax()) {
            retryLater(turn, channel, number, intent, refusal.retryAfterMillis());
        } else {
            boolean none = refusal.code() == ErrorCode.NO_KEY_PACKAGE;
            if (none && refusal.detail().equals(chat.samara.wire.Refusal.DETAIL_CLOCK)) {
                settle(turn, channel, number, OptionalLong.empty(), Optional.of(wrongClock(intent.getAdd())));
                return;
            }
            settle(
                    turn,
                    channel,
                    number,
                    OptionalLong.empty(),
                    Optional.of(none ? noKeyPackage(channel, intent.getAdd()) : Refusal.of(refusal)));
        }
    }

    /** A device of an older version has none of a newer suite: says what helps. */
    private static Refusal noKeyPackage(LiveChannel channel, String member) {
        String suite = String.format(
                "cipher suite 0x%04x%s",
                channel.genesis().cipherSuite(), channel.state().isPostQuantum() ? ", post-quantum" : "");
        return new Refusal(
                RefusalCode.NO_KEY_PACKAGE,
                member + " has no device with a KeyPackage for this channel (" + suite
                        + "); one of them has to connect once, with a version of Samara that knows the suite");
    }

    private static Refusal wrongClock(String member) {
        return new Refusal(
                RefusalCode.CLOCK_WRONG,
                "the clock of " + member
                        + "'s device is wrong: its server does not take its keys, which are not valid now;"
                        + " it has to be set right and to connect once");
    }

    private void retryLater(Turn turn, LiveChannel channel, long number, StoredIntent intent, long wantedMillis) {
        int attempts = intent.getAttempts() + 1;
        write(turn, channel, number, intent.toBuilder().setAttempts(attempts).build());
        long backOff = jitter.backOffMillis(attempts - 1, config.retryMillisMin(), config.retryMillisMax());
        channel.changes().notBeforeMillis =
                turn.monotonicMillis() + Math.max(backOff, Math.min(wantedMillis, config.retryMillisMax()));
    }

    private void commit(Turn turn, LiveChannel channel, OwnIdentity own, long number, StoredIntent intent) {
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
                settle(turn, channel, number, OptionalLong.empty(), refusal);
                return;
            }
            bundle = builder.build();
        } catch (RefusedKeyPackageException e) {
            retryOrRefuse(turn, channel, number, intent, refusal(HistoryBook.user(intent.getAdd()), e));
            return;
        } catch (MlsException e) {
            retryOrRefuse(
                    turn,
                    channel,
                    number,
                    intent,
                    new Refusal(RefusalCode.INVALID_HANDSHAKE, "the commit could not be built: " + e.getMessage()));
            return;
        }
        vault.save(turn, channel, group);
        channel.save(turn);
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

    /** A claimed KeyPackage may have grown too old while the commit lost races: then a fresh claim helps, but not for ever. */
    private void retryOrRefuse(Turn turn, LiveChannel channel, long number, StoredIntent intent, Refusal problem) {
        if (intent.hasAdd() && intent.getAttempts() > 0 && intent.getAttempts() + 1 < config.changeAttemptsMax()) {
            StoredIntent fresh =
                    intent.toBuilder().clearKeyPackages().clearClaimId().build();
            retryLater(turn, channel, number, fresh, 0);
        } else {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
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
            settle(turn, channel, intent, OptionalLong.of(seq), Optional.empty());
        }
        channel.changes().lostEpoch = Optional.empty();
        channel.changes().notBeforeMillis = 0;
    }

    /** The log shows another commit of the same epoch: the own one can't be in it any more. The group has dropped it. */
    void overtaken(Turn turn, LiveChannel channel, OutgoingHead commit) {
        outgoing.remove(turn, channel, commit);
        lost(
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
            lost(turn, channel, commit.head().intent, commit.refusal(), 0);
        } else if (commit.refusal().code() == RefusalCode.LIMIT_REACHED) {
            lost(turn, channel, commit.head().intent, commit.refusal(), Limits.COMMIT_RETRY_MILLIS);
        } else if (channel.intents().containsKey(commit.head().intent)) {
            channel.changes().refusedEpoch = Optional.of(commit.head().epoch);
            settle(turn, channel, commit.head().intent, OptionalLong.empty(), Optional.of(commit.refusal()));
        }
    }

    private void lost(Turn turn, LiveChannel channel, long number, Refusal refusal, long waitMillis) {
        StoredIntent intent = channel.intents().get(number);
        if (intent == null) {
            return;
        }
        if (intent.getAttempts() + 1 >= config.changeAttemptsMax()) {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(refusal));
        } else {
            retryLater(turn, channel, number, intent, waitMillis);
        }
        turn.touch(channel);
    }

    /** No intent of a channel that this device is no member of any more makes sense. */
    void removed(Turn turn, LiveChannel channel) {
        refuseAll(turn, channel, Refusals.notAMember(channel));
    }

    /** Nothing that is wanted of this channel will be. */
    void refuseAll(Turn turn, LiveChannel channel, Refusal refusal) {
        for (long number : List.copyOf(channel.intents().keySet())) {
            settle(turn, channel, number, OptionalLong.empty(), Optional.of(refusal));
        }
    }

    private void settle(Turn turn, LiveChannel channel, long number, OptionalLong seq, Optional<Refusal> refusal) {
        StoredIntent intent = channel.intents().remove(number);
        turn.store().delete(DeviceTable.INTENT, Keys.numbered(channel.id(), number));
        if (intent == null) {
            throw new IllegalStateException("intent " + number + " is settled twice in " + channel);
        }
        Long command = commands.remove(new Waiter(channel.id(), number));
        if (command != null) {
            turn.complete(
                    command,
                    refusal.<Outcome>map(Outcome.Refused::new)
                            .orElseGet(() -> new Outcome.Changed(channel.id(), seq.orElse(0))));
        }
        turn.tell(new ClientEvent.ChangeSettled(channel.id(), changeOf(intent), seq, refusal));
        channel.changes().notBeforeMillis = 0;
        turn.touch(channel);
    }

    private static void write(Turn turn, LiveChannel channel, long number, StoredIntent intent) {
        channel.intents().put(number, intent);
        turn.store().put(DeviceTable.INTENT, Keys.numbered(channel.id(), number), intent);
    }

    private static Change changeOf(StoredIntent intent) {
        return switch (intent.getChangeCase()) {
            case ADD -> new Change.Add(HistoryBook.user(intent.getAdd()));
            case REMOVE -> new Change.Remove(HistoryBook.user(intent.getRemove()));
            case UPDATE, CHANGE_NOT_SET -> new Change.Update();
        };
    }
}
