package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Account;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.welcome.Welcome;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a device keeps, once all has come to rest: no key that has served, and the identity key of everybody it talks to. */
final class DeviceJudgement {
    private final Oracle oracle;

    DeviceJudgement(Oracle oracle) {
        this.oracle = oracle;
    }

    void judge(Witnesses.Device device) {
        checkPins(device);
        checkForeignKeys(device);
        oracle.identities().check(device.host(), device.engine());
        checkNotBlamed(device);
        if (!oracle.devices().isAway(device.host())) {
            checkMembers(device);
            checkKeyPackages(device);
            checkReturnsAreTold(device);
        }
    }

    /** Its channels, but for those of which its server was shown another log. */
    private List<ChannelState> judged(Witnesses.Device device) {
        return device.engine().channels().stream()
                .filter(channel -> !oracle.liars()
                        .misledByItsHub(device.host(), channel.id().bytes().hex()))
                .toList();
    }

    /** Nobody is added under an identity key that the person at the adding device has seen to be another, and has not accepted. */
    private void checkForeignKeys(Witnesses.Device device) {
        Optional<Account> account = device.engine().account();
        String id = oracle.deviceOn(device.host()).orElse("");
        for (String channel : oracle.logs().channels()) {
            for (Stretch stretch : oracle.memberships().stretches(channel, id)) {
                Place place = oracle.logs().log(channel).get(stretch.joinSeq());
                String adder = place == null ? "" : Hex.of(place.content().getDevice());
                for (String host : oracle.devices().hostsOf(adder)) {
                    if (account.isPresent()
                            && oracle.devices().isForeign(host, account.get().identityKey())) {
                        throw new InvariantViolation(
                                Invariant.I11_OWN_EYES,
                                host + " added " + device.host() + " at " + place
                                        + " under an identity key that its person has not accepted");
                    }
                }
            }
        }
    }

    /** Where a device has returned its history says so, so that its person knows that something may be missing there. */
    private void checkReturnsAreTold(Witnesses.Device device) {
        for (ChannelState channel : judged(device)) {
            Set<Long> told = new HashSet<>();
            WholeHistory.of(device.engine(), channel.id()).stream()
                    .filter(message -> message.body() instanceof MessageBody.ReturnedHere)
                    .forEach(message -> message.seq().ifPresent(told::add));
            String id = oracle.deviceOn(device.host()).orElse("");
            for (Stretch stretch :
                    oracle.memberships().stretches(channel.id().bytes().hex(), id)) {
                boolean returned =
                        oracle.isReturn(channel.id().bytes().hex(), SimulatedDevice.memberOf(device.host()), stretch);
                if (returned && stretch.open() && !told.contains(stretch.joinSeq())) {
                    throw new InvariantViolation(
                            Invariant.I5_MEMBERS_READ_EVERYTHING,
                            device.host() + " returned to " + channel + " in " + stretch + ", and does not say so");
                }
            }
        }
    }

    /** Who a device says is in a channel is in it, under the identity key that is theirs. */
    private void checkMembers(Witnesses.Device device) {
        for (ChannelState channel : judged(device)) {
            // Who was added under a leaf that its store was set back behind does not get to the end of that log.
            if (channel.membership() != Membership.MEMBER
                    || oracle.isJoiningLost(device.host(), channel.id().bytes().hex())) {
                continue;
            }
            Set<String> shown = new TreeSet<>();
            for (Member member : device.engine().members(channel.id())) {
                for (Member.Device each : member.devices()) {
                    shown.add(each.id().bytes().hex());
                    if (!oracle.identities().of(member.user()).contains(each.identityKey())) {
                        throw new InvariantViolation(
                                Invariant.I11_OWN_EYES,
                                device.host() + " shows somebody else's key as that of " + member.user());
                    }
                }
            }
            Set<String> there = new TreeSet<>(
                    oracle.memberships().currentMembers(channel.id().bytes().hex()));
            if (!shown.equals(there)) {
                throw new InvariantViolation(
                        Invariant.I11_OWN_EYES,
                        device.host() + " shows the devices " + shown + " in " + channel + ", where " + there + " are");
            }
        }
    }

