package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableDetail.Code;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredMessage;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.Processed;
import chat.samara.mls.group.StagedCommit;
import chat.samara.mls.group.VerifiedHandshake;
import chat.samara.mls.group.VerifiedSender;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.OneIdentity;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Applies one entry of a log that is verified to be the next one. Every entry moves the cursor, readable or not: what cannot be read
 * stands in the history with its named reason (I5), and the log goes on.
 */
final class EntryReader {
    private final GroupVault vault;
    private final MessageReader messages;
    private final Dispatch dispatch;
    private final Changes changes;
    private final ProfileSender profiles;

    /** Tells newly added members what the channel is called (CONTRACT: never seen by servers). */
    @FunctionalInterface
    interface ProfileSender {
        void send(Turn turn, LiveChannel channel);
    }

    EntryReader(GroupVault vault, MessageReader messages, Dispatch dispatch, Changes changes, ProfileSender profiles) {
        this.vault = vault;
        this.messages = messages;
        this.dispatch = dispatch;
        this.changes = changes;
        this.profiles = profiles;
    }

    void apply(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        EntryHashes.keep(turn, channel.id(), entry.seq(), entry.hash());
        if (!messages.isForged(turn, channel, own, entry)) {
            read(turn, channel, own, entry);
        }
        channel.moveTo(entry.position());
    }

    private void read(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        switch (entry.record().kind()) {
            case APPLICATION -> messages.ordered(turn, channel, own, entry);
            case COMMIT -> commit(turn, channel, own, entry);
            case PROPOSAL -> proposal(turn, channel, own, entry);
            case CONTROL -> control(turn, channel, own, entry);
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("an entry of no known kind");
        }
    }

    private void commit(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Record record = entry.record();
        Optional<PayloadForm.Problem> problem = PayloadForm.problem(record);
        if (problem.isPresent()) {
            unreadable(turn, channel, entry, problem.get());
            return;
        }
        Group group = vault.group(turn, channel, own);
        try {
            CommitPayload payload = Payload.commit(record);
            if (!(group.process(payload.getCommit().toByteArray()) instanceof Processed.CommitReceived received)) {
                refused(turn, channel, entry, UnreadableDetail.of(Code.NOT_OF_ITS_KIND, record.kind()));
                return;
            }
            StagedCommit commit = received.commit();
            if (!(commit.sender() instanceof VerifiedSender.OfMember sender)) {
                refused(turn, channel, entry, UnreadableDetail.of(Code.OUTSIDER));
                return;
            }
            ChannelMember committer = Rosters.of(sender.member());
            if (!isNamed(record, committer.device(), commit.authenticatedData())) {
                refused(turn, channel, entry, UnreadableDetail.of(Code.OTHER_COMMITTER));
                return;
            }
            OneIdentity.require(group.members(), commit.added(), commit.removed(), commit.updated());
            merge(turn, channel, own, entry, group, commit, committer.user());
        } catch (RefusedException e) {
            refused(turn, channel, entry, PayloadForm.malformed(e));
        } catch (MlsException e) {
            refused(turn, channel, entry, PayloadForm.mls(e));
        }
    }

    /** DESIGN §4: a record is called what its author called it. */
    private static boolean isNamed(Record record, DeviceId author, Bytes authenticatedData) {
        return record.device().equals(Optional.of(author))
                && authenticatedData.equals(record.idempotencyKey().bytes());
    }

    private void merge(
            Turn turn,
            LiveChannel channel,
            OwnIdentity own,
            Entry entry,
            Group group,
            StagedCommit commit,
            UserId committer)
            throws MlsException {
        Roster before = Rosters.of(group);
        Optional<OutgoingHead> ownCommit = Changes.ownCommit(channel);
        boolean byThisDevice = commit.own();
        if (!byThisDevice && ownCommit.isPresent()) {
            group.clearPendingCommit();
        }
        List<Member> added = commit.added();
        List<Member> removed = commit.removed();
        boolean selfRemoved = commit.selfRemoved();
        group.merge(commit);
        if (selfRemoved) {
            channel.row().setEpoch(group.epoch());
            history(turn, channel, own, entry, committer, users(added), users(removed));
            removeHere(turn, channel, group, entry);
            return;
        }
        vault.save(turn, channel, group);
        history(turn, channel, own, entry, committer, joined(before, added), left(group, removed));
        Pins.observeLeaves(
                turn, channel, entry.seq(), entry.acceptedTimeMillis(), Rosters.of(added), Rosters.of(removed));
        ownCommit.ifPresent(head -> {
            if (byThisDevice) {
                changes.won(turn, channel, head, entry.seq());
            } else {
                changes.overtaken(turn, channel, head);
            }
        });
        if (byThisDevice && !added.isEmpty()) {
            profiles.send(turn, channel);
        }
        turn.touch(channel);
    }

    private static void history(
            Turn turn,
            LiveChannel channel,
            OwnIdentity own,
            Entry entry,
            UserId committer,
            List<UserId> added,
            List<UserId> removed) {
        StoredMessage.Builder row = HistoryBook.ofServer(entry.acceptedTimeMillis())
                .setSender(committer.toString())
                .setOwn(committer.equals(own.user()));
        HistoryBook.append(turn, channel, entry.seq(), HistoryBook.membersChanged(row, added, removed));
    }

