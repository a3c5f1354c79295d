package chat.samara.client.device;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Sabotage;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.RecordKind;
import java.time.Instant;

/** A member whose device also sends what its engine would never make. */
final class Saboteur {
    private final Village village;
    private final Resident member;

    Saboteur(Village village, Resident member) {
        this.village = village;
        this.member = member;
    }

    /** Commits, with this fault, in the epoch that its device is in. What the hub made of it. */
    Receipt commit(ChannelId channel, Sabotage.Fault fault) {
        OwnIdentity own = OwnIdentity.of(
                member.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        Group group = GroupVault.load(member.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                .orElseThrow();
        IdempotencyKey key = IdempotencyKey.random(village.random());
        try {
            CommitBundle bundle = Sabotage.commit(group, own.deviceKey(), key.bytes(), fault, village.random());
            Bytes payload = CommitSignature.sign(
                    own.deviceKey(),
                    channel,
                    key,
                    new CommitSignature.Parts(bundle.commit(), Bytes.EMPTY, bundle.groupInfo(), 0));
            return village.server.order(channel, own.device(), RecordKind.COMMIT, group.epoch(), key, payload);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }
}
