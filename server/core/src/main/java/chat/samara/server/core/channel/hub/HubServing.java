package chat.samara.server.core.channel.hub;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.log.EntriesEncoder;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** As hub: tells followers that there is more, and gives it to them. Only durable entries leave. */
public final class HubServing {
    private final ServerIdentity identity;
    private final Journal journal;
    private final Links links;
    private final FollowerTable followers;
    private final ChannelTable channels;

    private final Map<ServerName, Hinted> hinted = new TreeMap<>();

    /** What a follower was told on its link, and may not have heard yet. */
    private static final class Hinted {
        /**
         * There is more of these, and it has not asked for it: mostly it would learn nothing if it were told again. With the bytes of entries that came
         * beside the hint.
         */
        private final Map<ChannelId, Long> unasked = new HashMap<>();

        /** Up to where it was given the log of these, and that was all that there was: it lacks what is behind that, if it has not lost anything. */
        private final Map<ChannelId, Long> givenThrough = new HashMap<>();

        /** Of those bytes, how many may still be on their way. */
        private long entryBytes;

        /** Of these there is still more since then. */
        private final Set<ChannelId> owed = new LinkedHashSet<>();

        /** How often it was told again all the same: it may have had what it was told of, and not what came then. */
        private int again;

        private long toldAtMillis;

        void asked(ChannelId channel) {
            Long bytes = unasked.remove(channel);
            entryBytes -= bytes == null ? 0 : bytes;
            owed.remove(channel);
        }

        void told(ChannelId channel, long bytes) {
            unasked.merge(channel, bytes, Long::sum);
            entryBytes += bytes;
        }
    }

    public HubServing(ServerIdentity identity, Journal journal, Links links) {
        this.identity = identity;
        this.journal = journal;
        this.links = links;
        this.followers = new FollowerTable(journal);
        this.channels = new ChannelTable(journal);
    }

