package chat.samara.mls.secrettree;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * One sender's hash ratchet (RFC 9420 §9.1): the secret of the next generation, and the keys of earlier generations whose
 * messages have not come yet. A key is looked at first ({@link #peek}) and consumed only once its message has proved to be
 * genuine, so that a forgery cannot burn it.
 */
final class Ratchet {
    private final CipherSuite suite;
    private Secret next;
    private int nextGeneration;
    private final TreeMap<Integer, MessageKey> skipped = new TreeMap<>();

    /** Of the generations below this, unused keys were given up: too many were skipped. */
    private int givenUpBelow;

    Ratchet(CipherSuite suite, Secret first) {
        this.suite = suite;
        this.next = first;
    }

    /** Reads what {@link #writeTo} wrote. */
    static Ratchet readFrom(TlsReader reader, CipherSuite suite) throws MlsException {
        int nextGeneration = reader.index32();
        Ratchet ratchet = new Ratchet(suite, Secret.take(reader.opaqueArray()));
        ratchet.nextGeneration = nextGeneration;
        for (MessageKey key : reader.vector(entry ->
                new MessageKey(entry.index32(), Secret.take(entry.opaqueArray()), Secret.take(entry.opaqueArray())))) {
            ratchet.skipped.put(key.generation(), key);
        }
        if (reader.hasRemaining()) {
            ratchet.givenUpBelow = reader.index32();
        }
        return ratchet;
    }

    /**
     * {@code uint32 next_generation; opaque secret<V>; struct {uint32 generation; opaque key<V>, nonce<V>} skipped<V>}; if keys were given
     * up, {@code uint32 given_up_below} follows.
     */
    void writeTo(TlsWriter writer) {
        writer.uint32(nextGeneration).opaque(next.reveal());
        TlsWriter entries = new TlsWriter();
        for (MessageKey key : skipped.values()) {
            entries.uint32(key.generation())
                    .opaque(key.key().reveal())
                    .opaque(key.nonce().reveal());
        }
        writer.opaque(entries.toByteArray());
        entries.erase();
        if (givenUpBelow > 0) {
            writer.uint32(givenUpBelow);
        }
    }

    int nextGeneration() {
        return nextGeneration;
    }

    /** The key of the next generation, consumed at once: for sending. {@link MlsError#RATCHET_EXHAUSTED} at the end. */
    MessageKey take() throws MlsException {
        if (nextGeneration >= Limits.GENERATION_MAX) {
            throw new MlsException(MlsError.RATCHET_EXHAUSTED, "generation " + nextGeneration);
        }
        MessageKey key = keyOf(next, nextGeneration);
        step();
        return key;
    }

    /**
     * The key of a generation, nothing being consumed: a copy, which the caller erases.
     *
     * @throws MlsException {@link MlsError#KEY_CONSUMED}, {@link MlsError#KEY_GIVEN_UP} or {@link MlsError#GENERATION_TOO_FAR}
     */
    MessageKey peek(int generation) throws MlsException {
        if (generation >= 0 && generation < nextGeneration) {
            MessageKey kept = skipped.get(generation);
            if (kept == null) {
                throw new MlsException(
                        generation < givenUpBelow ? MlsError.KEY_GIVEN_UP : MlsError.KEY_CONSUMED,
                        "generation " + generation + ", expected an unused one or more");
            }
            return new MessageKey(generation, kept.key().copy(), kept.nonce().copy());
        }
        // A negative number stands for an unsigned one above 2^31 - 1.
        boolean beyondEnd = generation < 0 || generation > Limits.GENERATION_MAX;
        if (beyondEnd || generation - nextGeneration > Limits.RATCHET_FORWARD_STEPS_MAX) {
            throw new MlsException(
                    MlsError.GENERATION_TOO_FAR,
                    "generation " + Integer.toUnsignedString(generation) + ", expected at most "
                            + Limits.RATCHET_FORWARD_STEPS_MAX + " above " + nextGeneration);
        }
        Secret at = next.copy();
        for (int i = nextGeneration; i < generation; i++) {
            Secret following = secretAfter(at, i);
            at.erase();
            at = following;
        }
        MessageKey key = keyOf(at, generation);
        at.erase();
        return key;
    }

    /** Consumes the key of a generation that {@link #peek} gave, keeping those that were skipped on the way. */
    void consume(int generation) {
        MessageKey kept = skipped.remove(generation);
        if (kept != null) {
            kept.erase();
            return;
        }
        if (generation < nextGeneration) {
            // It has fallen out of the window since it was looked at.
            return;
        }
        while (nextGeneration < generation) {
            skipped.put(nextGeneration, keyOf(next, nextGeneration));
            step();
        }
        step();
        while (skipped.size() > Limits.SKIPPED_KEYS_MAX) {
            MessageKey oldest = skipped.pollFirstEntry().getValue();
            givenUpBelow = oldest.generation() + 1;
            oldest.erase();
        }
    }

    /** How many unused keys {@link #consume} would give up for a generation that {@link #peek} gives; 0 for any other. */
    int keysGivenUpBy(int generation) {
        boolean ahead = generation >= nextGeneration
                && generation <= Limits.GENERATION_MAX
                && generation - nextGeneration <= Limits.RATCHET_FORWARD_STEPS_MAX;
        return ahead ? Math.max(0, skipped.size() + generation - nextGeneration - Limits.SKIPPED_KEYS_MAX) : 0;
    }

    void erase() {
        next.erase();
        skipped.values().forEach(MessageKey::erase);
    }

    /** The generations that are kept for late messages, oldest first. */
    List<Integer> skippedGenerations() {
        return new ArrayList<>(skipped.keySet());
    }

    private MessageKey keyOf(Secret secret, int generation) {
        return new MessageKey(
                generation,
                suite.deriveTreeSecret(secret, "key", generation, suite.aead().keyBytes()),
                suite.deriveTreeSecret(secret, "nonce", generation, Aead.NONCE_BYTES));
    }

    private Secret secretAfter(Secret secret, int generation) {
        return suite.deriveTreeSecret(secret, "secret", generation, suite.hashBytes());
    }

    private void step() {
        Secret following = secretAfter(next, nextGeneration);
        next.erase();
        next = following;
        nextGeneration++;
    }
}
