package chat.samara.systemtests.sim;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.KeyPackageSupply;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.store.Store;
import chat.samara.systemtests.sim.SimulationConfig.Life;
import chat.samara.systemtests.sim.actor.DeviceFaults;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.systemtests.sim.actor.Surroundings;
import chat.samara.systemtests.sim.adversary.HostileHub;
import chat.samara.systemtests.sim.adversary.HostileMember;
import chat.samara.systemtests.sim.adversary.OwnServerLies;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.disk.DeviceDisk;
import chat.samara.systemtests.sim.disk.ProfileDisk;
import chat.samara.systemtests.sim.disk.RowDisk;
import chat.samara.systemtests.sim.network.Mangler;
import chat.samara.systemtests.sim.network.Network;
import chat.samara.systemtests.sim.oracle.Convergence;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.Invariant;
import chat.samara.systemtests.sim.oracle.InvariantViolation;
import chat.samara.systemtests.sim.oracle.Judgement;
import chat.samara.systemtests.sim.oracle.Oracle;
import chat.samara.systemtests.sim.oracle.SpeechBook;
import chat.samara.systemtests.sim.oracle.Witnesses;
import chat.samara.systemtests.sim.workload.Conversation;
import chat.samara.systemtests.sim.workload.Copies;
import chat.samara.systemtests.sim.workload.EpochStorm;
import chat.samara.systemtests.sim.workload.Fate;
import chat.samara.systemtests.sim.workload.LongSilence;
import chat.samara.systemtests.sim.workload.Member;
import chat.samara.systemtests.sim.workload.NewProfiles;
import chat.samara.systemtests.sim.workload.Repeater;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One run: servers are peered, members join, talk, add and remove each other while everything fails that can; then all
 * heals, and within a bounded time everybody must have the same log, nothing may wait, and every invariant must hold.
 */
public final class Simulation {
    private static final List<String> SERVERS = List.of("berlin.example", "tunis.example", "hanoi.example");
    private static final List<String> MEMBERS = List.of("alice", "bilal", "chau", "dunya", "emre", "farid");
    private static final long SETTLE_MILLIS = 20_000;
    private static final long REVIVE_EVERY_MILLIS = 60_000;
    private static final long POLL_MILLIS = 5_000;
    private static final double LIES = 0.75;
    private static final long LIE_EVERY_MILLIS = 60_000;
    private static final long SABOTAGE_EVERY_MILLIS = 40_000;
    private static final long DECEIT_EVERY_MILLIS = 60_000;
    /** I8: how long after healing everything must be at rest. */
    static final long CONVERGENCE_MILLIS_MAX = 30 * 60_000;

    private static final int DEVICES_PER_PROFILE_DISK = 3;

    /** In so many of all runs weeks pass in which machines are off. */
    private static final double SILENCE_IN = 0.25;

    /** In so many of all runs a channel passes more epochs than devices keep. */
    private static final double STORM_IN = 0.4;

    /** In so many of all runs somebody loses a profile and begins anew. */
    private static final double NEW_PROFILE_IN = 0.3;

    /** In so many of all runs profiles are copied and put back; the others are judged without regard for that. */
    private static final double COPIES_IN = 0.5;

    /** Where servers lie, so many members copy profiles; to the others it is lied. */
    private static final double COPIED_WHERE_SERVERS_LIE = 0.5;

    private static final long MINUTE_MILLIS = 60_000;
    private static final long HOUR_MILLIS = 60 * MINUTE_MILLIS;

    private final SimulationConfig config;
    private final Scheduler scheduler = new Scheduler();
    private final Seed seed;
    private final Trace trace;
    private final Network network;
    private final Oracle oracle;
    private final SpeechBook speech = new SpeechBook();
    private final List<SimulatedServer> servers = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final Conversation conversation;
    private final Fate fate;
    private final Copies copies;
    private final LongSilence silence;
    private final EpochStorm storm;
    private final NewProfiles newProfiles;
    private Optional<OwnServerLies> lies = Optional.empty();
    private Optional<HostileMember> hostile = Optional.empty();
    private Optional<HostileHub> hostileHub = Optional.empty();
    private long vainReads;

