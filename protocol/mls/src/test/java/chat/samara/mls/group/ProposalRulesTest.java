package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A proposal of a true member, signed and tagged, with one breach (RFC 9420 §12.1); for Adds see {@link KeyPackageRulesTest}. */
@DisplayName("A proposal is refused by everybody, and not kept,")
class ProposalRulesTest {
    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(121);
    }

    @AfterEach
    void everybodyGoesOn() throws MlsException {
        assertThat(scene.a.hasPendingProposals()).isFalse();
        scene.everybodyGoesOn();
    }

    private void refused(MlsError code, Proposal proposal) throws MlsException {
        scene.refused(code, scene.mallory.propose(proposal));
    }

    private void updateRefused(MlsError code, UnaryOperator<LeafNode> change) throws MlsException {
        refused(code, new Proposal.Update(scene.mallory.signed(change.apply(scene.mallory.update()))));
    }

    private static LeafNode with(
            LeafNode old,
            Bytes encryptionKey,
            Credential credential,
            Capabilities capabilities,
            LeafNodeSource source,
            Extension... extensions) {
        return new LeafNode(
                encryptionKey, old.signatureKey(), credential, capabilities, source, List.of(extensions), Bytes.EMPTY);
    }

    private static LeafNode withKey(LeafNode old, Bytes key) {
        return with(old, key, old.credential(), old.capabilities(), old.source());
    }

    private static LeafNode withSource(LeafNode old, LeafNodeSource source) {
        return with(old, old.encryptionKey(), old.credential(), old.capabilities(), source);
    }

    private static LeafNode withCapabilities(LeafNode old, Capabilities capabilities) {
        return with(old, old.encryptionKey(), old.credential(), capabilities, old.source());
    }

    private static LeafNode withExtensions(LeafNode old, Extension... extensions) {
        return with(old, old.encryptionKey(), old.credential(), old.capabilities(), old.source(), extensions);
    }

    @Test
    @DisplayName("to update with a leaf that is not valid for an Update (RFC 9420 §7.3)")
    void update() throws MlsException {
        updateRefused(
                MlsError.INVALID_LEAF_NODE,
                leaf -> withSource(leaf, new LeafNodeSource.FromKeyPackage(TestClient.LIFETIME)));
        updateRefused(MlsError.INVALID_LEAF_NODE, leaf -> withSource(leaf, new LeafNodeSource.FromCommit(Bytes.EMPTY)));
        Bytes present = scene.b.state().ownLeafNode().encryptionKey();
        updateRefused(MlsError.INVALID_LEAF_NODE, leaf -> withKey(leaf, present));
        for (Bytes unusable : List.of(Bytes.of(new byte[32]), Bytes.EMPTY, Bytes.of(new byte[31]))) {
            updateRefused(MlsError.INVALID_PUBLIC_KEY, leaf -> withKey(leaf, unusable));
        }
        updateRefused(
                MlsError.CREDENTIAL_REJECTED,
                leaf -> with(
                        leaf,
                        leaf.encryptionKey(),
                        Credential.basic(Bytes.ofUtf8("the pope")),
                        leaf.capabilities(),
                        leaf.source()));
    }

    @Test
    @DisplayName("to update with a leaf that does not list what it uses (RFC 9420 §7.2)")
    void updateCapabilities() throws MlsException {
        Capabilities all = TestClient.CAPABILITIES;
        for (Capabilities poor : List.of(
                new Capabilities(List.of(), all.cipherSuites(), all.extensions(), all.proposals(), all.credentials()),
                new Capabilities(all.versions(), List.of(3), all.extensions(), all.proposals(), all.credentials()),
                new Capabilities(all.versions(), all.cipherSuites(), all.extensions(), all.proposals(), List.of(2)))) {
            updateRefused(MlsError.INVALID_LEAF_NODE, leaf -> withCapabilities(leaf, poor));
        }
        Extension unlisted = new Extension(0xF0F0, Bytes.EMPTY);
        updateRefused(MlsError.INVALID_LEAF_NODE, leaf -> withExtensions(leaf, unlisted));
        Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
        updateRefused(MlsError.DUPLICATE_EXTENSION, leaf -> withExtensions(leaf, own, own));
    }

    @Test
    @DisplayName("to update with a leaf that is not signed, or for another group, place or by another key")
    void updateSignature() throws MlsException {
        LeafNode leaf = scene.mallory.update();
        Bytes groupId = scene.b.groupId();
        for (LeafNode forged : List.of(
                leaf,
                leaf.signed(HostileScene.SUITE, scene.bob.signer, Bytes.ofUtf8("another"), HostileScene.BOB),
                leaf.signed(HostileScene.SUITE, scene.bob.signer, groupId, HostileScene.CAROL))) {
            refused(MlsError.INVALID_SIGNATURE, new Proposal.Update(forged));
        }
    }

    @Test
    @DisplayName("to remove a leaf that is blank or beyond every tree (RFC 9420 §12.1.3)")
    void remove() throws MlsException {
        for (int leaf : new int[] {4, 7, 1 << 20, Integer.MAX_VALUE, -1}) {
            refused(MlsError.INVALID_PROPOSAL, new Proposal.Remove(leaf));
        }
    }

    @Test
    @DisplayName("of extensions with one type twice, or that MLS cannot read (RFC 9420 §12.1.7, §13.4)")
    void extensions() throws MlsException {
        Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
        refused(MlsError.DUPLICATE_EXTENSION, new Proposal.GroupContextExtensions(List.of(own, own)));
        for (int type : new int[] {Extension.REQUIRED_CAPABILITIES, Extension.EXTERNAL_SENDERS}) {
            Extension garbage = new Extension(type, Bytes.of((byte) 7));
            refused(MlsError.MALFORMED, new Proposal.GroupContextExtensions(List.of(garbage)));
            Extension trailing =
                    new Extension(type, new TlsWriter().raw(new byte[4]).toBytes());
            refused(MlsError.MALFORMED, new Proposal.GroupContextExtensions(List.of(trailing)));
        }
    }

    @Test
    @DisplayName("when there are CACHED_PROPOSALS_MAX already; one that is there is taken once more")
    void tooMany() throws MlsException {
        AuthenticatedContent proposal = scene.mallory.sign(
                WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(new Proposal.Remove(HostileScene.DAVE)), 1);
        ProposalCache cache = ProposalCache.EMPTY;
        for (int i = 0; i < Limits.CACHED_PROPOSALS_MAX; i++) {
            cache = cache.with(Bytes.ofUtf8("ref " + i), proposal);
        }
        ProposalCache full = cache;
        assertThat(full.with(Bytes.ofUtf8("ref 0"), proposal)).isSameAs(full);
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> full.with(Bytes.ofUtf8("one more"), proposal))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.LIMIT);
    }
}
