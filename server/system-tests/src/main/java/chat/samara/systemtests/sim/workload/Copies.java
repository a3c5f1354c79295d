package chat.samara.systemtests.sim.workload;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Account;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.disk.DeviceDisk;
import chat.samara.systemtests.sim.disk.ProfileDisk;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.Oracle;
import chat.samara.systemtests.sim.oracle.SpeechBook;
import chat.samara.systemtests.sim.oracle.TellingBook;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What people do with their profiles: they copy the folder, put an old copy back, start two copies at once, and decide what is to go on when one of
 * them asks.
 */
public final class Copies {
    private static final long DECIDES_AFTER_MILLIS_MAX = 5 * 60_000;
    private static final int TAKE_OVERS_MAX = 3;
    private static final int SECOND_COPIES_MAX = 2;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final Oracle oracle;
    private final SpeechBook speech;
    private final List<Member> members;
    private final Predicate<Member> copies;
    private final Function<Start, SimulatedDevice> starter;
    private final Map<String, Backup> backups = new HashMap<>();
    private final Map<String, Integer> takeOvers = new HashMap<>();
    private int secondCopies;
    private boolean running;

    /** A copy to be started on another host. */
    public record Start(Member member, String host, DeviceDisk disk) {}

    /**
     * A copy of a profile.
     *
     * @param queued how many texts the device had taken on
     * @param joined where the member's stay in each channel had begun
     * @param seen how far each channel's log was known
     * @param stays of which stays in channels it knew
     * @param told what it had told its application
     */
    private record Backup(
            DeviceDisk disk,
            int queued,
            Map<String, Long> joined,
            Map<String, Long> seen,
            Set<String> stays,
            TellingBook.Told told) {}

