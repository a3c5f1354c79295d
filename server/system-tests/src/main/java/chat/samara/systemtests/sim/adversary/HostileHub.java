package chat.samara.systemtests.sim.adversary;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Mangler;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.Liars;
import chat.samara.systemtests.sim.workload.Member;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A hub that shows one follower of each channel another log than all the others, under its own key: it leaves out what was said, exchanges two places,
 * orders what breaks a rule, vouches for an entry that does not exist. Between the lies, and in the end, it shows that follower the true log.
 *
 * <p>The follower has to freeze the channel with what proves it; all others, and that follower's other channels, go on as if nothing were.
 */
public final class HostileHub implements Mangler, Liars {
    private static final int JUNK_BYTES = 64;

    /** What nobody has numbered so far. */
    private static final long NUMBER_OF_NOBODY = 1L << 40;

    /** How the hub deceives its follower. */
    private enum Deceit {
        LEFT_OUT(Happening.HUB_LEFT_OUT),
        EXCHANGED(Happening.HUB_EXCHANGED),
        RULE_BROKEN(Happening.HUB_BROKE_A_RULE),
        ENTRY_OF_NO_LOG(Happening.HUB_VOUCHED_FOR_NOTHING);

        private final Happening what;

        Deceit(Happening what) {
            this.what = what;
        }
    }

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final Chronicle chronicle;
    private final SimulatedServer hub;
    private final Map<String, String> serverOfHost = new HashMap<>();
    private final Mangler honest;

    /** Which follower was shown another log, by channel. */
    private final Map<String, String> misled = new HashMap<>();

    private Optional<Deceit> due = Optional.empty();
    private boolean running = true;

