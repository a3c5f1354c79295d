package chat.samara.server.core.keypackage;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.account.Device;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredClaim;
import chat.samara.server.core.store.proto.StoredKeyPackage;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesLow;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Takes and hands out the KeyPackages of this server's devices. A one-time KeyPackage leaves the directory in the same batch that
 * records to whom it went, and the answer waits for that batch: so none is handed out twice, whatever crashes.
 */
public final class KeyPackageDirectory {
    private static final DeviceAuthentication AUTHENTICATION = new DeviceAuthentication();
    private static final Rate ONE_AN_HOUR = new Rate(1, 3_600_000);

    private final Journal journal;
    private final CoreConfig config;
    private final Accounts accounts;
    private final Sessions sessions;
    private final KeyPackageTable table;
    private final ClaimTable claims;
    private final Rates<String> claimsBy = new Rates<>(Limits.RATES_MAX);
    private final Rates<UserId> claimsFor = new Rates<>(Limits.RATES_MAX);
    private final Rates<AskedFor> claimsByForOne = new Rates<>(Limits.RATES_MAX);
    private final Rates<AskedFor> firstClaims = new Rates<>(Limits.RATES_MAX);
    private final Rates<UserId> claimsKeptForFirst = new Rates<>(Limits.RATES_MAX);
    private final Rates<DeviceId> verifications = new Rates<>(Limits.RATES_MAX);

    /** Devices whose last publication was of another time; in memory only, since they publish again whenever they log in. */
    private final Set<DeviceId> wrongClocks = new LinkedHashSet<>();

    public KeyPackageDirectory(
            Journal journal, CoreConfig config, Accounts accounts, Sessions sessions, KeyPackageTable table) {
        this.journal = journal;
        this.config = config;
        this.accounts = accounts;
        this.sessions = sessions;
        this.table = table;
        this.claims = new ClaimTable(journal);
    }

    private record AskedFor(String asker, UserId target) {}

    private record Unverified(KeyPackageIn keyPackage, Bytes ref, Bytes message) {}

    private record Verified(KeyPackage keyPackage, Bytes message) {}

    /** What can be claimed of the device's KeyPackages, by suite: also for suites without any, so that it sees what is taken. */
    public List<KeyPackageCount> left(DeviceId device) {
        return left(device, table.counts(device, nowSeconds()));
    }

    private List<KeyPackageCount> left(DeviceId device, Map<Integer, Integer> counts) {
        return CipherSuite.all().stream()
                .map(suite -> KeyPackageCount.newBuilder()
                        .setCipherSuite(suite.code())
                        .setLeft(counts.getOrDefault(suite.code(), 0))
                        .setLastResortRef(claimableLastResort(device, suite.code())
                                .map(StoredKeyPackage::getRef)
                                .orElse(ByteString.EMPTY))
                        .build())
                .toList();
    }

    private long nowSeconds() {
        return journal.nowMillis() / 1000;
    }

    private Optional<StoredKeyPackage> claimableLastResort(DeviceId device, int suite) {
        return table.lastResort(device, suite).filter(it -> Claimability.isClaimable(it, nowSeconds()));
    }

    /** Of all suites together. */
    public static int total(List<KeyPackageCount> left) {
        return left.stream().mapToInt(KeyPackageCount::getLeft).sum();
    }

    /** The device was struck off: its KeyPackages are handed out no more. Whom they went to may still use them. */
    public void struckOff(DeviceId device) {
        table.deleteAll(device);
    }