    public Simulation(SimulationConfig config) {
        this.config = config;
        this.seed = new Seed(config.seed());
        this.trace = new Trace(scheduler, config.traceListener());
        this.network = new Network(scheduler, seed.stream("network"));
        this.oracle = new Oracle(
                scheduler::nowMillis,
                host -> members.stream()
                        .filter(member -> member.device().host().equals(host))
                        .map(member -> member.device().disk())
                        .findFirst(),
                name -> servers.stream()
                        .filter(server -> server.name().value().equals(name))
                        .map(server -> (Store) server.disk())
                        .findFirst());
        network.tap(oracle);
        if (!config.framesOf().isEmpty()) {
            network.tap(new FrameLog(config.framesOf(), scheduler, config.traceListener()));
        }
        Surroundings surroundings = new Surroundings(scheduler, trace, network, seed);
        CoreConfig coreConfig = SimulationConfig.coreConfig(
                seed.pick(List.of(72 * HOUR_MILLIS, 20 * MINUTE_MILLIS, 2 * MINUTE_MILLIS)));
        for (String name : SERVERS) {
            servers.add(
                    new SimulatedServer(surroundings, new ServerName(name), coreConfig, config.serverFaults(), oracle));
        }
        for (int i = 0; i < MEMBERS.size(); i++) {
            String name = MEMBERS.get(i);
            SimulatedServer server = servers.get(i % servers.size());
            String host = SimulatedDevice.hostOf(name);
            SimulatedDevice device = device(surroundings, host, seed.stream(name), diskFor(host));
            members.add(new Member(new UserId(name, server.name()), device, server));
        }
        if (config.life() == Life.WITH_A_HOSTILE_MEMBER) {
            hostile = Optional.of(beHostile(seed.stream("who is hostile").pick(members)));
        }
        network.mangleWith(config.mangler().orElseGet(this::usualMangler));
        this.conversation = new Conversation(scheduler, trace, seed, speech, members);
        this.copies = new Copies(
                scheduler,
                trace,
                seed,
                oracle,
                speech,
                members,
                this::copiesProfiles,
                start -> device(surroundings, start.host(), seed.stream(start.host()), start.disk()));
        this.fate = new Fate(scheduler, trace, network, seed, oracle.chronicle(), servers, members);
        this.silence = new LongSilence(scheduler, trace, seed, oracle.chronicle(), fate, servers, members);
        this.storm = new EpochStorm(scheduler, trace, network, seed, conversation, members);
        this.newProfiles = new NewProfiles(
                scheduler,
                trace,
                seed,
                oracle,
                speech,
                conversation,
                members,
                host -> device(surroundings, host, seed.stream(host), diskFor(host)));
    }

    private HostileMember beHostile(Member member) {
        oracle.devices().isHostile(member.user().local());
        HostileMember changed = new HostileMember(scheduler, trace, seed, oracle.chronicle(), member::device);
        network.tap(changed);
        return changed;
    }

    private boolean isHostile(String host) {
        return hostile.isPresent() && oracle.devices().isHostileMember(SimulatedDevice.memberOf(host));
    }

    private SimulatedDevice device(Surroundings surroundings, String host, Seed ofDevice, DeviceDisk disk) {
        SimulatedDevice device = new SimulatedDevice(
                surroundings, host, ofDevice, engineConfig(), config.deviceFaults(), disk, event -> heard(host, event));
        device.keepBooks(
                () -> {
                    oracle.committed(host);
                    speech.committed(host);
                },
                () -> {
                    trace.line(host, "the last commit of its store is gone");
                    oracle.lastCommitLost(host);
                    speech.lastCommitLost(host);
                    scheduler.after(0, () -> isSetBackBehind(device));
                });
        return device;
    }

    private void isSetBackBehind(SimulatedDevice device) {
        device.engine().stream()
                .flatMap(engine -> engine.channels().stream())
                .forEach(channel ->
                        oracle.setBackBehind(device.host(), channel.id().bytes().hex(), channel.seq()));
    }

    /**
     * Where servers lie, some members copy their profiles and the others are lied to: what a server says to a copy is what tells it that it is
     * one, so a copy that is lied to is promised less than the oracle asks of either.
     */
    private boolean copiesProfiles(Member member) {
        return happens("copies", COPIES_IN)
                && (lies.isEmpty() || seed.stream("copies of " + member.user()).chance(COPIED_WHERE_SERVERS_LIE));
    }

    /** Every third device has the store that profiles have on people's disks, unless the quick one is to be broken. */
    private DeviceDisk diskFor(String host) {
        Seed ofDisk = seed.stream("disk of " + host);
        boolean real = (config.life() == Life.EVENTFUL)
                && config.deviceFaults().equals(DeviceFaults.NONE)
                && ofDisk.below(DEVICES_PER_PROFILE_DISK) == 0;
        return real
                ? new ProfileDisk(ofDisk)
                : new RowDisk(config.deviceFaults().disk());
    }

