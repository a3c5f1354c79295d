package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;

/** A key for people: eight groups of eight hex digits, to compare by eye or by telephone. */
public final class Fingerprint {
    private Fingerprint() {}

    /** The key's digits in groups. */
    public static String of(Bytes key) {
        return key.hex().replaceAll("(.{8})(?!$)", "$1 ");
    }
}
