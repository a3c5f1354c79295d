package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads every log by the rules that hold for all: so it knows whom the logs blame. */
final class RuleBook {
    private final Map<String, TreeMap<Long, Entry>> waiting = new TreeMap<>();
    private final Map<String, Long> seqs = new TreeMap<>();
    private final Map<String, ObservedChannel> channels = new TreeMap<>();

    /** Somebody shows an entry that stands in the log; in any order, and any number of times. */
    void observe(LogEntry shown) {
        try {
            Entry entry = EntryIn.shown(shown).unverified();
            String channel = entry.channel().bytes().hex();
            TreeMap<Long, Entry> entries = waiting.computeIfAbsent(channel, it -> new TreeMap<>());
            if (entry.seq() > seqs.getOrDefault(channel, 0L)) {
                entries.put(entry.seq(), entry);
            }
            Entry next = entries.remove(seqs.getOrDefault(channel, 0L) + 1);
            while (next != null) {
                apply(channel, next);
                seqs.put(channel, next.seq());
                next = entries.remove(next.seq() + 1);
            }
        } catch (RefusedException e) {
            throw new InvariantViolation(
                    Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH,
                    "a log holds what its hub had to refuse: " + e.refusal(),
                    e);
        }
    }

    private void apply(String channel, Entry entry) throws RefusedException {
        RecordKind kind = entry.record().kind();
        if (entry.seq() == 1) {
            channels.put(
                    channel,
                    ObservedChannel.begin(HandshakeRules.judgeGenesis(
                            Payload.control(entry.record()).getGenesis())));
        } else if (kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL) {
            Optional.ofNullable(channels.get(channel)).orElseThrow().follow(entry.record());
        }
    }

    /** The first channel in which somebody with this identity key may commit no more. */
    Optional<String> whereBarred(Bytes identityKey) {
        return channels.entrySet().stream()
                .filter(entry -> entry.getValue().blame().isBarred(identityKey))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