    /** In most runs some servers lie for a while to devices of theirs; the others show what happens without. */
    private Mangler usualMangler() {
        Repeater repeater = new Repeater(seed);
        if (config.life() == Life.WITH_A_HOSTILE_HUB) {
            return hostileHub(repeater);
        }
        if (config.life() == Life.WITH_A_HOSTILE_MEMBER
                || (!config.liesAtFirstSight() && !seed.stream("who lies").chance(LIES))) {
            return repeater;
        }
        OwnServerLies liars = new OwnServerLies(
                scheduler,
                trace,
                network,
                seed,
                oracle.chronicle(),
                oracle.shown(),
                members,
                member -> !copiesProfiles(member),
                config.liesAtFirstSight(),
                repeater);
        lies = Optional.of(liars);
        oracle.knowLiars(liars);
        return liars;
    }

    private Mangler hostileHub(Repeater repeater) {
        HostileHub hub = new HostileHub(scheduler, trace, seed, oracle.chronicle(), servers, members, repeater);
        hostileHub = Optional.of(hub);
        oracle.knowLiars(hub);
        return hub;
    }

    /** Few KeyPackages, so that they run out; else as on people's devices. */
    private static EngineConfig engineConfig() {
        EngineConfig standard = EngineConfig.standard();
        return new EngineConfig(
                List.of(
                        new KeyPackageSupply(ChannelSuite.STANDARD, 4, 2),
                        new KeyPackageSupply(ChannelSuite.POST_QUANTUM, 2, 1)),
                standard.reconnectMillisMin(),
                standard.reconnectMillisMax(),
                standard.pingEveryMillis(),
                standard.silenceMillisMax(),
                standard.retryMillisMin(),
                standard.retryMillisMax(),
                standard.changeAttemptsMax(),
                standard.creditBytes());
    }

    private void heard(String host, ClientEvent event) {
        trace.line(host, "hears " + brief(event));
        if (isHostile(host)) {
            return;
        }
        oracle.told(host, event);
        copies.heard(host, event);
        newProfiles.heard(host, event);
        if (event instanceof ClientEvent.DeviceRenewed) {
            losesPlaces(host);
        }
        if (event instanceof ClientEvent.MessageStateChanged changed
                && changed.own()
                && changed.state() == MessageState.REFUSED) {
            speech.refused(changed.id());
        } else if (event instanceof ClientEvent.MessageRenamed renamed) {
            speech.renamed(renamed.before(), renamed.now());
        } else if (event instanceof ClientEvent.ForkDetected fork
                && !oracle.liars().hasTwoLogs(fork.channel().bytes().hex())) {
            throw new InvariantViolation(Invariant.I2_ONE_LOG, host + " detects a fork: " + fork);
        } else if (event instanceof ClientEvent.WelcomeRefused refused
                && !oracle.liars().hasTwoLogs(refused.channel().bytes().hex())
                && !wasLiedTo(host)
                && !oracle.devices().isDisturbed(host)) {
            throw new InvariantViolation(Invariant.I5_MEMBERS_READ_EVERYTHING, host + " cannot join: " + refused);
        }
    }

    /** A device goes on under a new key: in no channel has that a place yet. */
    private void losesPlaces(String host) {
        members.stream()
                .map(Member::device)
                .filter(device -> device.host().equals(host))
                .flatMap(device -> device.engine().stream())
                .flatMap(engine -> engine.channels().stream())
                .filter(channel -> channel.membership() == Membership.RETURNING)
                .forEach(channel ->
                        oracle.devices().losesPlace(host, channel.id().bytes().hex(), channel.epoch()));
    }

    private boolean wasLiedTo(String host) {
        return lies.filter(liars -> liars.everLiedTo(host)).isPresent();
    }

    private static String brief(ClientEvent event) {
        String text = event.toString();
        return text.length() > 400 ? text.substring(0, 400) + "…" : text;
    }

    /** Plays the run. Every failure, of whatever kind, is in the result. */
    public SimulationResult run() {
        Optional<InvariantViolation> violation = Optional.empty();
        try {
            begin();
            long chaosMillis = config.chaosMinutes() > 0
                    ? config.chaosMinutes() * MINUTE_MILLIS
                    : seed.between(15 * MINUTE_MILLIS, 4 * HOUR_MILLIS);
            chaos(chaosMillis);
            heal();
        } catch (InvariantViolation e) {
            violation = Optional.of(e);
        } catch (RuntimeException e) {
            violation = Optional.of(
                    new InvariantViolation(Invariant.I9_NO_INPUT_STOPS_ANYTHING, "the run itself failed: " + e, e));
        }
        violation.ifPresent(found -> trace.line("oracle", String.valueOf(found.getMessage())));
        long entries = oracle.logs().channels().stream()
                .mapToLong(channel -> oracle.logs().log(channel).size())
                .sum();
        long lost = violation
                .filter(found -> found.invariant() == Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST)
                .map(found -> Math.max(1, oracle.acks().lost()))
                .orElse(0L);
        List<String> lastLines = trace.lastLines();
        return new SimulationResult(
                config.seed(),
                violation,
                trace.finish(),
                scheduler.elapsedMillis(),
                scheduler.executed(),
                oracle.acks().acknowledged(),
                lost,
                entries,
                speech.attempts(),
                vainReads,
                oracle.chronicle().counts(),
                lastLines);
    }

