package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.WaitingWelcome;

/**
 * A Welcome as it came from the server: its genesis is verified to be the channel's, nothing else is.
 *
 * @param genesis names the hub and its key
 * @param position the commit that adds this device; the term is not told and begins at 1
 * @param keyPackageRef which KeyPackage was used
 * @param welcome an MLSMessage
 */
record WelcomeIn(Genesis genesis, LogPosition position, Bytes keyPackageRef, Bytes welcome) {
    static WelcomeIn of(WaitingWelcome message) throws RefusedException {
        ChannelId channel = ChannelId.fromWire("WaitingWelcome.channel_id", message.getChannelId());
        Field.requireFilled("WaitingWelcome.signed_genesis", message.getSignedGenesis(), Limits.GENESIS_BYTES_MAX);
        Genesis genesis =
                GenesisIn.decode(Protobuf.toBytes(message.getSignedGenesis())).verify(channel);
        long seq = Field.atLeast("WaitingWelcome.seq", message.getSeq(), 2);
        Bytes hash = Field.exactly("WaitingWelcome.entry_hash", message.getEntryHash(), Sha256.BYTES);
        Bytes ref = Field.upTo(
                "WaitingWelcome.key_package_ref", message.getKeyPackageRef(), Limits.KEY_PACKAGE_REF_BYTES_MAX);
        if (message.getWelcome().isEmpty()) {
            throw Field.malformed("WaitingWelcome.welcome", "empty", "an MLSMessage");
        }
        return new WelcomeIn(
                genesis, new LogPosition(channel, 1, seq, hash), ref, Protobuf.toBytes(message.getWelcome()));
    }

    ChannelId channel() {
        return position.channel();
    }

    long seq() {
        return position.seq();
    }
}
