package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.client.stored.StoredSupply;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which private keys of KeyPackages a device keeps. Not those that a Welcome used, and not those for which none can come any more; else all
 * that the server may have handed out, above all the one of last resort, which it goes on handing out.
 */
final class KeyPackageShelf {
    private KeyPackageShelf() {}

    private record Kept(Bytes ref, boolean lastResort, boolean refused, long madeMillis, long notAfterMillis) {
        static Kept of(Bytes ref, StoredKeyPackage row) {
            long notAfter = row.getNotAfterMillis() != 0
                    ? row.getNotAfterMillis()
                    : row.getMadeMillis() + Limits.KEY_PACKAGE_LIFETIME_MILLIS;
            return new Kept(ref, row.getLastResort(), row.getRefused(), row.getMadeMillis(), notAfter);
        }
    }

    /**
     * The server has refused these. They are kept apart from those that it took, and fewer: a server that refuses again and again pushes out
     * none of the others.
     */
    static void refused(Turn turn, List<Bytes> refs) {
        for (Bytes ref : refs) {
            turn.store()
                    .get(DeviceTable.KEY_PACKAGE, ref)
                    .ifPresent(row -> turn.store()
                            .put(
                                    DeviceTable.KEY_PACKAGE,
                                    ref,
                                    Stored.parse(StoredKeyPackage.parser(), row).toBuilder()
                                            .setRefused(true)
                                            .build()));
        }
        List<Kept> refused = new ArrayList<>();
        turn.store().rows(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST).forEach((ref, row) -> {
            Kept kept = Kept.of(ref, Stored.parse(StoredKeyPackage.parser(), row));
            if (kept.refused()) {
                refused.add(kept);
            }
        });
        prune(turn, refused, Limits.REFUSED_KEY_PACKAGES_KEPT, Long.MIN_VALUE);
    }

    /**
     * Drops what has expired long ago, and the oldest above the limits.
     *
     * @param nothingWaits whether the server has no Welcome for this device; if it has one, it may be for a key that expired while the
     *     device was away
     */
    static void prune(Turn turn, OwnIdentity own, boolean nothingWaits) {
        List<Kept> oneTime = new ArrayList<>();
        List<Kept> lastResort = new ArrayList<>();
        List<Kept> refused = new ArrayList<>();
        turn.store().durable().scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            Kept kept = Kept.of(ref, Stored.parse(StoredKeyPackage.parser(), row));
            (kept.refused() ? refused : kept.lastResort() ? lastResort : oneTime).add(kept);
            return true;
        });
        Set<Bytes> atServer = Arrays.stream(ChannelSuite.values())
                .map(own::lastResortRef)
                .flatMap(Optional::stream)
                .collect(Collectors.toCollection(TreeSet::new));
        lastResort.removeIf(kept -> atServer.contains(kept.ref()));
        long past = nothingWaits ? provenMillis(turn, own) - Limits.KEY_PACKAGE_GRACE_MILLIS : Long.MIN_VALUE;
        prune(turn, oneTime, Limits.KEY_PACKAGES_KEPT, past);
        prune(turn, lastResort, Limits.LAST_RESORTS_KEPT, past);
        prune(turn, refused, Limits.REFUSED_KEY_PACKAGES_KEPT, past);
    }

    /**
     * The latest time at which the server took KeyPackages as valid now. The device's own clock may be years ahead for a moment, and
     * would throw away every key there is.
     */
    private static long provenMillis(Turn turn, OwnIdentity own) {
        long newest = own.row().getSuppliesMap().values().stream()
                .mapToLong(supply -> newest(supply))
                .max()
                .orElse(0);
        return Math.min(turn.wallMillis(), newest);
    }

    private static long newest(StoredSupply supply) {
        return Math.max(supply.getRenewedMillis(), supply.getLastResortMadeMillis());
    }

    private static void prune(Turn turn, List<Kept> rows, int countMax, long pastMillis) {
        rows.sort(Comparator.comparingLong(Kept::madeMillis).thenComparing(Kept::ref));
        int surplus = rows.size() - countMax;
        for (int i = 0; i < rows.size(); i++) {
            if (i < surplus || rows.get(i).notAfterMillis() < pastMillis) {
                turn.store().delete(DeviceTable.KEY_PACKAGE, rows.get(i).ref());
            }
        }
    }
}
