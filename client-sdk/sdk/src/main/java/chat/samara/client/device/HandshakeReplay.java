package chat.samara.client.device;

import chat.samara.client.stored.StoredReplay;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;

/**
 * A log's handshakes as an observer follows them: from the channel's genesis, or from a public group that this device has verified
 * itself. Who is in the channel follows from what the members of each epoch have signed, and from no server's word (I11). What is
 * said in between need not be there: MLS binds each handshake to the one before (RFC 9420 §8.2), so none can be left out.
 */
final class HandshakeReplay {
    private final Genesis genesis;
    private Optional<ObservedChannel> channel;

    /** Of the last handshake that was followed, or of where this began. */
    private long seq;

    /** What lies up to there the own server said to hold no more. */
    private long passed;

    private Optional<Step> last = Optional.empty();
    private Optional<LogPosition> end = Optional.empty();
    private Bytes groupInfo = Bytes.EMPTY;

    /** A handshake that was followed, and what it did. */
    record Step(Entry entry, Change change) {}

    private HandshakeReplay(Genesis genesis, Optional<ObservedChannel> channel, long seq) {
        this.genesis = genesis;
        this.channel = channel;
        this.seq = seq;
    }

    /** Before the first entry of the log. */
    static HandshakeReplay fromGenesis(Genesis genesis) {
        return new HandshakeReplay(genesis, Optional.empty(), 0);
    }

    /** After the entry at a place, as this device has seen it as a member. */
    static HandshakeReplay from(Genesis genesis, long seq, ObservedChannel observed) {
        return new HandshakeReplay(genesis, Optional.of(observed), seq);
    }

    /** From a row of REPLAY. */
    static HandshakeReplay from(Genesis genesis, StoredReplay row) {
        if (row.getPublicGroup().isEmpty()) {
            return new HandshakeReplay(genesis, Optional.empty(), row.getSeq());
        }
        try {
            PublicGroup group = PublicGroup.decode(row.getPublicGroup().toByteArray(), new DeviceAuthentication());
            ObservedChannel observed = ObservedChannel.resume(
                    genesis.channel(),
                    genesis.hub(),
                    group,
                    row.getDemandsSignedCommits(),
                    Blame.decode(Stored.bytes(row.getBlame()), group.epoch()));
            // A version before this one has kept how far its server said to have given everything.
            HandshakeReplay replay = from(genesis, row.getLastSeq() > 0 ? row.getLastSeq() : row.getSeq(), observed);
            if (row.getLastSeq() > 0) {
                replay.end = Optional.of(new LogPosition(
                        genesis.channel(), row.getLastTerm(), row.getLastSeq(), Stored.bytes(row.getLastHash())));
            }
            replay.groupInfo = Stored.bytes(row.getGroupInfo());
            return replay;
        } catch (MlsException e) {
            throw new DeviceStoreException("the replay of channel " + genesis.channel() + " cannot be read", e);
        }
    }

    /** As it is now; what either follows from here on leaves the other alone. */
    HandshakeReplay copy() {
        HandshakeReplay copy = from(genesis, toStored().build());
        copy.last = last;
        return copy;
    }

    /** As a row of REPLAY. */
    StoredReplay.Builder toStored() {
        StoredReplay.Builder row = StoredReplay.newBuilder().setSeq(seq);
        channel.ifPresent(it -> row.setEpoch(it.epoch())
                .setPublicGroup(Stored.bytes(Bytes.wrapUnsafe(it.group().encode())))
                .setDemandsSignedCommits(it.demandsSignedCommits())
                .setBlame(Stored.bytes(Bytes.wrapUnsafe(it.blame().encode()))));
        end.ifPresent(it -> row.setLastSeq(it.seq()).setLastTerm(it.term()).setLastHash(Stored.bytes(it.entryHash())));
        return row.setGroupInfo(Stored.bytes(groupInfo));
    }

    /** Goes on with the next handshake, by the rules of its time. A refused one changes nothing. */
    void follow(Entry entry) throws RefusedException {
        if (!entry.channel().equals(genesis.channel())) {
            throw Field.malformed(
                    "Entry.channel_id",
                    entry.channel().toString(),
                    genesis.channel().toString());
        }
        if (entry.seq() <= seq()) {
            throw Field.malformed("Entry.seq", Long.toString(entry.seq()), "more than " + seq());
        }
        Change change = channel.isEmpty() ? begin(entry) : channel.get().followPast(entry.record());
        seq = entry.seq();
        last = Optional.of(new Step(entry, change));
        end = Optional.of(entry.position());
        if (change instanceof Change.Committed) {
            groupInfo = Bytes.wrapUnsafe(
                    Payload.commit(entry.record()).getGroupInfo().toByteArray());
        }
    }

    private Change begin(Entry entry) throws RefusedException {
        if (entry.seq() != 1 || entry.record().kind() != RecordKind.CONTROL) {
            throw Field.malformed(
                    "the first handshake", entry.record().kind() + " at " + entry.seq(), "the genesis at 1");
        }
        HandshakeRules.Birth birth =
                HandshakeRules.judgeGenesis(Payload.control(entry.record()).getGenesis());
        if (!birth.genesis().channel().equals(genesis.channel())) {
            throw Field.malformed(
                    "the genesis",
                    "that of channel " + birth.genesis().channel(),
                    genesis.channel().toString());
        }
        channel = Optional.of(ObservedChannel.begin(birth));
        groupInfo = Bytes.wrapUnsafe(
                Payload.control(entry.record()).getGenesis().getGroupInfo().toByteArray());
        return birth.change();
    }

    Genesis genesis() {
        return genesis;
    }

    /** Everything up to this place was looked at: what comes next lies behind it. That is the own server's word alone, and is not kept. */
    void passed(long throughSeq) {
        passed = Math.max(passed, throughSeq);
    }

    /** The place through which the log was looked at. */
    long seq() {
        return Math.max(seq, passed);
    }

    /** The last handshake that this object has followed. */
    Optional<Step> last() {
        return last;
    }

    /** Where the last handshake stands, also if it was followed in an earlier session; empty if none was. */
    Optional<LogPosition> end() {
        return end;
    }

    /**
     * MLSMessage with the GroupInfo of the epoch that it has led to; empty if it has not led out of that in which it began, unless this device was in that
     * itself.
     */
    Bytes groupInfo() {
        return groupInfo;
    }

    /** The group after it; empty before the genesis. */
    Optional<PublicGroup> group() {
        return channel.map(ObservedChannel::group);
    }

    /** The channel after it; empty before the genesis. */
    Optional<ObservedChannel> channel() {
        return channel;
    }
}
