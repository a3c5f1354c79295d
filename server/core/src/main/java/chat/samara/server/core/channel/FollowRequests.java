package chat.samara.server.core.channel;

import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.follower.UnknownChannels;
import chat.samara.server.core.channel.hub.OwnWord;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.provisional.Showing;
import chat.samara.server.core.channel.reader.Acknowledgements;
import chat.samara.server.core.channel.reader.EntryForm;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.session.Reply;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.SignedHead;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How devices read channels; each method answers the message of that name in {@code samara.v1}. */
public final class FollowRequests {
    private static final Logger LOG = LoggerFactory.getLogger(FollowRequests.class);

    private final Journal journal;
    private final Remarks remarks;
    private final OwnWord ownWord;
    private final Epochs epochs;
    private final Readers readers;
    private final UnknownChannels unknownChannels;
    private final Acknowledgements acknowledgements;
    private final Showing showing;

    FollowRequests(
            Journal journal,
            OwnWord ownWord,
            Epochs epochs,
            Readers readers,
            UnknownChannels unknownChannels,
            Acknowledgements acknowledgements,
            Showing showing) {
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.ownWord = ownWord;
        this.epochs = epochs;
        this.readers = readers;
        this.unknownChannels = unknownChannels;
        this.acknowledgements = acknowledgements;
        this.showing = showing;
    }

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

    public void credit(Reply reply, Credit request) {
        reply.doneUnless(request.getQuiet());
        readers.credit(reply.session().id(), request.getCreditBytes());
    }

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
}
