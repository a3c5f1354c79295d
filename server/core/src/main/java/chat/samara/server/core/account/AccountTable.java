package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredAccount;
import chat.samara.server.core.store.proto.StoredDevice;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.name.LookAlike;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Members and their devices. Nobody prunes these: an account is for ever.
 *
 * <ul>
 *   <li>ACCOUNT: key: user id as a name; value: {@link StoredAccount}.
 *   <li>LOOK_ALIKE: key: the coarse key of the name's {@link LookAlike} as a name, then, as another, its skeleton if it is in Latin
 *       letters, else nothing; value: the user id that has taken it, UTF-8. Written anew when its rules change ({@link #indexLooks}).
 *   <li>DEVICE: key: device id (16); value: {@link StoredDevice}.
 *   <li>DEVICE_OF_USER: key: user id as a name, device id (16); value: empty. Deleted when the device is struck off.
 * </ul>
 */
final class AccountTable {
    private final Journal journal;

    AccountTable(Journal journal) {
        this.journal = journal;
    }

    Optional<StoredAccount> account(UserId user) {
        return journal.get(Table.ACCOUNT, key(user))
                .map(value -> Stored.decode(Table.ACCOUNT, StoredAccount.parser(), value));
    }

    /** The member with the name that this one can be taken for, if there is one. */
    Optional<String> lookAlike(UserId user) {
        LookAlike look = user.look();
        if (look.latin()) {
            return journal.get(Table.LOOK_ALIKE, lookKey(look))
                    .or(() -> journal.get(
                            Table.LOOK_ALIKE, Key.of(look.coarse()).and("").bytes()))
                    .map(AccountTable::text);
        }
        List<String> found = new ArrayList<>();
        journal.scanPrefix(Table.LOOK_ALIKE, Key.of(look.coarse()).bytes(), (key, value) -> {
            found.add(text(value));
            return false;
        });
        return found.stream().findFirst();
    }

    /** Writes all of LOOK_ALIKE anew, by the rules of today. */
    void indexLooks() {
        List<Bytes> old = new ArrayList<>();
        journal.scanPrefix(Table.LOOK_ALIKE, Bytes.EMPTY, (key, value) -> old.add(key));
        old.forEach(key -> journal.delete(Table.LOOK_ALIKE, key));
        List<UserId> users = new ArrayList<>();
        journal.scanPrefix(Table.ACCOUNT, Bytes.EMPTY, (key, value) -> {
            try {
                return users.add(UserId.fromWire(Key.nameAt(key, 0)));
            } catch (RefusedException e) {
                throw Stored.corrupt(Table.ACCOUNT, e);
            }
        });
        users.forEach(this::addLook);
    }

    private void addLook(UserId user) {
        journal.put(Table.LOOK_ALIKE, lookKey(user.look()), Bytes.ofUtf8(user.toString()));
    }

    private static Bytes lookKey(LookAlike look) {
        return Key.of(look.coarse()).and(look.latin() ? look.skeleton() : "").bytes();
    }

    private static String text(Bytes utf8) {
        return new String(utf8.toByteArray(), StandardCharsets.UTF_8);
    }

    long accounts() {
        long[] count = new long[1];
        journal.scanPrefix(Table.ACCOUNT, Bytes.EMPTY, (key, value) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }

    void addAccount(UserId user, Bytes identityKey) {
        journal.put(
                Table.ACCOUNT,
                key(user),
                Stored.encode(StoredAccount.newBuilder()
                        .setIdentityKey(Protobuf.toByteString(identityKey))
                        .setCreatedAtMillis(journal.nowMillis())
                        .build()));
        addLook(user);
    }

    Optional<Device> device(DeviceId id) {
        return device(journal, id);
    }

    static Optional<Device> device(Rows rows, DeviceId id) {
        return rows.get(Table.DEVICE, id.bytes()).map(AccountTable::decode);
    }

    /** The member's devices, by id, without those that were struck off. */
    List<Device> devices(UserId user) {
        List<DeviceId> ids = new ArrayList<>();
        Bytes prefix = key(user);
        journal.scanPrefix(Table.DEVICE_OF_USER, prefix, (key, value) -> {
            ids.add(new DeviceId(key.slice(prefix.size(), key.size())));
            return true;
        });
        return ids.stream()
                .map(this::device)
                .flatMap(Optional::stream)
                .filter(device -> device.replacedBy().isEmpty())
                .toList();
    }

    void addDevice(DeviceCertificate certificate) {
        DeviceId id = certificate.device();
        journal.put(
                Table.DEVICE,
                id.bytes(),
                Stored.encode(StoredDevice.newBuilder()
                        .setUserId(certificate.user().toString())
                        .setCertificate(Protobuf.toByteString(certificate.encoded()))
                        .setSignatureKey(Protobuf.toByteString(certificate.deviceSignatureKey()))
                        .setRegisteredAtMillis(journal.nowMillis())
                        .build()));
        journal.put(
                Table.DEVICE_OF_USER,
                Key.of(certificate.user().toString()).and(id.bytes()).bytes(),
                Bytes.EMPTY);
    }

    /**
     * The device is struck off: it stays known, so that what it finds when it comes again has a name. Each device knows the first in
     * its place, and that one the last: so the way from any to the last is as short after a thousand replacements as after one.
     */
    void replace(DeviceId replaced, DeviceId successor) {
        StoredDevice row = row(replaced)
                .orElseThrow(() -> new IllegalStateException("no device " + replaced + ", expected one to strike off"));
        DeviceId first = row.getFirstInPlace().isEmpty() ? replaced : id(row.getFirstInPlace());
        put(replaced, row.toBuilder().setReplacedBy(Protobuf.toByteString(successor.bytes())));
        put(successor, row(successor).orElseThrow().toBuilder().setFirstInPlace(Protobuf.toByteString(first.bytes())));
        put(first, row(first).orElseThrow().toBuilder().setHeir(Protobuf.toByteString(successor.bytes())));
        journal.delete(
                Table.DEVICE_OF_USER,
                Key.of(row.getUserId()).and(replaced.bytes()).bytes());
    }

    /** The device that has this one's place now; itself if it was not struck off, or is not known. */
    DeviceId heir(DeviceId device) {
        Optional<StoredDevice> row = row(device);
        if (row.isEmpty()) {
            return device;
        }
        Optional<StoredDevice> first =
                row.get().getFirstInPlace().isEmpty() ? row : row(id(row.get().getFirstInPlace()));
        ByteString heir = first.map(StoredDevice::getHeir).orElse(ByteString.EMPTY);
        if (!heir.isEmpty()) {
            return id(heir);
        }
        // Struck off by a version that knew of no first and last.
        return row.get().getReplacedBy().isEmpty() ? device : heir(id(row.get().getReplacedBy()));
    }

    private Optional<StoredDevice> row(DeviceId device) {
        return journal.get(Table.DEVICE, device.bytes())
                .map(value -> Stored.decode(Table.DEVICE, StoredDevice.parser(), value));
    }

    private void put(DeviceId device, StoredDevice.Builder row) {
        journal.put(Table.DEVICE, device.bytes(), Stored.encode(row.build()));
    }

    private static DeviceId id(ByteString stored) {
        return new DeviceId(Stored.bytes(stored));
    }

    private static Bytes key(UserId user) {
        return Key.of(user.toString()).bytes();
    }

    private static Device decode(Bytes value) {
        StoredDevice stored = Stored.decode(Table.DEVICE, StoredDevice.parser(), value);
        try {
            Bytes certificate = Stored.bytes(stored.getCertificate());
            DeviceCertificateIn read = DeviceCertificateIn.decode(certificate);
            Bytes signatureKey = Stored.bytes(stored.getSignatureKey());
            return new Device(
                    new UserDevice(read.claimedUser(), DeviceId.ofSignatureKey(signatureKey)),
                    read.claimedIdentityKey(),
                    signatureKey,
                    certificate,
                    stored.getReplacedBy().isEmpty()
                            ? Optional.empty()
                            : Optional.of(new DeviceId(Stored.bytes(stored.getReplacedBy()))));
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.DEVICE, e);
        }
    }
}
