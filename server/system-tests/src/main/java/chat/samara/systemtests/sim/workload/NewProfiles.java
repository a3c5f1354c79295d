package chat.samara.systemtests.sim.workload;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceEvent;
import chat.samara.mls.codec.Bytes;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.Oracle;
import chat.samara.systemtests.sim.oracle.SpeechBook;
import chat.samara.wire.identity.UserId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A member loses a profile, with every copy of it, and the operator gives the name out anew: it comes back with another identity key. The others' people are
 * asked, and some accept it.
 */
public final class NewProfiles {
    private static final int NUMBER = 9;
    private static final int INVITATIONS = 6;
    private static final long INVITED_EVERY_MILLIS = 40_000;
    private static final double ACCEPTS = 0.6;
    private static final long DECIDES_AFTER_MILLIS_MIN = 5_000;
    private static final long DECIDES_AFTER_MILLIS_MAX = 60_000;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final Oracle oracle;
    private final SpeechBook speech;
    private final Conversation conversation;
    private final List<Member> members;
    private final Function<String, SimulatedDevice> maker;
    private final Set<String> asked = new HashSet<>();
    private boolean running = true;

    /** The function makes a device with an empty disk on a host. */
    public NewProfiles(
            Scheduler scheduler,
            Trace trace,
            Seed seed,
            Oracle oracle,
            SpeechBook speech,
            Conversation conversation,
            List<Member> members,
            Function<String, SimulatedDevice> maker) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("new profiles");
        this.oracle = oracle;
        this.speech = speech;
        this.conversation = conversation;
        this.members = members;
        this.maker = maker;
    }

    /** Within so long somebody loses a profile. */
    public void begin(long withinMillis) {
        scheduler.after(seed.between(withinMillis / 4, withinMillis / 2), () -> {
            if (running) {
                lose(seed.pick(members));
            }
        });
    }

    /** Nobody does any more, and who has not decided does not. */
    public void end() {
        running = false;
    }

    private void lose(Member member) {
        trace.line(member.device().host(), "is lost for good, and its member begins anew");
        oracle.chronicle().count(Happening.PROFILE_LOST);
        // A copy that is left would be a profile that is not lost.
        List<Member> copies = members.stream()
                .filter(copy -> copy.user().equals(member.user()))
                .toList();
        for (Member copy : copies) {
            copy.device().crash();
            speech.storeLost(copy.device().host(), 0);
        }
        members.removeAll(copies);
        member.server().closeAccount(member.user());
        oracle.beginsAnew(member.device().host(), member.user());
        SimulatedDevice device =
                maker.apply(SimulatedDevice.hostOf(member.user().local(), NUMBER));
        Member again = new Member(member.user(), device, member.server());
        members.add(again);
        device.start();
        conversation.joinAnew(again);
        // The others take the lost device out, and ask the member in again, until somebody's person has accepted the
        // key.
        for (int i = 1; i <= INVITATIONS; i++) {
            scheduler.after(i * INVITED_EVERY_MILLIS, () -> inviteBack(member.user()));
        }
    }

    private void inviteBack(UserId user) {
        for (Member other : members) {
            if (running && !other.user().equals(user)) {
                conversation.changeEverywhere(other, user);
            }
        }
    }

    /** A device tells its person. */
    public void heard(String host, ClientEvent event) {
        if (event instanceof ClientEvent.IdentityKeyChanged changed) {
            isShown(host, changed.member(), changed.now());
        } else if (event instanceof ClientEvent.IdentityKeysDiffer differ) {
            // The device goes by neither: its person looks at both.
            isShown(host, differ.member(), differ.before().identityKey());
            isShown(host, differ.member(), differ.now().identityKey());
        }
    }

    private void isShown(String host, UserId member, Bytes key) {
        if (!asked.add(host + " " + member + " " + key)) {
            return;
        }
        oracle.devices().sawForeignKey(host, key);
        // Nobody accepts a key that a server has made up: people compare safety numbers before they do.
        if (running && oracle.isKeyOf(member, key) && seed.chance(ACCEPTS)) {
            scheduler.after(
                    seed.between(DECIDES_AFTER_MILLIS_MIN, DECIDES_AFTER_MILLIS_MAX), () -> accept(host, member, key));
        } else {
            oracle.chronicle().count(Happening.KEY_CHANGE_REFUSED);
        }
    }

    private void accept(String host, UserId user, Bytes key) {
        members.stream()
                .map(Member::device)
                .filter(device -> device.host().equals(host) && device.up())
                .findFirst()
                .ifPresent(device -> {
                    trace.line(host, "its person accepts the new key of " + user);
                    oracle.chronicle().count(Happening.KEY_CHANGE_ACCEPTED);
                    oracle.devices().accepted(host, key);
                    device.command(
                            id -> new DeviceEvent.AcceptKey(id, user, key),
                            outcome -> trace.line(host, "done accepting: " + outcome));
                });
    }
}
