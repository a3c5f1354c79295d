package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.GenesisBody;
import chat.samara.wire.proto.SignedGenesis;

/**
 * The birth of a channel, signed by the device that made it. Verified: it was signed here, or came out of {@link GenesisIn}. That
 * the device is the creator's follows from the certificate in the group's first leaf ({@code chat.samara.wire.channel}).
 */
public final class Genesis {
    /** The rules that new channels are made with. */
    public static final int RULES = 1;

    /** From this version of the rules on, every commit carries its author's signature. */
    public static final int RULES_WITH_SIGNED_COMMITS = 1;

    static final int VERSION = 1;

    private final Content content;
    private final Bytes deviceSignatureKey;
    private final Bytes encoded;
    private final ChannelId channel;

    Genesis(Content content, Bytes deviceSignatureKey, Bytes encoded) {
        this.content = content;
        this.deviceSignatureKey = deviceSignatureKey;
        this.encoded = encoded;
        this.channel = ChannelId.ofGenesis(encoded);
    }

    /**
     * What the creator decides.
     *
     * @param creator who makes the channel
     * @param hub name of the first hub
     * @param hubRootKey its root public key, 32 bytes: what every head of term 1 is checked against
     * @param cipherSuite MLS cipher suite code point
     * @param nonce 32 random bytes, so that no two channels share an id
     * @param createdTimeMillis milliseconds since 1970 UTC, by the creator's clock
     * @param rules version of the rules for handshakes, from 0 to {@link #RULES}
     */
    public record Content(
            UserId creator,
            ServerName hub,
            Bytes hubRootKey,
            int cipherSuite,
            Bytes nonce,
            long createdTimeMillis,
            int rules) {}

    /** Signs a genesis with the creating device's MLS signature key. A content that its readers would refuse is a bug here. */
    public static Genesis sign(SignatureKeyPair deviceKey, Content content) {
        Bytes body = Protobuf.encode(GenesisBody.newBuilder()
                .setVersion(VERSION)
                .setCreator(content.creator().toString())
                .setCreatorDevice(Protobuf.toByteString(
                        DeviceId.ofSignatureKey(deviceKey.publicKey()).bytes()))
                .setHub(content.hub().value())
                .setHubRootKey(Protobuf.toByteString(content.hubRootKey()))
                .setCipherSuite(content.cipherSuite())
                .setNonce(Protobuf.toByteString(content.nonce()))
                .setCreatedTimeMillis(content.createdTimeMillis())
                .setRules(content.rules())
                .build());
        Bytes encoded = encode(body, deviceKey.publicKey(), SigningLabel.GENESIS.sign(deviceKey, body));
        GenesisIn.requireReadable(encoded);
        return new Genesis(content, deviceKey.publicKey(), encoded);
    }

    static Bytes encode(Bytes body, Bytes deviceSignatureKey, Bytes signature) {
        return Protobuf.encode(SignedGenesis.newBuilder()
                .setBody(Protobuf.toByteString(body))
                .setDeviceSignatureKey(Protobuf.toByteString(deviceSignatureKey))
                .setSignature(Protobuf.toByteString(signature))
                .build());
    }

    /** The channel's id: SHA-256 over {@link #encoded}. */
    public ChannelId channel() {
        return channel;
    }

    /** Who made the channel, on which device. */
    public UserDevice creator() {
        return new UserDevice(content.creator(), DeviceId.ofSignatureKey(deviceSignatureKey));
    }

    /** The creating device's MLS signature public key. */
    public Bytes deviceSignatureKey() {
        return deviceSignatureKey;
    }

    /** The first hub. */
    public ServerName hub() {
        return content.hub();
    }

    /** The first hub's root public key. */
    public Bytes hubRootKey() {
        return content.hubRootKey();
    }

    /** MLS cipher suite code point. */
    public int cipherSuite() {
        return content.cipherSuite();
    }

    /** Whether its rules demand that every commit is signed as a whole by its author. */
    public boolean demandsSignedCommits() {
        return content.rules() >= RULES_WITH_SIGNED_COMMITS;
    }

    /** All that the creator decided. */
    public Content content() {
        return content;
    }

    /** An encoded {@code samara.v1.SignedGenesis}. */
    public Bytes encoded() {
        return encoded;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Genesis that && encoded.equals(that.encoded);
    }

    @Override
    public int hashCode() {
        return encoded.hashCode();
    }

    @Override
    public String toString() {
        return "Genesis(" + channel.bytes() + " by " + creator() + ", hub " + hub() + ")";
    }
}
