package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Batches whose signature was found good, so that it is verified once and not again for each item of the batch: all records and heads
 * that a server signs in one go share a signature (design §5). Bounded: of more, the one that was not asked for longest is forgotten.
 *
 * <p>Not thread-safe. What is remembered changes what an answer costs and never the answer.
 */
public final class VerifiedBatches {
    /** Batches that are remembered where nothing else is said: some hundred bytes each. */
    public static final int KEPT_MAX = 1_024;

    private final int keptMax;
    private final Map<Signed, Boolean> good = new LinkedHashMap<>(16, 0.75f, true);
    private long verifications;

    /** As many as {@link #KEPT_MAX}. */
    public VerifiedBatches() {
        this(KEPT_MAX);
    }

    /**
     * For what has so many signatures and is gone through more than once: none is forgotten before the end.
     *
     * @param keptMax batches that are remembered
     */
    public VerifiedBatches(int keptMax) {
        this.keptMax = keptMax;
    }

    private record Signed(Bytes rootKey, Proof.Statement statement) {}

    /** Whether the key's owner signed the statement. */
    boolean signedBy(Bytes rootKey, Proof.Statement statement) {
        Signed signed = new Signed(rootKey, statement);
        if (good.get(signed) != null) {
            return true;
        }
        verifications++;
        if (!statement.signedBy(rootKey)) {
            return false;
        }
        good.put(signed, true);
        if (good.size() > keptMax) {
            good.remove(good.keySet().iterator().next());
        }
        return true;
    }

    /** How many signatures were verified. */
    public long verifications() {
        return verifications;
    }
}
