package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.client.stored.StoredSupply;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.PublishKeyPackages;
import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * This device's KeyPackages at its server. Private keys are durable before a KeyPackage leaves. No one-time KeyPackage is published twice, unless
 * the server has refused it: an unanswered publication may have been taken, so after a reconnect the server's count decides and only fresh
 * ones follow. That count is the server's word, so there is an end to what is made on it: {@link KeyPackageShelf.Stock#room}. Beyond it, the
 * one of last resort serves.
 *
 * <p>A KeyPackage has a lifetime, and a server hands out none that is about to expire. So that its member can be added at all times, the
 * device replaces all of them when half of their lifetime is over: at login, and by a timer while it is online. The private keys of
 * the old ones stay as long as a Welcome for them may come: see {@link KeyPackageShelf}.
 */
final class OwnKeyPackages {
    private static final int MILLIS = 1000;

    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;

    /** Suites whose publication is on its way: of one-time ones, and of the one of last resort. */
    private final Set<ChannelSuite> publishing = EnumSet.noneOf(ChannelSuite.class);

    private final Set<ChannelSuite> publishingLastResort = EnumSet.noneOf(ChannelSuite.class);

    /** Not before then, in monotonic time, is a suite renewed by the timer: the server refused it. */
    private final Map<ChannelSuite, Long> retryMillis = new EnumMap<>(ChannelSuite.class);

    /** Not before then, in monotonic time, is looked whether one-time ones may be made again: as many as may be are there. */
    private long fullUntilMillis;

    /** When the server said, of late, that it lacks a suite's KeyPackage of last resort, in monotonic time. */
    private final Map<ChannelSuite, Deque<Long>> lacked = new EnumMap<>(ChannelSuite.class);

    /** Whether the server has some of the standard suite, by its word in this session: that every device has, and every channel can be made with. */
    private boolean isOffered;

    /** Why it has taken some of that suite not, in this session. */
    private Optional<Refusal> refusal = Optional.empty();

    /** Whether the server had no Welcome for this device when the session was opened. */
    private boolean nothingWaits;

    /** A KeyPackage that is published. */
    private record Offer(Bytes ref, ByteString message, long madeMillis) {}

    OwnKeyPackages(EngineConfig config, RandomSource random, Link link) {
        this.config = config;
        this.random = random;
        this.link = link;
    }

    void beginSession(boolean noWelcomeWaits) {
        publishing.clear();
        publishingLastResort.clear();
        retryMillis.clear();
        isOffered = false;
        refusal = Optional.empty();
        nothingWaits = noWelcomeWaits;
    }

    /**
     * The server says what can be claimed. All that lacks goes out at once, since a device may be gone a moment later.
     *
     * @param total one-time ones of all suites together
     * @param counts of every suite that the server takes; none from a server that knows the standard one only
     */
    void left(Turn turn, OwnIdentity own, int total, List<KeyPackageCount> counts) {
        for (KeyPackageSupply supply : config.keyPackages()) {
            Optional<KeyPackageCount> count = counts.isEmpty() && supply.suite() == ChannelSuite.STANDARD
                    ? Optional.of(KeyPackageCount.newBuilder().setLeft(total).build())
                    : counts.stream()
                            .filter(it -> it.getCipherSuite()
                                    == supply.suite().cipherSuite().code())
                            .findFirst();
            count.ifPresent(it -> left(turn, own, supply, it));
        }
    }

    private void left(Turn turn, OwnIdentity own, KeyPackageSupply supply, KeyPackageCount count) {
        int left = Math.max(0, count.getLeft());
        isOffered |= supply.suite() == ChannelSuite.STANDARD
                && (left > 0 || hasLastResort(turn, own, supply.suite(), count));
        if (left == 0 || areOld(turn, own, supply.suite())) {
            publish(turn, own, supply, supply.target(), true);
        } else if (left < supply.refillBelow()) {
            publish(turn, own, supply, supply.target() - left, false);
        }
        boolean lacks = !hasLastResort(turn, own, supply.suite(), count);
        if (isLastResortOld(turn, own, supply.suite()) || (lacks && isBelieved(turn, supply.suite()))) {
            publishLastResort(turn, own, supply.suite());
        }
    }

