package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.secrettree.RatchetId;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys of a group's stored state: ASCII paths, numbers in hex digits of fixed width. {@link GroupState} lists what stands
 * under each.
 */
sealed interface StateKey {
    /** {@code group}. */
    record Header() implements StateKey {
        @Override
        public String path() {
            return "group";
        }
    }

    /** {@code epoch}. */
    record Epoch() implements StateKey {
        @Override
        public String path() {
            return "epoch";
        }
    }

    /** {@code node/<node>}. */
    record Node(int node) implements StateKey {
        @Override
        public String path() {
            return String.format("node/%08x", node);
        }
    }

    /** {@code key/<node>}. */
    record PrivateKey(int node) implements StateKey {
        @Override
        public String path() {
            return String.format("key/%08x", node);
        }
    }

    /** {@code secret/<epoch>/<node>}. */
    record SecretNode(long epoch, int node) implements StateKey {
        @Override
        public String path() {
            return String.format("secret/%016x/%08x", epoch, node);
        }
    }

    /** {@code ratchet/<epoch>/<leaf>/handshake} or {@code …/application}. */
    record Ratchet(long epoch, RatchetId id) implements StateKey {
        @Override
        public String path() {
            return String.format("ratchet/%016x/%08x/%s", epoch, id.leafIndex(), name(id.kind()));
        }
    }

    /** {@code past/<epoch>}. */
    record Past(long epoch) implements StateKey {
        @Override
        public String path() {
            return String.format("past/%016x", epoch);
        }
    }

    /** {@code past/<epoch>/<leaf>}. */
    record PastLeaf(long epoch, int leafIndex) implements StateKey {
        @Override
        public String path() {
            return String.format("past/%016x/%08x", epoch, leafIndex);
        }
    }

    /** {@code export/<node>}. */
    record ExporterNode(int node) implements StateKey {
        @Override
        public String path() {
            return String.format("export/%08x", node);
        }
    }

    /** {@code reinit}. */
    record ReInit() implements StateKey {
        @Override
        public String path() {
            return "reinit";
        }
    }

    /** {@code listen-only}. */
    record ListenOnly() implements StateKey {
        @Override
        public String path() {
            return "listen-only";
        }
    }

    /** {@code resumption/<epoch>}. */
    record Resumption(long epoch) implements StateKey {
        @Override
        public String path() {
            return String.format("resumption/%016x", epoch);
        }
    }

    /** {@code proposal/<place>}. */
    record Proposal(int place) implements StateKey {
        @Override
        public String path() {
            return String.format("proposal/%08x", place);
        }
    }

    /** {@code update/<public key>}. */
    record Update(Bytes encryptionKey) implements StateKey {
        @Override
        public String path() {
            return "update/" + encryptionKey.hex();
        }
    }

    /** {@code pending}. */
    record Pending() implements StateKey {
        @Override
        public String path() {
            return "pending";
        }
    }

    /** The path. */
    String path();

    /** The path as bytes. */
    default Bytes bytes() {
        return Bytes.ofUtf8(path());
    }

    /** The key that a path stands for, or {@link MlsError#INVALID_STATE}. */
    static StateKey parse(Bytes bytes) throws MlsException {
        Matcher matcher = Paths.PATTERN.matcher(new String(bytes.toByteArray(), StandardCharsets.US_ASCII));
        if (!matcher.matches()) {
            throw new MlsException(MlsError.INVALID_STATE, "stored key " + bytes + ", expected a known one");
        }
        if (matcher.group("single") != null) {
            return switch (matcher.group("single")) {
                case "group" -> new Header();
                case "epoch" -> new Epoch();
                case "reinit" -> new ReInit();
                case "listen-only" -> new ListenOnly();
                default -> new Pending();
            };
        }
        if (matcher.group("update") != null) {
            return new Update(Bytes.ofHex(matcher.group("update")));
        }
        if (matcher.group("resumption") != null) {
            return new Resumption(Long.parseUnsignedLong(matcher.group("resumption"), 16));
        }
        if (matcher.group("kind32") != null) {
            int number = Integer.parseUnsignedInt(matcher.group("number"), 16);
            return switch (matcher.group("kind32")) {
                case "node" -> new Node(number);
                case "key" -> new PrivateKey(number);
                case "export" -> new ExporterNode(number);
                default -> new Proposal(number);
            };
        }
        return parseOfEpoch(matcher);
    }

    private static StateKey parseOfEpoch(Matcher matcher) {
        long epoch = Long.parseUnsignedLong(matcher.group("epoch"), 16);
        if (matcher.group("place") == null) {
            return new Past(epoch);
        }
        int place = Integer.parseUnsignedInt(matcher.group("place"), 16);
        String ratchet = matcher.group("ratchet");
        if (ratchet != null) {
            return new Ratchet(
                    epoch, new RatchetId(place, RatchetId.Kind.valueOf(ratchet.toUpperCase(java.util.Locale.ROOT))));
        }
        return "past".equals(matcher.group("kind64")) ? new PastLeaf(epoch, place) : new SecretNode(epoch, place);
    }

    private static String name(RatchetId.Kind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Holds the pattern, which an interface cannot keep private. */
    final class Paths {
        private static final Pattern PATTERN = Pattern.compile("(?<single>group|epoch|pending|reinit|listen-only)"
                + "|resumption/(?<resumption>[0-9a-f]{16})"
                + "|update/(?<update>(?:[0-9a-f]{2})+)"
                + "|(?<kind32>node|key|export|proposal)/(?<number>[0-9a-f]{8})"
                + "|(?:(?<kind64>past|secret|ratchet)/(?<epoch>[0-9a-f]{16})"
                + "(?:/(?<place>[0-9a-f]{8})(?:/(?<ratchet>handshake|application))?)?)");

        private Paths() {}
    }
}
