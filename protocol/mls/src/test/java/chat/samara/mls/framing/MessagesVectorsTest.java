package chat.samara.mls.framing;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.welcome.GroupSecrets;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The official vectors messages.json")
class MessagesVectorsTest {
    @ParameterizedTest(name = "{0}")
    @DisplayName("every MLSMessage decodes, and encodes to the same bytes")
    @ValueSource(
            strings = {
                "mls_welcome",
                "mls_group_info",
                "mls_key_package",
                "public_message_application",
                "public_message_proposal",
                "public_message_commit",
                "private_message"
            })
    void messages(String field) throws MlsException {
        for (JsonObject vector : Vectors.load("messages")) {
            assertRoundTrip(vector, field, MlsMessage::readFrom);
        }
    }

    @Test
    @DisplayName("every proposal's body, GroupSecrets and Commit decodes, and encodes to the same bytes")
    void structs() throws MlsException {
        for (JsonObject vector : Vectors.load("messages")) {
            assertRoundTrip(vector, "group_secrets", GroupSecrets::readFrom);
            assertRoundTrip(vector, "commit", Commit::readFrom);
            assertBody(vector, "add_proposal", reader -> new Proposal.Add(KeyPackageIn.readFrom(reader)));
            assertBody(vector, "update_proposal", reader -> new Proposal.Update(LeafNode.readFrom(reader)));
            assertBody(vector, "remove_proposal", reader -> new Proposal.Remove(reader.uint32()));
            assertBody(
                    vector,
                    "pre_shared_key_proposal",
                    reader -> new Proposal.PreSharedKey(PreSharedKeyId.readFrom(reader)));
            assertBody(
                    vector,
                    "re_init_proposal",
                    reader -> new Proposal.ReInit(
                            reader.opaque(), reader.uint16(), reader.uint16(), Extension.readListFrom(reader)));
            assertBody(vector, "external_init_proposal", reader -> new Proposal.ExternalInit(reader.opaque()));
            assertBody(
                    vector,
                    "group_context_extensions_proposal",
                    reader -> new Proposal.GroupContextExtensions(Extension.readListFrom(reader)));
        }
    }

    private static void assertRoundTrip(
            JsonObject vector, String field, TlsReader.Decoder<? extends TlsEncodable> decoder) throws MlsException {
        byte[] bytes = Vectors.bytes(vector, field);
        assertThat(TlsReader.decode(bytes, decoder).encode()).as(field).isEqualTo(bytes);
    }

    /** The vectors hold the body of a proposal without its type; the whole proposal must survive too. */
    private static void assertBody(JsonObject vector, String field, TlsReader.Decoder<? extends Proposal> decoder)
            throws MlsException {
        byte[] bytes = Vectors.bytes(vector, field);
        Proposal proposal = TlsReader.decode(bytes, decoder);
        byte[] whole = proposal.encode();
        assertThat(java.util.Arrays.copyOfRange(whole, 2, whole.length))
                .as(field)
                .isEqualTo(bytes);
        assertThat(TlsReader.decode(whole, Proposal::readFrom)).as(field).isEqualTo(proposal);
    }
}
