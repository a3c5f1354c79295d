package chat.samara.server.node.ahead;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PublishKeyPackages;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.stream.IntStream;

/** KeyPackages of one device, and frames that publish them. */
public final class KeyPackages {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final RandomSource RANDOM = RandomSource.secure();
    private static final UserId ALICE = new UserId("alice", new ServerName("berlin.example"));

    private final SignatureKeyPair identityKey = Ed25519.generate(RANDOM);
    private final SignatureKeyPair deviceKey = SignatureKeyPair.generate(SUITE, RANDOM);
    private final DeviceCertificate certificate = DeviceCertificate.issue(identityKey, ALICE, deviceKey.publicKey());

    /** An encoded MLSMessage with a KeyPackage. */
    Bytes encoded() {
        return Bytes.of(new MlsMessage.OfKeyPackage(KeyPackageBundle.generate(
                                SUITE,
                                deviceKey,
                                MemberCredential.of(certificate),
                                Capabilities.of(List.of(), List.of()),
                                new Lifetime(0, 100),
                                List.of(),
                                RANDOM)
                        .keyPackage()
                        .content())
                .encode());
    }

    /** A frame that publishes so many. */
    public byte[] published(int count) {
        return published(IntStream.range(0, count).mapToObj(i -> encoded()).toList());
    }

    static byte[] published(List<Bytes> encoded) {
        List<ByteString> messages = encoded.stream().map(Protobuf::toByteString).toList();
        return ClientFrame.newBuilder()
                .setRequestId(1)
                .setPublishKeyPackages(PublishKeyPackages.newBuilder().addAllKeyPackages(messages))
                .build()
                .toByteArray();
    }

    /** One of a new device. */
    public static KeyPackageIn one() {
        return in(new KeyPackages().encoded());
    }

    static KeyPackageIn in(Bytes encoded) {
        try {
            return MlsMessage.decode(encoded.toByteArray()).requireKeyPackage();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }
}
