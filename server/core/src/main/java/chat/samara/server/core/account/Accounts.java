package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Format;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredAccount;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.name.LookAlike;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ReplaceDevice;
import java.util.List;
import java.util.Optional;

/** Opens accounts and tells devices apart. A refused registration changes nothing: the invite keeps its uses. */
public final class Accounts {
    private static final Rate REPLACEMENTS = new Rate(Limits.REPLACEMENTS_AT_ONCE_MAX, Limits.REPLACEMENT_EVERY_MILLIS);

    private final ServerIdentity identity;
    private final Invites invites;
    private final AccountTable table;
    private final Journal journal;
    private final Rates<UserId> replacements = new Rates<>(Limits.REPLACEMENT_RATES_KEPT_MAX);

    public Accounts(ServerIdentity identity, Invites invites, Journal journal) {
        this.identity = identity;
        this.invites = invites;
        this.journal = journal;
        this.table = new AccountTable(journal);
    }

    /** Opens an account with its first device. Repeated with the same keys, it is a login. */
    public UserDevice register(Register request, Bytes challenge) throws RefusedException {
        Bytes signatureKey = Protobuf.toBytes(request.getDeviceSignatureKey());
        UserDevice who = LoginProof.in(request.getLoginBody(), request.getSignature())
                .verify(challenge, identity.name(), identity.rootPublicKey(), signatureKey);
        // Who is known is looked at behind the proof only: a member's certificate in a stranger's hand tells him
        // nothing.
        Optional<Device> known = table.device(who.device());
        if (known.isPresent() && isRepeated(known.get(), who, request)) {
            requireInPlace(known.get());
            return who;
        }
        Bytes token = Protobuf.toBytes(request.getInviteToken());
        invites.requireGood(token);
        DeviceCertificate certificate = certified(request.getCertificate(), signatureKey, who);
        requireFree(who.user(), known.isPresent());
        invites.use(token);
        table.addAccount(who.user(), certificate.identityKey());
        table.addDevice(certificate);
        return who;
    }

    /** Whether it is what the device was registered by; its certificate was verified then. */
    private static boolean isRepeated(Device known, UserDevice who, Register request) {
        return known.who().equals(who) && known.certificate().equals(Protobuf.encode(request.getCertificate()));
    }

    /** The certificate of the device that has proved itself on this connection. */
    private static DeviceCertificate certified(
            chat.samara.wire.proto.DeviceCertificate message, Bytes signatureKey, UserDevice who)
            throws RefusedException {
        DeviceCertificate certificate = DeviceCertificateIn.of(message).verify(signatureKey);
        if (!certificate.userDevice().equals(who)) {
            throw RefusedException.of(
                    ErrorCode.LOGIN_FAILED,
                    "the certificate is of " + certificate.userDevice() + ", but the login of " + who);
        }
        return certificate;
    }

    /**
     * A device that takes another's place.
     *
     * @param who the new one
     * @param replaced the one that was struck off just now; empty if that happened before
     */
    public record Succession(UserDevice who, Optional<DeviceId> replaced) {}

    /**
     * Strikes a device off and registers another of the same account. What allows it is the account's identity key, which has certified
     * the new one. Repeated with the same keys, it is a login.
     */
    public Succession replace(ReplaceDevice request, Bytes challenge) throws RefusedException {
        DeviceId replaced = new DeviceId(Protobuf.toBytes(request.getReplacedDeviceId()));
        Bytes signatureKey = Protobuf.toBytes(request.getDeviceSignatureKey());
        UserDevice who = LoginProof.in(request.getLoginBody(), request.getSignature())
                .verify(challenge, identity.name(), identity.rootPublicKey(), signatureKey);
        DeviceCertificate certificate = certified(request.getCertificate(), signatureKey, who);
        // Who is known is looked at behind both signatures only: so whoever has not the member's identity key learns
        // nothing.
        Device before = requireOneOf(certificate, replaced);
        if (before.replacedBy().isPresent()) {
            if (before.replacedBy().get().equals(who.device())) {
                requireInPlace(table.device(who.device()).orElseThrow());
                return new Succession(who, Optional.empty());
            }
            throw struckOff(before);
        }
        if (table.device(who.device()).isPresent()) {
            throw RefusedException.of(
                    ErrorCode.LOGIN_FAILED,
                    "device " + who.device() + " is registered already; make a new device key to replace " + replaced);
        }
        // Each leaves a row for good, and has all the rows of what may be read written anew.
        replacements.take(
                who.user(),
                1,
                REPLACEMENTS,
                journal.monotonicMillis(),
                "devices of " + who.user() + " that take another's place",
                "replacements<=" + Limits.REPLACEMENTS_AT_ONCE_MAX);
        table.addDevice(certificate);
        table.replace(replaced, who.device());
        return new Succession(who, Optional.of(replaced));
    }

