package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.network.WireTap;
import chat.samara.systemtests.sim.oracle.ShownFrames;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** All that crossed the wires, in the hands of somebody who may use it against those who sent it. */
public final class Loot implements WireTap {
    /** Of each kind and channel or device; the oldest go first. */
    private static final int KEPT_MAX = 40;

    private final ShownFrames shown;
    private final Map<ByteString, NavigableMap<Long, LogEntry>> logs = new HashMap<>();
    private final Map<ByteString, List<SignedHead>> heads = new HashMap<>();
    private final Map<String, List<Entries>> entriesByHost = new HashMap<>();
    private final Map<String, List<WaitingWelcome>> welcomesByHost = new HashMap<>();
    private final Map<String, List<Provisional>> provisionalByHost = new HashMap<>();
    private final Map<String, List<ByteString>> keyPackagesByHost = new HashMap<>();

    /** Frames are read by these, which see all that crosses the wires before this does. */
    Loot(ShownFrames shown) {
        this.shown = shown;
    }

    @Override
    public void sent(End from, byte[] frame) {
        try {
            if (from.port() == Port.PEER) {
                PeerFrame peer = PeerFrame.parseFrom(frame);
                if (peer.hasEntries()) {
                    entries(peer.getEntries());
                }
            } else if (from.dialled()) {
                ClientFrame client = ClientFrame.parseFrom(frame);
                client.getPublishKeyPackages()
                        .getKeyPackagesList()
                        .forEach(keyPackage -> keep(keyPackagesByHost, from.host(), keyPackage));
            } else {
                toDevice(from.remoteHost(), shown.parse(from, frame));
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(from + " sends what cannot be parsed", e);
        }
    }

    @Override
    public void delivered(End to, byte[] frame) {
        // All was seen when it was sent.
    }

    /** What goes over the wires, read with all that has. */
    ShownFrames shown() {
        return shown;
    }

    private void toDevice(String host, ServerFrame frame) throws InvalidProtocolBufferException {
        if (frame.hasEntries()) {
            entries(frame.getEntries());
            keep(entriesByHost, host, frame.getEntries());
        } else if (frame.hasWelcomes()) {
            frame.getWelcomes().getWelcomesList().forEach(welcome -> keep(welcomesByHost, host, welcome));
        } else if (frame.hasProvisional()) {
            keep(provisionalByHost, host, frame.getProvisional());
        }
    }

    private void entries(Entries entries) throws InvalidProtocolBufferException {
        for (LogEntry entry : entries.getEntriesList()) {
            logs.computeIfAbsent(entries.getChannelId(), channel -> new TreeMap<>())
                    .put(Entry.parseFrom(entry.getEntry()).getSeq(), entry);
        }
        if (entries.hasHead()) {
            keep(heads, entries.getChannelId(), entries.getHead());
        }
    }

    private static <K, V> void keep(Map<K, List<V>> kept, K key, V value) {
        List<V> values = kept.computeIfAbsent(key, it -> new ArrayList<>());
        if (!values.contains(value)) {
            values.add(value);
        }
        if (values.size() > KEPT_MAX) {
            values.remove(0);
        }
    }

    /** Channels of which anything was seen, in the order of their ids. */
    List<ByteString> channels() {
        return logs.keySet().stream()
                .sorted(ByteString.unsignedLexicographicalComparator())
                .toList();
    }

    /** What was seen of a channel's log. */
    NavigableMap<Long, LogEntry> log(ByteString channel) {
        return logs.getOrDefault(channel, new TreeMap<>());
    }

    /** The channel's signed genesis, if its first entry was seen. */
    Optional<ByteString> signedGenesis(ByteString channel) {
        LogEntry first = log(channel).get(1L);
        if (first == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ControlPayload.parseFrom(record(first).getPayload())
                    .getGenesis()
                    .getSignedGenesis());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a genesis that cannot be parsed", e);
        }
    }

    /** The handshakes of a channel behind one place and before another. */
    List<LogEntry> handshakes(ByteString channel, long afterSeq, long beforeSeq) {
        if (afterSeq >= beforeSeq) {
            return List.of();
        }
        return log(channel).subMap(afterSeq, false, beforeSeq, false).entrySet().stream()
                .filter(entry -> entry.getKey() == 1 || isHandshake(record(entry.getValue())))
                .map(Map.Entry::getValue)
                .toList();
    }

    private static boolean isHandshake(Record record) {
        return record.getKind() == RecordKind.COMMIT || record.getKind() == RecordKind.PROPOSAL;
    }

    static Record record(LogEntry entry) {
        try {
            return Record.parseFrom(Entry.parseFrom(entry.getEntry()).getRecord());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an entry that cannot be parsed", e);
        }
    }

    List<SignedHead> heads(ByteString channel) {
        return heads.getOrDefault(channel, List.of());
    }

    List<Entries> entriesTo(String host) {
        return entriesByHost.getOrDefault(host, List.of());
    }

    List<WaitingWelcome> welcomesTo(String host) {
        return welcomesByHost.getOrDefault(host, List.of());
    }

    List<Provisional> provisionalTo(String host) {
        return provisionalByHost.getOrDefault(host, List.of());
    }

    /** KeyPackages that the device on this host has published, encoded as MLSMessages. */
    List<ByteString> keyPackagesOf(String host) {
        return keyPackagesByHost.getOrDefault(host, List.of());
    }
}
