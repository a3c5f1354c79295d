package chat.samara.systemtests.sim;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.Outcome;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.systemtests.sim.actor.DeviceFaults;
import chat.samara.systemtests.sim.actor.ServerFaults;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.systemtests.sim.actor.Surroundings;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.Network;
import chat.samara.systemtests.sim.oracle.WholeHistory;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * One member of a follower talks while somebody on the hub commits every two seconds: what order between epochs costs. The disks never stall here:
 * their stalls cost more, and are another matter.
 */
@DisplayName("In a channel with a commit every two seconds")
class BusyChannelTest {
    private static final long SEED = 2_000;
    private static final long MINUTE = 60_000;
    private static final long COMMIT_EVERY_MILLIS = 2_000;
    private static final int COMMITS = 200;

    /** So long a frame is on its way at the most when the network is calm. */
    private static final long HOP_MILLIS_MOST = 60;

    private static final int BURSTS = 4;
    private static final int MESSAGES_A_BURST = 1_000;

    private final Scheduler scheduler = new Scheduler();
    private final Seed seed = new Seed(SEED);
    private final Trace trace = new Trace(scheduler, line -> {});
    private final Network network = new Network(scheduler, seed.stream("network"));
    private final Surroundings surroundings = new Surroundings(scheduler, trace, network, seed);
    private final SimulatedServer berlin = server("berlin.example");
    private final SimulatedServer tunis = server("tunis.example");
    private Person alice;
    private Person bob;
    private ChannelId channel;

    private SimulatedServer server(String name) {
        SimulatedServer server = new SimulatedServer(
                surroundings, new ServerName(name), CoreConfig.standard(), ServerFaults.NONE, (host, writes) -> {});
        server.steadyDisk();
        server.start();
        return server;
    }

    private final class Person {
        final UserId user;
        final SimulatedDevice device;
        final Map<MessageId, Long> orderedMillis = new HashMap<>();

        Person(String name, SimulatedServer server) {
            user = new UserId(name, server.name());
            device = new SimulatedDevice(surroundings, name, EngineConfig.standard(), DeviceFaults.NONE, this::heard);
            List<InviteLink> invites = new ArrayList<>();
            server.admin(new AdminCommand.CreateInvite(1, MINUTE * 60, name), result -> {
                if (result instanceof AdminResult.InviteCreated created) {
                    invites.add(created.link());
                }
            });
            pass(MINUTE);
            device.start();
            ask(id -> new DeviceEvent.Join(id, invites.get(0), name));
        }

        private void heard(ClientEvent event) {
            if (event instanceof ClientEvent.MessageStateChanged changed
                    && changed.own()
                    && changed.state() == MessageState.ORDERED) {
                orderedMillis.put(changed.id(), scheduler.nowMillis());
            }
        }

        long orderedMillis(MessageId message) {
            return Objects.requireNonNull(orderedMillis.get(message));
        }

        Outcome ask(LongFunction<DeviceEvent> command) {
            List<Outcome> outcomes = new ArrayList<>();
            device.command(command, outcomes::add);
            pass(MINUTE);
            assertThat(outcomes).as(user + "'s command is answered").hasSize(1);
            return outcomes.get(0);
        }

        MessageId say(String text) {
            List<Outcome> outcomes = new ArrayList<>();
            device.command(id -> new DeviceEvent.SendText(id, channel, text), outcomes::add);
            return ((Outcome.Queued) outcomes.get(0)).id();
        }

        List<String> texts() {
            return WholeHistory.of(device.engine().orElseThrow(), channel).stream()
                    .map(Message::body)
                    .filter(MessageBody.Text.class::isInstance)
                    .map(body -> ((MessageBody.Text) body).text())
                    .toList();
        }
    }

    private void pass(long millis) {
        scheduler.runUntil(scheduler.nowMillis() + millis);
    }

    @BeforeEach
    void bobOfTheFollowerIsInAlicesChannel() {
        network.calm();
        for (SimulatedServer one : List.of(berlin, tunis)) {
            SimulatedServer other = one == berlin ? tunis : berlin;
            one.admin(new AdminCommand.ShowPeerLink(), result -> {
                if (result instanceof AdminResult.OwnPeerLink own) {
                    other.admin(new AdminCommand.AddPeer(own.link()), added -> {});
                }
            });
        }
        pass(MINUTE);
        alice = new Person("alice", berlin);
        bob = new Person("bob", tunis);
        Outcome created = alice.ask(id -> new DeviceEvent.CreateChannel(id, "busy", ChannelSuite.STANDARD));
        channel = ((Outcome.ChannelCreated) created).channel();
        alice.ask(id -> new DeviceEvent.AddMember(id, channel, bob.user));
    }

    private void aliceCommitsAllTheTime() {
        for (int i = 1; i <= COMMITS; i++) {
            scheduler.after(
                    i * COMMIT_EVERY_MILLIS,
                    () -> alice.device.command(id -> new DeviceEvent.UpdateKeys(id, channel), outcome -> {}));
        }
    }

    /** Bob says so many things at once, several times; messages that reach the log a second. */
    private double bursts() {
        long took = 0;
        for (int burst = 0; burst < BURSTS; burst++) {
            long begin = scheduler.nowMillis();
            List<String> said = new ArrayList<>();
            List<MessageId> ids = new ArrayList<>();
            for (int i = 0; i < MESSAGES_A_BURST; i++) {
                said.add("text " + i + " at " + begin);
                ids.add(bob.say(said.get(i)));
            }
            while (!bob.orderedMillis.keySet().containsAll(ids)) {
                pass(100);
            }
            took += ids.stream().mapToLong(bob::orderedMillis).max().orElseThrow() - begin;
            assertThat(bob.texts()).containsSubsequence(said);
        }
        return BURSTS * MESSAGES_A_BURST * 1000.0 / took;
    }

    /** Bob says five things a second for a minute; how long they take into the log, milliseconds. */
    private LongSummaryStatistics talk() {
        Map<MessageId, Long> said = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            said.put(bob.say("word " + i + " at " + scheduler.nowMillis()), scheduler.nowMillis());
            pass(200);
        }
        pass(MINUTE);
        return said.entrySet().stream()
                .mapToLong(entry -> bob.orderedMillis(entry.getKey()) - entry.getValue())
                .summaryStatistics();
    }

    @Test
    @DisplayName("a thousand messages at once take hardly longer than without commits, and keep their order")
    void burst() {
        double quiet = bursts();
        aliceCommitsAllTheTime();
        double busy = bursts();
        assertThat(busy).as("messages a second, without commits " + quiet).isGreaterThan(quiet * 0.85);
    }

    @Test
    @DisplayName("a talk is as quick as without commits, and no message of it takes longer by a round trip and a half")
    void talking() {
        LongSummaryStatistics quiet = talk();
        aliceCommitsAllTheTime();
        LongSummaryStatistics busy = talk();
        assertThat(busy.getAverage())
                .as("milliseconds, without commits " + quiet)
                .isLessThan(quiet.getAverage() * 1.15);
        assertThat(busy.getMax())
                .as("milliseconds, without commits " + quiet)
                .isLessThan(quiet.getMax() + 3 * HOP_MILLIS_MOST);
    }
}
