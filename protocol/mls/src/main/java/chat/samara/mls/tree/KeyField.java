package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import java.util.Arrays;

/** A public key where it stands in the encoding of a node, read without the rest of it (RFC 9420 §7.1, §7.2). */
enum KeyField {
    /** {@code encryption_key}: what both LeafNode and ParentNode begin with. */
    ENCRYPTION_KEY,

    /** {@code signature_key}: what follows in a LeafNode. */
    SIGNATURE_KEY;

    /** The key in the encoding. */
    Bytes of(byte[] encoded) {
        int header = header(encoded);
        int start = contentStart(encoded, header);
        return Bytes.wrapUnsafe(Arrays.copyOfRange(encoded, start, start + contentLength(encoded, header)));
    }

    /** Compares the keys in two encodings. */
    int compare(byte[] one, byte[] other) {
        int header = header(one);
        int start = contentStart(one, header);
        return compare(one, start, start + contentLength(one, header), other);
    }

    /** Compares a key with the one in an encoding. */
    int compare(Bytes key, byte[] encoded) {
        return compare(key.arrayUnsafe(), 0, key.size(), encoded);
    }

    private int compare(byte[] key, int from, int to, byte[] encoded) {
        int header = header(encoded);
        int start = contentStart(encoded, header);
        return Arrays.compareUnsigned(key, from, to, encoded, start, start + contentLength(encoded, header));
    }

    /** Where the length of the key stands (RFC 9420 §2.1.2). */
    private int header(byte[] encoded) {
        return this == ENCRYPTION_KEY ? 0 : contentStart(encoded, 0) + contentLength(encoded, 0);
    }

    private static int contentStart(byte[] encoded, int header) {
        return header + (1 << headerPrefix(encoded, header));
    }

    private static int contentLength(byte[] encoded, int header) {
        int length = encoded[header] & 0x3f;
        for (int at = header + 1; at < contentStart(encoded, header); at++) {
            length = length << 8 | (encoded[at] & 0xff);
        }
        return length;
    }

    private static int headerPrefix(byte[] encoded, int header) {
        return (encoded[header] & 0xff) >>> 6;
    }
}
