package chat.samara.mls.tree;

import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many members of a tree list each capability, and which credential types they use. It answers "do all members
 * support this" (RFC 9420 §7.3, §11.1, §12.2, §13.4) without visiting the leaves.
 *
 * <p>Immutable; a change copies the counters of the types that occur, of which there are few.
 */
public final class Census {
    static final Census EMPTY =
            new Census(0, Tally.EMPTY, Tally.EMPTY, Tally.EMPTY, Tally.EMPTY, Tally.EMPTY, Tally.EMPTY);

    private final int members;
    private final Tally extensions;
    private final Tally proposals;
    private final Tally credentials;
    private final Tally cipherSuites;
    private final Tally components;
    private final Tally credentialsInUse;

    private Census(
            int members,
            Tally extensions,
            Tally proposals,
            Tally credentials,
            Tally cipherSuites,
            Tally components,
            Tally credentialsInUse) {
        this.members = members;
        this.extensions = extensions;
        this.proposals = proposals;
        this.credentials = credentials;
        this.cipherSuites = cipherSuites;
        this.components = components;
        this.credentialsInUse = credentialsInUse;
    }

    Census with(LeafNode leaf) {
        return changed(leaf, 1);
    }

    Census without(LeafNode leaf) {
        return changed(leaf, -1);
    }

    private Census changed(LeafNode leaf, int by) {
        Capabilities listed = leaf.capabilities();
        return new Census(
                members + by,
                extensions.changed(listed.extensions(), by),
                proposals.changed(listed.proposals(), by),
                credentials.changed(listed.credentials(), by),
                cipherSuites.changed(listed.cipherSuites(), by),
                components.changed(AppDataDictionary.listedByLeaf(leaf.extensions()), by),
                credentialsInUse.changed(List.of(leaf.credential().type()), by));
    }

    /** Counts the leaves of a whole tree: each type once for each leaf that lists it, however many types there are. */
    static final class Counter {
        private int members;
        private final Types extensions = new Types();
        private final Types proposals = new Types();
        private final Types credentials = new Types();
        private final Types cipherSuites = new Types();
        private final Types components = new Types();
        private final Types credentialsInUse = new Types();

        void count(LeafNode leaf) {
            members++;
            Capabilities listed = leaf.capabilities();
            extensions.add(listed.extensions());
            proposals.add(listed.proposals());
            credentials.add(listed.credentials());
            cipherSuites.add(listed.cipherSuites());
            components.add(AppDataDictionary.listedByLeaf(leaf.extensions()));
            credentialsInUse.add(List.of(leaf.credential().type()));
        }

        Census total() {
            return new Census(
                    members,
                    extensions.tally(),
                    proposals.tally(),
                    credentials.tally(),
                    cipherSuites.tally(),
                    components.tally(),
                    credentialsInUse.tally());
        }
    }

    /** What all leaves list, one after the other: four bytes for each type that was two bytes on the wire. */
    private static final class Types {
        private int[] all = new int[16];
        private int size;

        /** What one leaf lists, each type once. */
        void add(List<Integer> types) {
            if (size + types.size() > all.length) {
                all = Arrays.copyOf(all, Math.max(2 * all.length, size + types.size()));
            }
            int start = size;
            for (int i = 0; i < types.size(); i++) {
                all[start + i] = types.get(i);
            }
            int end = start + types.size();
            Arrays.sort(all, start, end);
            for (int i = start; i < end; i++) {
                if (size == start || all[i] != all[size - 1]) {
                    all[size++] = all[i];
                }
            }
        }

        Tally tally() {
            Arrays.sort(all, 0, size);
            int[] types = new int[size];
            int[] counts = new int[size];
            int distinct = 0;
            for (int i = 0; i < size; i++) {
                if (distinct == 0 || all[i] != types[distinct - 1]) {
                    types[distinct++] = all[i];
                }
                counts[distinct - 1]++;
            }
            return new Tally(Arrays.copyOf(types, distinct), Arrays.copyOf(counts, distinct));
        }
    }

    /** Whether every member lists the extension type; the caller knows which types are default and never listed. */
    public boolean allListExtension(int type) {
        return extensions.count(type) == members;
    }

    /** Whether every member lists the proposal type. */
    public boolean allListProposal(int type) {
        return proposals.count(type) == members;
    }

    /** Whether every member lists the credential type. */
    public boolean allListCredential(int type) {
        return credentials.count(type) == members;
    }

    /** Whether every member lists the cipher suite. */
    public boolean allListCipherSuite(int suite) {
        return cipherSuites.count(suite) == members;
    }

    /** Whether every member lists the component ({@code app_components} of draft-ietf-mls-extensions). */
    public boolean allListComponent(int componentId) {
        return components.count(componentId) == members;
    }

    /** Whether every member supports all of that. */
    public boolean allList(RequiredCapabilities required, List<Integer> componentIds) {
        return required.extensions().stream().allMatch(type -> Extension.isDefaultType(type) || allListExtension(type))
                && required.proposals().stream()
                        .allMatch(type -> Capabilities.isDefaultProposal(type) || allListProposal(type))
                && required.credentials().stream().allMatch(this::allListCredential)
                && componentIds.stream().allMatch(this::allListComponent);
    }

    /** The credential types that at least one member uses. */
    public IntStream credentialTypesInUse() {
        return credentialsInUse.types();
    }

    /** Sorted types and how often each was counted. */
    private static final class Tally {
        static final Tally EMPTY = new Tally(new int[0], new int[0]);

        private final int[] sorted;
        private final int[] counts;

        private Tally(int[] sorted, int[] counts) {
            this.sorted = sorted;
            this.counts = counts;
        }

        int count(int type) {
            int at = Arrays.binarySearch(sorted, type);
            return at < 0 ? 0 : counts[at];
        }

        IntStream types() {
            return Arrays.stream(sorted);
        }

        /** A type that a leaf lists twice counts once: otherwise it would make up for a member that lacks it. */
        Tally changed(Collection<Integer> listed, int by) {
            int[] types = listed.stream()
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .distinct()
                    .toArray();
            if (types.length == 0) {
                return this;
            }
            int[] mergedTypes = new int[sorted.length + types.length];
            int[] mergedCounts = new int[mergedTypes.length];
            int size = 0;
            int ours = 0;
            int theirs = 0;
            while (ours < sorted.length || theirs < types.length) {
                boolean takeOurs = theirs == types.length || (ours < sorted.length && sorted[ours] <= types[theirs]);
                boolean takeTheirs = ours == sorted.length || (theirs < types.length && types[theirs] <= sorted[ours]);
                int type = takeOurs ? sorted[ours] : types[theirs];
                int count = (takeOurs ? counts[ours] : 0) + (takeTheirs ? by : 0);
                ours += takeOurs ? 1 : 0;
                theirs += takeTheirs ? 1 : 0;
                if (count != 0) {
                    mergedTypes[size] = type;
                    mergedCounts[size++] = count;
                }
            }
            return new Tally(Arrays.copyOf(mergedTypes, size), Arrays.copyOf(mergedCounts, size));
        }
    }
}
