package chat.samara.client.device;

import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.client.stored.StoredSupply;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which private keys of KeyPackages a device keeps, and how many more it makes. One goes when a Welcome has used it, and when none can come
 * for it any more; until then the server may have handed it out, whatever it says. So nothing that a server says pushes one out: there is an end to
 * what is made on its word, not to what is kept.
 */
final class KeyPackageShelf {
    /**
     * What is there.
     *
     * @param oneTime how many one-time ones
     * @param oneTimeOfLate how many of them were made within a day
     * @param lastResorts how many of last resort
     * @param offerable those that can be offered again, the newest first
     */
    record Stock(int oneTime, int oneTimeOfLate, int lastResorts, List<Offerable> offerable) {
        /** How many more one-time ones may be made. */
        int room() {
            int atOnce = Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX - oneTime;
            int slowly = Math.min(
                    Limits.KEY_PACKAGES_MADE_PER_DAY_MAX - oneTimeOfLate, Limits.KEY_PACKAGES_KEPT_MAX - oneTime);
            return Math.max(0, Math.max(atOnce, slowly));
        }

        boolean hasRoomForLastResort() {
            return lastResorts < Limits.LAST_RESORTS_KEPT_MAX;
        }
    }

    record Offerable(Bytes ref, boolean lastResort, long madeMillis) {}

    private KeyPackageShelf() {}

    static Stock stock(Turn turn) {
        int[] counts = new int[3];
        List<Offerable> offerable = new ArrayList<>();
        turn.store().durable().scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, bytes) -> {
            StoredKeyPackage row = Stored.parse(StoredKeyPackage.parser(), bytes);
            long ageMillis = turn.wallMillis() - row.getMadeMillis();
            if (row.getLastResort()) {
                counts[2]++;
            } else {
                counts[0]++;
                counts[1] += Math.abs(ageMillis) < Limits.DAY_MILLIS ? 1 : 0;
            }
            if (isOfferable(row, ageMillis)) {
                offerable.add(new Offerable(ref, row.getLastResort(), row.getMadeMillis()));
            }
            return true;
        });
        offerable.sort(
                Comparator.comparingLong(Offerable::madeMillis).reversed().thenComparing(Offerable::ref));
        return new Stock(counts[0], counts[1], counts[2], offerable);
    }

    /**
     * One of last resort may be used any number of times, so it serves until it is old. Any other was perhaps handed out, unless the server has
     * refused it: an honest one then has not got it. After a day it is not offered again: it may be refused for what it is.
     */
    private static boolean isOfferable(StoredKeyPackage row, long ageMillis) {
        long serves = row.getRefused() || !row.getLastResort() ? Limits.DAY_MILLIS : Limits.KEY_PACKAGE_RENEWAL_MILLIS;
        return (row.getRefused() || row.getLastResort())
                && ageMillis < serves
                && ageMillis >= -Limits.CLOCK_SKEW_MILLIS;
    }

    /** The server says that it has not taken these: they can be offered again. */
    static void refused(Turn turn, List<Bytes> refs) {
        refs.forEach(ref -> setRefused(turn, ref, true));
    }

    /** It is offered again: it counts as taken until the server says something else. */
    static void offered(Turn turn, Bytes ref) {
        setRefused(turn, ref, false);
    }

    private static void setRefused(Turn turn, Bytes ref, boolean refused) {
        turn.store()
                .get(DeviceTable.KEY_PACKAGE, ref)
                .ifPresent(row -> turn.store()
                        .put(
                                DeviceTable.KEY_PACKAGE,
                                ref,
                                Stored.parse(StoredKeyPackage.parser(), row).toBuilder()
                                        .setRefused(refused)
                                        .build()));
    }

    /**
     * Drops what has expired long ago.
     *
     * @param nothingWaits whether the server has no Welcome for this device; if it has one, it may be for a key that expired while the
     *     device was away
     */
    static void prune(Turn turn, OwnIdentity own, boolean nothingWaits) {
        if (!nothingWaits) {
            return;
        }
        long pastMillis = provenMillis(turn, own) - Limits.KEY_PACKAGE_GRACE_MILLIS;
        List<Bytes> expired = new ArrayList<>();
        turn.store().durable().scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            if (notAfterMillis(Stored.parse(StoredKeyPackage.parser(), row)) < pastMillis) {
                expired.add(ref);
            }
            return true;
        });
        expired.forEach(ref -> turn.store().delete(DeviceTable.KEY_PACKAGE, ref));
    }

    private static long notAfterMillis(StoredKeyPackage row) {
        return row.getNotAfterMillis() != 0
                ? row.getNotAfterMillis()
                : row.getMadeMillis() + Limits.KEY_PACKAGE_LIFETIME_MILLIS;
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
}
