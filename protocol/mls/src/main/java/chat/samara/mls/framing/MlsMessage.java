package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.Welcome;

/** {@code MLSMessage} (RFC 9420 §6) of version mls10, as it was decoded. */
public sealed interface MlsMessage extends TlsEncodable {
    record OfPublicMessage(PublicMessageIn message) implements MlsMessage {
        @Override
        public int wireFormat() {
            return WireFormat.PUBLIC_MESSAGE;
        }

        @Override
        public TlsEncodable body() {
            return message;
        }
    }

    record OfPrivateMessage(PrivateMessage message) implements MlsMessage {
        @Override
        public int wireFormat() {
            return WireFormat.PRIVATE_MESSAGE;
        }

        @Override
        public TlsEncodable body() {
            return message;
        }
    }

    record OfWelcome(Welcome welcome) implements MlsMessage {
        @Override
        public int wireFormat() {
            return WireFormat.WELCOME;
        }

        @Override
        public TlsEncodable body() {
            return welcome;
        }
    }

    record OfGroupInfo(GroupInfoIn groupInfo) implements MlsMessage {
        @Override
        public int wireFormat() {
            return WireFormat.GROUP_INFO;
        }

        @Override
        public TlsEncodable body() {
            return groupInfo;
        }
    }

    record OfKeyPackage(KeyPackageIn keyPackage) implements MlsMessage {
        @Override
        public int wireFormat() {
            return WireFormat.KEY_PACKAGE;
        }

        @Override
        public TlsEncodable body() {
            return keyPackage;
        }
    }

    int MLS10 = 1;

    /** See {@link WireFormat}. */
    int wireFormat();

    /** The struct inside. */
    TlsEncodable body();

    @Override
    default void writeTo(TlsWriter writer) {
        writer.uint16(MLS10).uint16(wireFormat()).struct(body());
    }

    /** One message that fills the whole array. */
    static MlsMessage decode(byte[] bytes) throws MlsException {
        return TlsReader.decode(bytes, MlsMessage::readFrom);
    }

    static MlsMessage readFrom(TlsReader reader) throws MlsException {
        int version = reader.uint16();
        if (version != MLS10) {
            throw new MlsException(
                    MlsError.UNSUPPORTED_VERSION, "an MLSMessage of version " + version + ", expected 1");
        }
        int wireFormat = reader.uint16();
        return switch (wireFormat) {
            case WireFormat.PUBLIC_MESSAGE -> new OfPublicMessage(PublicMessageIn.readFrom(reader));
            case WireFormat.PRIVATE_MESSAGE -> new OfPrivateMessage(PrivateMessage.readFrom(reader));
            case WireFormat.WELCOME -> new OfWelcome(Welcome.readFrom(reader));
            case WireFormat.GROUP_INFO -> new OfGroupInfo(GroupInfoIn.readFrom(reader));
            case WireFormat.KEY_PACKAGE -> new OfKeyPackage(readKeyPackage(reader));
            default ->
                throw new MlsException(MlsError.WRONG_MESSAGE_KIND, "wire format " + wireFormat + ", expected 1 to 5");
        };
    }

    /** The PublicMessage inside, or {@link MlsError#WRONG_MESSAGE_KIND}. */
    default PublicMessageIn requirePublicMessage() throws MlsException {
        if (this instanceof OfPublicMessage it) {
            return it.message;
        }
        throw wrongKind("a PublicMessage");
    }

    /** The Welcome inside, or {@link MlsError#WRONG_MESSAGE_KIND}. */
    default Welcome requireWelcome() throws MlsException {
        if (this instanceof OfWelcome it) {
            return it.welcome;
        }
        throw wrongKind("a Welcome");
    }

    /** The GroupInfo inside, or {@link MlsError#WRONG_MESSAGE_KIND}. */
    default GroupInfoIn requireGroupInfo() throws MlsException {
        if (this instanceof OfGroupInfo it) {
            return it.groupInfo;
        }
        throw wrongKind("a GroupInfo");
    }

    /** The KeyPackage inside, or {@link MlsError#WRONG_MESSAGE_KIND}. */
    default KeyPackageIn requireKeyPackage() throws MlsException {
        if (this instanceof OfKeyPackage it) {
            return it.keyPackage;
        }
        throw wrongKind("a KeyPackage");
    }

    private MlsException wrongKind(String expected) {
        return new MlsException(
                MlsError.WRONG_MESSAGE_KIND, "an MLSMessage of wire format " + wireFormat() + ", expected " + expected);
    }

    /** A KeyPackage in an MLSMessage has the same version as that (RFC 9420 §10). */
    private static KeyPackageIn readKeyPackage(TlsReader reader) throws MlsException {
        KeyPackageIn keyPackage = KeyPackageIn.readFrom(reader);
        if (keyPackage.version() != MLS10) {
            throw new MlsException(
                    MlsError.UNSUPPORTED_VERSION, "a KeyPackage of version " + keyPackage.version() + ", expected 1");
        }
        return keyPackage;
    }
}
