package chat.samara.mls.schedule;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;

/** Transcript hashes (RFC 9420 §8.2). */
public final class TranscriptHash {
    private TranscriptHash() {}

    /**
     * {@code confirmed_transcript_hash} after a commit.
     *
     * @param interimBefore {@code interim_transcript_hash} of the epoch in which it was sent
     * @param confirmedTranscriptHashInput of the commit
     */
    public static Bytes confirmed(CipherSuite suite, Bytes interimBefore, byte[] confirmedTranscriptHashInput) {
        return suite.hash(interimBefore.arrayUnsafe(), confirmedTranscriptHashInput);
    }

    /** {@code interim_transcript_hash} of the epoch with this confirmed hash and confirmation tag. */
    public static Bytes interim(CipherSuite suite, Bytes confirmed, Bytes confirmationTag) {
        return suite.hash(
                confirmed.arrayUnsafe(),
                new TlsWriter(64).opaque(confirmationTag).toByteArray());
    }
}
