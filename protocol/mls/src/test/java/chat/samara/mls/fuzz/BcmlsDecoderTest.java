package chat.samara.mls.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.Effort;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.mls.TreeKEM.LeafNode;
import org.bouncycastle.mls.TreeKEM.TreeKEMPublicKey;
import org.bouncycastle.mls.codec.Commit;
import org.bouncycastle.mls.codec.Credential;
import org.bouncycastle.mls.codec.GroupContext;
import org.bouncycastle.mls.codec.GroupInfo;
import org.bouncycastle.mls.codec.GroupSecrets;
import org.bouncycastle.mls.codec.KeyPackage;
import org.bouncycastle.mls.codec.MLSInputStream;
import org.bouncycastle.mls.codec.MLSMessage;
import org.bouncycastle.mls.codec.MLSOutputStream;
import org.bouncycastle.mls.codec.PrivateMessage;
import org.bouncycastle.mls.codec.Proposal;
import org.bouncycastle.mls.codec.PublicMessage;
import org.bouncycastle.mls.codec.Welcome;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Mutated messages, decoded by us and by Bouncy Castle's {@code bcmls}: both take them and encode them alike, or both refuse
 * them, or the difference is one of {@link Difference}, which {@code docs/protocol/mls.md} lists as well.
 */
@DisplayName("Next to bcmls, decoding")
class BcmlsDecoderTest {
    private static final int ROUNDS = 6;

    /** Decoding there changes what all threads share. */
    private static final Object BCMLS_LOCK = new Object();

    private static final Map<Decoder, Class<?>> THEIRS = Map.ofEntries(
            Map.entry(Decoder.MLS_MESSAGE, MLSMessage.class),
            Map.entry(Decoder.PUBLIC_MESSAGE, PublicMessage.class),
            Map.entry(Decoder.PRIVATE_MESSAGE, PrivateMessage.class),
            Map.entry(Decoder.KEY_PACKAGE, KeyPackage.class),
            Map.entry(Decoder.WELCOME, Welcome.class),
            Map.entry(Decoder.GROUP_INFO, GroupInfo.class),
            Map.entry(Decoder.GROUP_CONTEXT, GroupContext.class),
            Map.entry(Decoder.GROUP_SECRETS, GroupSecrets.class),
            Map.entry(Decoder.RATCHET_TREE, TreeKEMPublicKey.class),
            Map.entry(Decoder.LEAF_NODE, LeafNode.class),
            Map.entry(Decoder.CREDENTIAL, Credential.class),
            Map.entry(Decoder.PROPOSAL, Proposal.class),
            Map.entry(Decoder.COMMIT, Commit.class));

    /** Ways in which the two differ, each by what the one that refuses says. */
    private enum Difference {
        /** RFC 9420 §2.1: a struct is its encoding and nothing more. */
        THEY_IGNORE_TRAILING_BYTES(true, ".* trailing bytes, expected none"),
        /** RFC 9420 §2.1.2: "MUST be encoded with the smallest number of bits". */
        THEY_TAKE_LONG_LENGTHS(true, ".*length .* in .* bytes, expected the fewest"),
        /** RFC 9420 §6, §7.2, §12.4: enums that are not extensible have the values they have; theirs become null. */
        THEY_TAKE_UNKNOWN_KINDS(
                true,
                ".*(sender type|content type|leaf node source|wire format|ProposalOrRef type|node type|PSK type|PSK usage).*"),
        /** RFC 9420 §13.2: a proposal of unknown type is {@code opaque<V>} here, and nothing at all there; 0 is reserved. */
        THEY_TAKE_UNKNOWN_PROPOSALS(true, ".*(proposal type 0|bytes wanted, but|length prefix 11|trailing bytes).*"),
        /** RFC 9420 §5.3: a credential of unknown type is {@code opaque<V>} here, and nothing at all there. */
        THEY_SKIP_UNKNOWN_CREDENTIALS(
                true, ".*(credential type 0|bytes wanted, but|length prefix 11|expected 1 or 2).*"),
        /** RFC 9420 §13.1, §17: unknown code points are carried, in lists too. Theirs looks them up in arrays. */
        THEY_FAIL_AT_UNKNOWN_CODE_POINTS(false, ".*(out of bounds for length.*|Unkown ciphersuite id|null)"),
        /** RFC 9420 §5.3: they parse certificates when decoding; we leave it to the application that judges them. */
        THEY_PARSE_CERTIFICATES(false, ".*(Attempt to read beyond end of buffer|Invalid varint header).*");

