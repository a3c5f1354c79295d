package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Every receipt that a server sent to a device, whether or not it arrived: with it the server promised (I1). Reasons for
 * which an application message may be turned away are few.
 */
public final class AckBook {
    /** For what reasons something that was stored may end outside the log. */
    private static final Set<ErrorCode> REASONS = EnumSet.of(
            ErrorCode.STALE_EPOCH,
            ErrorCode.EPOCH_EXPIRED,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.UNKNOWN_CHANNEL,
            ErrorCode.INVALID_HANDSHAKE,
            ErrorCode.LIMIT_REACHED,
            ErrorCode.CHANNEL_FROZEN);

    /** A promise: the strongest that was made; REJECTED, if a reason was given why it cannot be kept. */
    private record Promise(String server, ReceiptStatus status, long seq) {}

    private final LogBook logs;
    private final DeviceBook devices;
    private final SubmissionBook submissions;
    private final Supplier<Liars> liars;
    private final Forgetting forgetting;
    private final TreeMap<String, Promise> promises = new TreeMap<>();
    private long acknowledged;

    /** Tells whether a server has rejected so much of a device's since that it no longer keeps what became of this record of it. */
    @FunctionalInterface
    interface Forgetting {
        /** Takes the record's name, {@code channel device/idempotency key} in hex. */
        boolean mayHaveForgotten(String server, String name);
    }

    AckBook(
            LogBook logs,
            DeviceBook devices,
            SubmissionBook submissions,
            Supplier<Liars> liars,
            Forgetting forgetting) {
        this.logs = logs;
        this.devices = devices;
        this.submissions = submissions;
        this.liars = liars;
        this.forgetting = forgetting;
    }

    /** The server sent this receipt to the device (its id in hex). */
    public void observe(String server, String device, Receipt receipt) {
        String channel = Hex.of(receipt.getChannelId());
        String key = channel + " " + device + "/" + Hex.of(receipt.getIdempotencyKey());
        Promise before = promises.get(key);
        long orderedAt = before != null && before.status == ReceiptStatus.ORDERED ? before.seq : 0;
        boolean ordered = orderedAt > 0;
        switch (receipt.getStatus()) {
            case STORED -> {
                if (!ordered) {
                    promises.put(key, new Promise(server, ReceiptStatus.STORED, 0));
                }
            }
            case ORDERED, STABLE -> {
                if (ordered && orderedAt != receipt.getSeq()) {
                    throw new InvariantViolation(
                            Invariant.I3_NO_DUPLICATES,
                            server + " says " + key + " is at " + receipt.getSeq() + ", said before: " + before);
                }
                promises.put(key, new Promise(server, ReceiptStatus.ORDERED, receipt.getSeq()));
            }
            case REJECTED -> reject(server, key, receipt.getError(), before);
            default -> {
                if (before != null
                        && before.status != ReceiptStatus.REJECTED
                        && !isForgotten(server, key, receipt, before)) {
                    throw new InvariantViolation(
                            Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                            server + " answers " + receipt.getStatus() + " for " + key + ", promised before: "
                                    + before);
                }
                return;
            }
        }
        if (before == null) {
            acknowledged++;
        }
    }

    /**
     * Of what it rejected, a server keeps so many of a device in a channel. Who asks for an earlier one is told that it is unknown, sends it again, and hears
     * the reason then: until it does, the promise stands.
     */
    private boolean isForgotten(String server, String key, Receipt receipt, Promise before) {
        return receipt.getStatus() == ReceiptStatus.UNKNOWN
                && before.status == ReceiptStatus.STORED
                && before.server.equals(server)
                && forgetting.mayHaveForgotten(server, key);
    }

    /**
     * The server, which had stored this record ({@code channel device/idempotency key}, in hex), has on its disk why it will not be in the log. The
     * receipt that says so goes to who is there, and who has said something asks until it is told. Only these do not ask. The author of a commit that
     * was away has read in the log by then that another commit came first: a commit is only the means to what it wants. Who has read there that it was
     * removed has told its person by that. And a device whose store was set back knows nothing of what that had taken on.
     *
     * @param settled whether the author has told its person that it was refused, or does not know of it
     */
    void hasRejected(String server, String name, RecordKind kind, Error why, boolean settled) {
        Promise promise = promises.get(name);
        boolean overtaken = kind == RecordKind.COMMIT && why.getCode() == ErrorCode.STALE_EPOCH;
        if ((overtaken || settled)
                && promise != null
                && promise.status == ReceiptStatus.STORED
                && promise.server.equals(server)) {
            reject(server, name, why, promise);
        }
    }

