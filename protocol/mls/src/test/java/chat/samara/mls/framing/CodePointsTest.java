package chat.samara.mls.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of the enumerations that steer how a struct goes on: the known ones are read, the others refused by name. */
@DisplayName("A struct with an unknown or reserved value is refused:")
class CodePointsTest {
    private static final Bytes SOME = Bytes.ofUtf8("some");

    private static void assertRefused(MlsError code, TlsWriter written, TlsReader.Decoder<?> decoder) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> TlsReader.decode(written.toByteArray(), decoder))
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    private static TlsWriter framed(int senderType, int contentType) {
        return new TlsWriter()
                .opaque(SOME)
                .uint64(1)
                .uint8(senderType)
                .uint32(0)
                .opaque(Bytes.EMPTY)
                .uint8(contentType)
                .opaque(SOME);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 0x0A0A, 0xffff})
    @DisplayName("the version of an MLSMessage (RFC 9420 §6)")
    void messageVersion(int version) {
        TlsWriter message = new TlsWriter().uint16(version).uint16(WireFormat.PUBLIC_MESSAGE);
        assertRefused(MlsError.UNSUPPORTED_VERSION, message.raw(framed(1, 1).toByteArray()), MlsMessage::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 0x0A0A, 0xffff})
    @DisplayName("the wire format (RFC 9420 §6)")
    void wireFormat(int wireFormat) {
        TlsWriter message = new TlsWriter().uint16(1).uint16(wireFormat);
        assertRefused(MlsError.WRONG_MESSAGE_KIND, message.raw(framed(1, 1).toByteArray()), MlsMessage::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 255})
    @DisplayName("the content type (RFC 9420 §6)")
    void contentType(int type) {
        assertRefused(MlsError.MALFORMED, framed(Sender.MEMBER, type), FramedContent::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 255})
    @DisplayName("the sender type (RFC 9420 §6)")
    void senderType(int type) {
        assertRefused(MlsError.MALFORMED, framed(type, Content.APPLICATION), FramedContent::readFrom);
    }

    @Test
    @DisplayName(
            "a commit that has no confirmation tag, and a member's message that has no membership tag (RFC 9420 §6.1, §6.2)")
    void missingTags() throws MlsException {
        TlsWriter signature = new TlsWriter().opaque(SOME);
        FramedContentAuthData.readFrom(new TlsReader(signature.toByteArray()), Content.PROPOSAL);
        assertRefused(MlsError.MALFORMED, signature, reader -> FramedContentAuthData.readFrom(reader, Content.COMMIT));
        TlsWriter untagged = framed(Sender.MEMBER, Content.APPLICATION).opaque(SOME);
        assertRefused(MlsError.MALFORMED, untagged, PublicMessageIn::readFrom);
        assertThat(TlsReader.decode(untagged.opaque(SOME).toByteArray(), PublicMessageIn::readFrom)
                        .membershipTag())
                .contains(SOME);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 255})
    @DisplayName("the type of an item of a commit's list (RFC 9420 §12.4)")
    void proposalOrRef(int type) {
        assertRefused(MlsError.MALFORMED, new TlsWriter().uint8(type).opaque(SOME), ProposalOrRef::readFrom);
    }

    @Test
    @DisplayName("the presence of a commit's path (RFC 9420 §2.1.1)")
    void pathPresence() throws MlsException {
        TlsWriter noProposals = new TlsWriter().vector(List.of());
        assertThat(TlsReader.decode(noProposals.uint8(0).toByteArray(), Commit::readFrom)
                        .path())
                .isEmpty();
        assertRefused(MlsError.MALFORMED, new TlsWriter().vector(List.of()).uint8(2), Commit::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 255})
    @DisplayName("the source of a leaf (RFC 9420 §7.2)")
    void leafNodeSource(int source) {
        assertRefused(MlsError.MALFORMED, new TlsWriter().uint8(source), LeafNodeSource::readFrom);
    }

    @Test
    @DisplayName("the credential type 0, which is reserved (RFC 9420 §17.5); an unknown one survives a round trip")
    void credentialType() throws MlsException {
        assertRefused(MlsError.MALFORMED, new TlsWriter().uint16(0).opaque(SOME), Credential::readFrom);
        byte[] unknown = new TlsWriter().uint16(0xF00D).opaque(SOME).toByteArray();
        assertThat(TlsReader.decode(unknown, Credential::readFrom).encode()).isEqualTo(unknown);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 255})
    @DisplayName("the type of a pre-shared key (RFC 9420 §8.4)")
    void pskType(int type) {
        assertRefused(
                MlsError.MALFORMED, new TlsWriter().uint8(type).opaque(SOME).opaque(SOME), PreSharedKeyId::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 255})
    @DisplayName("the usage of a resumption PSK (RFC 9420 §8.4)")
    void pskUsage(int usage) {
        TlsWriter resumption =
                new TlsWriter().uint8(2).uint8(usage).opaque(SOME).uint64(1).opaque(SOME);
        assertRefused(MlsError.MALFORMED, resumption, PreSharedKeyId::readFrom);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 0xffff})
    @DisplayName("the version of a GroupContext (RFC 9420 §8.1)")
    void groupContextVersion(int version) {
        TlsWriter context = new TlsWriter()
                .uint16(version)
                .uint16(1)
                .opaque(SOME)
                .uint64(1)
                .opaque(SOME)
                .opaque(SOME)
                .vector(List.of());
        assertRefused(MlsError.UNSUPPORTED_VERSION, context, GroupContext::readFrom);
    }

    @Test
    @DisplayName("a list that has one extension type twice (RFC 9420 §13.4)")
    void duplicateExtension() {
        Extension extension = new Extension(0xF0F0, SOME);
        assertRefused(
                MlsError.DUPLICATE_EXTENSION,
                new TlsWriter().vector(List.of(extension, extension)),
                Extension::readListFrom);
        assertRefused(
                MlsError.DUPLICATE_EXTENSION,
                new TlsWriter().vector(List.of(extension, new Extension(1, SOME), new Extension(0xF0F0, Bytes.EMPTY))),
                Extension::readListFrom);
    }
}
