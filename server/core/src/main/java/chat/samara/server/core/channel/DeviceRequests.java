package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.follower.UnknownChannels;
import chat.samara.server.core.channel.hub.OwnWord;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.member.Welcomes;
import chat.samara.server.core.channel.provisional.Showing;
import chat.samara.server.core.channel.reader.Acknowledgements;
import chat.samara.server.core.channel.reader.EntryForm;
import chat.samara.server.core.channel.reader.HandshakeServing;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.channel.submit.Founding;
import chat.samara.server.core.channel.submit.Standstill;
import chat.samara.server.core.channel.submit.Submissions;
import chat.samara.server.core.session.ChannelRequests;
import chat.samara.server.core.session.Reply;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.TerseSubmit;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.GroupInfoAndTree;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.RatchetTree;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What devices ask about channels. */
final class DeviceRequests implements ChannelRequests {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceRequests.class);

    private final Journal journal;
    private final Remarks remarks;
    private final Channels channels;
    private final Founding founding;
    private final Submissions submissions;
    private final SubmissionTable submissionTable;
    private final OwnWord ownWord;
    private final Epochs epochs;
    private final Readers readers;
    private final ReaderTable readerTable;
    private final UnknownChannels unknownChannels;
    private final Acknowledgements acknowledgements;
    private final Welcomes welcomes;
    private final Showing showing;
    private final HandshakeServing handshakes;
    private final Standstill standstill;

    DeviceRequests(
            Journal journal,
            Channels channels,
            Founding founding,
            Submissions submissions,
            SubmissionTable submissionTable,
            OwnWord ownWord,
            Epochs epochs,
            Readers readers,
            UnknownChannels unknownChannels,
            Acknowledgements acknowledgements,
            Welcomes welcomes,
            Showing showing,
            Standstill standstill) {
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.channels = channels;
        this.founding = founding;
        this.submissions = submissions;
        this.submissionTable = submissionTable;
        this.ownWord = ownWord;
        this.epochs = epochs;
        this.readers = readers;
        this.readerTable = new ReaderTable(journal);
        this.unknownChannels = unknownChannels;
        this.acknowledgements = acknowledgements;
        this.welcomes = welcomes;
        this.showing = showing;
        this.handshakes = new HandshakeServing(journal, channels);
        this.standstill = standstill;
    }

    @Override
    public void replaced(DeviceId device, DeviceId successor) {
        acknowledgements.write(device);
        readerTable.succeed(device, successor);
        welcomes.succeed(device, successor);
    }

    @Override
    public LoggedIn.Builder loggedIn(DeviceId device) {
        acknowledgements.write(device);
        LoggedIn.Builder loggedIn = LoggedIn.newBuilder().setWelcomesWaiting(welcomes.count(device));
        ReasonsAtLogin reasons = new ReasonsAtLogin(standstill);
        ReaderTable.channels(journal, device).entrySet().stream()
                .sorted(Comparator.comparing(entry -> rankAtLogin(entry.getKey(), entry.getValue())))
                .limit(Limits.CHANNELS_PER_DEVICE_MAX)
                .forEach(entry -> ChannelTable.find(journal, entry.getKey()).ifPresent(row -> {
                    ChannelState.Builder state = state(device, entry.getKey(), row, entry.getValue());
                    reasons.tell(state, entry.getKey(), row);
                    loggedIn.addChannels(state);
                }));
        return loggedIn;
    }

    /**
     * Those that it was removed from come last: it has to learn of them only if there is room. Of those that it is in, what other servers have put it
     * into, and it has never read, takes no place of its own server's, nor of those that it reads.
     */
    private int rankAtLogin(ChannelId channel, StoredReader row) {
        if (!ReaderTable.isOpen(row)) {
            return 3;
        }
        if (ReaderTable.isOfHub(journal, channel, row, channels.ownName())) {
            return 0;
        }
        return row.getAcknowledgedSeq() > 0 ? 1 : 2;
    }

    private ChannelState.Builder state(DeviceId device, ChannelId channel, StoredChannel row, StoredReader reader) {
        long through = reader.getStretches(reader.getStretchesCount() - 1).getThroughSeq();
        return ChannelState.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setSeq(through == 0 ? row.getSeq() : through)
                .setAcknowledgedSeq(reader.getAcknowledgedSeq())
                .setNextDeviceSeq(nextDeviceSeq(device, channel));
    }

    private long nextDeviceSeq(DeviceId device, ChannelId channel) {
        // Nothing is taken of a channel that is set aside, whatever its number.
        return channels.isSetAside(channel) ? 1 : submissionTable.nextDeviceSeq(channel, device);
    }

    @Override
    public void create(Reply reply, CreateChannel request) throws RefusedException {
        reply.with(ServerFrame.newBuilder().setReceipt(founding.create(reply.who(), request)));
    }

    @Override
    public void submit(Reply reply, Submit request) throws RefusedException {
        boolean isTerse = TerseSubmit.isTerse(request);
        Submit whole = isTerse ? TerseSubmit.whole(request, named(reply, request.getChannelStart())) : request;
        requireNotAhead(reply, ChannelId.fromWire("Submit.channel_id", whole.getChannelId()));
        Receipt receipt = submissions.submit(reply.who(), whole);
        reply.with(ServerFrame.newBuilder()
                .setReceipt(
                        isTerse ? receipt.toBuilder().clearChannelId().clearIdempotencyKey() : receipt.toBuilder()));
    }

    private ChannelId named(Reply reply, ByteString start) throws RefusedException {
        return readers.followedTersely(reply.session().id(), Protobuf.toBytes(start))
                .orElseThrow(() -> RefusedException.of(
                        ErrorCode.UNKNOWN_CHANNEL,
                        "this session follows no channel that begins with "
                                + Protobuf.toBytes(start).hex() + "; name it in full"));
    }

    /**
     * A device of a version that shows no heads, and reads on from behind the end of this hub's log, has what the hub has lost. That is no
     * proof, so it holds nobody up but this device, which would find itself in a forked log.
     */
    private void requireNotAhead(Reply reply, ChannelId id) throws RefusedException {
        Optional<Channel> channel = channels.find(id).filter(channels::isHub);
        Optional<Long> after = readers.sentThrough(reply.session().id(), id);
        if (channel.isPresent()
                && after.isPresent()
                && after.get() > channel.get().seq()) {
            throw new Refusal(
                            ErrorCode.HUB_BEHIND,
                            "this hub has the channel up to entry "
                                    + channel.get().seq() + " only, and this device up to " + after.get()
                                    + "; it takes nothing of it before it has that back",
                            "log-ends-at=" + channel.get().seq(),
                            0,
                            Limits.BEHIND_RETRY_MILLIS)
                    .asException();
        }
    }

    @Override
    public void queryStatus(Reply reply, QueryStatus request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("QueryStatus.channel_id", request.getChannelId());
        channels.requireReadable(id);
        reply.with(ServerFrame.newBuilder()
                .setReceipt(submissions.status(
                        reply.who().device(),
                        id,
                        IdempotencyKey.fromWire("QueryStatus.idempotency_key", request.getIdempotencyKey()))));
    }

    @Override
    public void follow(Reply reply, Follow request) throws RefusedException {
        Map<ChannelId, Readers.Start> after = new TreeMap<>();
        for (ChannelCursor cursor : request.getCursorsList()) {
            after.put(
                    ChannelId.fromWire("ChannelCursor.channel_id", cursor.getChannelId()),
                    new Readers.Start(cursor.getAfterSeq(), form(request, cursor)));
        }
        DeviceId device = reply.who().device();
        List<ChannelId> unknown = after.keySet().stream()
                .filter(channel -> ReaderTable.find(journal, device, channel).isEmpty())
                .toList();
        unknown.forEach(it -> unknownChannels.wanted(it, reply.who().user()));
        after.forEach((channel, start) -> takeIfItOpens(device, channel, start.afterSeq()));
        if (!after.isEmpty() && unknown.size() == after.size()) {
            readers.follow(reply.session().id(), device, after, request.getCreditBytes());
            throw ChannelRefusal.unknown(after.keySet().iterator().next());
        }
        SessionId session = reply.session().id();
        SortedSet<ChannelId> followed = readers.follow(session, device, after, request.getCreditBytes());
        journal.whenDurable(() -> {
            after.forEach((channel, start) -> {
                if (followed.contains(channel) && !epochs.hasHeardOf(channel)) {
                    journal.contained(() -> heardOf(channel, start.afterSeq()));
                }
            });
            showing.begins(session);
            // Last, so that a device that has this answer has all that there is, as far as its credit goes.
            showing.whenShown(session, () -> readers.whenServed(session, reply::done));
        });
    }

    private static EntryForm form(Follow request, ChannelCursor cursor) {
        if (!request.getSlim()) {
            return EntryForm.WHOLE;
        }
        return cursor.getTerse() ? EntryForm.TERSE : EntryForm.SLIM;
    }

    /** Whoever goes on from a place behind its addition has been in the channel, also where nothing was said since. */
    private void takeIfItOpens(DeviceId device, ChannelId channel, long after) {
        ReaderTable.find(journal, device, channel)
                .filter(row -> ReaderTable.opens(row, after))
                .ifPresent(row -> acknowledgements.take(device, channel, after));
    }

    /** By the channel's row: thousands of channels that one device is in must not take the place of those that are worked with. */
    private void heardOf(ChannelId channel, long after) {
        ChannelTable.find(journal.durable(), channel)
                .filter(row -> row.getState() != StoredChannelState.CHANNEL_DROPPED
                        && row.getState() != StoredChannelState.CHANNEL_DAMAGED
                        && after <= row.getSeq())
                .ifPresent(row -> epochs.heardOf(channel));
    }

    @Override
    public void showHeads(Reply reply, ShowHeads request) throws RefusedException {
        // The newest of each channel says all that the others do; a log's entry is read and hashed for each that is
        // looked at.
        Map<ChannelId, HeadIn> newest = new TreeMap<>();
        for (SignedHead head : request.getHeadsList()) {
            HeadIn in = HeadIn.of(head);
            newest.merge(in.claimedChannel(), in, (one, other) -> one.claimedSeq() >= other.claimedSeq() ? one : other);
        }
        for (HeadIn in : newest.values()) {
            // The first that is forged ends it: whoever makes them up makes this server verify one a frame.
            OwnWord.Shown shown = ownWord.shown(in, reply.who().toString());
            if (shown == OwnWord.Shown.KNOWN) {
                epochs.heardOf(in.claimedChannel());
            } else if (shown == OwnWord.Shown.UNKNOWN_CHANNEL) {
                unknownChannels.shown(in.claimedChannel(), reply.who().user());
                remarks.warn(
                        reply.who().user().toString(),
                        "{} has shown a head of channel {} that is signed by this server, which does not know the channel: it was"
                                + " restored from a copy that is older than the channel; see \"After a restore\" in docs/operating",
                        reply.who(),
                        in.claimedChannel());
            }
        }
        reply.done();
    }

    @Override
    public void credit(Reply reply, Credit request) {
        reply.doneUnless(request.getQuiet());
        readers.credit(reply.session().id(), request.getCreditBytes());
    }

    @Override
    public void acknowledge(Reply reply, Acknowledge request) throws RefusedException {
        for (ChannelCursor cursor : request.getCursorsList()) {
            ChannelId channel = ChannelId.fromWire("ChannelCursor.channel_id", cursor.getChannelId());
            if (!hasThrough(reply, channel, cursor.getAfterSeq())) {
                throw ChannelRefusal.unknown(channel);
            }
            acknowledgements.take(reply.who().device(), channel, cursor.getAfterSeq());
        }
        reply.doneUnless(request.getQuiet());
    }

    /** Whether the device can have a channel up to there. One that follows it was sent that much, which takes no look at the store. */
    private boolean hasThrough(Reply reply, ChannelId channel, long seq) {
        if (readers.sentThrough(reply.session().id(), channel)
                .filter(sent -> seq <= sent)
                .isPresent()) {
            return true;
        }
        long head =
                ChannelTable.find(journal, channel).map(StoredChannel::getSeq).orElse(0L);
        return seq <= head
                && ReaderTable.find(journal, reply.who().device(), channel).isPresent();
    }

    @Override
    public void fetchWelcomes(Reply reply) {
        reply.with(
                ServerFrame.newBuilder().setWelcomes(welcomes.fetch(reply.who().device())));
    }

    @Override
    public void acknowledgeWelcome(Reply reply, AcknowledgeWelcome request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("AcknowledgeWelcome.channel_id", request.getChannelId());
        channels.requireReadable(id);
        welcomes.acknowledge(reply.who().device(), id, Protobuf.toBytes(request.getKeyPackageRef()), request.getSeq());
        reply.done();
    }

    @Override
    public void fetchHandshakes(Reply reply, FetchHandshakes request) throws RefusedException {
        reply.with(ServerFrame.newBuilder()
                .setHandshakes(handshakes.fetch(reply.who().device(), request)));
    }

    @Override
    public void fetchRatchetTree(Reply reply, FetchRatchetTree request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchRatchetTree.channel_id", request.getChannelId());
        channels.requireReadable(id);
        ByteString tree = welcomes.tree(reply.who().device(), id, request.getSeq());
        reply.with(
                ServerFrame.newBuilder().setRatchetTree(RatchetTree.newBuilder().setRatchetTree(tree)));
    }

    @Override
    public void fetchGroupInfo(Reply reply, FetchGroupInfo request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchGroupInfo.channel_id", request.getChannelId());
        channels.requireReadable(id);
        Channel channel = channels.find(id).orElseThrow(() -> ChannelRefusal.unknown(id));
        if (channel.member(reply.who().device()).isEmpty()) {
            throw ChannelRefusal.unknown(id);
        }
        ByteString tree = ByteString.copyFrom(channel.group().ratchetTree());
        ByteString groupInfo = groupInfo(channel);
        if (tree.size() + groupInfo.size() > chat.samara.wire.Limits.PAYLOAD_BYTES_MAX) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    "GroupInfo and tree have " + (tree.size() + groupInfo.size())
                            + " bytes together, which no frame holds",
                    "group-info-and-tree<=" + chat.samara.wire.Limits.PAYLOAD_BYTES_MAX);
        }
        reply.with(ServerFrame.newBuilder()
                .setGroupInfoAndTree(GroupInfoAndTree.newBuilder()
                        .setGroupInfo(groupInfo)
                        .setRatchetTree(tree)
                        .setSeq(channel.row().getEpochStartSeq())));
    }

    /** The GroupInfo stands in the entry that began the epoch. */
    private ByteString groupInfo(Channel channel) {
        long seq = channel.row().getEpochStartSeq();
        Record record = LogTable.record(channel.id(), LogTable.encodedThere(journal, channel.id(), seq));
        try {
            return seq == 1
                    ? ControlPayload.parseFrom(record.getPayload()).getGenesis().getGroupInfo()
                    : Payload.commit(Protobuf.toBytes(record.getPayload())).getGroupInfo();
        } catch (RefusedException | InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel.id(), e);
        }
    }
}
