package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.mls.codec.Bytes;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.RecordKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The last word on a run, once everything has come to rest: compares all books with what the devices show (I1 to I6). */
public final class Judgement {
    private final Oracle oracle;
    private final SpeechBook speech;

    public Judgement(Oracle oracle, SpeechBook speech) {
        this.oracle = oracle;
        this.speech = speech;
    }

    /** Throws an {@link InvariantViolation} if anything does not hold. Gives how often outsiders tried to read in vain. */
    public int judge(Witnesses witnesses) {
        oracle.acks().checkKept();
        Set<MessageId> toldInStore = new HashSet<>();
        Set<String> toldTexts = new HashSet<>();
        Map<String, Set<String>> seenByText = new HashMap<>();
        for (Witnesses.Device device : witnesses.devices()) {
            for (String channel : oracle.logs().channels()) {
                if (!oracle.liars().misledByItsHub(device.host(), channel)) {
                    checkHistory(device, channel, seenByText);
                }
                device.engine().pending(new ChannelId(Bytes.ofHex(channel))).stream()
                        .filter(message -> message.state() == MessageState.REFUSED
                                || oracle.devices().isAway(device.host()))
                        .forEach(message -> {
                            message.id().ifPresent(toldInStore::add);
                            if (message.body() instanceof MessageBody.Text text) {
                                toldTexts.add(text.text());
                            }
                        });
            }
        }
        checkSpeech(toldInStore, toldTexts, seenByText);
        checkOrder();
        witnesses.servers().forEach(this::checkEvidence);
        oracle.devices().checkReplacements();
        oracle.devices()
                .checkOneGoesOn(
                        witnesses.devices().stream().map(Witnesses.Device::host).toList());
        DeviceJudgement devices = new DeviceJudgement(oracle);
        witnesses.devices().forEach(devices::judge);
        return oracle.checkOutsiders();
    }

    private void checkHistory(Witnesses.Device device, String channel, Map<String, Set<String>> seenByText) {
        List<Stretch> stretches = oracle.memberships()
                .stretches(channel, oracle.devices().idsOf(SimulatedDevice.memberOf(device.host())));
        List<Message> history = WholeHistory.of(device.engine(), new ChannelId(Bytes.ofHex(channel)));
        TreeMap<Long, Message> byPlace = new TreeMap<>();
        for (Message message : history) {
            long seq = message.seq().orElse(0);
            if (stretches.stream().noneMatch(stretch -> stretch.covers(seq))) {
                // Refused messages stay in the history of their sender, without a place.
                if (message.state() == MessageState.REFUSED) {
                    message.id().ifPresent(speech::refused);
                    continue;
                }
                if (message.body() instanceof MessageBody.Unreadable) {
                    continue; // Nothing is shown.
                }
                if (message.own()) {
                    continue; // Its author may know that it was ordered behind the own removal.
                }
                throw new InvariantViolation(
                        Invariant.I6_OTHERS_READ_NOTHING,
                        device.host() + " shows " + message + ", a member in " + stretches);
            }
            byPlace.merge(seq, message, Judgement::standsFor);
            if (message.body() instanceof MessageBody.Text text && message.state() != MessageState.REFUSED) {
                if (!seenByText
                                .computeIfAbsent(text.text(), t -> new HashSet<>())
                                .add(device.host())
                        && !maySayTwice(text.text())) {
                    throw new InvariantViolation(
                            Invariant.I3_NO_DUPLICATES, device.host() + " shows a text twice: " + message);
                }
            }
        }
        if (!oracle.devices().isAway(device.host())) {
            checkReads(device, channel, byPlace);
        }
    }

    /**
     * Which of two rows of one place stands for the entry there: the later one, unless it tells only what came to light with that entry, or that the
     * device came in there. It comes in behind what it has read if it was shown a removal that no head covered, and then none.
     */
    static Message standsFor(Message before, Message after) {
        boolean saidThere = before.body() instanceof MessageBody.Text || before.body() instanceof MessageBody.Profile;
        boolean cameIn =
                after.body() instanceof MessageBody.Joined || after.body() instanceof MessageBody.MembersChanged;
        return isBroughtToLight(after) || (saidThere && cameIn) ? before : after;
    }

    private static boolean isBroughtToLight(Message row) {
        return row.body() instanceof MessageBody.IdentityKeyChanged
                || row.body() instanceof MessageBody.IdentityKeysDiffer
                || row.body() instanceof MessageBody.LookAlike;
    }

