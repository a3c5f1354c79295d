package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.PublishKeyPackages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * This device's KeyPackages: rows of KEY_PACKAGE. Private keys are durable before a KeyPackage leaves, and no KeyPackage is published
 * twice: an unanswered publication may have been taken, so after a reconnect the server's count decides and only fresh ones follow.
 */
final class OwnKeyPackages {
    private static final int MILLIS = 1000;

    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;

    /** Suites whose publication is on its way. */
    private final Set<ChannelSuite> publishing = EnumSet.noneOf(ChannelSuite.class);

    OwnKeyPackages(EngineConfig config, RandomSource random, Link link) {
        this.config = config;
        this.random = random;
        this.link = link;
    }

    void beginSession() {
        publishing.clear();
    }

    /**
     * The server says how many are left. All that lacks goes out at once, since a device may be gone a moment later.
     *
     * @param total of all suites together
     * @param counts of every suite that the server takes; none from a server that knows the standard one only
     */
    void left(Turn turn, OwnIdentity own, int total, List<KeyPackageCount> counts) {
        for (KeyPackageSupply supply : config.keyPackages()) {
            OptionalInt left = counts.isEmpty() && supply.suite() == ChannelSuite.STANDARD
                    ? OptionalInt.of(total)
                    : left(counts, supply.suite());
            if (left.isEmpty() || publishing.contains(supply.suite())) {
                continue;
            }
            if (left.getAsInt() < supply.refillBelow() || !own.hasLastResort(supply.suite())) {
                publish(turn, own, supply, left.getAsInt());
            }
        }
    }

    private static OptionalInt left(List<KeyPackageCount> counts, ChannelSuite suite) {
        return counts.stream()
                .filter(count -> count.getCipherSuite() == suite.cipherSuite().code())
                .mapToInt(count -> Math.max(0, count.getLeft()))
                .findFirst();
    }

    /** The server has answered a publication, or refused it: there will be another reason. */
    void answered(ChannelSuite suite) {
        publishing.remove(suite);
    }

    private void publish(Turn turn, OwnIdentity own, KeyPackageSupply supply, int left) {
        int missing =
                Math.min(Math.max(0, supply.target() - left), chat.samara.wire.Limits.KEY_PACKAGES_PER_PUBLISH_MAX);
        PublishKeyPackages.Builder publish = PublishKeyPackages.newBuilder();
        for (int i = 0; i < missing; i++) {
            publish.addKeyPackages(Stored.bytes(message(make(turn, own, supply.suite(), false))));
        }
        Optional<Bytes> lastResortRef = Optional.empty();
        if (!own.hasLastResort(supply.suite())) {
            KeyPackageBundle bundle = make(turn, own, supply.suite(), true);
            publish.setLastResort(Stored.bytes(message(bundle)));
            lastResortRef = Optional.of(bundle.ref());
        }
        prune(turn);
        publishing.add(supply.suite());
        link.request(
                turn,
                ClientFrame.newBuilder().setPublishKeyPackages(publish),
                new Pending.Publish(supply.suite(), lastResortRef));
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

    private KeyPackageBundle make(Turn turn, OwnIdentity own, ChannelSuite suite, boolean lastResort) {
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                suite.cipherSuite(),
                own.deviceKey(),
                own.credential(),
                capabilities(),
                lifetime(turn.wallMillis()),
                lastResort ? List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)) : List.of(),
                random);
        turn.store()
                .put(
                        DeviceTable.KEY_PACKAGE,
                        bundle.ref(),
                        StoredKeyPackage.newBuilder()
                                .setBundle(Stored.bytes(Bytes.wrapUnsafe(bundle.encode())))
                                .setLastResort(lastResort)
                                .setMadeMillis(turn.wallMillis())
                                .build());
        return bundle;
    }

    /** Every suite that a channel can be made with, whichever the present one is made with. */
    static Capabilities capabilities() {
        List<CipherSuite> suites = Arrays.stream(ChannelSuite.values())
                .map(ChannelSuite::cipherSuite)
                .toList();
        return Capabilities.of(suites, List.of(), List.of(Credential.BASIC));
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
        long expired = turn.wallMillis() - Limits.KEY_PACKAGE_LIFETIME_MILLIS - Limits.CLOCK_SKEW_MILLIS;
        int surplus = rows.size() - Limits.KEY_PACKAGES_KEPT;
        for (int i = 0; i < rows.size(); i++) {
            if (i < surplus || rows.get(i).madeMillis() < expired) {
                turn.store().delete(DeviceTable.KEY_PACKAGE, rows.get(i).ref());
            }
        }
    }
}
