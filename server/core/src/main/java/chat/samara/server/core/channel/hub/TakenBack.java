package chat.samara.server.core.channel.hub;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.OriginTable.Decision;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.List;
import java.util.Optional;

/** As hub: appends what it had ordered before and a follower gave back ({@link TakingBack}), with all that follows from it, as far as its own signature proves it. */
public final class TakenBack {
    private final Channels channels;
    private final Rules rules;
    private final LogWriter writer;
    private final Outbox outbox;
    private final OwnWord ownWord;
    private final LogTable log;
    private final OriginTable origins;

    public TakenBack(
            Journal journal, Channels channels, Rules rules, LogWriter writer, Outbox outbox, OwnWord ownWord) {
        this.channels = channels;
        this.rules = rules;
        this.writer = writer;
        this.outbox = outbox;
        this.ownWord = ownWord;
        this.log = new LogTable(journal);
        this.origins = new OriginTable(journal);
    }

    /** How far a frame is appended. */
    enum Progress {
        /** There is another step to do. */
        UNFINISHED,
        /** All that is proven of it is in the log, and the follower has said that there is more. */
        MORE_BEHIND_IT,
        /** All of it is, up to the head that came with it. */
        COMPLETE
    }

    /**
     * What a follower gave in one frame.
     *
     * @param verified what is true of it if the head that was shown, or what was remembered of earlier frames, is of this log
     */
    Frame frame(Given given, List<EntryIn> entries, LogVerifier.Verified verified, HeadIn head) {
        return new Frame(given, entries, verified, head);
    }

    /** One frame on its way into the log. Of what others have given meanwhile nothing is appended again. */
    final class Frame {
        private final ChannelId id;
        private final Given given;
        private final List<EntryIn> entries;
        private final LogVerifier.Verified verified;
        private final Optional<ProvenHead> covering;
        private final HeadIn head;
        private final int proven;

        private Frame(Given given, List<EntryIn> entries, LogVerifier.Verified verified, HeadIn head) {
            this.id = verified.position().channel();
            this.given = given;
            this.entries = entries;
            this.verified = verified;
            this.covering = TakingBack.covering(verified);
            this.head = head;
            int through = covering.isPresent() ? entries.size() : 0;
            for (int i = entries.size(); through == 0 && i > 0; i--) {
                if (given.hasProven(verified.entries().get(i - 1).position())) {
                    through = i;
                }
            }
            this.proven = through;
        }

        /** Whether there is anything in it to append. */
        boolean provesAny() {
            return proven > 0;
        }

        /** Appends as much as one step may cost. Refused where a rule is broken: then what was appended before that stays. */
        Progress step(LongWork.Budget budget) throws RefusedException {
            Optional<Channel> known = channels.find(id);
            LogPosition end = known.map(Channel::position).orElseGet(() -> LogPosition.start(id));
            int next = behind(end);
            if (next >= proven) {
                given.goOnBehind(end);
                return Progress.MORE_BEHIND_IT;
            }
            Channel channel = known.isPresent()
                    ? known.get()
                    : channels.begin(genesis(id, verified.entries().get(0)));
            if (known.isEmpty()) {
                // From its first entry on this hub is bound by the word that led here: else what waits elsewhere would
                // be ordered before all is back.
                ownWord.shown(head, given.follower().value());
            }
            for (; next < proven; next++) {
                if (budget.isSpent()) {
                    return Progress.UNFINISHED;
                }
                EntryIn in = entries.get(next);
                boolean isLoaded = channel.groupBytesEncoded() > 0;
                append(channel, in, verified.entries().get(next));
                budget.spend();
                if (!isLoaded || in.unverified().record().kind() != RecordKind.APPLICATION) {
                    budget.spend(channel.groupBytesEncoded());
                }
            }
            covering.ifPresent(log::putHead);
            ownWord.tookBack(channel, given.follower());
            given.goOnBehind(channel.position());
            return covering.isEmpty() ? Progress.MORE_BEHIND_IT : Progress.COMPLETE;
        }

        /** Which entry follows on where the log ends; as many as there are if it leads elsewhere. */
        private int behind(LogPosition end) {
            long appended = end.seq() - given.through().seq();
            if (appended < 0 || appended > proven) {
                return proven;
            }
            LogPosition here = appended == 0
                    ? given.through()
                    : verified.entries().get((int) appended - 1).position();
            return here.equals(end) ? (int) appended : proven;
        }
    }

    private Genesis genesis(ChannelId id, Entry first) throws RefusedException {
        Genesis genesis = HandshakeRules.judgeGenesis(
                        Payload.control(first.record()).getGenesis())
                .genesis();
        if (!genesis.channel().equals(id) || !ownWord.isOwn(genesis)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF, "the genesis is of another channel, or of another hub", "genesis");
        }
        return genesis;
    }

    private void append(Channel channel, EntryIn in, Entry entry) throws RefusedException {
        Record record = entry.record();
        Change change = entry.seq() == 1
                ? HandshakeRules.judgeGenesis(Payload.control(record).getGenesis())
                        .change()
                : rules.judgePast(channel, record);
        outbox.noticeRestore(channel, record);
        writer.append(channel, entry, Optional.of(in.originProof()), change);
        if (!record.origin().equals(channels.ownName())) {
            origins.put(record, Decision.ordered(record, entry.seq()));
        }
    }
}
