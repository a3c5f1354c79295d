package chat.samara.mls.schedule;

import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import java.util.List;

/** A pre-shared key with the id under which a commit uses it (RFC 9420 §8.4). */
public record Psk(PreSharedKeyId id, Secret secret) {
    /** {@code psk_secret} of the keys in the order of their proposals: zeros where there are none. */
    public static Secret combine(CipherSuite suite, List<Psk> psks) {
        Secret combined = Secret.zeros(suite.hashBytes());
        Secret zeros = Secret.zeros(suite.hashBytes());
        for (int i = 0; i < psks.size(); i++) {
            byte[] label = new TlsWriter()
                    .struct(psks.get(i).id)
                    .uint16(i)
                    .uint16(psks.size())
                    .toByteArray();
            Secret extracted = suite.extract(zeros, psks.get(i).secret);
            Secret input = suite.expandWithLabel(extracted, "derived psk", label, suite.hashBytes());
            Secret next = suite.extract(input, combined);
            extracted.erase();
            input.erase();
            combined.erase();
            combined = next;
        }
        return combined;
    }
}
