package chat.samara.systemtests.sim.oracle;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.GroupVault;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.disk.DeviceDisk;
import chat.samara.systemtests.sim.disk.DiskWatch;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.network.WireTap;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.LoginBody;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Taps the wires and the servers' disks during a run, and keeps the books by which the run is judged. */
public final class Oracle implements WireTap, DiskWatch {
    private final ShownFrames shown;
    private final LogBook logs = new LogBook();
    private final ReceiptBook receipts;
    private final MembershipBook memberships = new MembershipBook(logs);
    private final Chronicle chronicle = new Chronicle();
    private final DeviceBook devices = new DeviceBook();
    private final SubmissionBook submissions = new SubmissionBook();
    private final TellingBook telling =
            new TellingBook(logs, memberships, submissions, devices::idsHeardOfOn, this::liars);
    private final IdentityBook identities = new IdentityBook();
    private final RuleBook rules = new RuleBook();
    private final SealingWatch sealing;
    private Liars liars = Liars.NONE;
    private final PlaintextWatch plaintext = new PlaintextWatch();
    private final Function<String, Optional<DeviceDisk>> diskOfHost;
    private final AckBook acks;
    private final Map<String, TreeSet<Long>> servedByReader = new HashMap<>();
    private final Map<String, Long> setBackBehind = new HashMap<>();
    private final List<RemovedDevice> removed = new ArrayList<>();
    private final TreeSet<String> removalsSeen = new TreeSet<>();

    /**
     * Reads the virtual time, milliseconds, from the clock. The functions give the disk of the device on a host, to copy it just before the
     * device learns of its removal, and that of a server, by its name.
     */
    public Oracle(
            LongSupplier clock,
            Function<String, Optional<DeviceDisk>> diskOfHost,
            Function<String, Optional<Store>> diskOfServer) {
        this.shown = new ShownFrames(diskOfServer);
        this.acks = new AckBook(
                logs,
                devices,
                submissions,
                this::liars,
                (server, name) -> diskOfServer
                        .apply(server)
                        .filter(disk -> DiskReader.mayHaveForgotten(disk, name))
                        .isPresent());
        this.receipts = new ReceiptBook(clock);
        this.diskOfHost = diskOfHost;
        this.sealing = new SealingWatch(memberships, () -> liars.forgedGroups());
    }

    /** From now on these lie. */
    public void knowLiars(Liars known) {
        liars = known;
    }

    /** Who lies. */
    public Liars liars() {
        return liars;
    }

    /** Everything that stood in a log. */
    public LogBook logs() {
        return logs;
    }

    /** Reads what servers send to devices, with all that has crossed the wires so far. */
    public ShownFrames shown() {
        return shown;
    }

    /** What servers promised. */
    public AckBook acks() {
        return acks;
    }

    /** What devices heard of their messages. */
    public ReceiptBook receipts() {
        return receipts;
    }

    /** What happened, counted. */
    public Chronicle chronicle() {
        return chronicle;
    }

    /** Under which names devices log in. */
    public DeviceBook devices() {
        return devices;
    }

    /** What devices told. */
    public TellingBook telling() {
        return telling;
    }

    /** A device tells its application. */
    public void told(String host, ClientEvent event) {
        if (event instanceof ClientEvent.DeviceReplaced) {
            devices.staysAway(host);
        } else if (event instanceof ClientEvent.ChannelJoined joined) {
            devices.joined(host, joined.channel().bytes().hex(), joined.seq());
        } else if (event instanceof ClientEvent.PlaceRegained regained) {
            devices.joined(host, regained.channel().bytes().hex(), regained.seq());
        } else if (event instanceof ClientEvent.PlaceLost lost) {
            String channel = lost.channel().bytes().hex();
            Optional.ofNullable(logs.log(channel).get(lost.seq()))
                    .ifPresent(commit ->
                            devices.losesPlace(host, channel, commit.content().getEpoch()));
        }
        telling.told(host, event);
        chronicle.told(host, event);
    }

    /** Who was a member when. */
    public MembershipBook memberships() {
        return memberships;
    }

    /** Under which keys members opened their accounts. */
    IdentityBook identities() {
        return identities;
    }

    /** A member has lost its profile, and begins anew on another host, under another identity key. */
    public void beginsAnew(String host, UserId user) {
        devices.beginsAnew(host);
        identities.beginsAnew(user);
    }

    /** Whether this is the identity key of the member's present account, as people compare them face to face. */
    public boolean isKeyOf(UserId user, Bytes identityKey) {
        return identities.present(user).equals(Optional.of(identityKey));
    }

    /** What the rules make of the logs. */
    RuleBook rules() {
        return rules;
    }

    /** What devices handed over. */
    SubmissionBook submissions() {
        return submissions;
    }

    /** Whether a stretch of a member's device goes on where one of another device of the same member ended: by an external commit. */
    boolean isReturn(String channel, String member, Stretch stretch) {
        return memberships.stretches(channel, devices.idsOf(member)).stream()
                .anyMatch(before -> before.leaveSeq() == stretch.joinSeq());
    }