    /** Takes a device's KeyPackages, all or none, and drops those that are not handed out any more or were replaced. */
    public void publish(UserDevice who, PublishKeyPackages request) throws RefusedException {
        // What costs little first: the form, the count, the rate; then two signatures and two keys for each.
        List<Unverified> unverified = new ArrayList<>();
        for (ByteString message : request.getKeyPackagesList()) {
            unverified.add(read(message));
        }
        List<KeyPackageTable.Row> present = table.rows(who.device());
        List<KeyPackageTable.Row> outdated = outdated(who.device(), present, unverified, request.getReplaces());
        requireRoom(present.size() - outdated.size(), unverified.size());
        // Neither a request that is repeated after a lost answer nor one that names a KeyPackage twice may put it there
        // twice.
        Set<Bytes> named = new TreeSet<>();
        unverified.removeIf(it -> !named.add(it.ref()) || isHere(who.device(), it.ref()));
        Optional<Unverified> unverifiedLastResort =
                request.getLastResort().isEmpty() ? Optional.empty() : Optional.of(read(request.getLastResort()));
        int fresh = unverified.size() + (unverifiedLastResort.isPresent() ? 1 : 0);
        verifications.take(
                who.device(),
                fresh,
                Rate.perHour(Limits.KEY_PACKAGES_VERIFIED_PER_HOUR_MAX),
                journal.monotonicMillis(),
                "KeyPackages published by " + who,
                "key-packages-per-hour<=" + Limits.KEY_PACKAGES_VERIFIED_PER_HOUR_MAX);
        List<Verified> oneTime = new ArrayList<>();
        for (Unverified each : unverified) {
            oneTime.add(verify(who, each, false));
        }
        Optional<Verified> lastResort = unverifiedLastResort.isPresent()
                ? Optional.of(verify(who, unverifiedLastResort.get(), true))
                : Optional.empty();
        outdated.forEach(table::delete);
        Map<Integer, Long> numbers = new TreeMap<>();
        for (Verified verified : oneTime) {
            int suite = verified.keyPackage().suite().code();
            long number = numbers.computeIfAbsent(suite, it -> table.nextNumber(who.device(), it));
            numbers.put(suite, number + 1);
            table.put(who.device(), number, verified.keyPackage(), verified.message());
        }
        lastResort.ifPresent(it -> table.putLastResort(who.device(), it.keyPackage(), it.message()));
        wrongClocks.remove(who.device());
    }

    /** Whether the device has published the KeyPackage before. */
    private boolean isHere(DeviceId device, Bytes ref) {
        return table.owner(ref)
                .filter(owner -> Protobuf.toBytes(owner.getDevice()).equals(device.bytes()))
                .isPresent();
    }

    private void rememberWrongClock(DeviceId device) {
        wrongClocks.add(device);
        if (wrongClocks.size() > Limits.WRONG_CLOCKS_MAX) {
            wrongClocks.remove(wrongClocks.iterator().next());
        }
    }

    /** What is not handed out any more, and what a publication takes the place of. */
    private List<KeyPackageTable.Row> outdated(
            DeviceId device, List<KeyPackageTable.Row> present, List<Unverified> published, boolean replaces) {
        Set<Integer> suites = new TreeSet<>();
        Set<Bytes> refs = new TreeSet<>();
        for (Unverified each : published) {
            suites.add(each.keyPackage().cipherSuite());
            refs.add(each.ref());
        }
        return present.stream()
                .filter(row -> !Claimability.isClaimable(row.value(), nowSeconds())
                        || (replaces
                                && suites.contains(KeyPackageTable.suiteOf(row, device))
                                && !refs.contains(Stored.bytes(row.value().getRef()))))
                .toList();
    }

    private static void requireRoom(int present, int more) throws RefusedException {
        if (present + more > Limits.KEY_PACKAGES_PER_DEVICE_MAX) {
            throw Refusal.limitReached(
                            "the device has " + present + " KeyPackages here, " + more
                                    + " more are too many; publish when fewer are left",
                            "key-packages<=" + Limits.KEY_PACKAGES_PER_DEVICE_MAX,
                            0)
                    .asException();
        }
    }

