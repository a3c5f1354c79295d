package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerProofBody;

/**
 * A server's proof of its root key on one connection to one other server. The TLS key that the accepting side presented is
 * inside, so nobody in the middle can pass the proof on.
 *
 * @param challenge the other side's, 32 bytes
 * @param signer who proves itself
 * @param audience to whom
 * @param tlsSpkiSha256 SHA-256 over the SubjectPublicKeyInfo that the accepting side presented on this connection
 */
public record PeerProof(Bytes challenge, ServerName signer, ServerName audience, Bytes tlsSpkiSha256) {
    /** Bytes in a challenge. */
    public static final int CHALLENGE_BYTES = 32;

    /** Signs it with the signer's root key. */
    public chat.samara.wire.proto.PeerProof sign(SignatureKeyPair rootKey) {
        Bytes body = Protobuf.encode(PeerProofBody.newBuilder()
                .setChallenge(Protobuf.toByteString(challenge))
                .setSigner(signer.value())
                .setAudience(audience.value())
                .setTlsSpkiSha256(Protobuf.toByteString(tlsSpkiSha256))
                .build());
        return chat.samara.wire.proto.PeerProof.newBuilder()
                .setBody(Protobuf.toByteString(body))
                .setSignature(Protobuf.toByteString(SigningLabel.PEER.sign(rootKey, body)))
                .build();
    }

    /**
     * Checks that a proof from outside says exactly this, and is signed by the signer's root key. Refused with
     * {@code INVALID_PROOF}.
     */
    public void verify(chat.samara.wire.proto.PeerProof message, Bytes signerRootKey) throws RefusedException {
        Bytes encoded = Field.upTo("PeerProof.body", message.getBody(), Limits.PROOF_BODY_BYTES_MAX);
        Bytes signature = Field.exactly("PeerProof.signature", message.getSignature(), Ed25519.SIGNATURE_BYTES);
        PeerProofBody body =
                Protobuf.decode("PeerProofBody", PeerProofBody.parser(), encoded, Limits.PROOF_BODY_BYTES_MAX);
        PeerProof claimed = new PeerProof(
                Field.exactly("PeerProofBody.challenge", body.getChallenge(), CHALLENGE_BYTES),
                ServerName.fromWire(body.getSigner()),
                ServerName.fromWire(body.getAudience()),
                Field.exactly("PeerProofBody.tls_spki_sha256", body.getTlsSpkiSha256(), Sha256.BYTES));
        if (!claimed.challenge.equals(challenge)) {
            throw refused("the challenge that " + claimed.signer + " signed is not this connection's");
        }
        if (!claimed.signer.equals(signer) || !claimed.audience.equals(audience)) {
            throw refused("the proof is from " + claimed.signer + " to " + claimed.audience + ", expected from "
                    + signer + " to " + audience);
        }
        if (!claimed.tlsSpkiSha256.equals(tlsSpkiSha256)) {
            throw refused(signer + " sees another TLS key on this connection: somebody is in the middle");
        }
        if (!SigningLabel.PEER.verify(signerRootKey, encoded, signature)) {
            throw refused("the proof is not signed by the root key of " + signer);
        }
    }

    private static RefusedException refused(String reason) {
        return RefusedException.of(ErrorCode.INVALID_PROOF, reason, "peer-proof");
    }
}
