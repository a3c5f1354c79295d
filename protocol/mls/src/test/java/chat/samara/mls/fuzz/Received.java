package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Bytes that come from the log or the network to a member, to an observer, and to one who waits for a Welcome. */
final class Received {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Capabilities CAPABILITIES = Capabilities.of(List.of(SUITE), List.of(), List.of());
    private static final Lifetime LIFETIME = new Lifetime(1_799_000_000L, 1_801_000_000L);
    private static final RandomSource RANDOM = new SeededRandom(5);
    private static final GroupEnvironment ENVIRONMENT = new GroupEnvironment(
            (credential, key) -> true, RANDOM, InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000L)));
    private static final Received SCENE = scene();

    private final SignatureKeyPair receiver = SignatureKeyPair.generate(SUITE, RANDOM);
    private final SignatureKeyPair newcomer = SignatureKeyPair.generate(SUITE, RANDOM);
    private final Map<Bytes, Bytes> stored;
    private final KeyPackageBundle waiting;
    private final byte[] ratchetTree;
    private final Map<String, byte[]> messages = new TreeMap<>();
    private final Map<String, byte[]> welcomes = new TreeMap<>();

    private Received() throws MlsException {
        SignatureKeyPair sender = SignatureKeyPair.generate(SUITE, RANDOM);
        GroupConfig config = new GroupConfig(SUITE, Bytes.ofUtf8("received"), List.of(), CAPABILITIES, LIFETIME);
        Group sending = Group.create(config, Credential.basic(Bytes.ofUtf8("sender")), sender, ENVIRONMENT);
        KeyPackageBundle bundle = bundle("receiver", receiver);
        CommitBundle added = sending.commit().add(bundle.keyPackage()).build();
        sending.merge(((Processed.CommitReceived) sending.process(added.commit().toByteArray())).commit());
        Group receiving = Group.join(
                added.welcome().orElseThrow().toByteArray(),
                bundle,
                receiver,
                Optional.of(sending.ratchetTree()),
                ENVIRONMENT);
        stored = Map.copyOf(receiving.drainDelta().puts());
        messages.put("application", sending.protect(new byte[3], new byte[3]));
        waiting = bundle("newcomer", newcomer);
        CommitBundle next = sending.commit().add(waiting.keyPackage()).build();
        messages.put("commit", next.commit().toByteArray());
        welcomes.put("welcome", next.welcome().orElseThrow().toByteArray());
        ratchetTree = next.after().ratchetTree();
        messages.put("proposal", sending.propose(new ProposalDraft.Update()));
    }

    private static Received scene() {
        try {
            return new Received();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyPackageBundle bundle(String name, SignatureKeyPair signer) {
        return KeyPackageBundle.generate(
                SUITE, signer, Credential.basic(Bytes.ofUtf8(name)), CAPABILITIES, LIFETIME, List.of(), RANDOM);
    }

    static Map<String, byte[]> messages() {
        return SCENE.messages;
    }

    static Map<String, byte[]> welcomes() {
        return SCENE.welcomes;
    }

    /** To a member, whose group is as it was each time; what the observer says of a handshake cannot be more strict. */
    static byte[] byMember(byte[] bytes) throws MlsException {
        Group group = Group.restore(SCENE.stored, SCENE.receiver, ENVIRONMENT);
        Processed processed = group.process(bytes);
        if (!(processed instanceof Processed.ApplicationMessage)) {
            group.publicGroup();
            byObserver(bytes);
        }
        return bytes;
    }

    private static void byObserver(byte[] bytes) throws MlsException {
        Group group = Group.restore(SCENE.stored, SCENE.receiver, ENVIRONMENT);
        group.publicGroup().verify(bytes);
    }

    /** To someone whose KeyPackage was just committed. */
    static byte[] byNewcomer(byte[] bytes) throws MlsException {
        Group.join(bytes, SCENE.waiting, SCENE.newcomer, Optional.of(SCENE.ratchetTree), ENVIRONMENT);
        return bytes;
    }
}