    private static Unverified read(ByteString message) throws RefusedException {
        try {
            Bytes bytes = Protobuf.toBytes(message);
            KeyPackageIn keyPackage = MlsMessage.decode(bytes.arrayUnsafe()).requireKeyPackage();
            return new Unverified(keyPackage, keyPackage.ref(), bytes);
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    private static RefusedException invalid(MlsException e) {
        return refused("a KeyPackage is not valid: " + e.getMessage(), e.code().name());
    }

    private Verified verify(UserDevice who, Unverified unverified, boolean lastResort) throws RefusedException {
        try {
            KeyPackage keyPackage = unverified.keyPackage().verify(AUTHENTICATION);
            keyPackage.requireCurrent(nowSeconds());
            DeviceCertificate certificate = DeviceAuthentication.verify(
                    keyPackage.credential(), keyPackage.leafNode().signatureKey());
            if (!certificate.userDevice().equals(who)) {
                throw refused("a KeyPackage of " + certificate.userDevice() + " was published by " + who, "owner");
            }
            if (keyPackage.isLastResort() != lastResort) {
                throw refused(
                        lastResort
                                ? "the last-resort KeyPackage does not bear the last_resort extension"
                                : "a one-time KeyPackage bears the last_resort extension",
                        "last-resort");
            }
            return new Verified(keyPackage, unverified.message());
        } catch (MlsException e) {
            if (e.code() == MlsError.LIFETIME) {
                rememberWrongClock(who.device());
            }
            throw invalid(e);
        }
    }

    private static RefusedException refused(String reason, String detail) {
        return RefusedException.of(ErrorCode.INVALID_HANDSHAKE, reason, detail);
    }

    /**
     * Who claims: for rate limits, and so that nobody reads another's claim.
     *
     * @param name the member of this server, or the peer
     * @param person the member, be it of the peer and by its word
     */
    public record Asker(String name, String person, int claimsPerHour) {
        boolean isPerson() {
            return name.equals(person);
        }

        /** Of all targets together. Who lets a community move in claims of each of its members once, all of them in a minute, and then of nobody. */
        Rate rate() {
            Rate usual = Rate.perHour(claimsPerHour);
            return isPerson() ? new Rate(Limits.CLAIMS_AT_ONCE_HOURS * claimsPerHour, usual.everyMillis()) : usual;
        }
    }

    /** A member of this server as asker. */
    public Asker member(UserId user) {
        return new Asker(user.toString(), user.toString(), config.claimsPerHour());
    }

    /** Hands out one KeyPackage of each of the member's devices; the same claim is answered the same. */
    public ClaimedKeyPackages claim(Asker asker, UserId target, int suite, Bytes claimId) throws RefusedException {
        Optional<StoredClaim> before = claims.find(asker.name(), claimId);
        if (before.isPresent() && isCurrent(repeat(before.get(), target, suite))) {
            return repeat(before.get(), target, suite);
        }
        List<Device> devices = accounts.devices(target);
        requireRates(asker, target);
        ClaimedKeyPackages.Builder claimed = ClaimedKeyPackages.newBuilder();
        for (Device device : devices) {
            take(device.who().device(), suite).ifPresent(claimed::addKeyPackages);
        }
        if (claimed.getKeyPackagesCount() == 0) {
            if (devices.stream()
                    .anyMatch(device -> wrongClocks.contains(device.who().device()))) {
                throw RefusedException.of(
                        ErrorCode.NO_KEY_PACKAGE,
                        "the clock of " + target
                                + "'s device is wrong: the keys that it published are not valid now; it"
                                + " has to be set right and to connect once",
                        Refusal.DETAIL_CLOCK);
            }
            throw RefusedException.of(
                    ErrorCode.NO_KEY_PACKAGE,
                    String.format(
                            "%s has no device with a KeyPackage for cipher suite 0x%04x; try again when one of them was"
                                    + " online",
                            target, suite),
                    "suite " + suite);
        }
        ClaimedKeyPackages answer = claimed.build();
        claims.put(
                asker.name(),
                claimId,
                StoredClaim.newBuilder()
                        .setUserId(target.toString())
                        .setCipherSuite(suite)
                        .setAnswer(Protobuf.toByteString(Protobuf.encode(answer)))
                        .setClaimedAtMillis(journal.nowMillis())
                        .build());
        return answer;
    }

    /** No asker may keep the others from adding a member, and neither may all who ask from one peer, whoever they say they are. */
    private void requireRates(Asker asker, UserId target) throws RefusedException {
        claimsBy.take(
                asker.name(),
                1,
                asker.rate(),
                journal.monotonicMillis(),
                "claims by " + asker.name(),
                "claims-per-hour<=" + asker.claimsPerHour());
        requireRate(
                claimsByForOne,
                new AskedFor(asker.person(), target),
                Math.min(asker.claimsPerHour(), Limits.CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX),
                "claims by " + asker.person() + " for ",
                target.toString());
        if (!asker.isPerson()) {
            requireRate(
                    claimsByForOne,
                    new AskedFor(asker.name(), target),
                    Limits.CLAIMS_BY_A_PEER_FOR_ONE_AND_HOUR_MAX,
                    "claims by members of " + asker.name() + " for ",
                    target.toString());
        }
        boolean isFirst =
                firstClaims.tryTake(new AskedFor(asker.name(), target), ONE_AN_HOUR, journal.monotonicMillis());
        if (isFirst
                && claimsKeptForFirst.tryTake(
                        target, Rate.perHour(Limits.CLAIMS_KEPT_FOR_FIRST_AND_HOUR_MAX), journal.monotonicMillis())) {
            return;
        }
        requireRate(
                claimsFor,
                target,
                Math.min(
                        config.claimsPerHour(),
                        chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX
                                - Limits.CLAIMS_KEPT_FOR_FIRST_AND_HOUR_MAX),
                "claims for ");
    }

    private <K> void requireRate(Rates<K> rates, K who, int perHour, String what) throws RefusedException {
        requireRate(rates, who, perHour, what, who.toString());
    }

    private <K> void requireRate(Rates<K> rates, K who, int perHour, String what, String whom) throws RefusedException {
        rates.take(
                who, 1, Rate.perHour(perHour), journal.monotonicMillis(), what + whom, "claims-per-hour<=" + perHour);
    }

    /** A peer asks for a member of it; claims of all its members count together. */
    public Asker peer(ServerName peer, UserId requester) {
        return new Asker(peer.value(), requester.toString(), config.claimsPerHourAndPeer());
    }

    /** Whether no KeyPackage in an answer has expired since: one with a short lifetime may, and would be of no use. */
    private boolean isCurrent(ClaimedKeyPackages answer) {
        return answer.getKeyPackagesList().stream()
                .allMatch(it -> Claimability.isCurrent(it.getKeyPackage(), nowSeconds()));
    }

    private static ClaimedKeyPackages repeat(StoredClaim before, UserId target, int suite) throws RefusedException {
        if (!before.getUserId().equals(target.toString()) || before.getCipherSuite() != suite) {
            throw RefusedException.of(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "this claim_id was used for " + before.getUserId() + " and cipher suite " + before.getCipherSuite()
                            + "; use a fresh one");
        }
        try {
            return ClaimedKeyPackages.parseFrom(before.getAnswer());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.CLAIM, e);
        }
    }

    private Optional<ClaimedKeyPackage> take(DeviceId device, int suite) {
        Optional<KeyPackageTable.Row> row = table.first(device, suite);
        while (row.isPresent()) {
            table.delete(row.get());
            if (Claimability.isClaimable(row.get().value(), nowSeconds())) {
                warnIfLow(device, suite);
                return Optional.of(claimed(device, row.get().value()));
            }
            row = table.first(device, suite);
        }
        warnIfLow(device, suite);
        return claimableLastResort(device, suite).map(it -> claimed(device, it));
    }

    private void warnIfLow(DeviceId device, int suite) {
        Map<Integer, Integer> counts = table.counts(device, nowSeconds());
        if (counts.getOrDefault(suite, 0) < Limits.KEY_PACKAGES_LOW) {
            List<KeyPackageCount> left = left(device, counts);
            sessions.push(
                    device,
                    ServerFrame.newBuilder()
                            .setKeyPackagesLow(KeyPackagesLow.newBuilder()
                                    .setKeyPackagesLeft(total(left))
                                    .addAllKeyPackages(left)));
        }
    }

    private static ClaimedKeyPackage claimed(DeviceId device, StoredKeyPackage stored) {
        return ClaimedKeyPackage.newBuilder()
                .setDeviceId(Protobuf.toByteString(device.bytes()))
                .setKeyPackage(stored.getMessage())
                .build();
    }

    /** Deletes what nobody needs any more. */
    public void prune(Contained contained) {
        int rowsMax = Limits.ROWS_SWEPT_PER_ROUND_MAX;
        long now = journal.nowMillis();
        contained.run("housekeeping of KeyPackages", () -> table.sweepOneTime(nowSeconds(), rowsMax));
        contained.run("housekeeping of last-resort KeyPackages", () -> table.sweepLastResort(nowSeconds(), rowsMax));
        contained.run("housekeeping of claims", () -> claims.sweep(now - Limits.CLAIM_MILLIS_MAX, rowsMax));
        contained.run(
                "housekeeping of what was claimed",
                () -> table.sweepOwners(now - Limits.KEY_PACKAGE_REF_MILLIS_MAX, rowsMax));
    }
}
