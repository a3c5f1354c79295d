package chat.samara.systemtests.sim.workload;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.Network;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;

/**
 * A server is cut off, with something said there that its hub has not got, while the others pass more epochs than devices keep the secrets of: what was said has
 * to be encrypted again.
 */
public final class EpochStorm {
    /** More than chat.samara.mls.Limits.PAST_EPOCHS_MAX. */
    private static final int COMMITS = 72;

    /** A hub takes a commit of one user in two seconds. */
    private static final long COMMIT_EVERY_MILLIS = 2_500;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Network network;
    private final Seed seed;
    private final Conversation conversation;
    private final List<Member> members;
    private boolean running = true;

    public EpochStorm(
            Scheduler scheduler,
            Trace trace,
            Network network,
            Seed seed,
            Conversation conversation,
            List<Member> members) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.network = network;
        this.seed = seed.stream("storm");
        this.conversation = conversation;
        this.members = members;
    }

    /** Begins as soon as there is a channel that is right for it. */
    public void begin() {
        scheduler.after(30_000, () -> {
            if (running && !strike()) {
                begin();
            }
        });
    }

    /** Begins no more. */
    public void end() {
        running = false;
    }

    private Optional<ChannelState> channel(Member member, ChannelId id) {
        return member.device()
                .engine()
                .flatMap(engine -> engine.channel(id))
                .filter(channel -> channel.membership() == Membership.MEMBER);
    }

    private boolean strike() {
        for (Member cutOff : members) {
            for (ChannelState channel :
                    cutOff.device().engine().map(DeviceEngine::channels).orElse(List.of())) {
                List<Member> committers = members.stream()
                        .filter(member -> !member.server().equals(cutOff.server()))
                        .filter(member -> channel(member, channel.id()).isPresent())
                        .toList();
                boolean right = channel.membership() == Membership.MEMBER
                        && !channel.hub().equals(cutOff.server().name())
                        && committers.stream()
                                .anyMatch(member -> member.server().name().equals(channel.hub()));
                if (right) {
                    strike(cutOff, channel, committers);
                    return true;
                }
            }
        }
        return false;
    }

    private void strike(Member cutOff, ChannelState channel, List<Member> committers) {
        ServerName hub = channel.hub();
        String server = cutOff.server().name().value();
        trace.line("fate", "a storm of commits on " + channel.id() + ", without " + server);
        network.cut(server, hub.value());
        conversation.say(cutOff, channel);
        conversation.say(cutOff, channel);
        for (int i = 0; i < COMMITS; i++) {
            Member committer = committers.get(i % committers.size());
            scheduler.after(
                    i * COMMIT_EVERY_MILLIS + seed.between(0, 400),
                    () -> committer
                            .device()
                            .command(id -> new DeviceEvent.UpdateKeys(id, channel.id()), outcome -> {}));
        }
        scheduler.after(COMMITS * COMMIT_EVERY_MILLIS, () -> network.heal(server, hub.value()));
    }
}
