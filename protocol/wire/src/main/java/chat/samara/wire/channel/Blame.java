package chat.samara.wire.channel;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who may not commit any more, as the log alone says. A malicious member can make commits that every observer finds in order and no
 * other member can process; each ends the channel for the others until they have returned. Who returns names the commit that it
 * could not process ({@code CommitPayload.refused_seq}), and the commit's author has signed all of it: so a user whose commits
 * were refused by {@value #ACCUSERS_MIN} other users is barred, until somebody removes all its devices. One liar alone bars nobody.
 *
 * <p>The hub, its followers and all devices derive the same value from the same log. Immutable.
 */
public final class Blame {
    /** So many users must have refused commits of another before it is barred. */
    public static final int ACCUSERS_MIN = 2;

    /** Runs of commits of one user each that are remembered. Whoever comes back later than that accuses nobody. */
    public static final int RUNS_MAX = 64;

    /** Accusations that are remembered; of more, the oldest are forgotten. */
    public static final int ACCUSATIONS_MAX = 64;

    /** Nothing has happened yet. */
    public static final Blame NONE = new Blame(List.of(), List.of(), new TreeSet<>());

    private static final int VERSION = 1;

    private final List<Run> runs;
    private final List<Accusation> accusations;
    private final SortedSet<Bytes> barred;

    /** Commits that one user made one after the other, by its identity key. */
    private record Run(long fromSeq, long throughSeq, Bytes author) implements TlsEncodable {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint64(fromSeq).uint64(throughSeq).opaque(author);
        }
    }

    private record Accusation(Bytes accused, Bytes accuser) implements TlsEncodable {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.opaque(accused).opaque(accuser);
        }
    }

    private Blame(List<Run> runs, List<Accusation> accusations, SortedSet<Bytes> barred) {
        this.runs = runs;
        this.accusations = accusations;
        this.barred = barred;
    }

    /** Whether the user with this identity key may not commit. */
    public boolean isBarred(Bytes identityKey) {
        return barred.contains(identityKey);
    }

    /** After a commit at this place, which the rules have accepted. Unsigned ones say nothing about anybody. */
    public Blame after(long seq, Change.Committed commit) {
        if (!commit.isSigned()) {
            return this;
        }
        Blame said = commit.refusedSeq() > 0
                ? accused(commit.refusedSeq(), commit.author().identityKey())
                : this;
        return said.withCommit(seq, commit.author().identityKey()).without(commit);
    }

    /** After a user has said, under its signature, that it could not process the commit at a place. */
    public Blame accused(long refusedSeq, Bytes accuser) {
        Optional<Bytes> author = runs.stream()
                .filter(run -> run.fromSeq() <= refusedSeq && refusedSeq <= run.throughSeq())
                .map(Run::author)
                .findFirst();
        Accusation accusation = new Accusation(author.orElse(accuser), accuser);
        if (accusation.accused().equals(accuser) || accusations.contains(accusation)) {
            return this;
        }
        List<Accusation> more = newest(accusations, accusation, ACCUSATIONS_MAX);
        long accusers = more.stream()
                .filter(it -> it.accused().equals(accusation.accused()))
                .count();
        SortedSet<Bytes> out = new TreeSet<>(barred);
        if (accusers >= ACCUSERS_MIN) {
            out.add(accusation.accused());
        }
        return new Blame(runs, more, out);
    }

    private Blame withCommit(long seq, Bytes author) {
        if (!runs.isEmpty()) {
            Run last = runs.get(runs.size() - 1);
            if (last.author().equals(author)) {
                List<Run> longer = new ArrayList<>(runs);
                longer.set(runs.size() - 1, new Run(last.fromSeq(), seq, author));
                return new Blame(longer, accusations, barred);
            }
        }
        return new Blame(newest(runs, new Run(seq, seq, author), RUNS_MAX), accusations, barred);
    }

    /** Whoever has no device in the channel any more comes back, if at all, because somebody wants it to. */
    private Blame without(Change.Committed commit) {
        if (commit.removed().isEmpty() || (barred.isEmpty() && accusations.isEmpty())) {
            return this;
        }
        TreeSet<Bytes> gone = new TreeSet<>();
        commit.removed().forEach(member -> gone.add(member.identityKey()));
        Membership.identityKeys(commit.commit().after()).forEach(gone::remove);
        if (gone.isEmpty()) {
            return this;
        }
        SortedSet<Bytes> out = new TreeSet<>(barred);
        out.removeAll(gone);
        return new Blame(
                runs,
                accusations.stream().filter(it -> !gone.contains(it.accused())).toList(),
                out);
    }

    private static <T> List<T> newest(List<T> before, T added, int max) {
        List<T> all = new ArrayList<>(before);
        all.add(added);
        return all.size() > max ? List.copyOf(all.subList(all.size() - max, all.size())) : all;
    }

    /** For one's own store. */
    public byte[] encode() {
        TlsWriter writer = new TlsWriter().uint16(VERSION).vector(runs).vector(accusations);
        TlsWriter keys = new TlsWriter();
        barred.forEach(keys::opaque);
        return writer.opaque(keys.toByteArray()).toByteArray();
    }

    /** Out of one's own store; nothing there is {@link #NONE}. */
    public static Blame decode(Bytes stored) throws MlsException {
        return stored.isEmpty() ? NONE : TlsReader.decode(stored.toByteArray(), Blame::readFrom);
    }

    private static Blame readFrom(TlsReader reader) throws MlsException {
        int version = reader.uint16();
        if (version != VERSION) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "stored blame of version " + version + ", expected " + VERSION);
        }
        List<Run> runs = reader.vector(item -> new Run(item.uint64(), item.uint64(), item.opaque()));
        List<Accusation> accusations = reader.vector(item -> new Accusation(item.opaque(), item.opaque()));
        SortedSet<Bytes> barred = new TreeSet<>();
        TlsReader keys = reader.nested();
        while (keys.hasRemaining()) {
            barred.add(keys.opaque());
        }
        return new Blame(runs, accusations, barred);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Blame that
                && runs.equals(that.runs)
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
