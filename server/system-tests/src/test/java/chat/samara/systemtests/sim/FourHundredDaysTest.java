package chat.samara.systemtests.sim;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.KeyPackageSupply;
import chat.samara.client.device.Outcome;
import chat.samara.client.refusal.RefusalCode;
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
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Real servers and devices over 400 virtual days: whether members can still be added is decided by keys that live for 90. */
@DisplayName("Over 400 days")
class FourHundredDaysTest {
    private static final long SEED = 400;
    private static final int DAYS = 400;
    private static final long MINUTE = 60_000;
    private static final long DAY = 24 * 60 * MINUTE;

    private final Scheduler scheduler = new Scheduler();
    private final Seed seed = new Seed(SEED);
    private final Trace trace = new Trace(scheduler, line -> {});
    private final Network network = new Network(scheduler, seed.stream("network"));
    private final Surroundings surroundings = new Surroundings(scheduler, trace, network, seed);
    private final List<String> troubles = new ArrayList<>();
    private final SimulatedServer berlin = server("berlin.example");
    private final SimulatedServer tunis = server("tunis.example");

    private SimulatedServer server(String name) {
        SimulatedServer server = new SimulatedServer(
                surroundings, new ServerName(name), CoreConfig.standard(), ServerFaults.NONE, (host, writes) -> {});
        server.start();
        return server;
    }

    /** A member; pings seldom, so that a day costs little. */
    private final class Person {
        final UserId user;
        final SimulatedDevice device;

        Person(String name, SimulatedServer server) {
            EngineConfig standard = EngineConfig.standard();
            EngineConfig config = new EngineConfig(
                    List.of(
                            new KeyPackageSupply(ChannelSuite.STANDARD, 10, 4),
                            new KeyPackageSupply(ChannelSuite.POST_QUANTUM, 2, 1)),
                    standard.reconnectMillisMin(),
                    standard.reconnectMillisMax(),
                    DAY,
                    10 * DAY,
                    standard.retryMillisMin(),
                    standard.retryMillisMax(),
                    standard.changeAttemptsMax(),
                    standard.creditBytes());
            user = new UserId(name, server.name());
            device = new SimulatedDevice(surroundings, name, config, DeviceFaults.NONE, this::heard);
            List<InviteLink> invites = new ArrayList<>();
            server.admin(new AdminCommand.CreateInvite(1, 30 * DAY, name), result -> {
                if (result instanceof AdminResult.InviteCreated created) {
                    invites.add(created.link());
                }
            });
            pass(MINUTE);
            device.start();
            assertThat(ask(id -> new DeviceEvent.Join(id, invites.get(0), name)))
                    .isInstanceOf(Outcome.Joined.class);
        }

        private void heard(ClientEvent event) {
            if (event instanceof ClientEvent.WelcomeRefused || event instanceof ClientEvent.ForkDetected) {
                troubles.add(user + " hears " + event);
            }
        }

        Outcome ask(LongFunction<DeviceEvent> command) {
            List<Outcome> outcomes = new ArrayList<>();
            device.command(command, outcomes::add);
            for (int i = 0; i < 20 && outcomes.isEmpty(); i++) {
                pass(MINUTE);
            }
            assertThat(outcomes).as(user + "'s command is answered").hasSize(1);
            return outcomes.get(0);
        }

        ChannelId found(String name) {
            Outcome outcome = ask(id -> new DeviceEvent.CreateChannel(id, name, ChannelSuite.STANDARD));
            return ((Outcome.ChannelCreated) outcome).channel();
        }

        boolean reads(ChannelId channel, String text) {
            return WholeHistory.of(device.engine().orElseThrow(), channel).stream()
                    .anyMatch(message -> message.body().equals(new MessageBody.Text(text)));
        }
    }

    private void pass(long millis) {
        scheduler.runUntil(scheduler.nowMillis() + millis);
    }

    private void peer() {
        for (SimulatedServer one : List.of(berlin, tunis)) {
            SimulatedServer other = one == berlin ? tunis : berlin;
            one.admin(new AdminCommand.ShowPeerLink(), result -> {
                if (result instanceof AdminResult.OwnPeerLink own) {
                    other.admin(new AdminCommand.AddPeer(own.link()), added -> {});
                }
            });
        }
        pass(MINUTE);
    }

    /** Alice adds the member to the channel and says the day; the result of the addition. */
    private Outcome add(Person alice, ChannelId channel, Person member, int day) {
        Outcome outcome = alice.ask(id -> new DeviceEvent.AddMember(id, channel, member.user));
        if (outcome instanceof Outcome.Changed) {
            alice.ask(id -> new DeviceEvent.SendText(id, channel, "day " + day));
            pass(MINUTE);
        }
        return outcome;
    }

    private static void remove(Person alice, ChannelId channel, Person member, int day) {
        assertThat(alice.ask(id -> new DeviceEvent.RemoveMember(id, channel, member.user)))
                .as("removed on day " + day)
                .isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName(
            "a member who stays online and one who connects every 30 days can be added on each day; who was away for"
                    + " 120 days, after connecting once")
    void addableOnEachDay() {
        network.calm();
        peer();
        Person alice = new Person("alice", berlin);
        Person online = new Person("olga", berlin);
        Person monthly = new Person("mona", tunis);
        Person away = new Person("amir", tunis);
        ChannelId onlines = alice.found("online");
        ChannelId monthlys = alice.found("monthly");
        ChannelId aways = alice.found("away");
        monthly.device.crash();
        away.device.crash();
        long start = scheduler.nowMillis();

        for (int day = 0; day < DAYS; day++) {
            scheduler.skipTo(start + day * DAY);
            pass(2 * MINUTE);
            boolean visit = day > 0 && day % 30 == 0;
            if (visit) {
                monthly.device.start();
                pass(20 * MINUTE);
            }
            assertThat(add(alice, onlines, online, day))
                    .as("online, day " + day)
                    .isInstanceOf(Outcome.Changed.class);
            assertThat(online.reads(onlines, "day " + day)).as("day " + day).isTrue();
            remove(alice, onlines, online, day);

            assertThat(add(alice, monthlys, monthly, day))
                    .as("monthly, day " + day)
                    .isInstanceOf(Outcome.Changed.class);
            if (visit) {
                pass(2 * MINUTE);
                assertThat(monthly.reads(monthlys, "day " + day))
                        .as("day " + day)
                        .isTrue();
                monthly.device.crash();
            }
            remove(alice, monthlys, monthly, day);

            if (day == 100) {
                requireNoKeyPackage(alice.ask(id -> new DeviceEvent.AddMember(id, aways, away.user)));
            }
            if (day == 120) {
                away.device.start();
                pass(10 * MINUTE);
                away.device.crash();
            }
            if (day == 121) {
                assertThat(add(alice, aways, away, day)).isInstanceOf(Outcome.Changed.class);
                away.device.start();
                pass(10 * MINUTE);
                assertThat(away.reads(aways, "day 121")).isTrue();
                away.device.crash();
            }
        }
        assertThat(troubles).as("seed " + SEED).isEmpty();
    }

    private static void requireNoKeyPackage(Outcome outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(Optional.of(refused.refusal().code()))
                                .contains(RefusalCode.NO_KEY_PACKAGE));
    }
}
