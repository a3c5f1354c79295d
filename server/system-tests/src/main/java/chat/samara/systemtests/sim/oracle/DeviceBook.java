package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.codec.Bytes;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Under which names devices log in, and what becomes of their stores: which were copied, set back, lost or struck off. A device that goes on under a
 * new key has another id; a copy of a profile begins with the ids of the first.
 */
public final class DeviceBook {
    /** In hex, in the order in which they were used. */
    private final Map<String, List<String>> idsByHost = new TreeMap<>();

    private final Map<String, String> provenByHost = new HashMap<>();
    private final Map<String, Set<String>> idsByMember = new TreeMap<>();

    /** How often something happened to a member's profile after which a device may rightly go on under a new key. */
    private final Map<String, Integer> reasonsByMember = new TreeMap<>();

    private final Set<String> joinings = new HashSet<>();

    /** Under which id the device on a host told of a stay in a channel. */
    private final Map<String, String> idByJoining = new HashMap<>();

    /** Of which stays in channels a device knew when its store last confirmed a commit. */
    private final Map<String, Set<String>> staysAtCommit = new HashMap<>();

    /** After which epochs of a channel the device on a host had no place in it any more, until it returned or was added again. */
    private final Map<String, Set<Long>> lostPlaces = new HashMap<>();

    private final Set<String> foreignKeys = new HashSet<>();

    /** Of which keys that differ from others the device on a host has told its person, accepted or not. */
    private final Set<String> keysTold = new HashSet<>();

    private final Set<String> disturbed = new TreeSet<>();
    private final Set<String> hostile = new TreeSet<>();
    private final Set<String> staysAway = new TreeSet<>();

    /** A device on this host wants to log in under this id. */
    void provesItself(String host, String device) {
        provenByHost.put(host, device);
    }

    /** Its server lets it. */
    void loggedIn(String host) {
        String device = provenByHost.getOrDefault(host, "");
        List<String> ids = idsByHost.computeIfAbsent(host, it -> new ArrayList<>());
        ids.remove(device);
        ids.add(device);
        idsByMember
                .computeIfAbsent(SimulatedDevice.memberOf(host), it -> new LinkedHashSet<>())
                .add(device);
    }

    /** The profile on one host is copied to another, on which it is started, too. */
    public void copied(String from, String to) {
        idsByHost.put(to, new ArrayList<>(idsOn(from)));
        List.copyOf(joinings).stream()
                .filter(joining -> joining.startsWith(from + " "))
                .forEach(joining -> joinings.add(to + joining.substring(from.length())));
        List.copyOf(keysTold).stream()
                .filter(told -> told.startsWith(from + " "))
                .forEach(told -> keysTold.add(to + told.substring(from.length())));
        // What the first had lost its place in before, the copy has lost, too.
        new HashMap<>(lostPlaces).forEach((place, epochs) -> {
            if (place.startsWith(from + " ")) {
                lostPlaces.put(to + place.substring(from.length()), new HashSet<>(epochs));
            }
        });
        disturbed.add(from);
        disturbed.add(to);
        reason(from);
    }

    /** Of which stays in channels the device on a host knows. */
    public Set<String> staysKnownOn(String host) {
        Set<String> known = new HashSet<>();
        joinings.stream().filter(joining -> joining.startsWith(host + " ")).forEach(known::add);
        return known;
    }

    /** What is on a host is older than what was sent from it, perhaps; it knows of no other stays than these. */
    public void setBack(String host, Set<String> staysKnown) {
        joinings.removeIf(joining -> joining.startsWith(host + " ") && !staysKnown.contains(joining));
        disturbed.add(host);
        reason(host);
    }

    /** The store on this host has what its device knows so far. */
    public void committed(String host) {
        staysAtCommit.put(host, staysKnownOn(host));
    }

    /** The last commit of the store on this host is gone. */
    public void lastCommitLost(String host) {
        setBack(host, staysAtCommit.getOrDefault(host, Set.of()));
    }

    /** The profile on this host is gone, and its member begins anew. */
    public void beginsAnew(String host) {
        reason(host);
    }

    /** A device tells its person of another identity key than the one that it goes by. */
    public void sawForeignKey(String host, Bytes key) {
        foreignKeys.add(host + " " + key.hex());
        keysTold.add(host + " " + key.hex());
    }

    /** Whether the device on a host, or that of which it is a copy, has told its person of this key beside another. */
    boolean hasToldOfKey(String host, Bytes key) {
        return keysTold.contains(host + " " + key.hex());
    }

    /** Its person accepts it. */
    public void accepted(String host, Bytes key) {
        foreignKeys.remove(host + " " + key.hex());
    }

    /** Whether the device must not add whoever has this key. */
    boolean isForeign(String host, Bytes key) {
        return foreignKeys.contains(host + " " + key.hex());
    }

