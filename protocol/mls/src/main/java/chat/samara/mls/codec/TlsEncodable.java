package chat.samara.mls.codec;

/** A struct of the TLS presentation language. Its counterpart is a static {@code readFrom(TlsReader)}. */
public interface TlsEncodable {
    /** Appends the encoding. */
    void writeTo(TlsWriter writer);

    /** The encoding by itself. */
    default byte[] encode() {
        TlsWriter writer = new TlsWriter();
        writeTo(writer);
        return writer.toByteArray();
    }
}