    /**
     * A copy cannot know whether a later state has said what waits in it, if that was in an epoch which the copy has never reached: it says it
     * again, rather than that it were lost. What a hostile member's changed client submits looks to its device as if a later state had said it.
     */
    private boolean maySayTwice(String text) {
        return speech.find(text)
                .filter(attempt -> oracle.devices().wasDisturbed(attempt.memberName())
                        || oracle.devices().isHostileMember(attempt.memberName()))
                .isPresent();
    }

    private void checkReads(Witnesses.Device device, String channel, Map<Long, Message> byPlace) {
        List<Stretch> stretches =
                oracle.memberships().stretches(channel, oracle.devices().idsOn(device.host()));
        for (Stretch stretch : stretches) {
            if (!oracle.devices().knowsOf(device.host(), channel, stretch)
                    || oracle.wasKeptOut(device.host(), channel, stretch)) {
                continue;
            }
            oracle.logs().log(channel).values().stream()
                    .filter(place -> stretch.covers(place.seq()) && AckBook.isApplication(place))
                    .forEach(place -> checkRead(device, stretch, place, Optional.ofNullable(byPlace.get(place.seq()))));
        }
    }

    private void checkRead(Witnesses.Device device, Stretch stretch, Place place, Optional<Message> shown) {
        if (shown.isEmpty()) {
            throw new InvariantViolation(
                    Invariant.I5_MEMBERS_READ_EVERYTHING,
                    device.host() + " shows nothing for " + place + ", a member in " + stretch);
        }
        MessageBody body = shown.get().body();
        if (oracle.submissions().isAltered(place)
                || oracle.devices().isHostileDevice(Hex.of(place.content().getDevice()))) {
            return; // Nobody said that. What its author did say stands elsewhere.
        }
        if (body instanceof MessageBody.Unreadable unreadable) {
            boolean excused = switch (unreadable.reason()) {
                case JOINED_LATER -> place.content().getEpoch() < stretch.joinEpoch();
                case EPOCH_EXPIRED ->
                    oracle.memberships()
                                    .closedBefore(
                                            place.channel(), place.content().getEpoch(), place.seq())
                            || isFromBeforeItsStay(device, stretch, place)
                            || isFromBeforeThePastGroup(device, place);
                case OWN_RECORD_UNKNOWN -> isOfAnotherState(device, place);
                case EPOCH_AHEAD ->
                    isOutOfItsPlace(device, place)
                            || isNamedAsMissed(device, place)
                            || wasOnlyThereUnderAKeyGivenUp(device, stretch, place);
                default -> false;
            };
            if (!excused) {
                throw new InvariantViolation(
                        Invariant.I5_MEMBERS_READ_EVERYTHING,
                        device.host() + " cannot read " + place + ": " + unreadable + ", a member since " + stretch);
            }
        } else if (body instanceof MessageBody.Text text) {
            checkText(device, place, text.text());
        } else if (!(body instanceof MessageBody.Profile)) {
            throw new InvariantViolation(
                    Invariant.I5_MEMBERS_READ_EVERYTHING, device.host() + " shows " + body + " for " + place);
        }
    }

    /** What a later state of this device has said, or a copy of it, its own ratchets do not open. */
    private boolean isOfAnotherState(Witnesses.Device device, Place place) {
        return oracle.devices().isDisturbed(device.host())
                && oracle.devices()
                        .idsOf(SimulatedDevice.memberOf(device.host()))
                        .contains(Hex.of(place.content().getDevice()));
    }

    /** A device that returned no longer knows when it had first joined: of what was said before that it says that the epoch is over. */
    private boolean isFromBeforeItsStay(Witnesses.Device device, Stretch stretch, Place place) {
        List<Stretch> stretches =
                oracle.memberships().stretches(place.channel(), oracle.devices().idsOn(device.host()));
        boolean hasReturned = oracle.devices().isDisturbed(device.host())
                || !oracle.devices().lostPlaces(device.host(), place.channel()).isEmpty();
        return hasReturned && place.content().getEpoch() < firstEpoch(stretches, stretch);
    }

    /**
     * A device that has lost its place keeps the group that it had for what comes late, and that one only: who has lost it twice since reads nothing
     * late of the epochs before the first time.
     */
    private boolean isFromBeforeThePastGroup(Witnesses.Device device, Place place) {
        return oracle.devices().lostPlaces(device.host(), place.channel()).stream()
                        .filter(after -> place.content().getEpoch() <= after)
                        .count()
                > 1;
    }