    /** Where the member's present stay in the channel began, returns left out of account; empty if no device of theirs is in it. */
    public OptionalLong joinedAt(String channel, String member) {
        List<Stretch> stretches = memberships.stretches(channel, devices.idsOf(member));
        Optional<Stretch> found = stretches.stream().filter(Stretch::open).findFirst();
        while (found.isPresent()) {
            Stretch stretch = found.get();
            Optional<Stretch> before = stretches.stream()
                    .filter(earlier -> earlier.leaveSeq() == stretch.joinSeq())
                    .findFirst();
            if (before.isEmpty()) {
                return OptionalLong.of(stretch.joinSeq());
            }
            found = before;
        }
        return OptionalLong.empty();
    }

    /**
     * Whether the device on a host knows nothing of a stay that is over, since its server lied about the Welcome to it or about the handshakes that
     * prove it, until it was added anew. That is no more than a server can do that keeps the Welcome to itself.
     */
    boolean wasKeptOut(String host, String channel, Stretch stretch) {
        return !stretch.open()
                && !devices.hasToldOf(host, channel, stretch)
                && liars.liedAboutJoining(host, channel, stretch.joinSeq());
    }

    /**
     * A stay that is over and that the device on a host has still to learn of, by a Welcome that waits for it; empty if there is none. It may be a member no
     * more than before, and as far as it knows all is at rest. Of a store that was set back or copied nobody can say whether it learns of any.
     */
    Optional<Stretch> stayToLearnOf(String host, String channel) {
        return devices.isDisturbed(host)
                ? Optional.empty()
                : Stretch.firstOver(
                        memberships.stretches(channel, devices.idsOn(host)),
                        stretch -> devices.hasToldOf(host, channel, stretch) || wasKeptOut(host, channel, stretch));
    }

    /** The store on this host was set back behind this place of a channel's log. */
    public void setBackBehind(String host, String channel, long seq) {
        setBackBehind.put(host + " " + channel, seq);
    }

    /** Whether the device was added to the channel by a KeyPackage of a state that its store was set back behind: nobody can answer under that leaf. */
    boolean isJoiningLost(String host, String channel) {
        long behind = setBackBehind.getOrDefault(host + " " + channel, 0L);
        OptionalLong joined = joinedAt(channel, SimulatedDevice.memberOf(host));
        return devices.isDisturbed(host) && joined.isPresent() && joined.getAsLong() > behind;
    }

    /** The store on this host has confirmed a commit. */
    public void committed(String host) {
        telling.committed(host);
        devices.committed(host);
    }

    /** It turns out that the last one is gone. */
    public void lastCommitLost(String host) {
        telling.lastCommitLost(host);
        devices.lastCommitLost(host);
    }

    /** The disk of the device on this host. */
    public Optional<DeviceStore> diskOn(String host) {
        return diskOfHost.apply(host).map(disk -> disk);
    }

    /** The id, in hex, of the device on this host, once it has logged in or registered. */
    public Optional<String> deviceOn(String host) {
        return devices.idOn(host);
    }

