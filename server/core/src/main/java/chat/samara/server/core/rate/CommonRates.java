package chat.samara.server.core.rate;

/**
 * What each of many groups may do together, and how much of it each of their members has had lately: a bucket of a group ({@link Rates}) beside the shares in it
 * ({@link Shares}), which are always counted together. In memory only.
 *
 * @param <G> a group, which has a bucket
 * @param <M> a member of a group, who has a share of the bucket
 */
public final class CommonRates<G, M> {
    private final Rate rate;
    private final Rates<G> groups;
    private final Shares<M> shares;

    /** @param rate how quickly the bucket of each group fills */
    public CommonRates(Rate rate, int groupsKeptMax, int membersKeptMax) {
        this.rate = rate;
        this.groups = new Rates<>(groupsKeptMax);
        this.shares = new Shares<>(rate, membersKeptMax);
    }

    /** How quickly the bucket of each group fills. */
    public Rate rate() {
        return rate;
    }

    /** The buckets of the groups by themselves, for looking at. */
    public Rates<G> groups() {
        return groups;
    }

    /** How much the group has left for all its members; below zero where some is owed. */
    public long left(G group, long monotonicMillis) {
        return groups.left(group, rate, monotonicMillis);
    }

    /** Whether that member has had more lately than so much, which is left for all. */
    public boolean hasHadMore(M member, long leftForAll, long monotonicMillis) {
        return shares.hasHadMore(member, leftForAll, monotonicMillis);
    }

    /** The member has had so much of what its group may: what there is not is owed by the group. */
    public void owe(G group, M member, int amount, long monotonicMillis) {
        groups.owe(group, amount, rate, monotonicMillis);
        shares.had(member, amount, monotonicMillis);
    }

    /**
     * The member has so much of what its group may, of which no more is taken than a bucket holds. Returns false, and takes nothing, if there is not so
     * much.
     */
    public boolean tryTake(G group, M member, int amount, long monotonicMillis) {
        if (!groups.tryTake(group, Math.min(amount, rate.atOnceMax()), rate, monotonicMillis)) {
            return false;
        }
        shares.had(member, amount, monotonicMillis);
        return true;
    }
}
