package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.stored.StoredAccount;
import chat.samara.client.stored.StoredAddress;
import chat.samara.client.stored.StoredSupply;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The row of ACCOUNT, with its keys in usable form. Holds secrets; {@link #toString} shows none. */
final class OwnIdentity {
    static final int STORE_VERSION = 1;

    private final StoredAccount row;
    private final UserId user;
    private final ServerName server;
    private final SignatureKeyPair identityKey;
    private final SignatureKeyPair deviceKey;
    private final DeviceId device;

    /** The present device key first, then those that were given up. */
    private final List<SignatureKeyPair> deviceKeys;

    private OwnIdentity(StoredAccount row) {
        this.row = row;
        try {
            this.user = UserId.fromWire(row.getUserId());
            this.server = ServerName.fromWire(row.getServerName());
        } catch (RefusedException e) {
            throw new DeviceStoreException("an account row that this engine cannot have written", e);
        }
        this.identityKey = Ed25519.keyPair(row.getIdentityPrivateKey().toByteArray());
        this.deviceKey = Ed25519.keyPair(row.getDevicePrivateKey().toByteArray());
        this.device = DeviceId.ofSignatureKey(deviceKey.publicKey());
        this.deviceKeys = Stream.concat(
                        Stream.of(deviceKey),
                        row.getFormerPrivateKeysList().stream().map(seed -> Ed25519.keyPair(seed.toByteArray())))
                .toList();
    }

    /** From the store. */
    static OwnIdentity of(byte[] row) {
        StoredAccount account = Stored.parse(StoredAccount.parser(), row);
        if (account.getVersion() != STORE_VERSION) {
            throw new IllegalStateException(
                    "a store of version " + account.getVersion() + ", expected " + STORE_VERSION);
        }
        return new OwnIdentity(account);
    }

    /** A fresh member with a first device, about to register. */
    static OwnIdentity make(UserId user, InviteLink invite, RandomSource random) {
        SignatureKeyPair identity = Ed25519.generate(random);
        SignatureKeyPair device = Ed25519.generate(random);
        DeviceCertificate certificate = DeviceCertificate.issue(identity, user, device.publicKey());
        StoredAccount.Builder row = StoredAccount.newBuilder()
                .setVersion(STORE_VERSION)
                .setUserId(user.toString())
                .setIdentityPrivateKey(Stored.bytes(Bytes.wrapUnsafe(identity.privateKey())))
                .setDevicePrivateKey(Stored.bytes(Bytes.wrapUnsafe(device.privateKey())))
                .setCertificate(Stored.bytes(certificate.encoded()));
        return new OwnIdentity(invited(row, invite));
    }

    /** The same member with another invite of a server: a registration that was answered need not be known here. */
    OwnIdentity invitedAgain(InviteLink invite) {
        return new OwnIdentity(invited(row.toBuilder().clearManifestSequence(), invite));
    }

    /** The same member of the same server, which does not know this device any more, with another invite of it. */
    OwnIdentity invitedBack(InviteLink invite) {
        return new OwnIdentity(
                row.toBuilder().setInviteToken(Stored.bytes(invite.token())).build());
    }

    /**
     * With the addresses that a link of the same server names, before those that are known: the server may have moved while this device was off. A link
     * proves nothing, since anybody can write one; so what is known is kept behind them until a manifest says which are right.
     */
    OwnIdentity withAddressesOf(InviteLink link) {
        List<ServerAddress> addresses = Stream.concat(link.addresses().stream(), addresses().stream())
                .distinct()
                .limit(chat.samara.wire.Limits.MANIFEST_ADDRESSES_MAX)
                .toList();
        return new OwnIdentity(withAddresses(row.toBuilder(), addresses).build());
    }

    /** Whether there is an invite that has not served. */
    boolean isInvited() {
        return !row.getInviteToken().isEmpty();
    }

    /** The invite will not serve. */
    OwnIdentity withoutInvite() {
        return new OwnIdentity(row.toBuilder().clearInviteToken().build());
    }

    private static StoredAccount invited(StoredAccount.Builder row, InviteLink invite) {
        return withAddresses(row.clearReturnTokens(), invite.addresses())
                .setServerName(invite.server().value())
                .setServerRootKey(Stored.bytes(invite.rootKey()))
                .setInviteToken(Stored.bytes(invite.token()))
                .build();
    }

    private static StoredAccount.Builder withAddresses(StoredAccount.Builder row, List<ServerAddress> addresses) {
        row.clearAddresses();
        addresses.forEach(address -> row.addAddresses(
                StoredAddress.newBuilder().setHost(address.host()).setPort(address.port())));
        return row;
    }

    /** The server has confirmed the account: the invite has served. */
    OwnIdentity registered() {
        return new OwnIdentity(
                row.toBuilder().setRegistered(true).clearInviteToken().build());
    }

    /** The server knew nothing of this device, and now has it anew: without KeyPackages. */
    OwnIdentity readmitted() {
        return new OwnIdentity(row.toBuilder()
                .clearLastResortRef()
                .clearLastResortRefs()
                .clearSupplies()
                .build());
    }

    /** With what the server gave to be known by when it is dialled again; it is shown to no other. */
    OwnIdentity withReturnTokens(List<Bytes> tokens) {
        return new OwnIdentity(row.toBuilder()
                .clearReturnTokens()
                .addAllReturnTokens(tokens.stream().map(Stored::bytes).toList())
                .build());
    }

    /** Those that were not shown yet. */
    List<Bytes> returnTokens() {
        return row.getReturnTokensList().stream().map(Stored::bytes).toList();
    }

    /** What a newer manifest says; one without addresses keeps those that are known to work. */
    OwnIdentity withManifest(Manifest manifest) {
        StoredAccount.Builder changed = row.toBuilder().setManifestSequence(manifest.sequence());
        return new OwnIdentity(
                (manifest.addresses().isEmpty() ? changed : withAddresses(changed, manifest.addresses())).build());
    }

    /** The KeyPackage of last resort of the suite that the server is known to have. */
    Optional<Bytes> lastResortRef(ChannelSuite suite) {
        ByteString ref = suite == ChannelSuite.STANDARD
                ? row.getLastResortRef()
                : row.getLastResortRefsOrDefault(suite.cipherSuite().code(), ByteString.EMPTY);
        return ref.isEmpty() ? Optional.empty() : Optional.of(Stored.bytes(ref));
    }

    /** How old the KeyPackages of the suite are that the server has. */
    StoredSupply supply(ChannelSuite suite) {
        return row.getSuppliesOrDefault(suite.cipherSuite().code(), StoredSupply.getDefaultInstance());
    }

    /** The server has taken them. A reference of the standard suite has a field of its own, from before there were others. */
    OwnIdentity withPublished(Pending.Publish publish) {
        StoredAccount.Builder changed = row.toBuilder();
        StoredSupply.Builder supply = supply(publish.suite()).toBuilder();
        if (publish.replaces()) {
            supply.setRenewedMillis(publish.madeMillis());
        }
        publish.lastResortRef().map(Stored::bytes).ifPresent(ref -> {
            supply.setLastResortMadeMillis(publish.madeMillis());
            if (publish.suite() == ChannelSuite.STANDARD) {
                changed.setLastResortRef(ref);
            } else {
                changed.putLastResortRefs(publish.suite().cipherSuite().code(), ref);
            }
        });
        changed.putSupplies(publish.suite().cipherSuite().code(), supply.build());
        return new OwnIdentity(changed.build());
    }

    // ---- going on under another device key ----

    /** With a fresh device key that is to take the present one's place, or that of the device that another copy goes on as. */
    OwnIdentity withSuccessor(RandomSource random) {
        SignatureKeyPair successor = Ed25519.generate(random);
        return new OwnIdentity(row.toBuilder()
                .setSuccessorPrivateKey(Stored.bytes(Bytes.wrapUnsafe(successor.privateKey())))
                .setSuccessorCertificate(Stored.bytes(DeviceCertificate.issue(identityKey, user, successor.publicKey())
                        .encoded()))
                .setSuccessorOf(row.getReplacedBy())
                .clearReplacedBy()
                .clearReplacedMillis()
                .build());
    }

    /** There is no such device as the successor was to replace: the server made it up. It takes this device's own place. */
    OwnIdentity withSuccessorInOwnPlace() {
        return new OwnIdentity(row.toBuilder().clearSuccessorOf().build());
    }

    /** Another copy of this profile goes on in this one's place: neither this device nor its successor will. */
    OwnIdentity replaced(DeviceId by, long noticedMillis) {
        boolean known = replacedBy().equals(Optional.of(by));
        return new OwnIdentity(row.toBuilder()
                .setReplacedMillis(known ? row.getReplacedMillis() : noticedMillis)
                .clearSuccessorPrivateKey()
                .clearSuccessorCertificate()
                .clearSuccessorOf()
                .setReplacedBy(Stored.bytes(by.bytes()))
                .build());
    }

    /**
     * The server has struck the present device off: the successor is this device now, and has no KeyPackages there. Of the keys that were given
     * up some are kept, the oldest go first.
     *
     * @param needed devices of which the key is kept all the same
     */
    OwnIdentity succeeded(long wallMillis, Predicate<DeviceId> needed) {
        List<ByteString> former = new ArrayList<>(row.getFormerPrivateKeysList());
        former.add(row.getDevicePrivateKey());
        Iterator<ByteString> oldest = List.copyOf(former).iterator();
        while (former.size() > Limits.FORMER_KEYS_KEPT && oldest.hasNext()) {
            ByteString seed = oldest.next();
            if (!needed.test(
                    DeviceId.ofSignatureKey(Ed25519.keyPair(seed.toByteArray()).publicKey()))) {
                former.remove(seed);
            }
        }
        return new OwnIdentity(row.toBuilder()
                .setRenewedMillis(wallMillis)
                .clearFormerPrivateKeys()
                .addAllFormerPrivateKeys(former)
                .setDevicePrivateKey(row.getSuccessorPrivateKey())
                .setCertificate(row.getSuccessorCertificate())
                .clearSuccessorPrivateKey()
                .clearSuccessorCertificate()
                .clearSuccessorOf()
                .clearLastResortRef()
                .clearLastResortRefs()
                .clearSupplies()
                .build());
    }

    /** The key that is to take the present one's place; until it has, nothing is encrypted or signed into a channel. */
    Optional<SignatureKeyPair> successorKey() {
        return row.getSuccessorPrivateKey().isEmpty()
                ? Optional.empty()
                : Optional.of(Ed25519.keyPair(row.getSuccessorPrivateKey().toByteArray()));
    }

    /** The device that the successor replaces. */
    DeviceId successorOf() {
        return row.getSuccessorOf().isEmpty() ? device : new DeviceId(Stored.bytes(row.getSuccessorOf()));
    }

    /** Who goes on in this device's place. */
    Optional<DeviceId> replacedBy() {
        return row.getReplacedBy().isEmpty()
                ? Optional.empty()
                : Optional.of(new DeviceId(Stored.bytes(row.getReplacedBy())));
    }

    /** Whether the present device key took another's place in the last {@link Limits#RENEWAL_BY_COUNT_MILLIS}. */
    boolean wasRenewedLately(long wallMillis) {
        // Where the clock was set back since, that lies ahead, and is lately too.
        long renewedMillis = row.getRenewedMillis();
        return renewedMillis > 0 && wallMillis - renewedMillis < Limits.RENEWAL_BY_COUNT_MILLIS;
    }

    /** When this device heard of it; empty where an earlier version did. */
    OptionalLong replacedMillis() {
        return row.getReplacedMillis() == 0 ? OptionalLong.empty() : OptionalLong.of(row.getReplacedMillis());
    }

    /** Whether this device may encrypt and sign: its state is not known to be older than what was sent under its key. */
    boolean isSound() {
        return row.getSuccessorPrivateKey().isEmpty() && row.getReplacedBy().isEmpty();
    }

    /** The present device key first, then those that were given up. */
    List<SignatureKeyPair> deviceKeys() {
        return deviceKeys;
    }

    /** The devices that this one was before, the newest first. */
    List<DeviceId> formerDevices() {
        List<DeviceId> former = new ArrayList<>();
        for (SignatureKeyPair key : deviceKeys.subList(1, deviceKeys.size())) {
            former.add(0, DeviceId.ofSignatureKey(key.publicKey()));
        }
        return former;
    }

    /** Whether it is this device, now or before. */
    boolean isOwn(DeviceId other) {
        return deviceKeys.stream()
                .anyMatch(key -> DeviceId.ofSignatureKey(key.publicKey()).equals(other));
    }

    /** Whether it is this device: now, before, or under the key that is to take the present one's place. */
    boolean isOrWillBe(DeviceId other) {
        return isOwn(other)
                || successorKey()
                        .map(key -> DeviceId.ofSignatureKey(key.publicKey()))
                        .filter(other::equals)
                        .isPresent();
    }

    /** How many device keys this one has had since it was that device: 0 for the present one, more than all for any other device. */
    int ageOf(DeviceId other) {
        for (int i = 0; i < deviceKeys.size(); i++) {
            if (DeviceId.ofSignatureKey(deviceKeys.get(i).publicKey()).equals(other)) {
                // The oldest of those that were given up stands first among them.
                return i == 0 ? 0 : deviceKeys.size() - i;
            }
        }
        return Integer.MAX_VALUE;
    }

    StoredAccount row() {
        return row;
    }

    UserId user() {
        return user;
    }

    DeviceId device() {
        return device;
    }

    ServerName server() {
        return server;
    }

    Bytes serverRootKey() {
        return Stored.bytes(row.getServerRootKey());
    }

    List<ServerAddress> addresses() {
        return row.getAddressesList().stream()
                .map(address -> new ServerAddress(address.getHost(), address.getPort()))
                .toList();
    }

    boolean isRegistered() {
        return row.getRegistered();
    }

    /** The device's one signature key: it signs logins, geneses and, in all suites there are, MLS. */
    SignatureKeyPair deviceKey() {
        return deviceKey;
    }

    Bytes identityPublicKey() {
        return identityKey.publicKey();
    }

    Bytes certificate() {
        return Stored.bytes(row.getCertificate());
    }

    Credential credential() {
        return Credential.basic(certificate());
    }

    Account account() {
        return new Account(user, device, identityPublicKey(), server, serverRootKey(), isRegistered());
    }

    @Override
    public String toString() {
        return "OwnIdentity(" + user + "/" + device + ")";
    }
}
