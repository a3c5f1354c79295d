package chat.samara.mls.example;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.util.Optional;

/** The example of the README: two members, one message. */
final class TenLines {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;

    private TenLines() {}

    /** What Bob reads of what Alice wrote. */
    static Bytes say(AuthenticationService directory, byte[] text) throws MlsException {
        var environment = GroupEnvironment.of(directory);
        var aliceKey = SignatureKeyPair.generate(SUITE, environment.random());
        var bobKey = SignatureKeyPair.generate(SUITE, environment.random());
        Credential aliceId = Credential.basic(Bytes.ofUtf8("alice"));
        Credential bobId = Credential.basic(Bytes.ofUtf8("bob"));
        Bytes groupId = Bytes.ofUtf8("the walk on Sunday");
        byte[] authenticatedData = new byte[0];
        KeyPackageBundle bobs = environment.newKeyPackage(SUITE, bobKey, bobId);
        Group alice = Group.create(GroupConfig.of(SUITE, groupId), aliceId, aliceKey, environment);

        CommitBundle commit = alice.commit().add(bobs.keyPackage()).build();
        var ordered = (Processed.CommitReceived) alice.process(commit.commit().toByteArray());
        alice.merge(ordered.commit());

        byte[] welcome = commit.welcome().orElseThrow().toByteArray();
        Group bob = Group.join(welcome, bobs, bobKey, Optional.of(alice.ratchetTree()), environment);

        byte[] sealed = alice.protect(text, authenticatedData);
        var opened = (Processed.ApplicationMessage) bob.process(sealed);
        return opened.plaintext();
    }
}