    @Override
    public void sent(End from, byte[] frame) {
        plaintext.search(frame, from + " (on the wire)");
        shown.sent(from, frame);
        try {
            if (from.port() == Port.PEER) {
                PeerFrame peer = PeerFrame.parseFrom(frame);
                if (peer.hasEntries()) {
                    observe(peer.getEntries(), from.host());
                }
            } else if (from.dialled()) {
                deviceSent(from, shown.request(frame));
            } else {
                ServerFrame sent = shown.parse(from, frame);
                if (sent.hasEntries() && ServerFrame.parseFrom(frame).hasTerseEntries()) {
                    chronicle.count(Happening.ENTRIES_TERSE);
                } else if (sent.hasTerseEntries() && shown.isOfAChannel(sent.getTerseEntries())) {
                    throw new IllegalStateException(from + " sends " + from.remoteHost()
                            + " a frame in which nobody finds what it leaves out: " + sent);
                }
                serverSent(from, sent);
            }
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, from + " sends a frame that cannot be parsed", e);
        }
    }

    private void deviceSent(End from, ClientFrame frame) throws InvalidProtocolBufferException {
        ByteString body = frame.hasRegister()
                ? frame.getRegister().getLoginBody()
                : frame.hasLogin()
                        ? frame.getLogin().getLoginBody()
                        : frame.hasReplaceDevice() ? frame.getReplaceDevice().getLoginBody() : ByteString.EMPTY;
        if (!body.isEmpty()) {
            if (frame.hasReplaceDevice()) {
                chronicle.count(Happening.REPLACEMENT_ASKED);
            }
            devices.provesItself(from.host(), Hex.of(LoginBody.parseFrom(body).getDeviceId()));
        }
        identities.sent(frame);
        if (frame.hasSubmit() && frame.getRequestId() < SimulatedDevice.INJECTED_FROM) {
            submissions.submitted(devices.idOn(from.host()).orElse(""), frame.getSubmit());
            diskOfHost.apply(from.host()).ifPresent(disk -> lookAtSealing(from.host(), disk, frame.getSubmit()));
        }
    }

    private void lookAtSealing(String host, DeviceDisk disk, Submit submit) {
        try {
            sealing.submitted(host, disk, submit);
        } catch (DeviceStoreException e) {
            // The oracle reads of a failing disk what its device does not: the device is judged by what it makes of
            // that itself.
            if (!disk.isToBlame()) {
                throw e;
            }
        }
    }

    private void serverSent(End from, ServerFrame frame) {
        if (frame.hasLoggedIn()) {
            devices.loggedIn(from.remoteHost());
        }
        String device = devices.idOn(from.remoteHost()).orElse("");
        if (frame.hasReceipt()) {
            acks.observe(from.host(), device, frame.getReceipt());
            chronicle.answered(frame.getReceipt());
        } else if (frame.hasEntries()) {
            List<Place> places = observe(frame.getEntries(), from.host());
            for (Place place : places) {
                servedByReader
                        .computeIfAbsent(
                                place.channel() + " " + SimulatedDevice.memberOf(from.remoteHost()),
                                key -> new TreeSet<>())
                        .add(place.seq());
            }
        }
    }

    private List<Place> observe(Entries entries, String somebody) {
        List<Place> places = new ArrayList<>();
        if (liars.misledByItsHub(somebody, Hex.of(entries.getChannelId()))) {
            return places;
        }
        for (LogEntry entry : entries.getEntriesList()) {
            Place place = logs.observe(entry, somebody);
            places.add(place);
            memberships.advance(place.channel());
            rules.observe(entry);
        }
        if (entries.hasHead()) {
            logs.observe(entries.getHead(), somebody);
        }
        return places;
    }

    @Override
    public void delivered(End to, byte[] frame) {
        shown.delivered(to, frame);
        if (to.port() == Port.CLIENT && to.dialled()) {
            try {
                ServerFrame server = shown.parse(to, frame);
                if (server.hasEntries()) {
                    copyDiskBeforeRemoval(to.host(), server.getEntries());
                } else if (server.hasReceipt()) {
                    receipts.arrived(devices.idOn(to.host()).orElse(""), server.getReceipt());
                }
            } catch (InvalidProtocolBufferException e) {
                // Only a tampering network delivers what was not sent; the device has to cope with it.
                return;
            }
        }
    }

    private void copyDiskBeforeRemoval(String host, Entries entries) throws InvalidProtocolBufferException {
        String device = devices.idOn(host).orElse("");
        String channel = Hex.of(entries.getChannelId());
        for (LogEntry entry : entries.getEntriesList()) {
            long seq = Entry.parseFrom(entry.getEntry()).getSeq();
            if (memberships.removedAt(channel, seq).contains(device)
                    && removalsSeen.add(channel + " " + device + " " + seq)) {
                diskOfHost
                        .apply(host)
                        .ifPresent(disk -> removed.add(new RemovedDevice(device, channel, seq, disk.copy())));
            }
        }
    }

    @Override
    public void written(String server, WriteBatch batch) {
        for (WriteBatch.Change change : batch.changes()) {
            if (change instanceof WriteBatch.Put put) {
                plaintext.search(put.key().arrayUnsafe(), server + " (on disk, in " + put.table() + ")");
                plaintext.search(put.value().arrayUnsafe(), server + " (on disk, in " + put.table() + ")");
                DiskReader.droppedChannel(put).ifPresent(channel -> liars.givesUp(server, channel));
            }
        }
    }

    /** I6: what servers served to devices, and what removed devices can make of the log. Gives the number of tries. */
    public int checkOutsiders() {
        servedByReader.forEach((reader, places) -> {
            String channel = reader.substring(0, reader.indexOf(' '));
            List<Stretch> stretches =
                    memberships.stretches(channel, devices.idsOf(reader.substring(reader.indexOf(' ') + 1)));
            for (long seq : places) {
                if (stretches.stream().noneMatch(stretch -> stretch.covers(seq))) {
                    throw new InvariantViolation(
                            Invariant.I6_OTHERS_READ_NOTHING,
                            "place " + seq + " was served to (channel, member) " + reader + ", a member in "
                                    + stretches);
                }
            }
        });
        return removed.stream()
                .mapToInt(device -> device.tryToRead(
                        Oracle::load, logs.log(device.channel()).values()))
                .sum();
    }

    /** Opening takes no randomness, and nothing that is opened depends on the time. */
    private static Optional<Group> load(DeviceDisk disk, ChannelId channel) {
        return GroupVault.load(disk, channel, new Seed(0), () -> Instant.ofEpochMilli(Scheduler.START_MILLIS));
    }

    /** Copies of disks of removed devices that the oracle holds. */
    public int removedDevices() {
        return removed.size();
    }
}