    /** No log says that an honest member makes what others cannot process. */
    private void checkNotBlamed(Witnesses.Device device) {
        device.engine()
                .account()
                .flatMap(account -> oracle.rules().whereBarred(account.identityKey()))
                .ifPresent(channel -> {
                    throw new InvariantViolation(
                            Invariant.I11_OWN_EYES, device.host() + " is barred from " + Hex.brief(channel));
                });
    }

    /** The key of every leaf that a device shows has been taken note of, and there is one to compare with its member. */
    private void checkPins(Witnesses.Device device) {
        for (ChannelState channel : judged(device)) {
            if (channel.membership() == Membership.MEMBER) {
                for (Member member : device.engine().members(channel.id())) {
                    checkPins(device, channel, member);
                }
            }
        }
    }

    private void checkPins(Witnesses.Device device, ChannelState channel, Member member) {
        List<KnownKey> known = device.engine().identityKeys(member.user());
        for (Member.Device leaf : member.devices()) {
            if (known.stream().noneMatch(key -> key.identityKey().equals(leaf.identityKey()))) {
                throw new InvariantViolation(
                        Invariant.I11_OWN_EYES,
                        device.host() + " has not taken note of the identity key of " + member.user() + " in "
                                + channel);
            }
        }
        if (device.engine().safetyNumber(member.user()).isEmpty() && !isAskedToDecide(device, known)) {
            throw new InvariantViolation(
                    Invariant.I11_OWN_EYES,
                    device.host() + " has no identity key of " + member.user() + " to compare in " + channel
                            + ", and has not asked its person which of " + known.size() + " it is");
        }
    }

    /**
     * A device that was given out no key of a member when it added them, and has seen several, goes by none of them, and has no number to compare
     * before a person has decided: of each of these keys it has told its person.
     */
    private boolean isAskedToDecide(Witnesses.Device device, List<KnownKey> known) {
        return known.size() > 1
                && known.stream()
                        .allMatch(key ->
                                !key.current() && oracle.devices().hasToldOfKey(device.host(), key.identityKey()));
    }

    /** Forward secrecy: the private keys of a KeyPackage are gone once the device has joined by it. */
    private void checkKeyPackages(Witnesses.Device device) {
        Optional<DeviceStore> disk = oracle.diskOn(device.host());
        String id = oracle.deviceOn(device.host()).orElse("");
        for (String channel : oracle.logs().channels()) {
            for (Stretch stretch : oracle.memberships().stretches(channel, id)) {
                Place place = oracle.logs().log(channel).get(stretch.joinSeq());
                // Who was kept out has not used them, and a store that was set back behind its joining has them again.
                boolean joined = oracle.devices().hasToldOf(device.host(), channel, stretch);
                boolean misled = oracle.liars().misledByItsHub(device.host(), channel);
                if (joined && !misled && place != null && place.content().getKind() == RecordKind.COMMIT) {
                    for (Bytes ref : refs(place)) {
                        if (disk.flatMap(it -> it.get(DeviceTable.KEY_PACKAGE, ref))
                                .filter(row -> !isLastResort(row))
                                .isPresent()) {
                            throw new InvariantViolation(
                                    Invariant.I6_OTHERS_READ_NOTHING,
                                    device.host() + " still has the private keys by which it joined at " + place);
                        }
                    }
                }
            }
        }
    }

    private static boolean isLastResort(byte[] row) {
        try {
            return StoredKeyPackage.parseFrom(row).getLastResort();
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, "a row of KEY_PACKAGE that cannot be parsed", e);
        }
    }

    private static Set<Bytes> refs(Place place) {
        try {
            CommitPayload payload = CommitPayload.parseFrom(place.content().getPayload());
            return payload.getWelcome().isEmpty()
                    ? Set.of()
                    : new HashSet<>(Welcome.keyPackageRefs(payload.getWelcome().toByteArray()));
        } catch (InvalidProtocolBufferException | MlsException e) {
            throw new InvariantViolation(
                    Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH, place + " has a payload that cannot be read", e);
        }
    }
}
