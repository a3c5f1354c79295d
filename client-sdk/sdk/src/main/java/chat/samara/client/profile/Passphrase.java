package chat.samara.client.profile;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Passphrases as bytes, the same for the same letters whatever keyboard or system they come from: the OpaqueString profile of RFC 8265 §4.2, that is spaces of
 * all kinds as U+0020, then NFC, then UTF-8. Refused are control and format characters, code points that are unassigned, private or half of a pair, and the sign
 * for what could not be decoded. More than the RFC this permits the joiners wherever they stand, which Persian and some emoji are spelt with, and old Hangul letters.
 */
final class Passphrase {
    /** What Java makes of bytes that it cannot decode: any letters in the wrong encoding would open such a profile. */
    private static final int LOST_CHARACTER = 0xfffd;

    private static final int ZERO_WIDTH_NON_JOINER = 0x200c;
    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private Passphrase() {}

    /** For a new passphrase; the caller erases it. Refused with PASSPHRASE_INVALID. */
    static byte[] prepare(char[] passphrase) throws ClientException {
        Optional<String> fault = fault(passphrase);
        if (fault.isPresent()) {
            throw new ClientException(RefusalCode.PASSPHRASE_INVALID, "the passphrase " + fault.get());
        }
        return encode(mapped(passphrase));
    }

    /**
     * To open a profile with; the caller erases it.
     *
     * @throws ClientException PASSPHRASE_INVALID if it is not text, and so no profile's
     */
    static byte[] toOpen(char[] passphrase) throws ClientException {
        return encode(mapped(passphrase));
    }

    /**
     * Whether a profile may have been made with the passphrase as it came, in {@link #raw} form: one that is not permitted, or was not by the Java that ran then.
     */
    static boolean mayHaveBeenRaw(char[] passphrase) {
        return fault(passphrase).isPresent();
    }

    /** As version 1 took it, without any change; the caller erases it. */
    static byte[] raw(char[] passphrase) throws ClientException {
        return encode(passphrase.clone());
    }

    private static Optional<String> fault(char[] passphrase) {
        if (passphrase.length == 0) {
            return Optional.of("is empty; it needs at least one character");
        }
        for (int at = 0; at < passphrase.length; ) {
            int codePoint = Character.codePointAt(passphrase, at);
            if (!permitted(codePoint)) {
                String what = Character.getType(codePoint) == Character.UNASSIGNED
                        ? "which this version of Java does not know"
                        : "which is no letter, mark, digit, sign or space";
                return Optional.of("holds U+%04X, %s; leave it out".formatted(codePoint, what));
            }
            at += Character.charCount(codePoint);
        }
        return Optional.empty();
    }

    private static boolean permitted(int codePoint) {
        if (codePoint == LOST_CHARACTER) {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.FORMAT -> codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
            default -> true;
        };
    }

    private static char[] mapped(char[] passphrase) {
        char[] mapped = passphrase.clone();
        for (int i = 0; i < mapped.length; i++) {
            if (Character.getType(mapped[i]) == Character.SPACE_SEPARATOR) {
                mapped[i] = ' ';
            }
        }
        if (Normalizer.isNormalized(CharBuffer.wrap(mapped), Normalizer.Form.NFC)) {
            return mapped;
        }
        // Only here does a copy stay behind that cannot be erased: there is no other way to the JDK's tables.
        char[] composed = Normalizer.normalize(CharBuffer.wrap(mapped), Normalizer.Form.NFC)
                .toCharArray();
        Arrays.fill(mapped, '\0');
        return composed;
    }

    /** In UTF-8; erases the characters. */
    // The encoder has just made the array.
    @SuppressWarnings("ByteBufferBackingArray")
    private static byte[] encode(char[] text) throws ClientException {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            Arrays.fill(encoded.array(), (byte) 0);
            return bytes;
        } catch (CharacterCodingException halfAPair) {
            throw new ClientException(
                    RefusalCode.PASSPHRASE_INVALID,
                    "the passphrase is not text: it holds half of a surrogate pair",
                    halfAPair);
        } finally {
            Arrays.fill(text, '\0');
        }
    }
}
