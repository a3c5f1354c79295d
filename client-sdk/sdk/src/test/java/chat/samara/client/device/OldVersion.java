package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Devices as versions of before the components of draft-ietf-mls-extensions showed themselves. */
final class OldVersion {
    private OldVersion() {}

    /** What such a version listed. */
    static Capabilities capabilities() {
        List<CipherSuite> suites = Arrays.stream(ChannelSuite.values())
                .map(ChannelSuite::cipherSuite)
                .toList();
        return Capabilities.of(suites, List.of(), List.of(Credential.BASIC));
    }

    /** The next KeyPackage that is handed out of somebody is one that such a version has made. */
    static void publishes(Village village, Resident resident) {
        OwnIdentity own = OwnIdentity.of(
                resident.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        CipherSuite suite = ChannelSuite.STANDARD.cipherSuite();
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                suite,
                own.deviceKey(),
                own.credential(),
                capabilities(),
                OwnKeyPackages.lifetime(village.now),
                List.of(),
                village.random());
        StoredKeyPackage row = StoredKeyPackage.newBuilder()
                .setBundle(Stored.bytes(Bytes.wrapUnsafe(bundle.encode())))
                .setMadeMillis(village.now)
                .setNotAfterMillis(village.now + Limits.KEY_PACKAGE_LIFETIME_MILLIS)
                .build();
        resident.store.put(DeviceTable.KEY_PACKAGE, bundle.ref(), row.toByteArray());
        village.server.keyPackageOwners.put(bundle.ref(), own.device());
        byte[] message = new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode();
        FakeServer.FakeDevice device = Objects.requireNonNull(village.server.devices.get(own.device()));
        ((ArrayDeque<ByteString>) device.keyPackages.computeIfAbsent(suite.code(), it -> new ArrayDeque<>()))
                .addFirst(ByteString.copyFrom(message));
    }
}
