package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.IdempotencyKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The payloads of a device's own messages that it has read in the log lately, encrypted as they stand there: its outbox has them no more. In memory only. */
final class OwnPayloads {
    private static final long BYTES_MAX = 256 << 10;

    private final Map<IdempotencyKey, Bytes> payloads = new LinkedHashMap<>();
    private long bytes;

    void clear() {
        payloads.clear();
        bytes = 0;
    }

    /** Of more than it holds, the first is forgotten. */
    void remember(IdempotencyKey key, Bytes payload) {
        Bytes before = payloads.put(key, payload);
        bytes += payload.size() - (before == null ? 0 : before.size());
        Iterator<Bytes> first = payloads.values().iterator();
        while (bytes > BYTES_MAX) {
            bytes -= first.next().size();
            first.remove();
        }
    }

    Optional<Bytes> find(IdempotencyKey key) {
        return Optional.ofNullable(payloads.get(key));
    }
}