    /** The predicate tells who copies profiles at all; the function starts a copy on its host. */
    public Copies(
            Scheduler scheduler,
            Trace trace,
            Seed seed,
            Oracle oracle,
            SpeechBook speech,
            List<Member> members,
            Predicate<Member> copies,
            Function<Start, SimulatedDevice> starter) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("copies");
        this.oracle = oracle;
        this.speech = speech;
        this.members = members;
        this.copies = copies;
        this.starter = starter;
    }

    /** From now on something happens about this often. */
    public void begin(long everyMillis) {
        running = true;
        next(everyMillis);
    }

    private void next(long everyMillis) {
        scheduler.after(seed.between(0, 2 * everyMillis), () -> {
            if (running) {
                act(seed.pick(members));
                next(everyMillis);
            }
        });
    }

    /** Nobody does any such thing any more. */
    public void end() {
        running = false;
        for (Member member : members) {
            if (member.device().disk() instanceof ProfileDisk disk) {
                disk.full(false);
                if (disk.isLosing()) {
                    member.device().crash();
                } else if (member.device().up()) {
                    member.device().isWhole();
                }
            }
        }
    }

    private void act(Member member) {
        int what = seed.below(100);
        repair();
        if (what < 70 && !copies.test(member)) {
            return;
        }
        if (what < 35) {
            backUp(member);
        } else if (what < 55) {
            putBack(member);
        } else if (what < 70) {
            startACopy(member);
        } else {
            seedDisk().ifPresent(this::breakDisk);
        }
    }

    private Optional<SimulatedDevice> seedDisk() {
        List<SimulatedDevice> real = members.stream()
                .filter(copies)
                .map(Member::device)
                .filter(device -> device.disk() instanceof ProfileDisk && isSettled(device) && device.isWhole())
                .toList();
        return real.isEmpty() ? Optional.empty() : Optional.of(seed.pick(real));
    }

    /** Whoever lives with such a disk has made a copy lately. */
    private void breakDisk(SimulatedDevice device) {
        backups.put(device.host(), backupOf(device));
        ProfileDisk disk = (ProfileDisk) device.disk();
        int what = seed.below(3);
        if (what == 0) {
            trace.line(device.host(), "its disk is full");
            disk.full(true);
            scheduler.after(seed.between(5_000, DECIDES_AFTER_MILLIS_MAX), () -> disk.full(false));
        } else if (what == 1) {
            trace.line(device.host(), "a bit of its disk flips while it is off");
            device.crash();
            disk.flipABit();
            device.start();
        } else {
            trace.line(device.host(), "its disk confirms what it does not do");
            if (!disk.isLosing()) {
                // Else it may be set back as far as to where it began to lose them.
                Backup backup = backupOf(device);
                device.whenSetBack(() -> isSetBackTo(device, backup));
            }
            disk.loseSyncs();
            scheduler.after(seed.between(1_000, DECIDES_AFTER_MILLIS_MAX), () -> {
                if (running) {
                    device.crash();
                    device.start();
                }
            });
        }
    }

    /** Where a store names its damage its person puts the last copy back. */
    public void repair() {
        for (Member member : List.copyOf(members)) {
            SimulatedDevice device = member.device();
            device.damage().filter(damage -> !device.up()).ifPresent(damage -> {
                if (damage.contains("No space left")) {
                    oracle.chronicle().count(Happening.DEVICE_DISK_FULL);
                } else {
                    oracle.chronicle().count(Happening.STORE_DAMAGE_NAMED);
                    putBack(device, Objects.requireNonNull(backups.get(device.host()), "no copy was made"));
                }
                device.start();
            });
        }
    }

    private void backUp(Member member) {
        SimulatedDevice device = member.device();
        if (!isSettled(device) || !device.isWhole()) {
            return;
        }
        trace.line(device.host(), "its profile is copied");
        backups.put(device.host(), backupOf(device));
    }

    /** Whether it has an account, and founds no channel just now: that would have to be founded again. */
    private static boolean isSettled(SimulatedDevice device) {
        return device.engine()
                .filter(engine -> engine.account().filter(Account::registered).isPresent())
                .filter(engine ->
                        engine.channels().stream().noneMatch(channel -> channel.membership() == Membership.FOUNDING))
                .isPresent();
    }

    private Backup backupOf(SimulatedDevice device) {
        Map<String, Long> seen = new TreeMap<>();
        for (ChannelState channel : device.engine().map(DeviceEngine::channels).orElse(List.of())) {
            seen.put(channel.id().bytes().hex(), channel.seq());
        }
        return new Backup(
                device.copyOfDisk(),
                speech.queuedOn(device.host()),
                joined(device),
                seen,
                oracle.devices().staysKnownOn(device.host()),
                oracle.telling().told(device.host()));
    }

    private Map<String, Long> joined(SimulatedDevice device) {
        Map<String, Long> joined = new TreeMap<>();
        for (String channel : oracle.logs().channels()) {
            oracle.joinedAt(channel, device.memberName()).ifPresent(seq -> joined.put(channel, seq));
        }
        return joined;
    }

    /** Not a copy from before the member joined a channel: a profile that never heard of it knows no way back into it. */
    private boolean isOfUse(Backup backup, SimulatedDevice device) {
        Map<String, Long> joined = joined(device);
        return joined.equals(backup.joined())
                && joined.entrySet().stream()
                        .allMatch(channel -> backup.seen().getOrDefault(channel.getKey(), 0L) >= channel.getValue());
    }

    private void putBack(Member member) {
        SimulatedDevice device = member.device();
        Backup backup = backups.get(device.host());
        if (backup != null && isOfUse(backup, device)) {
            putBack(device, backup);
            device.start();
        }
    }

    private void putBack(SimulatedDevice device, Backup backup) {
        trace.line(device.host(), "an old copy of its profile is put back");
        oracle.chronicle().count(Happening.STORE_PUT_BACK);
        device.putBack(backup.disk().copy());
        isSetBackTo(device, backup);
    }

    private void isSetBackTo(SimulatedDevice device, Backup backup) {
        oracle.devices().setBack(device.host(), backup.stays());
        backup.seen().forEach((channel, seq) -> oracle.setBackBehind(device.host(), channel, seq));
        oracle.telling().goesOnFrom(device.host(), backup.told());
        speech.storeLost(device.host(), backup.queued());
    }

    private void startACopy(Member member) {
        SimulatedDevice device = member.device();
        boolean first = device.host().equals(SimulatedDevice.hostOf(device.memberName()));
        String host = SimulatedDevice.hostOf(device.memberName(), 2);
        boolean there = members.stream().anyMatch(other -> other.device().host().equals(host));
        if (!first || there || secondCopies >= SECOND_COPIES_MAX || !isSettled(device) || !device.isWhole()) {
            return;
        }
        secondCopies++;
        trace.line(device.host(), "a copy of its profile is started on " + host);
        oracle.chronicle().count(Happening.TWO_COPIES);
        Backup backup = backupOf(device);
        oracle.devices().copied(device.host(), host);
        backup.seen().forEach((channel, seq) -> {
            oracle.setBackBehind(host, channel, seq);
            oracle.setBackBehind(device.host(), channel, seq);
        });
        oracle.telling().goesOnFrom(host, backup.told());
        SimulatedDevice copy = starter.apply(new Start(member, host, backup.disk()));
        members.add(new Member(member.user(), copy, member.server()));
        copy.start();
    }

    /** A device tells its person. */
    public void heard(String host, ClientEvent event) {
        boolean asks = event instanceof ClientEvent.DeviceReplaced;
        if (asks && running && takeOvers.getOrDefault(host, 0) < TAKE_OVERS_MAX && seed.chance(0.5)) {
            scheduler.after(seed.between(1_000, DECIDES_AFTER_MILLIS_MAX), () -> takeOver(host));
        }
    }

    private void takeOver(String host) {
        boolean asks = oracle.devices().isAway(host);
        members.stream()
                .filter(member -> member.device().host().equals(host))
                .filter(member -> running && asks && member.device().up())
                .findFirst()
                .ifPresent(member -> {
                    trace.line(host, "its person wants it to go on");
                    takeOvers.merge(host, 1, Integer::sum);
                    oracle.chronicle().count(Happening.COPY_TAKES_OVER);
                    oracle.devices().takesOver(host);
                    member.device()
                            .command(
                                    DeviceEvent.TakeOver::new,
                                    outcome -> trace.line(host, "done asking to go on: " + outcome));
                });
    }
}