        private final boolean theyAccept;
        private final Pattern refusal;

        Difference(boolean theyAccept, String refusal) {
            this.theyAccept = theyAccept;
            this.refusal = Pattern.compile(refusal);
        }

        static Optional<Difference> of(boolean theyAccept, String refusal) {
            return Arrays.stream(values())
                    .filter(difference -> difference.theyAccept == theyAccept)
                    .filter(difference -> difference.refusal.matcher(refusal).matches())
                    .findFirst();
        }
    }

    /** What a decoder made of the bytes: their encoding again, or why they were refused. */
    private record Outcome(Optional<String> again, String refusal) {
        static Outcome ours(Decoder decoder, byte[] bytes) {
            try {
                return new Outcome(Optional.of(HexFormat.of().formatHex(decoder.again(bytes))), "");
            } catch (MlsException e) {
                return new Outcome(Optional.empty(), e.getMessage());
            }
        }

        static Outcome theirs(Class<?> type, byte[] bytes) {
            synchronized (BCMLS_LOCK) {
                try {
                    byte[] again = MLSOutputStream.encode(MLSInputStream.decode(bytes, type));
                    return new Outcome(Optional.of(HexFormat.of().formatHex(again)), "");
                } catch (IOException | RuntimeException e) {
                    return new Outcome(Optional.empty(), String.valueOf(e.getMessage()));
                }
            }
        }
    }

    @Test
    @DisplayName("takes what they take and refuses what they refuse, but for the listed differences")
    void differences() {
        Effort.play(1, seed -> {
            SeededRandom random = new SeededRandom(seed);
            for (Map.Entry<Decoder, Map<String, byte[]>> seeds :
                    Seeds.of(random.below(Integer.MAX_VALUE)).entrySet()) {
                Class<?> theirs = THEIRS.get(seeds.getKey());
                for (int round = 0; theirs != null && round < ROUNDS; round++) {
                    for (byte[] valid : seeds.getValue().values()) {
                        compare(seeds.getKey(), theirs, Mutation.of(valid, random));
                    }
                }
            }
        });
    }

    private static void compare(Decoder decoder, Class<?> type, byte[] bytes) {
        Outcome ours = Outcome.ours(decoder, bytes.clone());
        Outcome theirs = Outcome.theirs(type, bytes.clone());
        if (ours.again.isPresent() == theirs.again.isPresent()) {
            // Where both take it, ours is the input again (DecoderProperties); theirs may have lost unknown code
            // points.
            return;
        }
        boolean theyAccept = theirs.again.isPresent();
        assertThat(Difference.of(theyAccept, theyAccept ? ours.refusal : theirs.refusal))
                .as(
                        "%s: we say '%s', they say '%s' of %s",
                        decoder, ours.refusal, theirs.refusal, HexFormat.of().formatHex(bytes))
                .isPresent();
    }

    @Test
    @DisplayName("takes every valid message, as they do where they know its code points")
    void validMessages() throws MlsException {
        Seeds.of(1)
                .forEach((decoder, seeds) -> seeds.values().forEach(bytes -> {
                    Class<?> type = THEIRS.get(decoder);
                    if (type != null) {
                        assertThat(Outcome.ours(decoder, bytes).again)
                                .contains(HexFormat.of().formatHex(bytes));
                        compare(decoder, type, bytes);
                    }
                }));
    }
}
