package chat.samara.mls.proposal;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.component.ComponentId;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import java.util.List;
import java.util.Optional;

/**
 * {@code Proposal} (RFC 9420 §12.1). What it carries was decoded and nothing more: a KeyPackage or leaf in it is verified
 * when the proposal is.
 */
public sealed interface Proposal extends TlsEncodable {
    int ADD = 0x0001;
    int UPDATE = 0x0002;
    int REMOVE = 0x0003;
    int PSK = 0x0004;
    int REINIT = 0x0005;
    int EXTERNAL_INIT = 0x0006;
    int GROUP_CONTEXT_EXTENSIONS = 0x0007;

    /** This one and the following are of draft-ietf-mls-extensions. */
    int APP_DATA_UPDATE = 0x0008;

    int APP_EPHEMERAL = 0x0009;
    int SELF_REMOVE = 0x000a;

    /** Adds a client (RFC 9420 §12.1.1). */
    record Add(KeyPackageIn keyPackage) implements Proposal {
        @Override
        public int type() {
            return ADD;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.struct(keyPackage);
        }
    }

    /** Replaces its sender's leaf (RFC 9420 §12.1.2). */
    record Update(LeafNode leafNode) implements Proposal {
        @Override
        public int type() {
            return UPDATE;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.struct(leafNode);
        }
    }

    /** Removes the member at a leaf index (RFC 9420 §12.1.3). */
    record Remove(int removed) implements Proposal {
        @Override
        public int type() {
            return REMOVE;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.uint32(removed);
        }
    }

    /** Injects a pre-shared key (RFC 9420 §12.1.4). */
    record PreSharedKey(PreSharedKeyId psk) implements Proposal {
        @Override
        public int type() {
            return PSK;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.struct(psk);
        }
    }

    /** Ends the group in favour of another (RFC 9420 §12.1.5). */
    record ReInit(Bytes groupId, int version, int cipherSuite, List<Extension> extensions) implements Proposal {
        public ReInit {
            extensions = List.copyOf(extensions);
        }

        @Override
        public int type() {
            return REINIT;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.opaque(groupId).uint16(version).uint16(cipherSuite).vector(extensions);
        }
    }

    /** Carries an external joiner's init secret (RFC 9420 §12.1.6). */
    record ExternalInit(Bytes kemOutput) implements Proposal {
        @Override
        public int type() {
            return EXTERNAL_INIT;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.opaque(kemOutput);
        }
    }

    /** Replaces all of the GroupContext's extensions (RFC 9420 §12.1.7). */
    record GroupContextExtensions(List<Extension> extensions) implements Proposal {
        public GroupContextExtensions {
            extensions = List.copyOf(extensions);
        }

        @Override
        public int type() {
            return GROUP_CONTEXT_EXTENSIONS;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.vector(extensions);
        }
    }

    /**
     * Changes or removes one component's data in the GroupContext (draft-ietf-mls-extensions).
     *
     * @param update a difference that the component understands; empty to remove its data
     */
    record AppDataUpdate(int componentId, Optional<Bytes> update) implements Proposal {
        private static final int UPDATE_OPERATION = 1;
        private static final int REMOVE_OPERATION = 2;

        public AppDataUpdate {
            ComponentId.requireValid(componentId);
        }

        /** Whether it removes the component's data. */
        public boolean isRemoval() {
            return update.isEmpty();
        }

        @Override
        public int type() {
            return APP_DATA_UPDATE;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.uint16(componentId).uint8(isRemoval() ? REMOVE_OPERATION : UPDATE_OPERATION);
            update.ifPresent(writer::opaque);
        }

        private static AppDataUpdate readBodyFrom(TlsReader reader) throws MlsException {
            int componentId = reader.uint16();
            int operation = reader.uint8();
            return switch (operation) {
                case UPDATE_OPERATION -> new AppDataUpdate(componentId, Optional.of(reader.opaque()));
                case REMOVE_OPERATION -> new AppDataUpdate(componentId, Optional.empty());
                default ->
                    throw new MlsException(
                            MlsError.MALFORMED,
                            "AppDataUpdate operation " + operation + ", expected 1 or 2 (draft-ietf-mls-extensions)");
            };
        }
    }

    /** Data of a component that all members process with one commit, and that change nothing (draft-ietf-mls-extensions). */
    record AppEphemeral(int componentId, Bytes data) implements Proposal {
        public AppEphemeral {
            ComponentId.requireValid(componentId);
        }

        @Override
        public int type() {
            return APP_EPHEMERAL;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.uint16(componentId).opaque(data);
        }
    }

    /** Removes its sender (draft-ietf-mls-extensions): a member leaves, and whoever commits next puts it into effect. */
    record SelfRemove() implements Proposal {
        @Override
        public int type() {
            return SELF_REMOVE;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            // An empty struct.
        }
    }

    /**
     * A proposal of a type that RFC 9420 does not define (§13.2, §17.4): the application's own, one of a later specification, or
     * unknown. Its content is one variable-length vector, which survives a round trip.
     */
    record Custom(int type, Bytes content) implements Proposal {
        public Custom {
            if (type < 1 || type > 0xffff || isKnown(type)) {
                throw new IllegalArgumentException("proposal type " + type + ", expected one that is not known here");
            }
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.opaque(content);
        }
    }

    private static boolean isKnown(int type) {
        return switch (type) {
            case APP_DATA_UPDATE, APP_EPHEMERAL, SELF_REMOVE -> true;
            default -> Capabilities.isDefaultProposal(type);
        };
    }

    /** The code point (RFC 9420 §17.4). */
    int type();

    /** Appends what follows the type. */
    void writeBodyTo(TlsWriter writer);

    @Override
    default void writeTo(TlsWriter writer) {
        writer.uint16(type());
        writeBodyTo(writer);
    }

    /** Whether a commit that covers it must have a path (RFC 9420 §12.4). */
    default boolean requiresPath() {
        return switch (type()) {
            case ADD, PSK, REINIT, APP_DATA_UPDATE, APP_EPHEMERAL -> false;
            default -> true;
        };
    }

    /** Whether a sender of the {@code external_senders} extension may propose it (RFC 9420 §12.1.8). */
    default boolean isAllowedFromExternalSender() {
        return switch (type()) {
            case ADD, REMOVE, PSK, REINIT, GROUP_CONTEXT_EXTENSIONS, APP_DATA_UPDATE, APP_EPHEMERAL -> true;
            default -> false;
        };
    }

    /** Whatever its type; of one that is not known, the content is taken to be a vector. */
    static Proposal readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint16();
        return switch (type) {
            case ADD -> new Add(KeyPackageIn.readFrom(reader));
            case UPDATE -> new Update(LeafNode.readFrom(reader));
            case REMOVE -> new Remove(reader.uint32());
            case PSK -> new PreSharedKey(PreSharedKeyId.readFrom(reader));
            case REINIT ->
                new ReInit(reader.opaque(), reader.uint16(), reader.uint16(), Extension.readListFrom(reader));
            case EXTERNAL_INIT -> new ExternalInit(reader.opaque());
            case GROUP_CONTEXT_EXTENSIONS -> new GroupContextExtensions(Extension.readListFrom(reader));
            case APP_DATA_UPDATE -> AppDataUpdate.readBodyFrom(reader);
            case APP_EPHEMERAL -> new AppEphemeral(reader.uint16(), reader.opaque());
            case SELF_REMOVE -> new SelfRemove();
            case 0 -> throw new MlsException(MlsError.MALFORMED, "proposal type 0, expected another: it is reserved");
            default -> new Custom(type, reader.opaque());
        };
    }
}
