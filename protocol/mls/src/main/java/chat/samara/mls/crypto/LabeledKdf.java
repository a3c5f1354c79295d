package chat.samara.mls.crypto;

import chat.samara.mls.codec.TlsWriter;
import java.nio.charset.StandardCharsets;

/** LabeledExtract and LabeledExpand (RFC 9180 §4) under one suite id. */
final class LabeledKdf {
    private static final byte[] VERSION = ascii("HPKE-v1");

    private final byte[] suiteId;
    private final Hash hash;

    private LabeledKdf(byte[] suiteId, Hash hash) {
        this.suiteId = suiteId;
        this.hash = hash;
    }

    /** For use inside a KEM (RFC 9180 §4.1). */
    static LabeledKdf ofKem(int kemId, Hash hash) {
        return new LabeledKdf(new TlsWriter(8).raw(ascii("KEM")).uint16(kemId).toByteArray(), hash);
    }

    /** For HPKE's own key schedule (RFC 9180 §5.1). */
    static LabeledKdf ofHpke(int kemId, Hash hash, Aead aead) {
        return new LabeledKdf(
                new TlsWriter(16)
                        .raw(ascii("HPKE"))
                        .uint16(kemId)
                        .uint16(hash.kdfId())
                        .uint16(aead.id())
                        .toByteArray(),
                hash);
    }

    byte[] extract(byte[] salt, String label, byte[] inputKeyingMaterial) {
        return hash.extract(salt, VERSION, suiteId, ascii(label), inputKeyingMaterial);
    }

    byte[] expand(byte[] pseudoRandomKey, String label, byte[] info, int length) {
        byte[] labeledInfo = new TlsWriter(64 + info.length)
                .uint16(length)
                .raw(VERSION)
                .raw(suiteId)
                .raw(ascii(label))
                .raw(info)
                .toByteArray();
        return hash.expand(pseudoRandomKey, labeledInfo, length);
    }

    Hash hash() {
        return hash;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