    /**
     * What servers may have forgotten, and nobody asks for any more: what its author has told its person to be refused, or does not know of, and commits
     * of who was removed.
     */
    void forget(Predicate<String> isSettled, Predicate<String> isOfSomebodyRemoved) {
        promises.replaceAll((name, promise) -> promise.status == ReceiptStatus.STORED
                        && (isSettled.test(name) || (submissions.isCommit(name) && isOfSomebodyRemoved.test(name)))
                        && forgetting.mayHaveForgotten(promise.server, name)
                ? new Promise(promise.server, ReceiptStatus.REJECTED, 0)
                : promise);
    }

    private void reject(String server, String key, Error why, @Nullable Promise before) {
        ErrorCode code = why.getCode();
        if (before != null && before.status == ReceiptStatus.ORDERED) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                    server + " rejects " + key + " with " + code + ", promised before: " + before);
        }
        // Whom a commit adds may have been struck off for another device by the time that the hub gets it.
        boolean addsSomebodyGone = code == ErrorCode.UNKNOWN_MEMBER && submissions.isCommit(key);
        if (before != null && before.status == ReceiptStatus.STORED && !REASONS.contains(code) && !addsSomebodyGone) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                    server + " rejects the stored " + key + " for no allowed reason: " + code + " " + why.getReason());
        }
        promises.put(key, new Promise(server, ReceiptStatus.REJECTED, 0));
    }

    /** Once all has settled: every promise was kept. */
    public void checkKept() {
        promises.forEach((key, promise) -> {
            if (!isKept(key, promise)) {
                throw new InvariantViolation(
                        Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                        key + " was promised: " + promise + ", but in the log is: " + find(key));
            }
        });
    }

    /** How many things were acknowledged as stored or ordered. */
    public long acknowledged() {
        return acknowledged;
    }

    /** Something that was stored, and is neither in a log nor refused yet. */
    public Optional<String> firstOpen() {
        return promises.entrySet().stream()
                .filter(entry -> entry.getValue().status == ReceiptStatus.STORED)
                .filter(entry -> hasSomebodyWhoAsks(entry.getKey()) && !isFrozen(entry.getKey(), entry.getValue()))
                .filter(entry -> find(entry.getKey()).isEmpty())
                .map(entry -> "stored, but not in a log: " + entry)
                .findFirst();
    }

    /** How many promises are broken as things stand; to be asked once all has come to rest. */
    public long lost() {
        return promises.entrySet().stream()
                .filter(entry -> !isKept(entry.getKey(), entry.getValue()))
                .count();
    }

    /**
     * Whether the receipt that says why not has somebody to go to: not where another device has its author's place, which knows what its member
     * has said; not where somebody on the line has given a record another key, of which its author has never heard; and not where
     * somebody has told the author that it was refused, who takes that for the end of it.
     */
    private boolean hasSomebodyWhoAsks(String key) {
        return !devices.isStruckOff(deviceOf(key))
                && !devices.isHostileDevice(deviceOf(key))
                && submissions.isKeyInUse(key)
                && !liars.get().liedAboutRecord(key.substring(key.indexOf('/') + 1));
    }

    /** A server whose hub has shown it another log promises places in that log, and what waits there goes to no hub any more. */
    private boolean isFrozen(String key, Promise promise) {
        return liars.get().misledByItsHub(promise.server, key.substring(0, key.indexOf(' ')));
    }

    private static String deviceOf(String key) {
        return key.substring(key.indexOf(' ') + 1, key.indexOf('/'));
    }

    private Optional<Place> find(String key) {
        int space = key.indexOf(' ');
        int slash = key.indexOf('/');
        return logs.find(key.substring(0, space), key.substring(space + 1, slash), key.substring(slash + 1));
    }

    private boolean isKept(String key, Promise promise) {
        if (isFrozen(key, promise)) {
            return true;
        }
        return switch (promise.status) {
            // A founding is acknowledged like a record; its place is the first.
            case ORDERED ->
                promise.seq == 1
                        ? logs.log(key.substring(0, key.indexOf(' '))).containsKey(1L)
                        : find(key).filter(place -> place.seq() == promise.seq).isPresent();
            case STORED -> !hasSomebodyWhoAsks(key) || find(key).isPresent();
            default -> true;
        };
    }

    static boolean isApplication(Place place) {
        return place.content().getKind() == RecordKind.APPLICATION;
    }
}
