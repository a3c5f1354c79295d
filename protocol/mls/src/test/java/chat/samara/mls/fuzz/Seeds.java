package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.Lifetime;
import chat.samara.mls.welcome.GroupSecrets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Valid inputs for every decoder, made by a small group out of a seed. The files of the corpus whose names begin with {@code
 * ok-} came from here ({@link CorpusMaker}); tests that mutate valid input begin here too.
 */
final class Seeds {
    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final int OWN_EXTENSION = 0xf0a1;
    private static final Capabilities CAPABILITIES = Capabilities.of(List.of(SUITE), List.of(OWN_EXTENSION), List.of());
    private static final Lifetime LIFETIME = new Lifetime(1_799_000_000L, 1_801_000_000L);
    private static final byte[] TEXT = {'t', 'e', 'x', 't'};

    private final RandomSource random;
    private final GroupEnvironment environment;
    private final Map<Decoder, Map<String, byte[]>> found = new TreeMap<>();

    private Seeds(long seed) {
        random = new SeededRandom(seed);
        environment = new GroupEnvironment(
                (credential, key) -> true, random, InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000L)));
    }

    /** For each decoder the inputs, by a name that says what they are. */
    static Map<Decoder, Map<String, byte[]>> of(long seed) throws MlsException {
        Seeds seeds = new Seeds(seed);
        seeds.fromGroup();
        seeds.fromStructs();
        return seeds.found;
    }

    private void put(Decoder decoder, String name, byte[] bytes) {
        found.computeIfAbsent(decoder, unused -> new TreeMap<>()).put(name, bytes);
    }

    private void put(Decoder decoder, String name, TlsEncodable struct) {
        put(decoder, name, struct.encode());
    }

    private SignatureKeyPair signer() {
        return SignatureKeyPair.generate(SUITE, random);
    }

    private KeyPackageBundle bundle(String name, SignatureKeyPair signer) {
        return KeyPackageBundle.generate(
                SUITE,
                signer,
                Credential.basic(Bytes.ofUtf8(name)),
                CAPABILITIES,
                LIFETIME,
                List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)),
                random);
    }

    /** Messages of all kinds, and snapshots, from the life of a group. */
    private void fromGroup() throws MlsException {
        ExternalSender outsider = new ExternalSender(signer().publicKey(), Credential.basic(Bytes.ofUtf8("outsider")));
        Extension senders = ExternalSender.toExtension(List.of(outsider));
        Extension required = new RequiredCapabilities(List.of(OWN_EXTENSION), List.of(), List.of(1)).toExtension();
        List<Extension> extensions = List.of(required, senders, new Extension(OWN_EXTENSION, Bytes.of((byte) 1)));
        put(
                Decoder.EXTENSIONS,
                "group-context",
                new TlsWriter().vector(extensions).toByteArray());
        put(Decoder.REQUIRED_CAPABILITIES, "one-of-some", required.data().toByteArray());
        AppDataDictionary dictionary =
                AppDataDictionary.EMPTY.with(0xf001, Bytes.of(TEXT)).with(1, Bytes.EMPTY);
        put(Decoder.APP_DATA_DICTIONARY, "two", dictionary);
        put(Decoder.PROPOSAL, "app-data-update", new Proposal.AppDataUpdate(0xf001, Optional.of(Bytes.of(TEXT))));
        put(Decoder.PROPOSAL, "app-data-removal", new Proposal.AppDataUpdate(0xf001, Optional.empty()));
        put(Decoder.PROPOSAL, "app-ephemeral", new Proposal.AppEphemeral(1, Bytes.of(TEXT)));
        put(Decoder.EXTERNAL_SENDERS, "one", senders.data().toByteArray());
        GroupConfig config = new GroupConfig(SUITE, Bytes.ofUtf8("seeds"), extensions, CAPABILITIES, LIFETIME);
        Group founder = Group.create(config, Credential.basic(Bytes.ofUtf8("founder")), signer(), environment);
        put(Decoder.SNAPSHOT, "founded", founder.publicGroup().encode());
        put(Decoder.RATCHET_TREE, "one-leaf", founder.ratchetTree());

        List<Group> joined = new ArrayList<>();
        for (String name : List.of("bob", "carol", "dave")) {
            joined.add(add(founder, joined, name));
        }
        message(
                "commit-add",
                founder.commit()
                        .add(bundle("eve", signer()).keyPackage())
                        .build()
                        .commit()
                        .toByteArray());
        founder.clearPendingCommit();
        message("application", founder.protect(TEXT, TEXT));
        message("group-info", founder.groupInfo());
        CommitBundle removal = founder.commit().remove(1).build();
        message("commit-remove", removal.commit().toByteArray());
        merge(founder, removal.commit());
        joined.remove(0);
        for (Group group : joined) {
            merge(group, removal.commit());
        }
        put(Decoder.RATCHET_TREE, "with-a-blank-leaf", founder.ratchetTree());
        byte[] update = joined.get(0).propose(new ProposalDraft.Update());
        message("proposal-update", update);
        founder.process(update);
        put(Decoder.SNAPSHOT, "with-a-proposal", founder.publicGroup().encode());
        message("commit-by-reference", founder.commit().build().commit().toByteArray());
        put(Decoder.GROUP_CONTEXT, "later", founder.publicGroup().context());
    }

    private Group add(Group founder, List<Group> members, String name) throws MlsException {
        SignatureKeyPair signer = signer();
        KeyPackageBundle bundle = bundle(name, signer);
        CommitBundle added = founder.commit().add(bundle.keyPackage()).build();
        merge(founder, added.commit());
        for (Group member : members) {
            merge(member, added.commit());
        }
        byte[] welcome = added.welcome().orElseThrow().toByteArray();
        message("welcome", welcome);
        return Group.join(welcome, bundle, signer, Optional.of(founder.ratchetTree()), environment);
    }

    private static void merge(Group group, Bytes commit) throws MlsException {
        group.merge(((Processed.CommitReceived) group.process(commit.toByteArray())).commit());
    }

    /** A message, and what is inside it. */
    private void message(String name, byte[] bytes) throws MlsException {
        put(Decoder.MLS_MESSAGE, name, bytes);
        MlsMessage message = MlsMessage.decode(bytes);
        if (message instanceof MlsMessage.OfPublicMessage it) {
            put(Decoder.PUBLIC_MESSAGE, name, it.message());
            Content content = it.message().content().content();
            TlsWriter body = new TlsWriter().uint8(content.type());
            content.writeBodyTo(body);
            body.opaque(it.message().auth().signature());
            it.message().auth().confirmationTag().ifPresent(body::opaque);
            put(Decoder.PRIVATE_CONTENT, name, body.raw(new byte[5]).toByteArray());
            TlsWriter stored = new TlsWriter().uint16(1).struct(it.message().content());
            stored.opaque(it.message().auth().signature());
            it.message().auth().confirmationTag().ifPresent(stored::opaque);
            put(Decoder.STORED_PROPOSAL, name, stored.toByteArray());
            if (content instanceof Content.OfCommit commit) {
                commit(name, commit.commit());
            } else if (content instanceof Content.OfProposal proposal) {
                put(Decoder.PROPOSAL, name, proposal.proposal());
            }
        } else if (message instanceof MlsMessage.OfPrivateMessage it) {
            put(Decoder.PRIVATE_MESSAGE, name, it.message());
        } else if (message instanceof MlsMessage.OfWelcome it) {
            put(Decoder.WELCOME, name, it.welcome());
        } else if (message instanceof MlsMessage.OfGroupInfo it) {
            put(Decoder.GROUP_INFO, name, it.groupInfo());
        }
    }

    private void commit(String name, Commit commit) {
        put(Decoder.COMMIT, name, commit);
        commit.path().ifPresent(path -> put(Decoder.LEAF_NODE, name, path.leafNode()));
    }

    /** Structs that no message above has carried. */
    private void fromStructs() throws MlsException {
        KeyPackageBundle bundle = bundle("frank", signer());
        LeafNode leaf = bundle.keyPackage().leafNode();
        put(Decoder.KEY_PACKAGE, "last-resort", bundle.keyPackage().encode());
        put(Decoder.KEY_PACKAGE_BUNDLE, "last-resort", bundle.encode());
        put(
                Decoder.MLS_MESSAGE,
                "key-package",
                new MlsMessage.OfKeyPackage(bundle.keyPackage().content()));
        put(Decoder.LEAF_NODE, "of-key-package", leaf);
        put(Decoder.CREDENTIAL, "basic", leaf.credential());
        put(Decoder.CREDENTIAL, "x509", new Credential.X509(List.of(Bytes.of(new byte[] {1, 2}))));
        PreSharedKeyId external = new PreSharedKeyId.External(Bytes.ofUtf8("id"), Bytes.of(new byte[32]));
        PreSharedKeyId resumption = new PreSharedKeyId.Resumption(
                PreSharedKeyId.USAGE_BRANCH, Bytes.ofUtf8("group"), 5, Bytes.of(new byte[32]));
        put(Decoder.PROPOSAL, "add", new Proposal.Add(bundle.keyPackage().content()));
        put(Decoder.PROPOSAL, "remove", new Proposal.Remove(3));
        put(Decoder.PROPOSAL, "psk-external", new Proposal.PreSharedKey(external));
        put(Decoder.PROPOSAL, "psk-resumption", new Proposal.PreSharedKey(resumption));
        put(Decoder.PROPOSAL, "reinit", new Proposal.ReInit(Bytes.ofUtf8("next"), 1, 1, leaf.extensions()));
        put(Decoder.PROPOSAL, "external-init", new Proposal.ExternalInit(Bytes.of(new byte[32])));
        put(
                Decoder.PROPOSAL,
                "extensions",
                new Proposal.GroupContextExtensions(List.of(new Extension(OWN_EXTENSION, Bytes.EMPTY))));
        Secret secret = Secret.random(32, random);
        put(Decoder.GROUP_SECRETS, "plain", new GroupSecrets(secret, Optional.empty(), List.of()));
        put(
                Decoder.GROUP_SECRETS,
                "path-and-psks",
                new GroupSecrets(secret, Optional.of(secret), List.of(external, resumption)));
        put(Decoder.EXTENSIONS, "none", new byte[1]);
        put(Decoder.EXTERNAL_SENDERS, "none", new byte[1]);
        put(Decoder.GROUP_STATE, "sound", new byte[0]);
        Bytes epoch = Bytes.ofUtf8("epoch");
        put(
                Decoder.GROUP_STATE,
                "epoch-again",
                new TlsWriter()
                        .opaque(epoch)
                        .opaque(StoredGroup.SOUND.get(epoch))
                        .toByteArray());
        Received.messages().forEach((name, bytes) -> put(Decoder.RECEIVED_MESSAGE, name, bytes));
        Received.welcomes().forEach((name, bytes) -> put(Decoder.RECEIVED_WELCOME, name, bytes));
        put(Decoder.PRIMITIVES, "one-of-each", oneOfEach());
    }

    private static byte[] oneOfEach() {
        TlsWriter writer = new TlsWriter();
        writer.uint8(0)
                .uint8(7)
                .uint8(1)
                .uint16(7)
                .uint8(2)
                .uint32(-7)
                .uint8(3)
                .uint32(7)
                .uint8(4)
                .uint64(7);
        writer.uint8(5)
                .opaque(new byte[70])
                .uint8(6)
                .vector16(List.of(1, 2))
                .uint8(7)
                .vector32(List.of(3));
        writer.uint8(8)
                .varint(70_000)
                .uint8(9)
                .uint8(0)
                .uint8(9)
                .uint8(1)
                .opaque(TEXT)
                .uint8(0);
        writer.uint8(10).opaque(new byte[] {0, 0, 0, 1, 0}).uint8(11).uint8(2).raw(new byte[2]);
        return writer.uint8(12).opaque(new byte[] {0, 0, 9}).toByteArray();
    }
}
