package chat.samara.benchmarks.wire;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.mls.crypto.RandomSource;
import java.util.Locale;

/** Texts of a length to measure with. */
public enum SampleText {
    /** As people write: contents are compressed, and this can be. */
    WORDS {
        @Override
        public String of(int characters) {
            return SAID.repeat(characters / SAID.length() + 1).substring(0, characters);
        }
    },
    /** Letters and digits by chance: as little can be compressed of it as of any text. */
    LETTERS {
        @Override
        public String of(int characters) {
            StringBuilder text = new StringBuilder();
            for (byte each : RandomSource.secure().bytes(characters)) {
                text.append(ALPHABET.charAt(Math.floorMod(each, ALPHABET.length())));
            }
            return text.toString();
        }
    };

    private static final String SAID = "Grandmother says the ferry leaves at nine, so we should all be at the harbour"
            + " by eight with bread and tea. ";
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /** One of so many characters, each a byte long. */
    public abstract String of(int characters);

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Bytes of padding with which a device of the SDK sends a text: zeros at the end, up to a size class. */
    public static int paddingBytes(String text) throws BenchFailure {
        try {
            byte[] packed = ContentCodec.text(text, System.currentTimeMillis(), RandomSource.secure())
                    .packed();
            int end = packed.length;
            while (end > 0 && packed[end - 1] == 0) {
                end--;
            }
            return packed.length - end;
        } catch (ContentException e) {
            throw new BenchFailure("a text cannot be sent: " + e.getMessage(), e);
        }
    }
}
