package chat.samara.client.device;

import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PublishKeyPackages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * This device's KeyPackages: rows of KEY_PACKAGE. Private keys are durable before a KeyPackage leaves, and no KeyPackage is published
 * twice: an unanswered publication may have been taken, so after a reconnect the server's count decides and only fresh ones follow.
 */
final class OwnKeyPackages {
    private static final int MILLIS = 1000;

    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;

    private boolean publishing;

    OwnKeyPackages(EngineConfig config, RandomSource random, Link link) {
        this.config = config;
        this.random = random;
        this.link = link;
    }

    void beginSession() {
        publishing = false;
    }

    /** The server says how many are left. */
    void left(Turn turn, OwnIdentity own, int count) {
        boolean lastResort = own.row().getLastResortRef().isEmpty();
        if (publishing || (count >= config.keyPackagesRefillBelow() && !lastResort)) {
            return;
        }
        int missing = Math.min(
                Math.max(0, config.keyPackagesTarget() - count), chat.samara.wire.Limits.KEY_PACKAGES_PER_PUBLISH_MAX);
        PublishKeyPackages.Builder publish = PublishKeyPackages.newBuilder();
        for (int i = 0; i < missing; i++) {
            publish.addKeyPackages(Stored.bytes(message(make(turn, own, false))));
        }
        Optional<Bytes> lastResortRef = Optional.empty();
        if (lastResort) {
            KeyPackageBundle bundle = make(turn, own, true);
            publish.setLastResort(Stored.bytes(message(bundle)));
            lastResortRef = Optional.of(bundle.ref());
        }
        prune(turn);
        publishing = true;
        link.request(turn, ClientFrame.newBuilder().setPublishKeyPackages(publish), new Pending.Publish(lastResortRef));
    }

    void published() {
        publishing = false;
    }

    /** The KeyPackage that a Welcome names. */
    Optional<KeyPackageBundle> find(Turn turn, Bytes ref) {
        Optional<byte[]> row = turn.store().get(DeviceTable.KEY_PACKAGE, ref);
        if (row.isEmpty()) {
            return Optional.empty();
        }
        try {
            StoredKeyPackage stored = Stored.parse(StoredKeyPackage.parser(), row.get());
            return Optional.of(KeyPackageBundle.decode(stored.getBundle().toByteArray()));
        } catch (MlsException e) {
            throw new DeviceStoreException("KeyPackage " + ref + " cannot be read", e);
        }
    }

    /** It was used: its private keys are erased, unless it is one of last resort (RFC 9420 §16.8). */
    void used(Turn turn, KeyPackageBundle bundle) {
        if (!bundle.keyPackage().isLastResort()) {
            turn.store().delete(DeviceTable.KEY_PACKAGE, bundle.ref());
        }
        bundle.destroy();
    }

    private KeyPackageBundle make(Turn turn, OwnIdentity own, boolean lastResort) {
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                config.suite(),
                own.deviceKey(),
                own.credential(),
                capabilities(),
                lifetime(turn.now()),
                lastResort ? List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)) : List.of(),
                random);
        turn.store()
                .put(
                        DeviceTable.KEY_PACKAGE,
                        bundle.ref(),
                        StoredKeyPackage.newBuilder()
                                .setBundle(Stored.bytes(Bytes.wrapUnsafe(bundle.encode())))
                                .setLastResort(lastResort)
                                .setMadeMillis(turn.now())
                                .build());
        return bundle;
    }

    static Capabilities capabilities() {
        return Capabilities.of(List.of(), List.of(Credential.BASIC));
    }

    static Lifetime lifetime(long nowMillis) {
        return new Lifetime(
                Math.max(0, nowMillis - Limits.CLOCK_SKEW_MILLIS) / MILLIS,
                (nowMillis + Limits.KEY_PACKAGE_LIFETIME_MILLIS) / MILLIS);
    }

    private static Bytes message(KeyPackageBundle bundle) {
        return Bytes.wrapUnsafe(new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode());
    }

    /** Drops what has expired, and the oldest above the limit. */
    private static void prune(Turn turn) {
        record Old(long madeMillis, Bytes ref) {}
        List<Old> rows = new ArrayList<>();
        turn.store().durable().scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            rows.add(new Old(Stored.parse(StoredKeyPackage.parser(), row).getMadeMillis(), ref));
            return true;
        });
        rows.sort(Comparator.comparingLong(Old::madeMillis).thenComparing(Old::ref));
        long expired = turn.now() - Limits.KEY_PACKAGE_LIFETIME_MILLIS - Limits.CLOCK_SKEW_MILLIS;
        int surplus = rows.size() - Limits.KEY_PACKAGES_KEPT;
        for (int i = 0; i < rows.size(); i++) {
            if (i < surplus || rows.get(i).madeMillis() < expired) {
                turn.store().delete(DeviceTable.KEY_PACKAGE, rows.get(i).ref());
            }
        }
    }
}
