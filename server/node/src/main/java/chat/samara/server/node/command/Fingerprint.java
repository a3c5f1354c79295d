package chat.samara.server.node.command;

import chat.samara.mls.codec.Bytes;

/** A key for people: eight groups of eight hex digits, to compare by eye or by telephone. */
final class Fingerprint {
    private Fingerprint() {}

    static String of(Bytes key) {
        return key.hex().replaceAll("(.{8})(?!$)", "$1 ");
    }
}
