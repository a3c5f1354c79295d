package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.RefusedException;
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

    /** Login, or Register as long as the server has not confirmed the account. */
    static ClientFrame.Builder answer(ServerHello hello, OwnIdentity own) {
        if (own.successorKey().isPresent()) {
            // Nothing is signed any more with the key that is given up.
            return replacement(hello, own, own.successorKey().get());
        }
        LoginProof proof = LoginProof.sign(
                Stored.bytes(hello.getChallenge()), own.server(), own.serverRootKey(), own.user(), own.deviceKey());
        if (own.isRegistered()) {
            return ClientFrame.newBuilder()
                    .setLogin(Login.newBuilder()
                            .setLoginBody(Stored.bytes(proof.body()))
                            .setSignature(Stored.bytes(proof.signature())));
        }
        try {
            return ClientFrame.newBuilder()
                    .setRegister(Register.newBuilder()
                            .setInviteToken(own.row().getInviteToken())
                            .setCertificate(
                                    DeviceCertificate.parseFrom(own.row().getCertificate()))
                            .setDeviceSignatureKey(Stored.bytes(own.deviceKey().publicKey()))
                            .setLoginBody(Stored.bytes(proof.body()))
                            .setSignature(Stored.bytes(proof.signature())));
        } catch (InvalidProtocolBufferException e) {
            throw new DeviceStoreException("a certificate that this engine cannot have written", e);
        }
    }

    /** The successor asks for the place of the device that is given up. */
    private static ClientFrame.Builder replacement(ServerHello hello, OwnIdentity own, SignatureKeyPair successor) {
        LoginProof proof = LoginProof.sign(
                Stored.bytes(hello.getChallenge()), own.server(), own.serverRootKey(), own.user(), successor);
        try {
            return ClientFrame.newBuilder()
                    .setReplaceDevice(ReplaceDevice.newBuilder()
                            .setReplacedDeviceId(Stored.bytes(own.successorOf().bytes()))
                            .setCertificate(
                                    DeviceCertificate.parseFrom(own.row().getSuccessorCertificate()))
                            .setDeviceSignatureKey(Stored.bytes(successor.publicKey()))
                            .setLoginBody(Stored.bytes(proof.body()))
                            .setSignature(Stored.bytes(proof.signature())));
        } catch (InvalidProtocolBufferException e) {
            throw new DeviceStoreException("a certificate that this engine cannot have written", e);
        }
    }
}