    /** Whether the server has one of last resort whose private keys are here. */
    private static boolean hasLastResort(Turn turn, OwnIdentity own, ChannelSuite suite, KeyPackageCount count) {
        Optional<Bytes> ref = count.hasLastResortRef()
                ? Optional.of(Stored.bytes(count.getLastResortRef()))
                : own.lastResortRef(suite);
        return ref.filter(it -> turn.store().has(DeviceTable.KEY_PACKAGE, it)).isPresent();
    }

    /**
     * Whether one of last resort is offered on the server's word that it has none, or another. It may be so: the server was restored, or this
     * device was. But it can be said with every frame, and each time all that is there is looked through.
     */
    private boolean isBelieved(Turn turn, ChannelSuite suite) {
        Deque<Long> times = lacked.computeIfAbsent(suite, it -> new ArrayDeque<>());
        times.removeIf(at -> at <= turn.monotonicMillis() - Limits.LAST_RESORTS_LACKED_WITHIN_MILLIS);
        if (publishingLastResort.contains(suite) || times.size() >= Limits.LAST_RESORTS_LACKED_MAX) {
            return false;
        }
        times.add(turn.monotonicMillis());
        return true;
    }

    private static boolean areOld(Turn turn, OwnIdentity own, ChannelSuite suite) {
        return isOld(turn, own.supply(suite).getRenewedMillis());
    }

    private static boolean isLastResortOld(Turn turn, OwnIdentity own, ChannelSuite suite) {
        return isOld(turn, own.supply(suite).getLastResortMadeMillis());
    }

    /** What was made in the future was made by a clock that went wrong. */
    private static boolean isOld(Turn turn, long madeMillis) {
        return turn.wallMillis() >= madeMillis + Limits.KEY_PACKAGE_RENEWAL_MILLIS
                || turn.wallMillis() < madeMillis - Limits.CLOCK_SKEW_MILLIS;
    }

    /** Replaces what has grown old while the session lasts. */
    void renew(Turn turn, OwnIdentity own) {
        for (KeyPackageSupply supply : config.keyPackages()) {
            if (!isKnown(own, supply.suite()) || turn.monotonicMillis() < retryAt(supply.suite())) {
                continue;
            }
            if (areOld(turn, own, supply.suite())) {
                publish(turn, own, supply, supply.target(), true);
            }
            if (isLastResortOld(turn, own, supply.suite())) {
                publishLastResort(turn, own, supply.suite());
            }
        }
    }

    /** When {@link #renew} has something to do. */
    Optional<Long> nextMillis(Turn turn, OwnIdentity own) {
        return config.keyPackages().stream()
                .map(KeyPackageSupply::suite)
                .filter(suite ->
                        isKnown(own, suite) && !publishing.contains(suite) && !publishingLastResort.contains(suite))
                .map(suite -> Math.max(turn.monotonicMillis() + millisUntilOld(turn, own, suite), retryAt(suite)))
                .min(Long::compare);
    }

    /** By the wall clock, as lifetimes are; where that jumps, the next event of any kind sees it. */
    private static long millisUntilOld(Turn turn, OwnIdentity own, ChannelSuite suite) {
        StoredSupply supply = own.supply(suite);
        return Math.min(supply.getRenewedMillis(), supply.getLastResortMadeMillis())
                + Limits.KEY_PACKAGE_RENEWAL_MILLIS
                - turn.wallMillis();
    }

    /** Whether the server takes KeyPackages of this suite: it has taken some. */
    private static boolean isKnown(OwnIdentity own, ChannelSuite suite) {
        return own.supply(suite).getRenewedMillis() > 0 && own.supply(suite).getLastResortMadeMillis() > 0;
    }

    private long retryAt(ChannelSuite suite) {
        return retryMillis.getOrDefault(suite, 0L);
    }

    /** The server has taken a publication, which is noted in the account. */
    void stored(Turn turn, OwnIdentity own, Pending.Publish publish) {
        ended(publish);
        if (publish.suite() == ChannelSuite.STANDARD) {
            isOffered = true;
        }
        KeyPackageShelf.prune(turn, own, nothingWaits);
    }

    /** Whether the server has not answered yet what was offered. */
    boolean isPublishing() {
        return !publishing.isEmpty() || !publishingLastResort.isEmpty();
    }

