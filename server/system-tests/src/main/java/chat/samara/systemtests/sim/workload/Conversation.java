package chat.samara.systemtests.sim.workload;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.Outcome;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.oracle.Attempt;
import chat.samara.systemtests.sim.oracle.PlaintextWatch;
import chat.samara.systemtests.sim.oracle.SpeechBook;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** What the members do: join, found channels, add and remove each other (several at once, too), and talk. */
public final class Conversation {
    private static final int CHANNELS_MAX = 3;
    private static final long JOIN_RETRY_MILLIS = 45_000;
    private static final long INVITE_VALID_MILLIS = 30L * 24 * 3600 * 1000;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final SpeechBook speech;
    private final List<Member> members;
    private final Map<UserId, InviteLink> invites = new TreeMap<>();
    private boolean running = true;
    private int channels;
    private int texts;

    public Conversation(Scheduler scheduler, Trace trace, Seed seed, SpeechBook speech, List<Member> members) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("conversation");
        this.speech = speech;
        this.members = members;
    }

    /** Begins: everybody tries to join until they are in, and things happen about this often. */
    public void begin(long everyMillis) {
        members.forEach(this::join);
        next(everyMillis);
    }

    /** Nobody begins anything new; what was begun goes on. */
    public void end() {
        running = false;
    }

    /** Everybody says one more thing in each of their channels. */
    public void lastWords() {
        for (Member member : members) {
            for (ChannelState channel : channelsOf(member)) {
                say(member, channel);
            }
        }
    }

    private void next(long everyMillis) {
        // Bursts and silences: the logarithm of the waiting time is what is uniform.
        double stretch = Math.pow(10, seed.between(-200, 60) / 100.0);
        scheduler.after((long) (everyMillis * stretch), () -> {
            if (running) {
                act();
                next(everyMillis);
            }
        });
    }

    private void join(Member member) {
        InviteLink invite = invites.get(member.user());
        if (invite == null) {
            member.server()
                    .admin(new AdminCommand.CreateInvite(1, INVITE_VALID_MILLIS, "for " + member.user()), result -> {
                        if (result instanceof AdminResult.InviteCreated created) {
                            invites.putIfAbsent(member.user(), created.link());
                        }
                    });
        } else if (member.device().engine().isPresent() && !isRegistered(member)) {
            command(member, id -> new DeviceEvent.Join(id, invite, member.user().local()), "join");
        }
        if (!isRegistered(member)) {
            scheduler.after(invite == null ? 500 : JOIN_RETRY_MILLIS, () -> join(member));
        }
    }

    /** A member begins with an empty device and a new invite. */
    void joinAnew(Member member) {
        invites.remove(member.user());
        join(member);
    }

    private static boolean isRegistered(Member member) {
        return member.device()
                .engine()
                .flatMap(DeviceEngine::account)
                .filter(account -> account.registered())
                .isPresent();
    }

    private void act() {
        List<Member> ready = members.stream().filter(Conversation::isRegistered).toList();
        if (ready.isEmpty()) {
            return;
        }
        Member member = seed.pick(ready);
        List<ChannelState> own = channelsOf(member);
        if (own.isEmpty()) {
            if (channels < CHANNELS_MAX && seed.chance(0.5)) {
                found(member);
            }
            return;
        }
        ChannelState channel = seed.pick(own);
        int what = seed.below(100);
        if (what < 70) {
            int burst = seed.chance(0.1) ? seed.below(12) : 1;
            for (int i = 0; i < burst; i++) {
                say(member, channel);
            }
        } else if (what < 82) {
            change(member, channel, seed.chance(0.75));
        } else if (what < 92) {
            race(channel);
        } else if (what < 97) {
            updateKeys(member, channel);
        } else if (channels < CHANNELS_MAX) {
            found(member);
        }
    }

    private static List<ChannelState> channelsOf(Member member) {
        return member.device().engine().map(DeviceEngine::channels).orElse(List.of()).stream()
                .filter(channel -> channel.membership() == Membership.MEMBER)
                .toList();
    }

    private void found(Member member) {
        channels++;
        String name = PlaintextWatch.MARK + " channel " + channels;
        ChannelSuite suite = channels % 3 == 0 ? ChannelSuite.POST_QUANTUM : ChannelSuite.STANDARD;
        command(member, id -> new DeviceEvent.CreateChannel(id, name, suite), "found channel " + channels);
    }

    /** Somebody says something. */
    void say(Member member, ChannelState channel) {
        int filler = seed.chance(0.02) ? seed.below(40_000) : seed.below(seed.chance(0.2) ? 2_000 : 120);
        StringBuilder text = new StringBuilder(PlaintextWatch.MARK)
                .append(" #")
                .append(++texts)
                .append(" by ")
                .append(member.user().local())
                .append(' ');
        for (int i = 0; i < filler; i++) {
            text.append((char) ('a' + seed.below(26)));
        }
        String said = text.toString();
        speech.attempt(new Attempt(member.user().local(), channel.id(), said));
        trace.line(member.device().host(), "says #" + texts + " in " + brief(channel));
        member.device().command(id -> new DeviceEvent.SendText(id, channel.id(), said), outcome -> {
            if (outcome instanceof Outcome.Queued queued) {
                speech.queued(said, queued.id(), member.device().host());
            }
        });
    }

    private void change(Member member, ChannelState channel, boolean add) {
        List<UserId> inside =
                member.device().engine().map(engine -> engine.members(channel.id())).orElse(List.of()).stream()
                        .map(inChannel -> inChannel.user())
                        .toList();
        List<UserId> candidates = new ArrayList<>();
        for (Member other : members) {
            boolean self = other.user().equals(member.user());
            if (!self && inside.contains(other.user()) != add) {
                candidates.add(other.user());
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        UserId other = seed.pick(candidates);
        if (add) {
            command(member, id -> new DeviceEvent.AddMember(id, channel.id(), other), "add " + other + in(channel));
        } else {
            command(
                    member,
                    id -> new DeviceEvent.RemoveMember(id, channel.id(), other),
                    "remove " + other + in(channel));
        }
    }

    /** A member takes another out of each channel that both are in, or adds the other to each in which it is alone. */
    void changeEverywhere(Member member, UserId other) {
        for (ChannelState channel : channelsOf(member)) {
            boolean inside = member.device().engine().stream()
                    .flatMap(engine -> engine.members(channel.id()).stream())
                    .anyMatch(inChannel -> inChannel.user().equals(other));
            command(
                    member,
                    id -> inside
                            ? new DeviceEvent.RemoveMember(id, channel.id(), other)
                            : new DeviceEvent.AddMember(id, channel.id(), other),
                    (inside ? "remove " : "add ") + other + in(channel));
        }
    }

    private void updateKeys(Member member, ChannelState channel) {
        command(member, id -> new DeviceEvent.UpdateKeys(id, channel.id()), "update keys" + in(channel));
    }

    /** Several members commit at the same moment. */
    private void race(ChannelState channel) {
        for (Member member : members) {
            for (ChannelState state : channelsOf(member)) {
                if (state.id().equals(channel.id()) && seed.chance(0.6)) {
                    int what = seed.below(4);
                    if (what == 0) {
                        updateKeys(member, state);
                    } else {
                        change(member, state, what < 3);
                    }
                }
            }
        }
    }

    private void command(Member member, LongFunction<DeviceEvent> command, String what) {
        trace.line(member.device().host(), "asks to " + what);
        member.device()
                .command(
                        command,
                        outcome -> trace.line(member.device().host(), "done asking to " + what + ": " + outcome));
    }

    private static String in(ChannelState channel) {
        return " in " + brief(channel);
    }

    private static String brief(ChannelState channel) {
        return channel.id().bytes().hex().substring(0, 8);
    }
}