    /** Chooses the hub among the servers. What is no lie is delivered by the other mangler. */
    public HostileHub(
            Scheduler scheduler,
            Trace trace,
            Seed seed,
            Chronicle chronicle,
            List<SimulatedServer> servers,
            List<Member> members,
            Mangler honest) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("hostile hub");
        this.chronicle = chronicle;
        this.hub = this.seed.pick(servers);
        servers.forEach(
                server -> serverOfHost.put(server.name().value(), server.name().value()));
        members.forEach(member ->
                serverOfHost.put(member.device().host(), member.server().name().value()));
        this.honest = honest;
    }

    /** From now on it deceives a follower about this often, whenever there is something to show. */
    public void begin(long everyMillis) {
        scheduler.after(seed.between(0, 2 * everyMillis), () -> {
            if (running) {
                // One that takes several entries waits for its chance.
                due = due.or(() -> Optional.of(seed.pick(List.of(Deceit.values()))));
                begin(everyMillis);
            }
        });
    }

    /** From now on it shows everybody the same. */
    public void end() {
        running = false;
        due = Optional.empty();
    }

    @Override
    public boolean misledByItsHub(String host, String channel) {
        return misled.containsKey(channel) && misled.get(channel).equals(serverOfHost.get(host));
    }

    @Override
    public void givesUp(String server, String channel) {
        if (misled.remove(channel, server)) {
            trace.line(
                    hub.name().value(),
                    "deceived " + server + " in " + channel + " in vain: nobody of it is in that log");
        }
    }

    @Override
    public boolean hasTwoLogs(String channel) {
        return misled.containsKey(channel);
    }

    @Override
    public List<byte[]> deliver(End to, byte[] frame) {
        if (to.port() != Port.PEER) {
            return honest.deliver(to, frame);
        }
        try {
            PeerFrame truth = PeerFrame.parseFrom(frame);
            if (to.host().equals(hub.name().value())) {
                return honest.deliver(to, withoutOtherWords(truth).toByteArray());
            }
            Optional<Entries> shown =
                    due.isPresent() && to.remoteHost().equals(hub.name().value()) ? shown(truth) : Optional.empty();
            Optional<Entries> lie = shown.isPresent() ? deceive(to.host(), due.get(), shown.get()) : Optional.empty();
            return lie.isEmpty()
                    ? honest.deliver(to, frame)
                    : List.of(instead(truth, lie.get()).toByteArray());
        } catch (InvalidProtocolBufferException | RefusedException e) {
            throw new IllegalStateException("a hub sent what cannot be read", e);
        }
    }

    /**
     * The hub's process, which is honest, would keep to its own word, as one does that was restored: where the follower stands in a log that was
     * signed beside the true one is kept from it.
     */
    private PeerFrame withoutOtherWords(PeerFrame frame) {
        if (!frame.hasSharedChannels()) {
            return frame;
        }
        PeerFrame.Builder kept = frame.toBuilder();
        kept.getSharedChannelsBuilder().getChannelsBuilderList().stream()
                .filter(channel -> misled.containsKey(
                        Bytes.of(channel.getChannelId().toByteArray()).hex()))
                .forEach(channel ->
                        channel.clearTerm().clearSeq().clearEntryHash().clearHead());
        return kept.build();
    }

    /** The entries that a follower is shown, in the answer to a pull or beside a hint, with the head behind them. */
    private static Optional<Entries> shown(PeerFrame frame) {
        Entries shown = frame.hasHeadHint()
                ? Entries.newBuilder()
                        .setHead(frame.getHeadHint().getHead())
                        .addAllEntries(frame.getHeadHint().getEntriesList())
                        .build()
                : frame.getEntries();
        boolean isToFollow = frame.hasHeadHint() || frame.getAnswer();
        return isToFollow && shown.hasHead() && shown.getEntriesCount() > 0 ? Optional.of(shown) : Optional.empty();
    }

    private static PeerFrame instead(PeerFrame frame, Entries lie) {
        PeerFrame.Builder other = frame.toBuilder();
        if (frame.hasHeadHint()) {
            other.getHeadHintBuilder().setHead(lie.getHead()).clearEntries().addAllEntries(lie.getEntriesList());
        } else {
            other.setEntries(lie);
        }
        return other.build();
    }

    private Optional<Entries> deceive(String follower, Deceit deceit, Entries truth) throws RefusedException {
        List<EntryIn> entries = new ArrayList<>();
        for (LogEntry entry : truth.getEntriesList()) {
            entries.add(EntryIn.of(entry));
        }
        Entry first = entries.get(0).unverified();
        String channel = first.channel().bytes().hex();
        if (first.seq() < 2 || misled.containsKey(channel)) {
            return Optional.empty();
        }
        Optional<Entries> lie = switch (deceit) {
            case LEFT_OUT -> entries.size() < 2 ? Optional.empty() : Optional.of(leaveOut(entries));
            case EXCHANGED -> entries.size() < 2 ? Optional.empty() : Optional.of(exchange(entries));
            case RULE_BROKEN -> breakARule(entries);
            case ENTRY_OF_NO_LOG -> Optional.of(vouchForNothing(truth, entries));
        };
        if (lie.isPresent()) {
            due = Optional.empty();
            misled.put(channel, follower);
            chronicle.count(deceit.what);
            trace.line(hub.name().value(), "deceives " + follower + " in " + channel + ": " + deceit);
        }
        return lie;
    }

    private Entries leaveOut(List<EntryIn> entries) {
        List<EntryIn> kept = new ArrayList<>(entries);
        kept.remove(entries.size() - 2);
        return orderedAnew(entries.get(0).unverified(), kept);
    }

    private Entries exchange(List<EntryIn> entries) {
        List<EntryIn> other = new ArrayList<>(entries);
        EntryIn last = other.remove(other.size() - 1);
        other.add(other.size() - 1, last);
        return orderedAnew(entries.get(0).unverified(), other);
    }

    /** The hub has a device say what is no commit: the last that has said anything here; what the hub itself says is of none. */
    private Optional<Entries> breakARule(List<EntryIn> entries) {
        return entries.stream()
                .flatMap(entry -> entry.unverified().record().device().stream())
                .reduce((earlier, last) -> last)
                .map(device -> breakARule(entries, device));
    }

    private Entries breakARule(List<EntryIn> entries, DeviceId device) {
        Record last = entries.get(entries.size() - 1).unverified().record();
        Record junk = Record.of(new Record.Content(
                last.channel(),
                hub.name(),
                1,
                NUMBER_OF_NOBODY,
                RecordKind.COMMIT,
                last.epoch(),
                IdempotencyKey.random(seed),
                Optional.of(device),
                Bytes.of(seed.bytes(JUNK_BYTES)),
                last.originTimeMillis()));
        BatchSigner batch = new BatchSigner();
        int place = batch.add(junk);
        Entry before = entries.get(entries.size() - 1).unverified();
        Entry broken = before.position().append(junk, before.acceptedTimeMillis());
        Entries.Builder shown = Entries.newBuilder().setChannelId(channelOf(broken));
        entries.forEach(entry -> shown.addEntries(entry.toProto()));
        shown.addEntries(broken.toProto(batch.sign(hub.rootKey()).proof(place)));
        return shown.setHead(vouchFor(broken.position())).build();
    }

    private Entries vouchForNothing(Entries truth, List<EntryIn> entries) {
        Entry last = entries.get(entries.size() - 1).unverified();
        ChannelId channel = last.channel();
        LogPosition nowhere = new LogPosition(channel, last.term(), last.seq(), Bytes.of(seed.bytes(Sha256.BYTES)));
        return truth.toBuilder().setHead(vouchFor(nowhere)).build();
    }

    /** The records of these entries, one after the other from the first one's place on. */
    private Entries orderedAnew(Entry first, List<EntryIn> inThisOrder) {
        LogPosition position =
                new LogPosition(first.channel(), first.term(), first.seq() - 1, first.previousEntryHash());
        Entries.Builder shown = Entries.newBuilder().setChannelId(channelOf(first));
        for (EntryIn each : inThisOrder) {
            Entry entry = position.append(
                    each.unverified().record(), each.unverified().acceptedTimeMillis());
            shown.addEntries(entry.toProto(each.originProof()));
            position = entry.position();
        }
        return shown.setHead(vouchFor(position)).build();
    }

    private static ByteString channelOf(Entry entry) {
        return ByteString.copyFrom(entry.channel().bytes().toByteArray());
    }

    private SignedHead vouchFor(LogPosition position) {
        Head head = Head.of(position, position.seq());
        BatchSigner batch = new BatchSigner();
        int place = batch.add(head);
        return new ProvenHead(head, batch.sign(hub.rootKey()).proof(place)).toProto();
    }
}
