package chat.samara.mls.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.DisplayName;

/**
 * One fuzz test for each {@link Decoder}, held to {@link DecoderProperties}. A normal build runs them over the committed
 * corpus, in the folder {@code DecoderFuzzTestInputs} beside this class's name; with {@code JAZZER_FUZZ=1} the one that is named
 * by {@code -Dtest=DecoderFuzzTest#commit} searches for more (docs/HACKING.md).
 */
@DisplayName("Bytes of any kind, decoded as")
class DecoderFuzzTest {
    @FuzzTest
    void mlsMessage(byte[] bytes) {
        DecoderProperties.check(Decoder.MLS_MESSAGE, bytes);
    }

    @FuzzTest
    void publicMessage(byte[] bytes) {
        DecoderProperties.check(Decoder.PUBLIC_MESSAGE, bytes);
    }

    @FuzzTest
    void privateMessage(byte[] bytes) {
        DecoderProperties.check(Decoder.PRIVATE_MESSAGE, bytes);
    }

    @FuzzTest
    void privateContent(byte[] bytes) {
        DecoderProperties.check(Decoder.PRIVATE_CONTENT, bytes);
    }

    @FuzzTest
    void sealedContent(byte[] bytes) {
        DecoderProperties.check(Decoder.SEALED_CONTENT, bytes);
    }

    @FuzzTest
    void keyPackage(byte[] bytes) {
        DecoderProperties.check(Decoder.KEY_PACKAGE, bytes);
    }

    @FuzzTest
    void keyPackageBundle(byte[] bytes) {
        DecoderProperties.check(Decoder.KEY_PACKAGE_BUNDLE, bytes);
    }

    @FuzzTest
    void welcome(byte[] bytes) {
        DecoderProperties.check(Decoder.WELCOME, bytes);
    }

    @FuzzTest
    void groupInfo(byte[] bytes) {
        DecoderProperties.check(Decoder.GROUP_INFO, bytes);
    }

    @FuzzTest
    void groupContext(byte[] bytes) {
        DecoderProperties.check(Decoder.GROUP_CONTEXT, bytes);
    }

    @FuzzTest
    void groupSecrets(byte[] bytes) {
        DecoderProperties.check(Decoder.GROUP_SECRETS, bytes);
    }

    @FuzzTest
    void ratchetTree(byte[] bytes) {
        DecoderProperties.check(Decoder.RATCHET_TREE, bytes);
    }

    @FuzzTest
    void leafNode(byte[] bytes) {
        DecoderProperties.check(Decoder.LEAF_NODE, bytes);
    }

    @FuzzTest
    void credential(byte[] bytes) {
        DecoderProperties.check(Decoder.CREDENTIAL, bytes);
    }

    @FuzzTest
    void proposal(byte[] bytes) {
        DecoderProperties.check(Decoder.PROPOSAL, bytes);
    }

    @FuzzTest
    void commit(byte[] bytes) {
        DecoderProperties.check(Decoder.COMMIT, bytes);
    }

    @FuzzTest
    void extensions(byte[] bytes) {
        DecoderProperties.check(Decoder.EXTENSIONS, bytes);
    }

    @FuzzTest
    void requiredCapabilities(byte[] bytes) {
        DecoderProperties.check(Decoder.REQUIRED_CAPABILITIES, bytes);
    }

    @FuzzTest
    void appDataDictionary(byte[] bytes) {
        DecoderProperties.check(Decoder.APP_DATA_DICTIONARY, bytes);
    }

    @FuzzTest
    void externalSenders(byte[] bytes) {
        DecoderProperties.check(Decoder.EXTERNAL_SENDERS, bytes);
    }

    @FuzzTest
    void storedProposal(byte[] bytes) {
        DecoderProperties.check(Decoder.STORED_PROPOSAL, bytes);
    }

    @FuzzTest
    void snapshot(byte[] bytes) {
        DecoderProperties.check(Decoder.SNAPSHOT, bytes);
    }

    @FuzzTest
    void groupState(byte[] bytes) {
        DecoderProperties.check(Decoder.GROUP_STATE, bytes);
    }

    @FuzzTest
    void receivedMessage(byte[] bytes) {
        DecoderProperties.check(Decoder.RECEIVED_MESSAGE, bytes);
    }

    @FuzzTest
    void receivedWelcome(byte[] bytes) {
        DecoderProperties.check(Decoder.RECEIVED_WELCOME, bytes);
    }

    @FuzzTest
    void primitives(byte[] bytes) {
        DecoderProperties.check(Decoder.PRIMITIVES, bytes);
    }
}
