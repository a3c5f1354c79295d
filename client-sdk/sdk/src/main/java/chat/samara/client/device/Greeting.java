package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.DeviceCertificate;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.ServerHello;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;

/** Who the server is, and who this device is: what both prove before anything else is said. TLS itself accepts any certificate. */
final class Greeting {
    private Greeting() {}

    /** The server is not the pinned one, or its manifest is not to be trusted. */
    static final class RefusedServerException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        RefusedServerException(String sentence) {
            super(sentence);
            this.refusal = new Refusal(RefusalCode.WRONG_ROOT_KEY, sentence);
        }

        Refusal refusal() {
            return refusal;
        }
    }

    /**
     * Checks that the manifest is signed by the pinned root key, is not older than one seen before, and lists the TLS key of this very
     * connection.
     */
    static Manifest check(ServerHello hello, OwnIdentity own, Bytes tlsSpkiSha256) throws RefusedServerException {
        Manifest manifest;
        try {
            manifest = ManifestIn.of(hello.getManifest()).verify(own.server(), own.serverRootKey());
        } catch (RefusedException e) {
            throw new RefusedServerException(e.refusal().reason());
        }
        if (manifest.sequence() < own.row().getManifestSequence()) {
            // It may name a TLS key that was stolen and has been replaced since.
            throw new RefusedServerException("the server shows manifest " + manifest.sequence() + ", but "
                    + own.row().getManifestSequence() + " was seen before; somebody may be in the middle");
        }
        if (!manifest.listsTlsKey(tlsSpkiSha256)) {
            throw new RefusedServerException(
                    "the connection's TLS key is not in the server's manifest;" + " somebody may be in the middle");
        }
        return manifest;
    }

    /**
     * Login, or Register as long as the server has not confirmed the account; to a server that knows nothing of this device, what
     * {@link Readmission} has come to.
     */
    static ClientFrame.Builder answer(ServerHello hello, OwnIdentity own, Readmission readmission) {
        Optional<DeviceId> former = readmission.placeOf(own);
        if (former.isPresent()) {
            return replacement(hello, own, former.get());
        }
        if (own.isRegistered() && readmission.isAnew(own)) {
            return registration(hello, own);
        }
        if (own.successorKey().isPresent()) {
            return replacement(hello, own, own.successorOf());
        }
        return own.isRegistered() ? login(hello, own) : registration(hello, own);
    }

    private static ClientFrame.Builder login(ServerHello hello, OwnIdentity own) {
        LoginProof proof = proof(hello, own, own.deviceKey());
        return ClientFrame.newBuilder()
                .setLogin(Login.newBuilder()
                        .setLoginBody(Stored.bytes(proof.body()))
                        .setSignature(Stored.bytes(proof.signature())));
    }

    private static ClientFrame.Builder registration(ServerHello hello, OwnIdentity own) {
        SignatureKeyPair key = newest(own);
        LoginProof proof = proof(hello, own, key);
        return ClientFrame.newBuilder()
                .setRegister(Register.newBuilder()
                        .setInviteToken(own.row().getInviteToken())
                        .setCertificate(newestCertificate(own))
                        .setDeviceSignatureKey(Stored.bytes(key.publicKey()))
                        .setLoginBody(Stored.bytes(proof.body()))
                        .setSignature(Stored.bytes(proof.signature())));
    }

    /** This device asks for the place of another of the same member. */
    private static ClientFrame.Builder replacement(ServerHello hello, OwnIdentity own, DeviceId replaced) {
        SignatureKeyPair key = newest(own);
        LoginProof proof = proof(hello, own, key);
        return ClientFrame.newBuilder()
                .setReplaceDevice(ReplaceDevice.newBuilder()
                        .setReplacedDeviceId(Stored.bytes(replaced.bytes()))
                        .setCertificate(newestCertificate(own))
                        .setDeviceSignatureKey(Stored.bytes(key.publicKey()))
                        .setLoginBody(Stored.bytes(proof.body()))
                        .setSignature(Stored.bytes(proof.signature())));
    }

    private static LoginProof proof(ServerHello hello, OwnIdentity own, SignatureKeyPair key) {
        return LoginProof.sign(Stored.bytes(hello.getChallenge()), own.server(), own.serverRootKey(), own.user(), key);
    }

    /** The successor's, if there is one: nothing is signed any more with a key that is given up. */
    private static SignatureKeyPair newest(OwnIdentity own) {
        return own.successorKey().orElse(own.deviceKey());
    }

    private static DeviceCertificate newestCertificate(OwnIdentity own) {
        try {
            return DeviceCertificate.parseFrom(
                    own.successorKey().isPresent()
                            ? own.row().getSuccessorCertificate()
                            : own.row().getCertificate());
        } catch (InvalidProtocolBufferException e) {
            throw new DeviceStoreException("a certificate that this engine cannot have written", e);
        }
    }
}
