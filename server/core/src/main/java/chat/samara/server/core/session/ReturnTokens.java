package chat.samara.server.core.session;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.Hash;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Limits;
import chat.samara.wire.identity.DeviceId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a device gets at its login and shows when it comes back, before TLS has cost anything: so that a server under a flood of strangers tells its members'
 * devices from them. It proves nothing else. The server keeps none of them: a token is the device and the hour, sealed by a key that follows from the
 * server's root key. It travels in the clear, and whoever sees two cannot tell that they are of one device; each is shown once, and
 * whoever copies one on its way has nothing of it, as long as the server remembers that it was shown.
 *
 * <p>Layout: nonce (12), and under AES-128-GCM the first 8 bytes of the device id and the hour since 1970 UTC (4), tag (16). The nonce follows from
 * device, time and index (and is only used twice for the same content). Callable from any thread.
 */
public final class ReturnTokens {
    private static final Aead AEAD = Aead.AES_128_GCM;
    private static final Hash HASH = Hash.SHA256;
    private static final int DEVICE_BYTES = 8;
    private static final int SEALED_BYTES = DEVICE_BYTES + Integer.BYTES + Aead.TAG_BYTES;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final byte[] NOTHING = new byte[0];

    /** For how long a token is good; a device that was away for longer is a stranger until it has logged in. */
    private static final long GOOD_HOURS = 180L * 24;

    /** A clock that is set back makes no token void. */
    private static final long AHEAD_HOURS = 48;

    private final byte[] sealing;
    private final byte[] nonces;

    /** By keys that follow from the server's root key. */
    public ReturnTokens(SignatureKeyPair rootKey) {
        byte[] secret = rootKey.privateKey();
        try {
            this.sealing = Arrays.copyOf(derive(secret, "samara/v1/return-token/seal"), AEAD.keyBytes());
            this.nonces = derive(secret, "samara/v1/return-token/nonce");
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private static byte[] derive(byte[] secret, String label) {
        return HASH.mac(secret, label.getBytes(StandardCharsets.US_ASCII));
    }

    /** Tokens for a device that has logged in: one for each of its next connections. */
    public List<Bytes> issue(DeviceId device, long nowMillis) {
        return IntStream.range(0, Limits.RETURN_TOKENS_MAX)
                .mapToObj(index -> issue(device, nowMillis, index))
                .toList();
    }

    private Bytes issue(DeviceId device, long nowMillis, int index) {
        byte[] which = ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(nowMillis)
                .putInt(index)
                .array();
        byte[] nonce = Arrays.copyOf(HASH.mac(nonces, device.bytes().toByteArray(), which), Aead.NONCE_BYTES);
        byte[] content = ByteBuffer.allocate(DEVICE_BYTES + Integer.BYTES)
                .put(device.bytes().slice(0, DEVICE_BYTES).toByteArray())
                .putInt((int) (nowMillis / HOUR_MILLIS))
                .array();
        return Bytes.concat(Bytes.of(nonce), Bytes.of(AEAD.seal(sealing, nonce, NOTHING, content)));
    }

    /** What this server has given; empty if it has not made it, or it is too old. */
    public Optional<ReturnToken> read(Bytes token, long nowMillis) {
        if (token.size() != Aead.NONCE_BYTES + SEALED_BYTES) {
            return Optional.empty();
        }
        byte[] nonce = token.slice(0, Aead.NONCE_BYTES).toByteArray();
        byte[] sealed = token.slice(Aead.NONCE_BYTES, token.size()).toByteArray();
        try {
            ByteBuffer content = ByteBuffer.wrap(AEAD.open(sealing, nonce, NOTHING, sealed));
            ReturnToken read =
                    new ReturnToken(content.getLong(), ByteBuffer.wrap(nonce).getLong(), content.getInt());
            long ageHours = nowMillis / HOUR_MILLIS - read.hour();
            return ageHours >= -AHEAD_HOURS && ageHours <= GOOD_HOURS ? Optional.of(read) : Optional.empty();
        } catch (MlsException forged) {
            return Optional.empty();
        }
    }
}