    private void begin() {
        servers.forEach(SimulatedServer::start);
        for (SimulatedServer one : servers) {
            one.admin(new AdminCommand.ShowPeerLink(), result -> {
                if (result instanceof AdminResult.OwnPeerLink own) {
                    servers.stream()
                            .filter(other -> other != one)
                            .forEach(other -> other.admin(
                                    new AdminCommand.AddPeer(own.link()),
                                    added -> trace.line(
                                            other.name().value(), "peers with " + one.name() + ": " + added)));
                }
            });
        }
        members.forEach(member -> member.device().start());
        scheduler.runUntil(scheduler.nowMillis() + SETTLE_MILLIS);
    }

    private void chaos(long chaosMillis) {
        conversation.begin(seed.between(4_000, 20_000));
        fate.begin(seed.between(20_000, 180_000));
        lies.ifPresent(liars -> liars.begin(LIE_EVERY_MILLIS));
        hostile.ifPresent(member -> member.begin(SABOTAGE_EVERY_MILLIS));
        hostileHub.ifPresent(hub -> hub.begin(DECEIT_EVERY_MILLIS));
        if (happens("new profiles", NEW_PROFILE_IN)) {
            newProfiles.begin(chaosMillis);
        }
        if (happens("storm", STORM_IN)) {
            storm.begin();
        }
        if (happens("copies", COPIES_IN)) {
            copies.begin(seed.between(20_000, 120_000));
        }
        long end = scheduler.nowMillis() + chaosMillis;
        while (scheduler.nowMillis() < end) {
            scheduler.runUntil(Math.min(end, scheduler.nowMillis() + REVIVE_EVERY_MILLIS));
            fate.revive();
        }
        if (happens("silence", SILENCE_IN)) {
            silence.pass();
        }
        conversation.end();
        lies.ifPresent(OwnServerLies::end);
        hostile.ifPresent(HostileMember::end);
        hostileHub.ifPresent(HostileHub::end);
        storm.end();
        newProfiles.end();
        copies.end();
        fate.end();
    }

    private boolean happens(String what, double in) {
        return (config.life() == Life.EVENTFUL)
                && seed.stream("whether " + what).chance(in);
    }

    private void heal() {
        converge("after healing");
        conversation.lastWords();
        converge("after the last words");
        vainReads = new Judgement(oracle, speech).judge(witnesses());
        for (String channel : oracle.logs().channels()) {
            for (int i = 0; i < oracle.memberships().closings(channel); i++) {
                oracle.chronicle().count(Happening.EPOCH_CLOSED);
            }
            for (int i = 0; i < oracle.memberships().closedBeyondKept(channel); i++) {
                oracle.chronicle().count(Happening.EPOCHS_BEYOND_KEPT);
            }
        }
    }

    private void converge(String when) {
        Convergence convergence = new Convergence(oracle, speech);
        long begun = scheduler.nowMillis();
        Optional<String> unfinished;
        do {
            scheduler.runUntil(scheduler.nowMillis() + POLL_MILLIS);
            copies.repair();
            unfinished = convergence.unfinished(witnesses());
        } while (unfinished.isPresent() && scheduler.nowMillis() < begun + CONVERGENCE_MILLIS_MAX);
        if (unfinished.isPresent()) {
            throw new InvariantViolation(
                    Invariant.I8_CONVERGENCE,
                    CONVERGENCE_MILLIS_MAX / MINUTE_MILLIS + " minutes " + when + ": " + unfinished.get());
        }
        trace.line("oracle", "at rest " + when + " within " + (scheduler.nowMillis() - begun) / 1000 + " s");
    }

    private Witnesses witnesses() {
        List<Witnesses.Device> devices = new ArrayList<>();
        for (Member member : members) {
            if (isHostile(member.device().host())) {
                continue;
            }
            member.device()
                    .engine()
                    .ifPresent(engine -> devices.add(new Witnesses.Device(
                            member.device().host(),
                            member.user().local(),
                            member.server().name().value(),
                            engine)));
        }
        return new Witnesses(
                servers.stream()
                        .map(server -> new Witnesses.Server(server.name().value(), server.disk()))
                        .toList(),
                devices);
    }
}
