package chat.samara.systemtests.sim.oracle;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bytes as the oracle's keys and for people's eyes. */
final class Hex {
    private Hex() {}

    static String of(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    /** SHA-256, in hex. */
    static String sha256(ByteString bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** The first few digits: enough to tell things apart in a trace. */
    static String brief(String hex) {
        return hex.length() <= 8 ? hex : hex.substring(0, 8);
    }
}
