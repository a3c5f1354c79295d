package chat.samara.mls.secrettree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The keys that have opened a message which is not taken up yet: a commit that waits to be merged. A crash before the merge must not
 * cost the member the commit, so such a key is consumed only when the epoch ends; until then it opens that one ciphertext again, and
 * no other (RFC 9420 §9.2). Kept in memory alone: after a restart, the first ciphertext that proves genuine is the one.
 */
final class OpenedKeys {
    private final CipherSuite suite;
    private final Map<Place, Bytes> ciphertextHashes = new LinkedHashMap<>();

    OpenedKeys(CipherSuite suite) {
        this.suite = suite;
    }

    /** A key by its ratchet and generation. */
    record Place(RatchetId ratchet, int generation) {}

    /** Refuses to open a second ciphertext with a key that has opened one, with {@link MlsError#KEY_CONSUMED}. */
    void requireNoOther(Place place, byte[] ciphertext) throws MlsException {
        Bytes opened = ciphertextHashes.get(place);
        if (opened != null && !opened.equals(suite.hash(ciphertext))) {
            throw new MlsException(
                    MlsError.KEY_CONSUMED,
                    "generation " + place.generation() + ", which has opened another message already");
        }
    }

    void add(Place place, byte[] ciphertext) {
        ciphertextHashes.put(place, suite.hash(ciphertext));
    }

    /** Takes out the one that was opened first, if there are more than {@code max}. */
    Optional<Place> pollBeyond(int max) {
        return ciphertextHashes.size() > max ? poll() : Optional.empty();
    }

    /** Takes out the one that was opened first. */
    Optional<Place> poll() {
        Optional<Place> first = ciphertextHashes.keySet().stream().findFirst();
        first.ifPresent(ciphertextHashes::remove);
        return first;
    }

    void clear() {
        ciphertextHashes.clear();
    }
}