    /** Why nobody can add this device, as far as this session shows: the server has no KeyPackage of it, and takes none. */
    Optional<Refusal> refusedAll() {
        return isOffered ? Optional.empty() : refusal;
    }

    /**
     * The server says that it has taken nothing of a publication. That is its word alone: if it hands them out all the same, a Welcome for one
     * of them still opens.
     */
    void refused(Turn turn, Pending.Publish publish, Refusal why) {
        ended(publish);
        if (publish.suite() == ChannelSuite.STANDARD) {
            refusal = Optional.of(why);
        }
        KeyPackageShelf.refused(turn, publish.refs());
        retryMillis.put(publish.suite(), turn.monotonicMillis() + Limits.RENEWAL_RETRY_MILLIS);
    }

    private void ended(Pending.Publish publish) {
        (publish.lastResortRef().isPresent() ? publishingLastResort : publishing).remove(publish.suite());
    }

    private void publish(Turn turn, OwnIdentity own, KeyPackageSupply supply, int wanted, boolean replaces) {
        if (turn.monotonicMillis() < fullUntilMillis) {
            retryMillis.put(supply.suite(), fullUntilMillis);
            return;
        }
        if (!publishing.add(supply.suite())) {
            return;
        }
        int count = Math.min(Math.max(0, wanted), chat.samara.wire.Limits.KEY_PACKAGES_PER_PUBLISH_MAX);
        KeyPackageShelf.Stock stock = KeyPackageShelf.stock(turn);
        List<Offer> offers = offersAgain(turn, own, supply.suite(), false, stock, count);
        int room = offers.size() + stock.room();
        while (offers.size() < Math.min(count, room)) {
            offers.add(make(turn, own, supply.suite(), false));
        }
        if (offers.isEmpty()) {
            publishing.remove(supply.suite());
            fullUntilMillis = turn.monotonicMillis() + Limits.RENEWAL_RETRY_MILLIS;
            retryMillis.put(supply.suite(), fullUntilMillis);
            return;
        }
        PublishKeyPackages.Builder publish = PublishKeyPackages.newBuilder().setReplaces(replaces);
        offers.forEach(offer -> publish.addKeyPackages(offer.message()));
        send(turn, publish, pending(supply.suite(), replaces, offers, Optional.empty()));
    }

    /** Apart from the others: a server that has no room for them still takes it. */
    private void publishLastResort(Turn turn, OwnIdentity own, ChannelSuite suite) {
        if (!publishingLastResort.add(suite)) {
            return;
        }
        KeyPackageShelf.Stock stock = KeyPackageShelf.stock(turn);
        List<Offer> offers = offersAgain(turn, own, suite, true, stock, 1);
        if (offers.isEmpty() && stock.hasRoomForLastResort()) {
            offers.add(make(turn, own, suite, true));
        }
        if (offers.isEmpty()) {
            publishingLastResort.remove(suite);
            retryMillis.put(suite, turn.monotonicMillis() + Limits.RENEWAL_RETRY_MILLIS);
            return;
        }
        Offer offer = offers.get(0);
        send(
                turn,
                PublishKeyPackages.newBuilder().setLastResort(offer.message()),
                pending(suite, false, offers, Optional.of(offer.ref())));
    }

    private static Pending.Publish pending(
            ChannelSuite suite, boolean replaces, List<Offer> offers, Optional<Bytes> lastResortRef) {
        long madeMillis = offers.stream().mapToLong(Offer::madeMillis).min().orElseThrow();
        return new Pending.Publish(
                suite, replaces, lastResortRef, offers.stream().map(Offer::ref).toList(), madeMillis);
    }

    /** What is here and can be offered again in place of fresh ones. */
    private List<Offer> offersAgain(
            Turn turn,
            OwnIdentity own,
            ChannelSuite suite,
            boolean lastResort,
            KeyPackageShelf.Stock stock,
            int countMax) {
        List<Offer> offers = new ArrayList<>();
        for (KeyPackageShelf.Offerable each : stock.offerable()) {
            if (each.lastResort() != lastResort || offers.size() >= countMax) {
                continue;
            }
            find(turn, each.ref()).ifPresent(bundle -> {
                if (isStillOwn(turn, own, suite, bundle.keyPackage())) {
                    KeyPackageShelf.offered(turn, each.ref());
                    offers.add(new Offer(each.ref(), message(bundle), each.madeMillis()));
                }
                bundle.destroy();
            });
        }
        return offers;
    }

