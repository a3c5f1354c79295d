package chat.samara.mls.extension;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;
import java.util.Optional;

/** {@code ExternalPub} (RFC 9420 §12.4.3.2): the key that an external joiner encapsulates to. */
public final class ExternalPub {
    private ExternalPub() {}

    /** The key, where the GroupInfo's extensions hold one. */
    public static Optional<Bytes> in(List<Extension> groupInfoExtensions) throws MlsException {
        Optional<Bytes> data = Extension.find(groupInfoExtensions, Extension.EXTERNAL_PUB);
        return data.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsReader.decode(data.get().arrayUnsafe(), TlsReader::opaque));
    }

    /** The key as an extension of the GroupInfo. */
    public static Extension toExtension(Bytes publicKey) {
        return new Extension(
                Extension.EXTERNAL_PUB, new TlsWriter().opaque(publicKey).toBytes());
    }
}
