package chat.samara.wire;

import chat.samara.mls.codec.Bytes;
import java.util.Random;
import org.junit.jupiter.api.Assertions;

/** Assertions about refusals. Anything but a {@link RefusedException} fails: bytes from outside never cause more than that. */
public final class Refused {
    private Refused() {}

    /** Something that should refuse. */
    @FunctionalInterface
    public interface Attempt {
        void run() throws RefusedException;
    }

    /** The refusal; fails if the attempt succeeds. */
    public static Refusal by(Attempt attempt) {
        try {
            attempt.run();
        } catch (RefusedException e) {
            return e.refusal();
        }
        return Assertions.fail("accepted, expected a refusal");
    }

    /** Something done with changed bytes. */
    @FunctionalInterface
    public interface Reading {
        void of(Bytes changed) throws RefusedException;
    }

    /** Each single bit of the bytes is flipped in turn; every reading must be refused. */
    public static void forEveryBitFlip(Bytes good, Reading reading) throws RefusedException {
        reading.of(good);
        for (int bit = 0; bit < 8 * good.size(); bit++) {
            byte[] changed = good.toByteArray();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            try {
                reading.of(Bytes.wrapUnsafe(changed));
            } catch (RefusedException e) {
                continue;
            } catch (RuntimeException e) {
                throw new AssertionError("bit " + bit + " flipped: an unchecked exception escaped", e);
            }
            Assertions.fail("bit " + bit + " of " + good.hex() + " flipped: accepted, expected a refusal");
        }
    }

    /** Random bytes, and random changes of good ones: every reading ends well or is refused, and nothing else is thrown. */
    public static void orFineForRandomBytes(long seed, int runs, Bytes good, Reading reading) {
        Random random = new Random(seed);
        for (int run = 0; run < runs; run++) {
            byte[] bytes = random.nextInt(4) == 0 ? new byte[random.nextInt(200)] : good.toByteArray();
            if (bytes.length != good.size()) {
                random.nextBytes(bytes);
            }
            for (int change = random.nextInt(6); change > 0 && bytes.length > 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int cut = random.nextInt(8) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
            Bytes input = Bytes.of(bytes).slice(0, cut);
            try {
                reading.of(input);
            } catch (RefusedException e) {
                // As it should be.
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", run " + run + ", input " + input.hex(), e);
            }
        }
    }
}
