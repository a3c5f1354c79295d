package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.Limits;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a device makes of itself fits far into what hubs take, whatever its name and suite. */
final class HonestSizesTest {
    private static final long NOW_SECONDS = 1_750_000_000;

    private final Random random = new Random(7);

    @ParameterizedTest
    @EnumSource(ChannelSuite.class)
    @DisplayName(
            "a leaf, a GroupInfo and a GroupContext under the longest name take less than half of what a hub takes")
    void fit(ChannelSuite channelSuite) throws Exception {
        CipherSuite suite = channelSuite.cipherSuite();
        SignatureKeyPair device = Ed25519.generate(random::nextBytes);
        String label = "b".repeat(62);
        UserId user = new UserId(
                "\uD840\uDC00".repeat(Limits.USER_NAME_CODE_POINTS_MAX),
                new ServerName(String.join(".", label, label, label, label)));
        DeviceCertificate certificate =
                DeviceCertificate.issue(Ed25519.generate(random::nextBytes), user, device.publicKey());
        Group group = Group.create(
                new GroupConfig(
                        suite,
                        Bytes.wrapUnsafe(new byte[16]),
                        List.of(),
                        OwnLeaf.capabilities(),
                        new Lifetime(NOW_SECONDS - 60, NOW_SECONDS + 3_600)),
                MemberCredential.of(certificate),
                device,
                new GroupEnvironment(
                        new DeviceAuthentication(), random::nextBytes, () -> Instant.ofEpochSecond(NOW_SECONDS)));
        CommitBundle commit = group.commit().update().build();

        assertThat(commit.after().leafBytes(0)).isBetween(1, Limits.LEAF_BYTES_MAX / 2);
        assertThat(group.ratchetTree().length).isLessThan(Limits.LEAF_BYTES_MAX / 2);
        assertThat(commit.groupInfo().size()).isLessThan(Limits.GROUP_INFO_BYTES_MAX / 2);
        assertThat(commit.after().context().encode().length).isLessThan(Limits.GROUP_CONTEXT_BYTES_MAX / 2);
    }
}
