package chat.samara.systemtests.sim.adversary;

import chat.samara.client.device.Account;
import chat.samara.client.device.DeviceEngine;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Mangler;
import chat.samara.systemtests.sim.network.Network;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.Liars;
import chat.samara.systemtests.sim.oracle.ShownFrames;
import chat.samara.systemtests.sim.workload.Member;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Servers that lie to their own members' devices, each for some minutes: whoever holds a server's TLS key stands in the midst of such a
 * connection and changes what he likes, both ways. Then the server is honest again, and answers on a new connection. In what it says to other
 * servers, and as a hub, it is honest all the time.
 */
public final class OwnServerLies implements Mangler, Liars {
    private static final long PHASE_MILLIS_MIN = 20_000;
    private static final long PHASE_MILLIS_MAX = 6 * 60_000;
    /** How many of the lies somebody has in mind. */
    private static final double IN_MIND = 0.4;
    /** How often a lie is told where it could be. */
    private static final double TOLD = 0.3;

    /** What can be lied about seldom is lied about whenever it can be. */
    private static final Set<Happening> SELDOM =
            EnumSet.of(Happening.LIE_KEY_PACKAGES, Happening.LIE_HANDSHAKES, Happening.LIE_WELCOME_BENT);

    private static final double TOLD_SELDOM = 0.8;

    private static final double CHANGED_ON_THE_WAY_UP = 0.15;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Network network;
    private final Seed seed;
    private final Chronicle chronicle;
    private final List<Member> members;
    private final Predicate<Member> isLiedTo;
    private final Mangler honest;
    private final Loot loot;
    private final WelcomeLies welcomeLies;
    private final AnswerLies answerLies = new AnswerLies();
    private final UploadLies uploadLies;
    private final List<Lie> lies = new ArrayList<>();
    private final Map<String, Victim> victims = new TreeMap<>();
    private final Set<String> everLiedTo = new TreeSet<>();
    private final Set<String> liedAboutRecordsOf = new TreeSet<>();
    private final Set<String> liedAboutRecords = new HashSet<>();
    private final Set<String> liedAboutJoinings = new HashSet<>();
    private boolean running = true;