    private void removeHere(Turn turn, LiveChannel channel, Group group, Entry entry) {
        HistoryBook.append(
                turn,
                channel,
                entry.seq(),
                HistoryBook.ofServer(entry.acceptedTimeMillis())
                        .setRemovedHere(true)
                        .build());
        // I6: what this device could still have derived is gone from its disk, too.
        vault.erase(turn, channel, Optional.of(group));
        channel.setMembership(StoredMembership.REMOVED);
        turn.tell(new ClientEvent.RemovedFromChannel(channel.id(), entry.seq()));
        left(turn, channel);
    }

    /** What waits in a channel in which nothing can be done any more is told so. */
    void left(Turn turn, LiveChannel channel) {
        changes.removed(turn, channel);
        dispatch.removed(turn, channel);
        messages.removed(turn, channel);
        turn.touch(channel);
    }

    private void proposal(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Optional<PayloadForm.Problem> problem = PayloadForm.problem(entry.record());
        if (problem.isPresent()) {
            unreadable(turn, channel, entry, problem.get());
            return;
        }
        Group group = vault.group(turn, channel, own);
        try {
            byte[] payload = entry.record().payload().toByteArray();
            // Looked at first, since what a group has processed it keeps.
            VerifiedHandshake proposal = group.publicGroup().verify(payload);
            DeviceId author = DeviceId.ofSignatureKey(proposal.sender().signatureKey());
            if (!isNamed(entry.record(), author, proposal.authenticatedData())) {
                refused(turn, channel, entry, UnreadableDetail.of(Code.OTHER_COMMITTER));
                return;
            }
            group.process(payload);
            vault.save(turn, channel, group);
        } catch (MlsException e) {
            refused(turn, channel, entry, PayloadForm.mls(e));
        }
    }

    private void control(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Record record = entry.record();
        try {
            ControlPayload control = Payload.control(record);
            boolean ofHub = record.origin().equals(channel.genesis().hub())
                    && record.device().isEmpty();
            if (control.hasGenesis() && entry.seq() == 1) {
                genesis(turn, channel, entry, control);
            } else if (control.hasEpochClosed() && ofHub) {
                close(turn, channel, own, control.getEpochClosed().getThroughEpoch());
            } else {
                unreadable(
                        turn, channel, entry, UnreadableReason.CONTROL_INVALID, UnreadableDetail.of(Code.NOT_ALLOWED));
            }
        } catch (RefusedException e) {
            unreadable(turn, channel, entry, UnreadableReason.CONTROL_INVALID, PayloadForm.malformed(e));
        }
    }

    private static void genesis(Turn turn, LiveChannel channel, Entry entry, ControlPayload control) {
        ByteString founding = channel.row().getFoundingGenesis();
        if (!control.getGenesis().toByteString().equals(founding)) {
            // Only the creator reads from here, and it knows what it founded.
            unreadable(turn, channel, entry, UnreadableReason.CONTROL_INVALID, UnreadableDetail.of(Code.OTHER_GENESIS));
            return;
        }
        channel.setMembership(StoredMembership.MEMBER);
        channel.row().clearFoundingGenesis().clearFoundingKey().setJoinedSeq(1);
        turn.tell(new ClientEvent.ChannelJoined(channel.id(), entry.seq()));
        HistoryBook.append(
                turn,
                channel,
                entry.seq(),
                HistoryBook.ofServer(entry.acceptedTimeMillis())
                        .setSender(channel.genesis().creator().user().toString())
                        .setOwn(true)
                        .setCreated(true)
                        .build());
        turn.touch(channel);
    }

    private void close(Turn turn, LiveChannel channel, OwnIdentity own, long throughEpoch) {
        Group group = vault.group(turn, channel, own);
        // The present epoch is never closed: it has no successor yet.
        long through = Math.min(throughEpoch, group.epoch() - 1);
        if (through >= channel.row().getOpenFromEpoch()) {
            group.closeEpochsThrough(through);
            channel.row().setOpenFromEpoch(through + 1);
            vault.save(turn, channel, group);
            messages.expire(turn, channel, through);
        }
    }

    private static void refused(Turn turn, LiveChannel channel, Entry entry, UnreadableDetail detail) {
        unreadable(turn, channel, entry, UnreadableReason.HANDSHAKE_REFUSED, detail);
    }

    private static void unreadable(Turn turn, LiveChannel channel, Entry entry, PayloadForm.Problem problem) {
        unreadable(turn, channel, entry, problem.reason(), problem.detail());
    }

    static void unreadable(
            Turn turn, LiveChannel channel, Entry entry, UnreadableReason reason, UnreadableDetail detail) {
        // Without its id: a place is only given to what was read, or a forged record could take another's.
        StoredMessage.Builder row = HistoryBook.ofServer(entry.acceptedTimeMillis());
        HistoryBook.append(turn, channel, entry.seq(), HistoryBook.unreadable(row, reason, detail));
    }

    private static List<UserId> users(List<Member> members) {
        TreeSet<UserId> users = new TreeSet<>();
        members.forEach(member -> users.add(Rosters.of(member).user()));
        return List.copyOf(users);
    }

    /** Members that had no device in the channel before. */
    private static List<UserId> joined(Roster before, List<Member> added) {
        return users(added).stream().filter(user -> !before.hasUser(user)).toList();
    }

    /** Members that have no device in the channel any more. */
    private static List<UserId> left(Group group, List<Member> removed) {
        Roster after = Rosters.of(group);
        List<UserId> left = new ArrayList<>(users(removed));
        left.removeIf(after::hasUser);
        return left;
    }

    static Optional<MessageId> idOf(Record record) {
        return record.device().map(device -> new MessageId(device, record.idempotencyKey()));
    }
}