    /** A follower asks for entries: an encoded {@code samara.v1.Entries}. One whose last member was removed gets them up to the removal. */
    public Bytes pull(ServerName follower, Pull pull) throws RefusedException {
        ChannelId id = ChannelId.fromWire("Pull.channel_id", pull.getChannelId());
        Hinted told = hinted(follower);
        told.asked(id);
        told.givenThrough.remove(id);
        Rows rows = journal.durable();
        Optional<StoredChannel> channel = ChannelTable.find(rows, id)
                .filter(row -> row.getHub().equals(identity.name().value()));
        Optional<StoredFollower> row = FollowerTable.find(rows, id, follower);
        if (channel.isEmpty() || row.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.UNKNOWN_CHANNEL,
                    "this server is not the hub of " + id + ", or " + follower + " is not in it");
        }
        long headSeq = channel.get().getSeq();
        boolean removed = row.get().getRemovedSeq() > 0;
        long through = removed ? row.get().getRemovedSeq() : headSeq;
        Optional<Bytes> head = LogTable.encodedHead(rows, id);
        long after = pull.getAfterSeq();
        if (after >= through) {
            if (after == headSeq && !removed) {
                told.givenThrough.put(id, headSeq);
            }
            return EntriesEncoder.nothing(id, after == headSeq ? head : Optional.empty())
                    .message();
        }
        long bytesMax = Math.min(pull.getCreditBytes(), Limits.PULL_BYTES_MAX);
        EntriesEncoder.Encoded encoded = EntriesEncoder.encode(rows, id, after + 1, through, bytesMax, head, headSeq);
        if (encoded.lastSeq() == headSeq && !removed) {
            told.givenThrough.put(id, headSeq);
        }
        return encoded.message();
    }

    private static Entries decode(ChannelId channel, Bytes message) {
        try {
            return Entries.parseFrom(message.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }

    private static SignedHead signedHead(ChannelId channel, Bytes encoded) {
        try {
            return SignedHead.parseFrom(encoded.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.HEAD, channel, e);
        }
    }

    /** The log has grown, and that is durable: followers are told. */
    public void grown(ChannelId channel) {
        Optional<Bytes> head = LogTable.encodedHead(journal.durable(), channel);
        FollowerTable.all(journal.durable(), channel).forEach((follower, row) -> {
            if (row.getDevices() > 0 && links.isUp(follower)) {
                head.ifPresent(it -> hintUnlessMuch(follower, channel, it));
            }
        });
    }

    /** On a slow line the follower may not have heard what it was told before: then it is told again when it has. */
    private void hintUnlessMuch(ServerName follower, ChannelId channel, Bytes head) {
        Hinted told = hinted(follower);
        if (!told.unasked.containsKey(channel)) {
            hint(follower, channel, head, entriesBeside(told, channel));
        } else if (told.again < Limits.HINTS_AGAIN_MAX) {
            told.again++;
            hint(follower, channel, head);
        } else {
            told.owed.add(channel);
        }
    }

    /** What a follower that stood at the end of the log lacks of it now, if that is little: so it has it without asking first. */
    private Entries entriesBeside(Hinted told, ChannelId channel) {
        Long given = told.givenThrough.get(channel);
        Rows rows = journal.durable();
        long headSeq =
                ChannelTable.find(rows, channel).map(StoredChannel::getSeq).orElse(0L);
        long bytesMax = Limits.HINTED_ENTRY_BYTES_MAX - told.entryBytes;
        if (given == null || given >= headSeq || bytesMax <= 0) {
            return Entries.getDefaultInstance();
        }
        EntriesEncoder.Encoded encoded =
                EntriesEncoder.encode(rows, channel, given + 1, headSeq, bytesMax, Optional.empty(), headSeq);
        boolean isAll = encoded.lastSeq() == headSeq && encoded.entryBytes() <= bytesMax;
        return isAll ? decode(channel, encoded.message()) : Entries.getDefaultInstance();
    }

    private Hinted hinted(ServerName follower) {
        return hinted.computeIfAbsent(follower, it -> new Hinted());
    }

    /** Looks at due times: tells followers again that have heard what they were told. */
    public void tick(Contained contained) {
        new TreeMap<>(hinted)
                .forEach((follower, told) -> contained.run("hints to " + follower, () -> tick(follower, told)));
    }

    private void tick(ServerName follower, Hinted told) {
        if (links.hasAnsweredWhatWasAskedAfter(follower, told.toldAtMillis)) {
            told.again = 0;
            // No more than are told before it has answered again: the rest is not even read.
            List<ChannelId> owed =
                    told.owed.stream().limit(Limits.HINTS_AGAIN_MAX).toList();
            owed.forEach(told.owed::remove);
            owed.stream()
                    .filter(channel -> !ChannelTable.isDamaged(journal.durable(), channel))
                    .forEach(channel -> LogTable.encodedHead(journal.durable(), channel)
                            .ifPresent(head -> hintUnlessMuch(follower, channel, head)));
        } else if (!told.owed.isEmpty()) {
            links.askForSign(follower);
        }
    }

    /** The link to a follower is gone. */
    public void down(ServerName follower) {
        hinted.remove(follower);
    }

    private void hint(ServerName follower, ChannelId channel, Bytes head) {
        hint(follower, channel, head, Entries.getDefaultInstance());
    }

    private void hint(ServerName follower, ChannelId channel, Bytes head, Entries beside) {
        hinted(follower).told(channel, beside.getSerializedSize());
        hinted(follower).toldAtMillis = journal.monotonicMillis();
        links.push(
                follower,
                PeerFrame.newBuilder()
                        .setHeadHint(HeadHint.newBuilder()
                                .setHead(signedHead(channel, head))
                                .addAllEntries(beside.getEntriesList())));
    }

    /** The follower's last member was removed: it is told where its reading ends, and nothing of what comes after. */
    public void removed(ChannelId channel, ServerName follower) {
        Optional.ofNullable(hinted.get(follower)).ifPresent(told -> {
            told.asked(channel);
            told.givenThrough.remove(channel);
        });
        lastOf(channel, follower)
                .ifPresent(it -> links.push(
                        follower,
                        PeerFrame.newBuilder()
                                .setSharedChannels(SharedChannels.newBuilder().addChannels(it))));
    }

    private Optional<SharedChannel> lastOf(ChannelId channel, ServerName follower) {
        Rows rows = journal.durable();
        if (ChannelTable.isDamaged(rows, channel)) {
            return Optional.empty();
        }
        Optional<StoredFollower> row = FollowerTable.find(rows, channel, follower);
        return ChannelTable.find(rows, channel).filter(it -> row.isPresent()).flatMap(it -> {
            long removedSeq = row.orElseThrow().getRemovedSeq();
            if (removedSeq == 0 || removedSeq == it.getSeq()) {
                return Optional.of(
                        shared(channel, it.getHub(), it.getTerm(), it.getSeq(), Stored.bytes(it.getEntryHash())));
            }
            return LogTable.encoded(rows, channel, removedSeq)
                    .map(entry -> shared(
                            channel,
                            it.getHub(),
                            it.getTerm(),
                            removedSeq,
                            LogTable.decode(channel, entry).trustStored().hash()));
        });
    }

    private static SharedChannel shared(ChannelId channel, String hub, long term, long seq, Bytes hash) {
        return SharedChannel.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setTerm(term)
                .setSeq(seq)
                .setEntryHash(Protobuf.toByteString(hash))
                .setHub(hub)
                .build();
    }

    /** Where a follower says it stands in a channel of this hub: if it lags, it is told again. */
    public void standsAt(ServerName follower, ChannelId channel, long seq) {
        Rows rows = journal.durable();
        Optional<StoredFollower> row = FollowerTable.find(rows, channel, follower);
        if (row.isEmpty()) {
            return;
        }
        if (row.get().getRemovedSeq() > seq) {
            removed(channel, follower);
        } else if (row.get().getRemovedSeq() == 0
                && ChannelTable.find(rows, channel)
                        .filter(it -> it.getSeq() > seq)
                        .isPresent()) {
            LogTable.encodedHead(rows, channel).ifPresent(head -> hint(follower, channel, head));
        }
    }

    /**
     * As a link begins: tells a peer where this server stands in everything that the two share, and what the peer itself has signed of that, which it
     * may not know any more; so many channels a step.
     */
    public LongWork.Step begin(ServerName peer) {
        down(peer);
        return new Naming(peer, this::withHead);
    }

    /** Tells the peer again where this server stands in everything that the two share, so many channels a step. */
    public LongWork.Step nameAgain(ServerName peer) {
        return new Naming(peer, HubServing::followed);
    }

    /** Names what is shared, one frame a step. */
    private final class Naming implements LongWork.Step {
        private final ServerName peer;
        private final BiFunction<ChannelId, StoredChannel, SharedChannel> ofPeersChannel;
        private boolean isOwnNamed;
        private Optional<ChannelId> last = Optional.empty();

        Naming(ServerName peer, BiFunction<ChannelId, StoredChannel, SharedChannel> ofPeersChannel) {
            this.peer = peer;
            this.ofPeersChannel = ofPeersChannel;
        }

        @Override
        public boolean goOn() {
            SharedChannels.Builder named = SharedChannels.newBuilder();
            int left = Limits.SHARED_CHANNELS_PER_FRAME_MAX;
            if (!isOwnNamed) {
                List<ChannelId> own = next(followers.channels(peer, last, left));
                own.forEach(channel -> lastOf(channel, peer).ifPresent(named::addChannels));
                left -= own.size();
                if (left > 0) {
                    isOwnNamed = true;
                    last = Optional.empty();
                }
            }
            if (left > 0) {
                List<ChannelId> ofPeer = next(channels.ofHub(peer, last, left));
                ofPeer.forEach(channel -> followedHere(channel).ifPresent(named::addChannels));
                left -= ofPeer.size();
            }
            boolean isMore = left == 0;
            links.push(peer, PeerFrame.newBuilder().setSharedChannels(named.setComplete(!isMore)));
            return isMore;
        }

        private List<ChannelId> next(List<ChannelId> found) {
            if (!found.isEmpty()) {
                last = Optional.of(found.get(found.size() - 1));
            }
            return found;
        }

        private Optional<SharedChannel> followedHere(ChannelId channel) {
            return ChannelTable.find(journal.durable(), channel)
                    .filter(row -> row.getSeq() > 0 && row.getState() != StoredChannelState.CHANNEL_DAMAGED)
                    .map(row -> ofPeersChannel.apply(channel, row));
        }
    }

    private static SharedChannel followed(ChannelId channel, StoredChannel row) {
        return shared(channel, row.getHub(), row.getTerm(), row.getSeq(), Stored.bytes(row.getEntryHash()));
    }

    private SharedChannel withHead(ChannelId channel, StoredChannel row) {
        SharedChannel.Builder shared = followed(channel, row).toBuilder();
        LogTable.encodedHead(journal.durable(), channel).ifPresent(head -> shared.setHead(signedHead(channel, head)));
        return shared.build();
    }
}