    private static long firstEpoch(List<Stretch> stretches, Stretch stretch) {
        return stretches.stream()
                .filter(before -> before.leaveSeq() == stretch.joinSeq())
                .mapToLong(before -> firstEpoch(stretches, before))
                .findFirst()
                .orElse(stretch.joinEpoch());
    }

    /**
     * Whether the device had no place in the channel in this epoch: it went on under a new key, a copy had returned in its place, or it had told
     * that it could not process a commit; and it had not returned yet, or was removed before it could.
     */
    private boolean isOutOfItsPlace(Witnesses.Device device, Place place) {
        long epoch = place.content().getEpoch();
        List<String> ids = oracle.devices().idsOn(device.host());
        List<Stretch> stretches = oracle.memberships().stretches(place.channel(), ids);
        Set<Long> lost = new HashSet<>(oracle.devices().lostPlaces(device.host(), place.channel()));
        stretches.stream()
                .filter(stretch -> isTakenByACopy(device, place.channel(), stretch))
                .map(stretch -> oracle.logs().log(place.channel()).get(stretch.leaveSeq()))
                .forEach(commit -> lost.add(commit.content().getEpoch()));
        return lost.stream()
                .filter(after -> after < epoch)
                .anyMatch(after -> stretches.stream()
                        .mapToLong(Stretch::joinEpoch)
                        .filter(joinEpoch -> joinEpoch > after)
                        .allMatch(joinEpoch -> joinEpoch > epoch));
    }

    /**
     * Whether the device had come into the channel by its leaf alone, as no Welcome led in, or from a copy of its profile, and had not returned yet:
     * its history names the epochs that it could not read. Nobody tells it of losing its place then.
     */
    private boolean isNamedAsMissed(Witnesses.Device device, Place place) {
        long epoch = place.content().getEpoch();
        ChannelId channel = new ChannelId(Bytes.ofHex(place.channel()));
        boolean outOfPlace = oracle.devices().isDisturbed(device.host());
        for (Message row : WholeHistory.of(device.engine(), channel)) {
            if (row.body() instanceof MessageBody.Joined) {
                outOfPlace |= row.seq().orElseThrow() <= place.seq();
            } else if (row.body() instanceof MessageBody.ReturnedHere returned) {
                if (outOfPlace && epoch >= returned.fromEpoch() && epoch < returned.toEpoch()) {
                    return true;
                }
                outOfPlace = oracle.devices().isDisturbed(device.host());
            }
        }
        return false;
    }

    /**
     * Whether the device had been added under a key that it had given up before it heard of it, and was removed before it could return: it read that log
     * as one that has no place in it, and of a return its history cannot tell.
     */
    private boolean wasOnlyThereUnderAKeyGivenUp(Witnesses.Device device, Stretch stretch, Place place) {
        boolean removed = !stretch.open() && !isTakenByACopy(device, place.channel(), stretch);
        return removed
                && oracle.devices()
                        .idWhenItToldOf(device.host(), place.channel(), stretch)
                        .filter(id -> !oracle.memberships()
                                .stretches(place.channel(), List.of(id))
                                .contains(stretch))
                        .isPresent();
    }

    private boolean isTakenByACopy(Witnesses.Device device, String channel, Stretch stretch) {
        return oracle.memberships().stretches(channel, oracle.devices().idsOf(device.memberName())).stream()
                .anyMatch(after -> after.joinSeq() == stretch.leaveSeq());
    }

    private void checkText(Witnesses.Device device, Place place, String text) {
        Optional<Attempt> attempt = speech.find(text);
        boolean right = attempt.isPresent()
                && attempt.get().channel().bytes().hex().equals(place.channel())
                && oracle.devices()
                        .idsOf(attempt.get().memberName())
                        .contains(Hex.of(place.content().getDevice()));
        if (!right) {
            throw new InvariantViolation(
                    Invariant.I2_ONE_LOG,
                    device.host() + " reads at " + place + " what was never said there: " + attempt);
        }
    }

