package chat.samara.mls.crypto;

import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.conscrypt.NativeCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import java.util.function.Supplier;

/**
 * Which implementation of Curve25519 answers in this process: Conscrypt's, native and about twice as fast, where its library can be loaded and passes a test, else
 * Bouncy Castle's in Java. Both accept and refuse the same and sign alike, so that the choice is nobody's business but the processor's. A program that never
 * {@linkplain #choose chooses} has Bouncy Castle. Callable from any thread.
 */
public final class Primitives {
    /** The system property that forces one: {@code conscrypt} or {@code bouncycastle}; not set or empty, the fastest that works is taken. */
    public static final String PROPERTY = "samara.crypto";

    /** Where Conscrypt unpacks its library, instead of the folder for temporary files. It reads this when the library is first asked for. */
    private static final String LIBRARY_FOLDER_PROPERTY = "org.conscrypt.native.workdir";

    private static final String CONSCRYPT = "conscrypt";
    private static final String BOUNCY_CASTLE = "bouncycastle";

    private static volatile Curve25519 curve25519 = JavaCurve25519.INSTANCE;
    private static volatile boolean isChosen;

    /** 0 where none are remembered. */
    private static int signaturesKeptMax;

    private static volatile Chosen chosen = new Chosen(JavaCurve25519.INSTANCE, "Bouncy Castle", "nothing was chosen");

    private Primitives() {}

    /**
     * What was chosen.
     *
     * @param name for people: of the library, with its release where it says one
     * @param reason why this one, for people: a part of a sentence
     */
    public record Choice(String name, String reason) {
        @Override
        public String toString() {
            return name + " (" + reason + ")";
        }
    }

    record Chosen(Curve25519 curve25519, String name, String reason) {}

    /** What {@value #PROPERTY} demands is not there. The message is a sentence with the value and the remedy. */
    public static final class ForcedException extends Exception {
        private static final long serialVersionUID = 1L;

        ForcedException(String message, Throwable cause) {
            super(message, cause);
        }

        ForcedException(String message) {
            super(message);
        }
    }

    /**
     * Chooses for the process, before the first key is read; where it was chosen before, nothing changes. To load a library may take a
     * tenth of a second.
     *
     * @param libraryFolder a folder that exists, where a native library may be unpacked and run from; Conscrypt deletes it there at once where the system allows that
     * @return what answers from now on
     * @throws ForcedException if the one that {@value #PROPERTY} names cannot be had
     */
    public static synchronized Choice choose(String libraryFolder) throws ForcedException {
        if (!isChosen) {
            if (System.getProperty(LIBRARY_FOLDER_PROPERTY) == null) {
                System.setProperty(LIBRARY_FOLDER_PROPERTY, libraryFolder);
            }
            Chosen now = decide(
                    System.getProperty(PROPERTY, ""),
                    () -> NativeCurve25519.load(JavaCurve25519.INSTANCE),
                    libraryFolder);
            chosen = now;
            curve25519 = answering(now.curve25519);
            isChosen = true;
        }
        return choice();
    }

    /**
     * Remembers Ed25519 signatures that were found good from now on, so that what one thread has verified costs another next to nothing. It changes what an answer costs and
     * never the answer. For a server; where it was asked for before, nothing changes.
     *
     * @param keptMax how many are remembered, 32 bytes each: a power of two
     */
    public static synchronized void rememberSignatures(int keptMax) {
        if (signaturesKeptMax == 0) {
            signaturesKeptMax = keptMax;
            curve25519 = answering(curve25519);
        }
    }

    /** How many signatures were asked for that were remembered; 0 where none are. */
    public static long signaturesRemembered() {
        return curve25519 instanceof RememberedSignatures it ? it.remembered() : 0;
    }

    private static Curve25519 answering(Curve25519 implementation) {
        return signaturesKeptMax == 0 ? implementation : new RememberedSignatures(implementation, signaturesKeptMax);
    }

    /** What answers now. */
    public static Choice choice() {
        Chosen now = chosen;
        return new Choice(now.name, now.reason);
    }

    /** The implementation that answers now. */
    static Curve25519 curve25519() {
        return curve25519;
    }

    /** The decision alone, with what loads the native one. */
    static Chosen decide(String forced, Supplier<Curve25519> loader, String libraryFolder) throws ForcedException {
        if (forced.equals(BOUNCY_CASTLE)) {
            return bouncyCastle("-D" + PROPERTY + "=" + BOUNCY_CASTLE);
        }
        if (!forced.isEmpty() && !forced.equals(CONSCRYPT)) {
            throw new ForcedException("-D" + PROPERTY + "=" + forced + " is not known; it can be " + CONSCRYPT + " or "
                    + BOUNCY_CASTLE + ", or be left out, which takes what is fastest here.");
        }
        try {
            return new Chosen(
                    loader.get(),
                    "Conscrypt " + NativeCurve25519.release(),
                    forced.isEmpty() ? "its native library passed the test" : "-D" + PROPERTY + "=" + CONSCRYPT);
        } catch (LinkageError | RuntimeException failed) {
            if (forced.isEmpty()) {
                return bouncyCastle("Conscrypt cannot be used here: " + why(failed));
            }
            throw new ForcedException(
                    "-D" + PROPERTY + "=" + CONSCRYPT + " cannot be had here (" + why(failed)
                            + "). Its library is unpacked in "
                            + libraryFolder
                            + ", which must be writable, have 5 MB of room and not be mounted noexec; it runs on Linux"
                            + " (glibc), macOS and Windows, on 64-bit Intel, AMD or ARM. Mend that, or leave the option out:"
                            + " Bouncy Castle does the same, slower.",
                    failed);
        }
    }

    /** Of a library that cannot be unpacked, the cause says what is wrong with the folder. */
    private static String why(Throwable failed) {
        Throwable cause = failed.getCause();
        return cause == null ? failed.toString() : failed + ": " + cause.getMessage();
    }

    private static Chosen bouncyCastle(String reason) {
        return new Chosen(JavaCurve25519.INSTANCE, "Bouncy Castle", reason);
    }
}
