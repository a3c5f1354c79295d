package chat.samara.wire.channel;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Who may not commit any more, as the log alone says. A malicious member can make commits that every observer finds in order and no
 * other member can process; each ends the channel for the others until they have returned. Who returns names the commit that it
 * could not process ({@code CommitPayload.refused}), and the commit's author has signed all of it. A user whose commits enough
 * others have named is barred, until somebody removes all its devices.
 *
 * <p>A commit is named by the epoch that it begins, and nothing here is counted in places of the log: who joins is told the places of
 * earlier handshakes by its own server alone, but which commit begins an epoch stands in each later one's transcript hash.
 *
 * <p>Nobody but the accuser can check what it says. So only that is counted which a liar cannot have for nothing. An accusation
 * counts
 *
 * <ul>
 *   <li>if it stands in an external commit, which costs the accuser its place and the hub lets pass a few times a minute;
 *   <li>of a user that was in the channel before the commit, and has not committed anything since: who did that had processed it;
 *   <li>against a user that has been in the channel ever since;
 *   <li>once for each {@linkplain Arrival#voice voice}: whoever brings further accounts of its own into the channel still has one voice.
 * </ul>
 *
 * <p>It takes {@value #VOICES_MIN} voices, and one more with each doubling of the voices in the channel from eight on. Everybody who has
 * the log derives the same value, except for what a version before this one has stored. Users are named by their identity keys.
 * Immutable.
 */
public final class Blame {
    /** So many voices at least must accuse a user before it is barred: one liar alone bars nobody. */
    public static final int VOICES_MIN = 2;

    /** Runs of commits of one user each that are remembered. Whoever comes back later than that accuses nobody. */
    public static final int RUNS_MAX = 256;

    /**
     * Arrivals that are remembered: more than a channel holds members, since who is gone is forgotten. Were it fewer, whoever adds so many
     * accounts that they are forgotten would get a voice for each.
     */
    public static final int ARRIVALS_MAX = 4_096;

    /** Accusations that are remembered; of more, the voice that has made most of them loses its oldest. */
    public static final int ACCUSATIONS_MAX = 64;

    /** Of a channel of which nothing is known yet, not even who has founded it. */
    public static final Blame NONE =
            new Blame(Optional.empty(), 0, List.of(), new TreeMap<>(), List.of(), new TreeSet<>());

    final Optional<Bytes> founder;
    /** Accusations of commits up to here count for nothing: who was there before them is forgotten. */
    final long forgottenEpoch;

    final List<Run> runs;
    final SortedMap<Bytes, Arrival> arrivals;
    final List<Accusation> accusations;
    final SortedSet<Bytes> barred;

    /**
     * A signed commit, as far as it matters here.
     *
     * @param epoch the one that it begins
     * @param isReturn whether it is an external one, by which its author comes back
     * @param refusedEpoch the one that the commit would have begun which its author could not process; 0 for none
     * @param come who has no device in the channel before it
     * @param gone who has none after it
     */
    public record Step(
            long epoch, Bytes author, boolean isReturn, long refusedEpoch, Set<Bytes> come, Set<Bytes> gone) {}

    /** Commits that one user made one after the other. */
    record Run(long fromEpoch, long throughEpoch, Bytes author) {}

    /**
     * When a user came into the channel.
     *
     * @param epoch the first one that it was there in
     * @param voice for whom it speaks: for itself if the founder has added it, else for whom the member speaks that has added it
     */
    record Arrival(long epoch, Bytes voice) {}

    record Accusation(Bytes accused, Bytes accuser, Bytes voice) {}

    Blame(
            Optional<Bytes> founder,
            long forgottenEpoch,
            List<Run> runs,
            SortedMap<Bytes, Arrival> arrivals,
            List<Accusation> accusations,
            SortedSet<Bytes> barred) {
        this.founder = founder;
        this.forgottenEpoch = forgottenEpoch;
        this.runs = runs;
        this.arrivals = arrivals;
        this.accusations = accusations;
        this.barred = barred;
    }

    /** Of a channel that begins. Whom its founder adds speaks for itself. */
    public static Blame begin(Bytes founder) {
        return new Blame(Optional.of(founder), 0, List.of(), new TreeMap<>(), List.of(), new TreeSet<>());
    }

    /** Whether the user with this identity key may not commit. */
    public boolean isBarred(Bytes identityKey) {
        return barred.contains(identityKey);
    }

    /** Who may not commit, by identity key. */
    public Set<Bytes> barred() {
        return Set.copyOf(barred);
    }

    /** How many accusations of a user count. */
    public int voicesAgainst(Bytes identityKey) {
        return (int) accusations.stream()
                .filter(it -> it.accused().equals(identityKey))
                .count();
    }

    /**
     * After a commit that the rules have accepted. Unsigned ones say nothing about anybody.
     *
     * @param before who was in the channel before it
     */
    public Blame after(Change.Committed commit, Membership before) {
        return commit.isSigned() ? after(before.step(commit), before.identityKeys()) : this;
    }

    /**
     * After a signed commit.
     *
     * @param present who was in the channel before it
     */
    public Blame after(Step step, Set<Bytes> present) {
        return accused(step, present)
                .withCommit(step.epoch(), step.author())
                .withComing(step)
                .withoutGone(step.gone());
    }

    /**
     * Whom a commit would accuse that is judged and not in the log yet. Also if its voice was heard before: whoever loses its place by one commit
     * after another says so each time. Of no user if the accusation cannot be one.
     *
     * @param before who was in the channel before it
     */
    public Optional<Bytes> accusedBy(Change.Committed commit, Membership before) {
        return commit.isSigned() ? accusedBy(before.step(commit), before.identityKeys()) : Optional.empty();
    }

    private Optional<Bytes> accusedBy(Step step, Set<Bytes> present) {
        return runs.stream()
                .filter(run -> run.fromEpoch() <= step.refusedEpoch() && step.refusedEpoch() <= run.throughEpoch())
                .map(Run::author)
                .findFirst()
                .filter(accused -> mayAccuse(step, accused, present));
    }

    private Blame accused(Step step, Set<Bytes> present) {
        Optional<Bytes> accused = accusedBy(step, present)
                .filter(user -> isUnheard(new Accusation(user, step.author(), voice(step.author()))));
        if (accused.isEmpty()) {
            return this;
        }
        Accusation accusation = new Accusation(accused.get(), step.author(), voice(step.author()));
        List<Accusation> more = new ArrayList<>(accusations);
        more.add(accusation);
        if (more.size() > ACCUSATIONS_MAX) {
            more.remove(oldestOfTheLoudest(more));
        }
        Blame said = new Blame(founder, forgottenEpoch, runs, arrivals, more, barred);
        if (said.voicesAgainst(accused.get()) < voicesNeeded(voices(present, accused.get()))) {
            return said;
        }
        SortedSet<Bytes> out = new TreeSet<>(barred);
        out.add(accused.get());
        return new Blame(founder, forgottenEpoch, runs, arrivals, more, out);
    }

    private boolean isUnheard(Accusation accusation) {
        return accusations.stream()
                .noneMatch(it -> it.accused().equals(accusation.accused())
                        && (it.accuser().equals(accusation.accuser())
                                || it.voice().equals(accusation.voice())));
    }

    private boolean mayAccuse(Step step, Bytes accused, Set<Bytes> present) {
        Bytes accuser = step.author();
        long refused = step.refusedEpoch();
        boolean wereThere =
                refused > forgottenEpoch && wasThereBefore(refused, accuser) && wasThereBefore(refused, accused);
        boolean wentOn = runs.stream().anyMatch(run -> run.author().equals(accuser) && run.throughEpoch() > refused);
        return step.isReturn() && !accused.equals(accuser) && present.contains(accused) && wereThere && !wentOn;
    }

    private boolean wasThereBefore(long epoch, Bytes user) {
        Arrival arrival = arrivals.get(user);
        return arrival == null || arrival.epoch() < epoch;
    }

    private Bytes voice(Bytes user) {
        Arrival arrival = arrivals.get(user);
        return arrival == null ? user : arrival.voice();
    }

    private int voices(Set<Bytes> present, Bytes accused) {
        TreeSet<Bytes> voices = new TreeSet<>();
        present.stream().filter(user -> !user.equals(accused)).forEach(user -> voices.add(voice(user)));
        return voices.size();
    }

    /** So many of these voices it takes. A commit that fails for one half of the tree after the other meets that soon; few liars do not. */
    static int voicesNeeded(int voices) {
        int doublings = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, voices));
        return Math.max(VOICES_MIN, doublings);
    }

    /** Who accuses many, in order that what others have said is forgotten, loses its own. */
    private static Accusation oldestOfTheLoudest(List<Accusation> all) {
        TreeMap<Bytes, Integer> counts = new TreeMap<>();
        all.forEach(it -> counts.merge(it.voice(), 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        return all.stream()
                .filter(it -> counts.getOrDefault(it.voice(), 0) == most)
                .findFirst()
                .orElseThrow();
    }

    private Blame withCommit(long epoch, Bytes author) {
        List<Run> more = new ArrayList<>(runs);
        Run last = runs.isEmpty() ? new Run(0, 0, Bytes.EMPTY) : runs.get(runs.size() - 1);
        if (last.author().equals(author)) {
            more.set(runs.size() - 1, new Run(last.fromEpoch(), epoch, author));
        } else {
            more.add(new Run(epoch, epoch, author));
        }
        if (more.size() > RUNS_MAX) {
            more.remove(0);
        }
        return new Blame(founder, forgottenEpoch, more, arrivals, accusations, barred);
    }

    private Blame withComing(Step step) {
        TreeMap<Bytes, Arrival> more = new TreeMap<>(arrivals);
        boolean byFounder = founder.equals(Optional.of(step.author()));
        for (Bytes user : step.come()) {
            more.put(user, new Arrival(step.epoch(), byFounder ? user : voice(step.author())));
        }
        // Of who speaks for itself, and was there before all that can be accused, nothing need be known.
        long oldest = runs.get(0).fromEpoch();
        more.entrySet().removeIf(it -> speaksForItself(it) && it.getValue().epoch() < oldest);
        long forgotten = forgottenEpoch;
        while (more.size() > ARRIVALS_MAX) {
            Map.Entry<Bytes, Arrival> first = first(more, Blame::speaksForItself)
                    .or(() -> first(more, it -> true))
                    .orElseThrow();
            forgotten = Math.max(forgotten, first.getValue().epoch());
            more.remove(first.getKey());
        }
        return new Blame(founder, forgotten, runs, more, accusations, barred);
    }

    private static boolean speaksForItself(Map.Entry<Bytes, Arrival> arrival) {
        return arrival.getValue().voice().equals(arrival.getKey());
    }

    private static Optional<Map.Entry<Bytes, Arrival>> first(
            SortedMap<Bytes, Arrival> arrivals, Predicate<Map.Entry<Bytes, Arrival>> which) {
        return arrivals.entrySet().stream()
                .filter(which)
                .min((one, other) ->
                        Long.compare(one.getValue().epoch(), other.getValue().epoch()));
    }

    /** Whoever has no device in the channel any more comes back, if at all, because somebody wants it to. */
    private Blame withoutGone(Set<Bytes> gone) {
        if (gone.isEmpty()) {
            return this;
        }
        SortedSet<Bytes> out = new TreeSet<>(barred);
        out.removeAll(gone);
        TreeMap<Bytes, Arrival> there = new TreeMap<>(arrivals);
        gone.forEach(there::remove);
        return new Blame(
                founder,
                forgottenEpoch,
                runs,
                there,
                accusations.stream().filter(it -> !gone.contains(it.accused())).toList(),
                out);
    }

    /** For one's own store. */
    public byte[] encode() {
        return StoredBlame.encode(this);
    }

    /**
     * Out of one's own store; nothing there is {@link #NONE}. What a version before this one has stored counts in places, which nothing
     * leads from to epochs: who is barred and who was accused stays, and no commit up to here can be accused any more. The first version told neither when
     * anybody came nor through whom, so nobody is barred by it.
     *
     * @param epoch the one that the channel was in when it was stored
     */
    public static Blame decode(Bytes stored, long epoch) throws MlsException {
        return stored.isEmpty() ? NONE : StoredBlame.decode(stored, epoch);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Blame that
                && founder.equals(that.founder)
                && forgottenEpoch == that.forgottenEpoch
                && runs.equals(that.runs)
                && arrivals.equals(that.arrivals)
                && accusations.equals(that.accusations)
                && barred.equals(that.barred);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * runs.hashCode() + accusations.hashCode()) + barred.hashCode();
    }

    @Override
    public String toString() {
        return "Blame(" + barred.size() + " barred, " + accusations.size() + " accusations)";
    }
}
