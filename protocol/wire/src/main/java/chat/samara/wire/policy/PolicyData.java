package chat.samara.wire.policy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.wire.Limits;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A channel's policy: statements, each under a key. What keys and values mean says the version of the rules; a version that does not know a
 * key keeps it as it is. Form 1, in the presentation language of MLS:
 *
 * <pre>
 *   struct { opaque key&lt;V&gt;; opaque value&lt;V&gt;; } Statement;
 *   struct { uint8 form = 1; uint16 rules; Statement statements&lt;V&gt;; } PolicyData;
 * </pre>
 *
 * @param rules the version of the rules that it is judged by, from 1
 * @param statements by key, in the order of the keys' bytes; at most {@link Limits#POLICY_BYTES_MAX} bytes in all
 */
public record PolicyData(int rules, NavigableMap<Bytes, Bytes> statements) implements TlsEncodable {
    static final int FORM = 1;

    private record Statement(Bytes key, Bytes value) implements TlsEncodable {
        static Statement readFrom(TlsReader reader) throws MlsException {
            return new Statement(reader.opaque(), reader.opaque());
        }

        @Override
        public void writeTo(TlsWriter writer) {
            writer.opaque(key).opaque(value);
        }
    }

    public PolicyData {
        statements = Collections.unmodifiableNavigableMap(new TreeMap<>(statements));
    }

    /**
     * Reads one.
     *
     * @throws MlsException {@link MlsError#MALFORMED} for another form, or keys that are not in order; {@link MlsError#LIMIT}
     */
    public static PolicyData decode(Bytes data) throws MlsException {
        if (data.size() > Limits.POLICY_BYTES_MAX) {
            throw new MlsException(
                    MlsError.LIMIT,
                    "a policy of " + data.size() + " bytes, expected at most " + Limits.POLICY_BYTES_MAX);
        }
        return TlsReader.decode(data.arrayUnsafe(), PolicyData::readFrom);
    }

    private static PolicyData readFrom(TlsReader reader) throws MlsException {
        requireForm(reader);
        int rules = reader.uint16();
        TreeMap<Bytes, Bytes> statements = new TreeMap<>();
        for (Statement statement : reader.vector(Statement::readFrom)) {
            requireNext(statements, statement.key);
            statements.put(statement.key, statement.value);
        }
        return new PolicyData(rules, statements);
    }

    static void requireForm(TlsReader reader) throws MlsException {
        int form = reader.uint8();
        if (form != FORM) {
            throw new MlsException(MlsError.MALFORMED, "a policy of form " + form + ", expected " + FORM);
        }
    }

    /** Keys come each once, in the order of their bytes. */
    static void requireNext(TreeMap<Bytes, ?> before, Bytes key) throws MlsException {
        if (!before.isEmpty() && before.lastKey().compareTo(key) >= 0) {
            throw new MlsException(
                    MlsError.MALFORMED, "key " + key + " is out of order, expected each once and sorted");
        }
    }

    @Override
    public void writeTo(TlsWriter writer) {
        List<Statement> all = statements.entrySet().stream()
                .map(statement -> new Statement(statement.getKey(), statement.getValue()))
                .toList();
        writer.uint8(FORM).uint16(rules).vector(all);
    }
}