    /** The hosts on which a device has this id. */
    List<String> hostsOf(String device) {
        return idsByHost.entrySet().stream()
                .filter(entry -> entry.getValue().contains(device))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** This member's client has been changed: nothing is promised to it, and of what it says only that it harms nobody. */
    public void isHostile(String member) {
        hostile.add(member);
    }

    /** Whether somebody's client has been changed. */
    public boolean isHostileMember(String member) {
        return hostile.contains(member);
    }

    /** Whether a device (its id in hex) has a client that has been changed. */
    boolean isHostileDevice(String device) {
        return hostile.stream().anyMatch(member -> idsOf(member).contains(device));
    }

    /** A person wants the copy on this host to go on. */
    public void takesOver(String host) {
        staysAway.remove(host);
        reason(host);
    }

    private void reason(String host) {
        reasonsByMember.merge(SimulatedDevice.memberOf(host), 1, Integer::sum);
    }

    /** The device tells its person that another copy goes on in its place. */
    void staysAway(String host) {
        staysAway.add(host);
    }

    /** Whether the device has told its person that it stays away. */
    public boolean isAway(String host) {
        return staysAway.contains(host);
    }

    /** Whether its store was ever copied or set back, so that its log has things of its own that it does not know. */
    public boolean isDisturbed(String host) {
        return disturbed.contains(host);
    }

    /** Whether a store of this member was ever copied or set back. */
    boolean wasDisturbed(String member) {
        return disturbed.stream()
                .anyMatch(host -> SimulatedDevice.memberOf(host).equals(member));
    }

    /** The ids of the device on a host, the present one last. */
    List<String> idsOn(String host) {
        return idsByHost.getOrDefault(host, List.of());
    }

    /** The present id of the device on a host; empty until it has proved itself. */
    Optional<String> idOn(String host) {
        List<String> ids = idsOn(host);
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(ids.size() - 1));
    }

    /** The ids under which the device on a host reads of itself in a log: a copy reads of what became of the other one, too. */
    Collection<String> idsHeardOfOn(String host) {
        return isDisturbed(host) ? idsOf(SimulatedDevice.memberOf(host)) : idsOn(host);
    }

    /** All ids that a member's devices ever had. */
    Set<String> idsOf(String member) {
        return idsByMember.getOrDefault(member, Set.of());
    }

    /** Whether another device has this one's place at its server: a receipt for what it had handed over reaches nobody any more. */
    boolean isStruckOff(String device) {
        return idsByMember.values().stream()
                .filter(ids -> ids.contains(device))
                .anyMatch(ids -> !new ArrayList<>(ids).get(ids.size() - 1).equals(device));
    }

    /** The device on a host tells that it is a member since this place. */
    void joined(String host, String channel, long seq) {
        joinings.add(host + " " + channel + " " + seq);
        idByJoining.put(host + " " + channel + " " + seq, idOn(host).orElse(""));
    }

    /** Under which id the device on this host had told that it became a member at this stay's beginning; empty if it has not. */
    Optional<String> idWhenItToldOf(String host, String channel, Stretch stretch) {
        return Optional.ofNullable(idByJoining.get(host + " " + channel + " " + stretch.joinSeq()));
    }

    /** Whether the device on a host knows of this stay in a channel: a Welcome goes to one of two copies, or to a state that is gone. */
    boolean knowsOf(String host, String channel, Stretch stretch) {
        return !isDisturbed(host) || joinings.contains(host + " " + channel + " " + stretch.joinSeq());
    }

    /** Whether the device on a host has told that it became a member at this stay's beginning. */
    boolean hasToldOf(String host, String channel, Stretch stretch) {
        return joinings.contains(host + " " + channel + " " + stretch.joinSeq());
    }

    /** The device on a host can follow a channel as a member up to this epoch and no further, until it is back. */
    public void losesPlace(String host, String channel, long epoch) {
        lostPlaces.computeIfAbsent(host + " " + channel, it -> new HashSet<>()).add(epoch);
    }

    /** After which epochs the device on a host had lost its place in a channel. */
    Set<Long> lostPlaces(String host, String channel) {
        return lostPlaces.getOrDefault(host + " " + channel, Set.of());
    }

    /** Two copies do not take each other's place for ever: each time needs a reason. */
    void checkReplacements() {
        idsByMember.forEach((member, ids) -> {
            int reasons = reasonsByMember.getOrDefault(member, 0);
            if (ids.size() - 1 > reasons && !isHostileMember(member)) {
                throw new InvariantViolation(
                        Invariant.I8_CONVERGENCE,
                        member + "'s devices took each other's place " + (ids.size() - 1) + " times, for " + reasons
                                + " reasons");
            }
        });
    }

    /** Whoever is not told that another copy goes on is the one that does. */
    void checkOneGoesOn(List<String> hosts) {
        Map<String, String> goesOn = new TreeMap<>();
        for (String host : hosts) {
            if (!isAway(host)) {
                String other = goesOn.put(SimulatedDevice.memberOf(host), host);
                if (other != null) {
                    throw new InvariantViolation(
                            Invariant.I8_CONVERGENCE,
                            "both " + other + " and " + host + " go on, copies of one profile");
                }
            }
        }
    }
}
