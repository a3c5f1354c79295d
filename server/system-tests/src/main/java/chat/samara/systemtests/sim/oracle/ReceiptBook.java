package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** What arrived at devices of their own messages, and when: by it they decide in which order they send. */
public final class ReceiptBook {
    /** For so long a device holds back what comes behind a stored message of an older epoch (the SDK's {@code SendingOrder}). */
    static final long ORDER_WAIT_MILLIS = 10_000;

    private final LongSupplier clock;
    private final Map<String, Long> storedMillis = new HashMap<>();
    private final Set<String> backLate = new HashSet<>();

    /** Reads the virtual time, milliseconds, from the clock. */
    public ReceiptBook(LongSupplier clock) {
        this.clock = clock;
    }

    /** The device (its id in hex) is about to be handed this receipt. */
    public void arrived(String device, Receipt receipt) {
        String key = key(Hex.of(receipt.getChannelId()), device, Hex.of(receipt.getIdempotencyKey()));
        if (receipt.getStatus() == ReceiptStatus.STORED) {
            // It may be told again, to a device that asks.
            storedMillis.putIfAbsent(key, clock.getAsLong());
        } else if (receipt.getStatus() == ReceiptStatus.REJECTED
                && receipt.getError().getCode() == ErrorCode.EPOCH_EXPIRED) {
            Long stored = storedMillis.remove(key);
            if (stored != null && clock.getAsLong() - stored >= ORDER_WAIT_MILLIS) {
                backLate.add(key);
            }
        }
    }

    /**
     * Whether a message of the device came back, its epoch being closed, when the device had heard nothing of it for so long that it may
     * have sent what was said later. Such a message may stand behind that in the log; no other may.
     */
    public boolean cameBackLate(String channel, String device, String idempotencyKey) {
        return backLate.contains(key(channel, device, idempotencyKey));
    }

    private static String key(String channel, String device, String idempotencyKey) {
        return channel + " " + device + "/" + idempotencyKey;
    }
}
