package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pre-shared keys, re-initialization and branches, between us and Bouncy Castle's {@code bcmls}. */
@DisplayName("With bcmls on the other side,")
class BcmlsLinkageTest {
    private static final int SUITE = 1;
    private static final int OTHER_SUITE = 3;
    private static final long DAY_SECONDS = 24 * 3600;
    private static final Bytes GROUP_ID = Bytes.ofUtf8("an interop group");
    private static final Bytes NEXT_ID = Bytes.ofUtf8("the next interop group");
    private static final Bytes PSK_ID = Bytes.ofUtf8("on the card");
    private static final Bytes PSK = Bytes.ofUtf8("a secret that both sides hold");
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final RandomSource random = new Random(20261122)::nextBytes;
    private final long now = InstantSource.system().instant().getEpochSecond();
    private final GroupEnvironment environment = new GroupEnvironment(
            new OpenHouse(),
            random,
            InstantSource.system(),
            pskId -> pskId.equals(PSK_ID) ? Optional.of(Secret.copyOf(PSK.toByteArray())) : Optional.empty());
    private final Credential credential = Credential.basic(Bytes.ofUtf8("alice"));

    private BcmlsPeer theirs(int suite) throws Exception {
        return new BcmlsPeer("bob", suite, now - DAY_SECONDS, now + 30 * DAY_SECONDS);
    }

    private SignatureKeyPair signer(int suite) throws Exception {
        return SignatureKeyPair.generate(CipherSuite.of(suite), random);
    }

    private Group found(int suite) throws Exception {
        GroupConfig config = GroupConfig.of(CipherSuite.of(suite), GROUP_ID);
        return Group.create(config, credential, signer(suite), environment);
    }

    private KeyPackage keyPackage(BcmlsPeer peer) throws Exception {
        return KeyPackage.decode(peer.keyPackage()).verify(environment.authentication());
    }

    private static void merge(Group group, Bytes commit) throws Exception {
        group.merge(TestClient.staged(group, commit));
    }

    private static void assertTogether(Group ours, BcmlsPeer theirs) throws Exception {
        assertThat(theirs.epochAuthenticator()).isEqualTo(ours.epochAuthenticator());
        assertThat(theirs.unprotect(ours.protect(HELLO, new byte[0]))[1]).isEqualTo(HELLO);
        assertThat(TestClient.open(ours, theirs.protect(HELLO, new byte[0])).plaintext())
                .isEqualTo(Bytes.of(HELLO));
    }

    /** A group of us and them. */
    private Group together(BcmlsPeer theirs) throws Exception {
        Group ours = found(SUITE);
        CommitBundle added = ours.commit().add(keyPackage(theirs)).build();
        merge(ours, added.commit());
        theirs.join(added.welcome().orElseThrow(), ours.ratchetTree());
        return ours;
    }

    @ParameterizedTest(name = "suite {0}")
    @ValueSource(ints = {1, 2, 3, 7})
    @DisplayName("an external PSK goes into a Welcome, and into commits of both")
    void externalPsk(int suite) throws Exception {
        BcmlsPeer theirs = theirs(suite);
        theirs.holdPsk(PSK_ID, PSK);
        Group ours = found(suite);
        CommitBundle added =
                ours.commit().externalPsk(PSK_ID).add(keyPackage(theirs)).build();
        merge(ours, added.commit());
        theirs.join(added.welcome().orElseThrow(), ours.ratchetTree());
        assertTogether(ours, theirs);
        Bytes commit = ours.commit().externalPsk(PSK_ID).withoutPath().build().commit();
        theirs.handle(commit);
        merge(ours, commit);
        assertTogether(ours, theirs);
        Bytes theirCommit = theirs.commitPsk(PSK_ID);
        merge(ours, theirCommit);
        theirs.handleOwn();
        assertTogether(ours, theirs);
    }

    @Test
    @DisplayName("a resumption PSK of an earlier epoch goes into a commit")
    void resumptionPsk() throws Exception {
        BcmlsPeer theirs = theirs(SUITE);
        Group ours = together(theirs);
        long joined = ours.epoch();
        for (int i = 0; i < 2; i++) {
            Bytes commit = ours.commit().build().commit();
            theirs.handle(commit);
            merge(ours, commit);
        }
        Bytes commit = ours.commit().resumptionPsk(GROUP_ID, joined).build().commit();
        theirs.handle(commit);
        merge(ours, commit);
        assertTogether(ours, theirs);
    }

    @Test
    @DisplayName("a group that we re-initialize has a successor that we found and they join")
    void ourSuccessor() throws Exception {
        BcmlsPeer theirs = theirs(SUITE);
        Group ours = together(theirs);
        end(ours, theirs);
        BcmlsPeer next = theirs(OTHER_SUITE);
        GroupConfig config = GroupConfig.of(CipherSuite.of(OTHER_SUITE), NEXT_ID);
        FoundedGroup founded =
                ours.successor().found(config, credential, signer(OTHER_SUITE), List.of(keyPackage(next)), environment);
        theirs.joinSuccessor(
                next, founded.commit().welcome().orElseThrow(), founded.group().ratchetTree());
        assertTogether(founded.group(), next);
    }

    @Test
    @DisplayName("a group that we re-initialize has a successor that they found and we join")
    void theirSuccessor() throws Exception {
        BcmlsPeer theirs = theirs(SUITE);
        Group ours = together(theirs);
        end(ours, theirs);
        BcmlsPeer next = theirs(OTHER_SUITE);
        SignatureKeyPair signer = signer(OTHER_SUITE);
        KeyPackageBundle bundle = environment.newKeyPackage(CipherSuite.of(OTHER_SUITE), signer, credential);
        Bytes welcome = theirs.foundSuccessor(next, List.of(bundle.keyPackage().encode()));
        Group joined = ours.successor().join(welcome.toByteArray(), bundle, signer, Optional.empty(), environment);
        assertTogether(joined, next);
    }

    @Test
    @DisplayName("a branch that we found is joined by them")
    void ourBranch() throws Exception {
        BcmlsPeer theirs = theirs(SUITE);
        Group ours = together(theirs);
        BcmlsPeer next = theirs(SUITE);
        GroupConfig config = GroupConfig.of(CipherSuite.of(SUITE), NEXT_ID);
        FoundedGroup founded =
                ours.branch().found(config, credential, signer(SUITE), List.of(keyPackage(next)), environment);
        theirs.joinBranch(
                next, founded.commit().welcome().orElseThrow(), founded.group().ratchetTree());
        assertTogether(founded.group(), next);
        assertTogether(ours, theirs);
    }

    private void end(Group ours, BcmlsPeer theirs) throws Exception {
        ProposalDraft.ReInit announced = new ProposalDraft.ReInit(NEXT_ID, CipherSuite.of(OTHER_SUITE), List.of());
        Bytes commit = ours.commit().reInit(announced).build().commit();
        theirs.handleReInit(commit);
        merge(ours, commit);
    }
}
