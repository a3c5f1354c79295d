package chat.samara.wire.policy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A difference between two policies, as an AppDataUpdate carries it:
 *
 * <pre>
 *   struct { opaque key&lt;V&gt;; optional&lt;opaque value&lt;V&gt;&gt; value; } Edit;
 *   struct { uint8 form = 1; optional&lt;uint16&gt; rules; Edit edits&lt;V&gt;; } PolicyChange;
 * </pre>
 *
 * @param rules the version of the rules from now on, if it rises
 * @param edits by key: the new value, or empty to take the statement out
 */
public record PolicyChange(OptionalInt rules, NavigableMap<Bytes, Optional<Bytes>> edits) implements TlsEncodable {
    private record Edit(Bytes key, Optional<Bytes> value) implements TlsEncodable {
        static Edit readFrom(TlsReader reader) throws MlsException {
            return new Edit(reader.opaque(), reader.optional(TlsReader::opaque));
        }

        @Override
        public void writeTo(TlsWriter writer) {
            writer.opaque(key).optional(value.map(it -> (TlsEncodable) inner -> inner.opaque(it)));
        }
    }

    public PolicyChange {
        edits = Collections.unmodifiableNavigableMap(new TreeMap<>(edits));
    }

    /** Reads one; {@link MlsError#MALFORMED} for another form, keys that are not in order, or one that says nothing. */
    public static PolicyChange decode(Bytes update) throws MlsException {
        return TlsReader.decode(update.arrayUnsafe(), PolicyChange::readFrom);
    }

    private static PolicyChange readFrom(TlsReader reader) throws MlsException {
        PolicyData.requireForm(reader);
        Optional<Integer> rules = reader.optional(TlsReader::uint16);
        TreeMap<Bytes, Optional<Bytes>> edits = new TreeMap<>();
        for (Edit edit : reader.vector(Edit::readFrom)) {
            PolicyData.requireNext(edits, edit.key);
            edits.put(edit.key, edit.value);
        }
        if (rules.isEmpty() && edits.isEmpty()) {
            throw new MlsException(MlsError.MALFORMED, "a change of nothing, expected one of something");
        }
        return new PolicyChange(rules.map(OptionalInt::of).orElseGet(OptionalInt::empty), edits);
    }

    @Override
    public void writeTo(TlsWriter writer) {
        List<Edit> all = edits.entrySet().stream()
                .map(edit -> new Edit(edit.getKey(), edit.getValue()))
                .toList();
        Optional<TlsEncodable> raised =
                rules.isPresent() ? Optional.of(inner -> inner.uint16(rules.getAsInt())) : Optional.empty();
        writer.uint8(PolicyData.FORM).optional(raised).vector(all);
    }
}