    /**
     * Before the first lie, which may be told to whom the predicate names; what is not lied about goes through the honest mangler. Taps the
     * network for what may be of use.
     */
    public OwnServerLies(
            Scheduler scheduler,
            Trace trace,
            Network network,
            Seed root,
            Chronicle chronicle,
            ShownFrames shown,
            List<Member> members,
            Predicate<Member> isLiedTo,
            boolean atFirstSight,
            Mangler honest) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.network = network;
        this.seed = root.stream("own server lies");
        this.chronicle = chronicle;
        this.members = members;
        this.isLiedTo = isLiedTo;
        this.honest = honest;
        this.loot = new Loot(shown);
        network.tap(loot);
        Impostor impostor = new Impostor(scheduler, root);
        this.welcomeLies = new WelcomeLies(loot, impostor);
        this.uploadLies = new UploadLies(chronicle);
        lies.addAll(new DirectoryLies(impostor, atFirstSight).all());
        lies.addAll(welcomeLies.all());
        lies.addAll(new LogLies(loot).all());
        lies.addAll(answerLies.all());
    }

    /** From now on somebody is lied to about this often. */
    public void begin(long everyMillis) {
        scheduler.after(seed.between(0, 2 * everyMillis), () -> {
            if (running) {
                beginPhase(seed.pick(members));
                begin(everyMillis);
            }
        });
    }

    /** All servers are honest from here on. */
    public void end() {
        running = false;
        List.copyOf(victims.keySet()).forEach(this::endPhase);
    }

    @Override
    public boolean everLiedTo(String host) {
        return everLiedTo.contains(host);
    }

    @Override
    public boolean liedAboutRecordsOf(String memberName) {
        return liedAboutRecordsOf.contains(memberName);
    }

    @Override
    public boolean liedAboutRecord(String idempotencyKey) {
        return liedAboutRecords.contains(idempotencyKey);
    }

    @Override
    public boolean liedAboutJoining(String host, String channel, long seq) {
        return liedAboutJoinings.contains(host + " " + channel + " " + seq);
    }

    @Override
    public List<Group> forgedGroups() {
        return welcomeLies.groups();
    }

    /** Whoever has no account yet has nothing to be lied to about but the account. */
    private static boolean isRegistered(Member member) {
        return member.device()
                .engine()
                .flatMap(DeviceEngine::account)
                .filter(Account::registered)
                .isPresent();
    }

    private void beginPhase(Member member) {
        String host = member.device().host();
        if (victims.containsKey(host) || !isLiedTo.test(member) || !isRegistered(member)) {
            return;
        }
        List<Lie> chosen = lies.stream()
                .filter(lie -> seed.chance(SELDOM.contains(lie.what()) ? TOLD_SELDOM : IN_MIND))
                .toList();
        Set<UploadLies.Change> changes = EnumSet.noneOf(UploadLies.Change.class);
        for (UploadLies.Change change : UploadLies.Change.values()) {
            if (seed.chance(IN_MIND)) {
                changes.add(change);
            }
        }
        long millis = seed.between(PHASE_MILLIS_MIN, PHASE_MILLIS_MAX);
        trace.line(
                "liar",
                "lies to " + host + " for " + millis / 1000 + " s: "
                        + chosen.stream().map(Lie::what).toList() + " " + changes);
        victims.put(host, new Victim(member, seed, chosen, changes));
        everLiedTo.add(host);
        scheduler.after(millis, () -> endPhase(host));
    }

    private void endPhase(String host) {
        Victim victim = victims.remove(host);
        if (victim != null) {
            trace.line("liar", "is honest again to " + host);
            String server = victim.server();
            network.cut(host, server);
            network.heal(host, server);
        }
    }

    private static ByteString subject(ClientFrame request) {
        return request.hasQueryStatus()
                ? request.getQueryStatus().getIdempotencyKey()
                : request.getSubmit().getIdempotencyKey();
    }

    private void noteSubject(Victim victim, ByteString idempotencyKey) {
        if (!idempotencyKey.isEmpty()) {
            liedAboutRecordsOf.add(SimulatedDevice.memberOf(victim.host()));
            liedAboutRecords.add(Bytes.of(idempotencyKey.toByteArray()).hex());
        }
    }

    private void noteJoinings(Victim victim, ServerFrame truth) {
        for (WaitingWelcome welcome : truth.getWelcomes().getWelcomesList()) {
            noteJoining(victim, welcome.getChannelId(), welcome.getSeq());
        }
        victim.asked(truth)
                .filter(ClientFrame::hasFetchHandshakes)
                .map(ClientFrame::getFetchHandshakes)
                .ifPresent(fetch -> noteJoining(victim, fetch.getChannelId(), fetch.getThroughSeq()));
    }

    private void noteJoining(Victim victim, ByteString channel, long seq) {
        liedAboutJoinings.add(
                victim.host() + " " + Bytes.of(channel.toByteArray()).hex() + " " + seq);
    }

    @Override
    public List<byte[]> deliver(End to, byte[] frame) {
        if (to.port() != Port.CLIENT) {
            return honest.deliver(to, frame);
        }
        try {
            return to.dialled() ? toDevice(to, frame) : toServer(to, frame);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a frame to " + to + " that cannot be parsed", e);
        }
    }

    private List<byte[]> toServer(End to, byte[] frame) throws InvalidProtocolBufferException {
        ClientFrame request = loot.shown().request(frame);
        answerLies.asked(request);
        Victim victim = victims.get(to.remoteHost());
        if (victim == null) {
            return honest.deliver(to, frame);
        }
        victim.connectedBy(to.connectionId());
        victim.asks(request);
        boolean commit = request.getSubmit().getKind() == RecordKind.COMMIT;
        if (!seed.chance(commit ? TOLD : CHANGED_ON_THE_WAY_UP)) {
            return honest.deliver(to, frame);
        }
        noteSubject(victim, request.getSubmit().getIdempotencyKey());
        return uploadLies
                .change(victim, request)
                .map(changed -> List.of(changed.toByteArray()))
                .orElse(List.of());
    }

    private List<byte[]> toDevice(End to, byte[] frame) throws InvalidProtocolBufferException {
        Victim victim = victims.get(to.host());
        if (victim == null) {
            return honest.deliver(to, frame);
        }
        victim.connectedBy(to.connectionId());
        Optional<ServerFrame> heldBack = victim.takeHeldBack();
        List<byte[]> told = new ArrayList<>(lie(victim, to, frame));
        heldBack.ifPresent(late -> told.add(late.toByteArray()));
        return told;
    }

    private List<byte[]> lie(Victim victim, End to, byte[] frame) throws InvalidProtocolBufferException {
        ServerFrame truth = loot.shown().parse(to, frame);
        Optional<ServerFrame> bent =
                seed.chance(TOLD) ? TerseLies.bent(seed, ServerFrame.parseFrom(frame)) : Optional.empty();
        if (bent.isPresent()) {
            chronicle.count(Happening.LIE_TERSE);
            trace.line("liar", "tells " + to.host() + " " + Happening.LIE_TERSE);
            return List.of(bent.get().toByteArray());
        }
        for (Lie lie : victim.lies()) {
            if (seed.chance(SELDOM.contains(lie.what()) ? TOLD_SELDOM : TOLD)) {
                Optional<List<ServerFrame>> told = lie.telling().apply(victim, truth);
                if (told.isPresent()) {
                    chronicle.count(lie.what());
                    noteSubject(victim, truth.getReceipt().getIdempotencyKey());
                    noteJoinings(victim, truth);
                    victim.asked(truth).ifPresent(request -> noteSubject(victim, subject(request)));
                    trace.line("liar", "tells " + to.host() + " " + lie.what() + " for " + truth.getBodyCase());
                    return told.get().stream().map(ServerFrame::toByteArray).toList();
                }
            }
        }
        return honest.deliver(to, frame);
    }
}
