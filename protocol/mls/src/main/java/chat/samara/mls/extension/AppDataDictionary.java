package chat.samara.mls.extension;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.component.ComponentId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code AppDataDictionary} (draft-ietf-mls-extensions): data of components, as an extension of a GroupContext, leaf, KeyPackage or
 * GroupInfo. Immutable. At most {@link Limits#APP_COMPONENTS_MAX} components and {@link Limits#APP_DATA_BYTES_MAX} bytes.
 *
 * @param entries sorted by component, each once
 */
public record AppDataDictionary(List<Entry> entries) implements TlsEncodable {
    public static final AppDataDictionary EMPTY = new AppDataDictionary(List.of());

    /** {@code ComponentData}. */
    public record Entry(int componentId, Bytes data) implements TlsEncodable {
        public Entry {
            ComponentId.requireValid(componentId);
        }

        static Entry readFrom(TlsReader reader) throws MlsException {
            return new Entry(reader.uint16(), reader.opaque());
        }

        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint16(componentId).opaque(data);
        }
    }

    /** Refuses entries that are not in order with an {@link IllegalArgumentException}. */
    public AppDataDictionary {
        entries = List.copyOf(entries);
        if (firstMisplaced(entries).isPresent()) {
            throw new IllegalArgumentException("component "
                    + firstMisplaced(entries).get().componentId + " is out of order, expected each once and sorted");
        }
    }

    private static Optional<Entry> firstMisplaced(List<Entry> entries) {
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).componentId <= entries.get(i - 1).componentId) {
                return Optional.of(entries.get(i));
            }
        }
        return Optional.empty();
    }

    /** Refuses entries that are not in order with {@link MlsError#MALFORMED}, and too many with {@link MlsError#LIMIT}. */
    public static AppDataDictionary readFrom(TlsReader reader) throws MlsException {
        requireRoom(reader.remaining());
        List<Entry> entries = reader.vector(Entry::readFrom);
        Optional<Entry> misplaced = firstMisplaced(entries);
        if (misplaced.isPresent()) {
            throw new MlsException(
                    MlsError.MALFORMED,
                    String.format(
                            "component 0x%04x is out of order, expected each once and sorted"
                                    + " (draft-ietf-mls-extensions)",
                            misplaced.get().componentId));
        }
        if (entries.size() > Limits.APP_COMPONENTS_MAX) {
            throw new MlsException(
                    MlsError.LIMIT, entries.size() + " components, expected at most " + Limits.APP_COMPONENTS_MAX);
        }
        return new AppDataDictionary(entries);
    }

    /** The dictionary among the extensions; empty where there is none. */
    public static Optional<AppDataDictionary> in(List<Extension> extensions) throws MlsException {
        Optional<Bytes> data = Extension.find(extensions, Extension.APP_DATA_DICTIONARY);
        return data.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsReader.decode(data.get().arrayUnsafe(), AppDataDictionary::readFrom));
    }

    /**
     * As {@link #in}, of a GroupContext.
     *
     * @throws MlsException {@link MlsError#UNSUPPORTED_EXTENSION} where it frames authenticated data as a SafeAAD
     */
    public static Optional<AppDataDictionary> inGroupContext(List<Extension> extensions) throws MlsException {
        Optional<AppDataDictionary> dictionary = in(extensions);
        if (dictionary.flatMap(it -> it.find(ComponentId.SAFE_AAD)).isPresent()) {
            throw new MlsException(
                    MlsError.UNSUPPORTED_EXTENSION,
                    "the GroupContext has the component safe_aad, expected a group without (draft-ietf-mls-extensions)");
        }
        return dictionary;
    }

    /**
     * The components that a GroupContext requires of every member, or a leaf lists: what {@code app_components} names.
     *
     * @throws MlsException {@link MlsError#MALFORMED}
     */
    public List<Integer> listed() throws MlsException {
        Optional<Bytes> list = find(ComponentId.APP_COMPONENTS);
        return list.isEmpty() ? List.of() : TlsReader.decode(list.get().arrayUnsafe(), TlsReader::vector16);
    }

    /**
     * The components that a leaf with these extensions lists. A leaf whose dictionary is malformed lists none: clients that do not know the
     * extension take it, so that refusing it would part the group.
     */
    public static List<Integer> listedByLeaf(List<Extension> leafExtensions) {
        // By hand: it is asked of every leaf of a tree, and most have none.
        for (int i = 0; i < leafExtensions.size(); i++) {
            if (leafExtensions.get(i).type() == Extension.APP_DATA_DICTIONARY) {
                return listedBy(leafExtensions.get(i));
            }
        }
        return List.of();
    }

    private static List<Integer> listedBy(Extension extension) {
        try {
            return TlsReader.decode(extension.data().arrayUnsafe(), AppDataDictionary::readFrom)
                    .listed();
        } catch (MlsException e) {
            return List.of();
        }
    }

    /** A dictionary that lists components, as an extension of a leaf or of a GroupContext. */
    public static Extension listing(List<Integer> componentIds) {
        return EMPTY.with(
                        ComponentId.APP_COMPONENTS,
                        new TlsWriter().vector16(componentIds).toBytes())
                .toExtension();
    }

    public Optional<Bytes> find(int componentId) {
        return entries.stream()
                .filter(entry -> entry.componentId == componentId)
                .map(Entry::data)
                .findFirst();
    }

    /** The same with these data of a component, in place of those that it has. */
    public AppDataDictionary with(int componentId, Bytes data) {
        List<Entry> changed = new ArrayList<>(without(componentId).entries);
        int place = 0;
        while (place < changed.size() && changed.get(place).componentId < componentId) {
            place++;
        }
        changed.add(place, new Entry(componentId, data));
        return new AppDataDictionary(changed);
    }

    /** The same without a component's data. */
    public AppDataDictionary without(int componentId) {
        return new AppDataDictionary(entries.stream()
                .filter(entry -> entry.componentId != componentId)
                .toList());
    }

    public Extension toExtension() {
        return new Extension(Extension.APP_DATA_DICTIONARY, Bytes.wrapUnsafe(encode()));
    }

    /** The extensions with this dictionary in the place of theirs, or at the end. */
    public List<Extension> putInto(List<Extension> extensions) {
        List<Extension> changed = new ArrayList<>(extensions);
        changed.replaceAll(extension -> extension.type() == Extension.APP_DATA_DICTIONARY ? toExtension() : extension);
        if (Extension.find(extensions, Extension.APP_DATA_DICTIONARY).isEmpty()) {
            changed.add(toExtension());
        }
        return List.copyOf(changed);
    }

    /** Refuses one that nobody would read, with {@link MlsError#LIMIT}. */
    public AppDataDictionary requireInLimits() throws MlsException {
        requireRoom(encode().length);
        if (entries.size() > Limits.APP_COMPONENTS_MAX) {
            throw new MlsException(
                    MlsError.LIMIT, entries.size() + " components, expected at most " + Limits.APP_COMPONENTS_MAX);
        }
        return this;
    }

    private static void requireRoom(int bytes) throws MlsException {
        if (bytes > Limits.APP_DATA_BYTES_MAX) {
            throw new MlsException(
                    MlsError.LIMIT,
                    "a dictionary of " + bytes + " bytes, expected at most " + Limits.APP_DATA_BYTES_MAX);
        }
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.vector(entries);
    }
}