    /** The device, if it is of the certificate's member, under the identity key that has signed it. */
    private Device requireOneOf(DeviceCertificate certificate, DeviceId replaced) throws RefusedException {
        UserId user = certificate.user();
        Bytes identityKey = certificate.identityKey();
        return table.device(replaced)
                .filter(device -> device.who().user().equals(user)
                        && device.identityKey().equals(identityKey)
                        && identityKey(user).equals(Optional.of(identityKey)))
                .orElseThrow(() -> RefusedException.of(
                        ErrorCode.LOGIN_FAILED,
                        "device " + replaced + " is not one of " + user + " under this identity key"));
    }

    private static void requireInPlace(Device device) throws RefusedException {
        if (device.replacedBy().isPresent()) {
            throw struckOff(device);
        }
    }

    private static RefusedException struckOff(Device device) {
        DeviceId successor = device.replacedBy().orElseThrow();
        return RefusedException.of(
                ErrorCode.DEVICE_REPLACED,
                "device " + device.who() + " was struck off, since another copy of its profile goes on as " + successor
                        + "; use that one, or let this one take its place",
                successor.bytes().hex());
    }

    private void requireFree(UserId user, boolean deviceKnown) throws RefusedException {
        if (!user.server().equals(identity.name())) {
            throw RefusedException.of(
                    ErrorCode.NAME_INVALID,
                    user + " belongs to " + user.server() + ", but this server is " + identity.name(),
                    "server");
        }
        Optional<StoredAccount> account = table.account(user);
        if (account.isPresent() || deviceKnown) {
            throw RefusedException.of(ErrorCode.NAME_TAKEN, user + " is taken; choose another name", "taken");
        }
        Optional<String> lookAlike = table.lookAlike(user);
        if (lookAlike.isPresent()) {
            throw RefusedException.of(
                    ErrorCode.NAME_TAKEN,
                    user + " looks like " + lookAlike.get()
                            + ", who is a member already, so that one could be taken for the"
                            + " other; choose another name",
                    "look-alike");
        }
    }

    /**
     * Who a device is, that has signed this connection's challenge. One that is not registered costs a signature and hears the same as one that is, and has
     * not signed: so nobody outside learns who is a member.
     */
    public UserDevice login(Login request, Bytes challenge) throws RefusedException {
        LoginProof.In proof = LoginProof.in(request.getLoginBody(), request.getSignature());
        proof.requireMeantFor(challenge, identity.name(), identity.rootPublicKey());
        Optional<Device> device =
                table.device(proof.claimed().device()).filter(it -> it.who().equals(proof.claimed()));
        boolean signed = proof.isSignedBy(device.map(Device::signatureKey).orElse(identity.rootPublicKey()));
        if (device.isEmpty() || !signed) {
            throw RefusedException.of(
                    ErrorCode.LOGIN_FAILED,
                    "no device that is registered here has signed this login; join with an invite first");
        }
        requireInPlace(device.get());
        return device.get().who();
    }

    /** The device, if it was ever registered here; it may have been struck off. */
    public Optional<Device> device(DeviceId id) {
        return table.device(id);
    }

    /** Whose device it is, if it was ever registered here. */
    public static Optional<UserId> memberOf(Rows rows, DeviceId device) {
        return AccountTable.device(rows, device).map(it -> it.who().user());
    }

    /** The device that has this one's place now: itself, unless it was struck off. */
    public DeviceId heir(DeviceId device) {
        return table.heir(device);
    }

    /** All devices of a member, by id; refused with UNKNOWN_MEMBER. */
    public List<Device> devices(UserId user) throws RefusedException {
        if (!user.server().equals(identity.name()) || table.account(user).isEmpty()) {
            throw unknown(user);
        }
        List<Device> devices = table.devices(user);
        if (devices.size() > chat.samara.wire.Limits.DEVICES_PER_MEMBER_MAX) {
            throw new IllegalStateException(user + " has " + devices.size() + " devices, expected at most "
                    + chat.samara.wire.Limits.DEVICES_PER_MEMBER_MAX);
        }
        return devices;
    }

    /** Makes the index of names that look alike, if the store has none by the rules of today. */
    public void openLooks(Format format) {
        if (format.lookAlikeRules() != LookAlike.RULES) {
            table.indexLooks();
            format.setLookAlikeRules(LookAlike.RULES);
        }
    }

    /** How many members there are. */
    public long count() {
        return table.accounts();
    }

    private RefusedException unknown(UserId user) {
        return Refusal.of(
                        ErrorCode.UNKNOWN_MEMBER,
                        "there is no member " + user + " on " + identity.name() + "; check the spelling")
                .asException();
    }

    /** The identity key of a member of this server. */
    public Optional<Bytes> identityKey(UserId user) {
        return table.account(user).map(account -> Stored.bytes(account.getIdentityKey()));
    }
}
