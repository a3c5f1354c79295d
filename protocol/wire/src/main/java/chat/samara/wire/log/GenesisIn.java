package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisBody;
import chat.samara.wire.proto.SignedGenesis;

/** A genesis from outside: well formed, but nobody has checked its signature, or that it is the channel's. */
public final class GenesisIn {
    /** Bytes in the nonce. */
    public static final int NONCE_BYTES = 32;

    private final Genesis.Content content;
    private final DeviceId creatorDevice;
    private final SignedGenesis message;
    private final Bytes encoded;

    private GenesisIn(Genesis.Content content, DeviceId creatorDevice, SignedGenesis message, Bytes encoded) {
        this.content = content;
        this.creatorDevice = creatorDevice;
        this.message = message;
        this.encoded = encoded;
    }

    /** Decodes an encoded {@code samara.v1.SignedGenesis}. Refused unless it is in its one form: its hash is the channel's id. */
    public static GenesisIn decode(Bytes encoded) throws RefusedException {
        SignedGenesis message =
                Protobuf.decode("SignedGenesis", SignedGenesis.parser(), encoded, Limits.GENESIS_BYTES_MAX);
        Bytes encodedBody = Field.upTo("SignedGenesis.body", message.getBody(), Limits.GENESIS_BYTES_MAX);
        Bytes deviceKey =
                Field.exactly("SignedGenesis.device_signature_key", message.getDeviceSignatureKey(), Ed25519.KEY_BYTES);
        Bytes signature = Field.exactly("SignedGenesis.signature", message.getSignature(), Ed25519.SIGNATURE_BYTES);
        // Else one signed body could be made to give many channel ids.
        if (!Genesis.encode(encodedBody, deviceKey, signature).equals(encoded)) {
            throw Field.malformed("SignedGenesis", "not in its one encoding", "no unknown or repeated fields");
        }
        GenesisBody body = Protobuf.decode("GenesisBody", GenesisBody.parser(), encodedBody, Limits.GENESIS_BYTES_MAX);
        Field.requireVersion("GenesisBody.version", body.getVersion(), Genesis.VERSION);
        if (body.getCipherSuite() < 1 || body.getCipherSuite() > 0xffff) {
            throw Field.malformed(
                    "GenesisBody.cipher_suite", Integer.toUnsignedString(body.getCipherSuite()), "1 to 65535");
        }
        if (body.getRules() < 0 || body.getRules() > Genesis.RULES) {
            // Who does not know a rule cannot keep it, and would take a hub that does for a cheat.
            throw RefusedException.of(
                    ErrorCode.UNSUPPORTED,
                    "the channel's rules are of version " + Integer.toUnsignedString(body.getRules())
                            + ", known here up to " + Genesis.RULES + "; update the software",
                    "GenesisBody.rules");
        }
        Genesis.Content content = new Genesis.Content(
                UserId.fromWire(body.getCreator()),
                ServerName.fromWire(body.getHub()),
                Field.exactly("GenesisBody.hub_root_key", body.getHubRootKey(), Ed25519.KEY_BYTES),
                body.getCipherSuite(),
                Field.exactly("GenesisBody.nonce", body.getNonce(), NONCE_BYTES),
                Field.atLeast("GenesisBody.created_time_millis", body.getCreatedTimeMillis(), 0),
                body.getRules());
        DeviceId device = DeviceId.fromWire("GenesisBody.creator_device", body.getCreatorDevice());
        return new GenesisIn(content, device, message, encoded);
    }

    static void requireReadable(Bytes own) {
        try {
            decode(own);
        } catch (RefusedException e) {
            throw new IllegalArgumentException("a genesis that no reader would accept", e);
        }
    }

    /** The channel that this would be the genesis of. */
    public ChannelId claimedChannel() {
        return ChannelId.ofGenesis(encoded);
    }

    /** Who says to found the channel, and where; not verified. */
    public UserDevice claimedCreator() {
        return new UserDevice(content.creator(), creatorDevice);
    }

    /** The server that would order its log. */
    public ServerName claimedHub() {
        return content.hub();
    }

    /** The root key of that server. */
    public Bytes claimedHubRootKey() {
        return content.hubRootKey();
    }

    /** Checks the device's signature and id. Refused with {@code INVALID_PROOF}. */
    public Genesis verify() throws RefusedException {
        Bytes deviceKey = Protobuf.toBytes(message.getDeviceSignatureKey());
        if (!DeviceId.ofSignatureKey(deviceKey).equals(creatorDevice)) {
            throw refused("device " + creatorDevice + " is not the one with the genesis' signature key");
        }
        if (!SigningLabel.GENESIS.verify(
                deviceKey, Protobuf.toBytes(message.getBody()), Protobuf.toBytes(message.getSignature()))) {
            throw refused("the genesis is not signed by the device that it names");
        }
        return new Genesis(content, deviceKey, encoded);
    }

    /** As {@link #verify()}, and it must be this channel's. Refused with {@code INVALID_PROOF}. */
    public Genesis verify(ChannelId expected) throws RefusedException {
        if (!claimedChannel().equals(expected)) {
            throw refused("the genesis is that of channel " + claimedChannel() + ", expected " + expected);
        }
        return verify();
    }

    private static RefusedException refused(String reason) {
        return RefusedException.of(ErrorCode.INVALID_PROOF, reason, "genesis");
    }
}