    /**
     * What one member said in one channel stands in the log in the order in which it was said, but for what lay at its own server for a
     * while and was then sent back, because its epoch had been closed before the hub got it.
     */
    void checkOrder() {
        Map<String, Place> lastByAuthor = new HashMap<>();
        for (Map.Entry<String, MessageId> said : speech.queued()) {
            MessageId id = said.getValue();
            Optional<Attempt> attempt = speech.find(said.getKey());
            if (attempt.filter(it -> oracle.liars().liedAboutRecordsOf(it.memberName())
                            || oracle.devices().isHostileMember(it.memberName())
                            || isSaidToAMisledServer(it))
                    .isPresent()) {
                continue;
            }
            String channel = attempt.map(it -> it.channel().bytes().hex()).orElse("");
            String device = id.device().bytes().hex();
            String key = id.key().bytes().hex();
            oracle.logs()
                    .find(channel, device, key)
                    .filter(place -> !oracle.receipts().cameBackLate(channel, device, key))
                    .ifPresent(place -> {
                        Place before = lastByAuthor.put(channel + " " + id.device(), place);
                        if (before != null && before.seq() > place.seq()) {
                            throw new InvariantViolation(
                                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                                    place + " was said after what stands at " + before.seq());
                        }
                    });
        }
    }

    /** What was changed on its way is said again, under another name, until it stands in the log as it was meant. */
    private void checkSaidAgain(
            String text, Attempt attempt, Optional<Place> place, boolean told, Map<String, Set<String>> seenByText) {
        boolean altered = place.filter(oracle.submissions()::isAltered).isPresent();
        boolean seenByAuthor = seenByText.getOrDefault(text, Set.of()).stream()
                .anyMatch(host -> SimulatedDevice.memberOf(host).equals(attempt.memberName()));
        if (altered && !told && !seenByAuthor) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                    attempt + " was changed on its way to " + place.orElseThrow() + ", and was not said again");
        }
    }

    /** To whom a hub has shown another log, they have frozen the channel, and can prove it. */
    private void checkEvidence(Witnesses.Server server) {
        Set<String> proven = DiskReader.channelsWithEvidence(server.disk());
        for (String channel : oracle.logs().channels()) {
            if (oracle.liars().misledByItsHub(server.name(), channel)) {
                if (!proven.contains(channel)) {
                    throw new InvariantViolation(
                            Invariant.I2_ONE_LOG,
                            server.name() + " was shown another log of " + Hex.brief(channel)
                                    + " by its hub, and has nothing that proves it");
                }
                oracle.chronicle().count(Happening.HUB_CONVICTED);
            }
        }
    }

    /** What is said where a hub has shown another log gets into no log any more. */
    private boolean isSaidToAMisledServer(Attempt attempt) {
        return oracle.liars()
                .misledByItsHub(
                        SimulatedDevice.hostOf(attempt.memberName()),
                        attempt.channel().bytes().hex());
    }

    private Optional<Place> find(String channel, MessageId id) {
        return oracle.logs()
                .find(channel, id.device().bytes().hex(), id.key().bytes().hex());
    }

    private void checkSpeech(Set<MessageId> toldInStore, Set<String> toldTexts, Map<String, Set<String>> seenByText) {
        for (Map.Entry<String, MessageId> said : speech.queued()) {
            MessageId id = said.getValue();
            Optional<Attempt> attempt = speech.find(said.getKey());
            if (attempt.filter(it -> oracle.devices().isHostileMember(it.memberName()) || isSaidToAMisledServer(it))
                    .isPresent()) {
                continue;
            }
            String channel = attempt.map(a -> a.channel().bytes().hex()).orElse("");
            Set<MessageId> names = speech.namesOf(id);
            Optional<Place> place =
                    names.stream().flatMap(name -> find(channel, name).stream()).findFirst();
            // What is said again under another name is refused under that one.
            boolean told = names.stream().anyMatch(name -> speech.isRefused(name) || toldInStore.contains(name))
                    || toldTexts.contains(said.getKey())
                    || speech.wentWithItsStore(said.getKey());
            if (place.isEmpty() && !told && !seenByText.containsKey(said.getKey())) {
                throw new InvariantViolation(
                        Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                        attempt + " was taken on as " + id + ", and is neither in the log nor refused");
            }
            if (place.isPresent() && place.get().content().getKind() != RecordKind.APPLICATION) {
                throw new InvariantViolation(Invariant.I2_ONE_LOG, attempt + " stands in the log as " + place.get());
            }
            checkSaidAgain(said.getKey(), attempt.orElseThrow(), place, told, seenByText);
        }
        seenByText.keySet().forEach(text -> {
            if (speech.find(text).isEmpty()) {
                throw new InvariantViolation(Invariant.I2_ONE_LOG, "a text appears that nobody said: " + text);
            }
        });
    }
}