    /** Whether one could be made just so now: of that suite, under the present device key and certificate, and valid. */
    private static boolean isStillOwn(Turn turn, OwnIdentity own, ChannelSuite suite, KeyPackage keyPackage) {
        return keyPackage.suite().equals(suite.cipherSuite())
                && keyPackage.leafNode().signatureKey().equals(own.deviceKey().publicKey())
                && keyPackage.credential().equals(own.credential())
                && keyPackage.lifetime().contains(turn.wallMillis() / MILLIS);
    }

    private void send(Turn turn, PublishKeyPackages.Builder publish, Pending.Publish pending) {
        link.request(turn, ClientFrame.newBuilder().setPublishKeyPackages(publish), pending);
    }

    /** The device key that a KeyPackage was made under: the present one, or one that was given up since. */
    static SignatureKeyPair signer(OwnIdentity own, KeyPackageBundle bundle) {
        return own.deviceKeys().stream()
                .filter(key -> key.publicKey().equals(signatureKey(bundle)))
                .findFirst()
                .orElseGet(own::deviceKey);
    }

    /** Whether the device key that a KeyPackage was made under is here. */
    static boolean isSignerHere(OwnIdentity own, KeyPackageBundle bundle) {
        return signer(own, bundle).publicKey().equals(signatureKey(bundle));
    }

    /** The device that a leaf made of it would be. */
    static DeviceId device(KeyPackageBundle bundle) {
        return DeviceId.ofSignatureKey(signatureKey(bundle));
    }

    private static Bytes signatureKey(KeyPackageBundle bundle) {
        return bundle.keyPackage().leafNode().signatureKey();
    }

    /** Whether the private keys of a KeyPackage are here. */
    boolean holds(Turn turn, Bytes ref) {
        return turn.store().has(DeviceTable.KEY_PACKAGE, ref);
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

    /** The KeyPackage of which a leaf with this encryption key was made, if its private keys are here. */
    Optional<Bytes> ofLeaf(Turn turn, Bytes encryptionKey) {
        List<Bytes> found = new ArrayList<>();
        turn.store().durable().scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            find(turn, ref).ifPresent(bundle -> {
                if (bundle.keyPackage().leafNode().encryptionKey().equals(encryptionKey)) {
                    found.add(ref);
                }
                bundle.destroy();
            });
            return found.isEmpty();
        });
        return found.stream().findFirst();
    }

    /** It was used: its private keys are erased, unless it is one of last resort (RFC 9420 §16.8). */
    void used(Turn turn, KeyPackageBundle bundle) {
        if (!bundle.keyPackage().isLastResort()) {
            turn.store().delete(DeviceTable.KEY_PACKAGE, bundle.ref());
        }
        bundle.destroy();
    }

    private Offer make(Turn turn, OwnIdentity own, ChannelSuite suite, boolean lastResort) {
        Lifetime lifetime = lifetime(turn.wallMillis());
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                suite.cipherSuite(),
                own.deviceKey(),
                own.credential(),
                OwnLeaf.capabilities(),
                lifetime,
                lastResort ? List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)) : List.of(),
                OwnLeaf.extensions(),
                random);
        turn.store()
                .put(
                        DeviceTable.KEY_PACKAGE,
                        bundle.ref(),
                        StoredKeyPackage.newBuilder()
                                .setBundle(Stored.bytes(Bytes.wrapUnsafe(bundle.encode())))
                                .setLastResort(lastResort)
                                .setMadeMillis(turn.wallMillis())
                                .setNotAfterMillis(lifetime.notAfterSeconds() * MILLIS)
                                .build());
        Offer offer = new Offer(bundle.ref(), message(bundle), turn.wallMillis());
        bundle.destroy();
        return offer;
    }

    static Lifetime lifetime(long nowMillis) {
        return new Lifetime(
                Math.max(0, nowMillis - Limits.CLOCK_SKEW_MILLIS) / MILLIS,
                (nowMillis + Limits.KEY_PACKAGE_LIFETIME_MILLIS) / MILLIS);
    }

    private static ByteString message(KeyPackageBundle bundle) {
        return Stored.bytes(
                Bytes.wrapUnsafe(new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode()));
    }
}
