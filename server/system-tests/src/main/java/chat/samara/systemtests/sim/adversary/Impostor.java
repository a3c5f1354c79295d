package chat.samara.systemtests.sim.adversary;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Keys and accounts that a lying server makes up. With them it poses as whom it likes, but nobody else has ever signed for it. */
final class Impostor {
    private static final long LIFETIME_MILLIS = 30L * 24 * 3600 * 1000;
    private static final long MILLIS = 1000;

    private final Scheduler scheduler;
    private final Seed seed;
    private final SignatureKeyPair identityKey;
    private final SignatureKeyPair deviceKey;

    Impostor(Scheduler scheduler, Seed seed) {
        this.scheduler = scheduler;
        this.seed = seed.stream("impostor");
        this.identityKey = Ed25519.generate(this.seed);
        this.deviceKey = Ed25519.generate(this.seed);
    }

    /**
     * A group of the impostor's own under a channel's id, into which a commit adds a victim.
     *
     * @param group the impostor's, in the epoch in which the victim would begin
     */
    record Forgery(Group group, Bytes keyPackageRef, IdempotencyKey key, long epochBefore, CommitBundle commit) {
        Bytes payload() {
            return Payload.commit(commit.commit(), commit.welcome().orElseThrow(), commit.groupInfo());
        }
    }

    DeviceId device() {
        return DeviceId.ofSignatureKey(deviceKey.publicKey());
    }

    SignatureKeyPair deviceKey() {
        return deviceKey;
    }

    /** A KeyPackage of a device that this member never had, encoded as an MLSMessage. */
    ByteString keyPackage(UserId as, CipherSuite suite) {
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                suite, deviceKey, credential(as), capabilities(), lifetime(), List.of(), seed);
        return ByteString.copyFrom(
                new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode());
    }

    private Credential credential(UserId as) {
        return MemberCredential.of(DeviceCertificate.issue(identityKey, as, deviceKey.publicKey()));
    }

    /**
     * Founds the group and brings a KeyPackage into it.
     *
     * @param epoch in which the commit is made
     */
    Forgery forge(ChannelId under, UserId as, ByteString keyPackage, long epoch) {
        try {
            GroupEnvironment environment = new GroupEnvironment(
                    new DeviceAuthentication(), seed, () -> Instant.ofEpochMilli(scheduler.nowMillis()));
            KeyPackage added = MlsMessage.decode(keyPackage.toByteArray())
                    .requireKeyPackage()
                    .verify(new DeviceAuthentication());
            Group group = Group.create(
                    new GroupConfig(added.suite(), under.mlsGroupId(), List.of(), capabilities(), lifetime()),
                    credential(as),
                    deviceKey,
                    environment);
            for (long i = 0; i < epoch; i++) {
                enter(group, group.commit().build());
            }
            IdempotencyKey key = IdempotencyKey.random(seed);
            CommitBundle commit = group.commit()
                    .authenticatedData(key.bytes().toByteArray())
                    .add(added)
                    .build();
            enter(group, commit);
            return new Forgery(group, added.ref(), key, epoch, commit);
        } catch (MlsException e) {
            throw new IllegalStateException("the impostor cannot found a group", e);
        }
    }

    private static void enter(Group group, CommitBundle commit) throws MlsException {
        if (group.process(commit.commit().toByteArray()) instanceof Processed.CommitReceived received) {
            group.merge(received.commit());
        }
    }

    private static Capabilities capabilities() {
        List<CipherSuite> suites = Arrays.stream(ChannelSuite.values())
                .map(ChannelSuite::cipherSuite)
                .toList();
        return Capabilities.of(suites, List.of(), List.of(Credential.BASIC));
    }

    private Lifetime lifetime() {
        long now = scheduler.nowMillis();
        return new Lifetime((now - LIFETIME_MILLIS) / MILLIS, (now + LIFETIME_MILLIS) / MILLIS);
    }
}
