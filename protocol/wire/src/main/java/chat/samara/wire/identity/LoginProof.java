package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoginBody;
import com.google.protobuf.ByteString;

/**
 * A device's proof of itself on one connection to one server: its signature over the server's challenge, name and root key. The
 * name and key are inside so that a server in the middle cannot pass the proof on to another.
 *
 * @param body an encoded {@code samara.v1.LoginBody}
 * @param signature 64 bytes, by the device's MLS signature key
 */
public record LoginProof(Bytes body, Bytes signature) {
    /** Bytes in a server's challenge. */
    public static final int CHALLENGE_BYTES = 32;

    /**
     * Signs a challenge.
     *
     * @param challenge of this connection's ServerHello, 32 bytes
     * @param server whom the device means to talk to
     * @param serverRootKey as the device has pinned it, 32 bytes
     * @param deviceKey the device's MLS signature key
     */
    public static LoginProof sign(
            Bytes challenge, ServerName server, Bytes serverRootKey, UserId user, SignatureKeyPair deviceKey) {
        Bytes body = Protobuf.encode(LoginBody.newBuilder()
                .setChallenge(Protobuf.toByteString(challenge))
                .setServerName(server.value())
                .setServerRootKey(Protobuf.toByteString(serverRootKey))
                .setUserId(user.toString())
                .setDeviceId(Protobuf.toByteString(
                        DeviceId.ofSignatureKey(deviceKey.publicKey()).bytes()))
                .build());
        return new LoginProof(body, SigningLabel.LOGIN.sign(deviceKey, body));
    }

    /** A proof from outside, well formed but not verified. */
    public static In in(ByteString body, ByteString signature) throws RefusedException {
        Bytes encoded = Field.upTo("Login.login_body", body, Limits.PROOF_BODY_BYTES_MAX);
        LoginBody decoded = Protobuf.decode("LoginBody", LoginBody.parser(), encoded, Limits.PROOF_BODY_BYTES_MAX);
        return new In(
                encoded,
                Field.exactly("Login.signature", signature, Ed25519.SIGNATURE_BYTES),
                Field.exactly("LoginBody.challenge", decoded.getChallenge(), CHALLENGE_BYTES),
                ServerName.fromWire(decoded.getServerName()),
                Field.exactly("LoginBody.server_root_key", decoded.getServerRootKey(), Ed25519.KEY_BYTES),
                new UserDevice(
                        UserId.fromWire(decoded.getUserId()),
                        DeviceId.fromWire("LoginBody.device_id", decoded.getDeviceId())));
    }

    /**
     * A login proof that nobody has checked yet.
     *
     * @param claimed who it says the device is: look up its signature key by this
     */
    public record In(
            Bytes body, Bytes signature, Bytes challenge, ServerName server, Bytes serverRootKey, UserDevice claimed) {
        /**
         * Checks the proof and returns who it is. Refused with {@code LOGIN_FAILED}.
         *
         * @param expectedChallenge as sent on this connection
         * @param ownName this server's name
         * @param ownRootKey this server's root public key
         * @param deviceSignatureKey the claimed device's registered key, or for Register the one in the request
         */
        public UserDevice verify(
                Bytes expectedChallenge, ServerName ownName, Bytes ownRootKey, Bytes deviceSignatureKey)
                throws RefusedException {
            requireMeantFor(expectedChallenge, ownName, ownRootKey);
            if (!claimed.device().equals(DeviceId.ofSignatureKey(deviceSignatureKey))) {
                throw failed("device " + claimed.device() + " is not the one with this signature key");
            }
            if (!isSignedBy(deviceSignatureKey)) {
                throw failed("the signature over the challenge is wrong");
            }
            return claimed;
        }

        /** Checks all but the signature; whether the device is known makes no difference. Parameters and refusals as of {@link #verify}. */
        public void requireMeantFor(Bytes expectedChallenge, ServerName ownName, Bytes ownRootKey)
                throws RefusedException {
            if (!challenge.equals(expectedChallenge)) {
                throw failed("the challenge that was signed is not this connection's; connect again");
            }
            if (!server.equals(ownName) || !serverRootKey.equals(ownRootKey)) {
                throw failed("the login is meant for " + server + " with another root key or name; this is " + ownName);
            }
        }

        /** Whether this key has signed it, 32 bytes. */
        public boolean isSignedBy(Bytes signatureKey) {
            return SigningLabel.LOGIN.verify(signatureKey, body, signature);
        }

        private static RefusedException failed(String reason) {
            return RefusedException.of(ErrorCode.LOGIN_FAILED, reason);
        }
    }
}
