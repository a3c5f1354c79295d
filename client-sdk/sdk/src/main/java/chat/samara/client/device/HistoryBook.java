package chat.samara.client.device;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.MessageContent;
import chat.samara.client.content.ReceivedContent;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.stored.StoredDevicesChanged;
import chat.samara.client.stored.StoredIdentityKeyChanged;
import chat.samara.client.stored.StoredIdentityKeysDiffer;
import chat.samara.client.stored.StoredMembersChanged;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredSaid;
import chat.samara.client.stored.StoredUnreadable;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The history of channels: rows of HISTORY and PLACE, and the values that applications see. */
final class HistoryBook {
    /** Rows of one entry: itself, and what it brought to light. The last byte of a key has no room for more. */
    static final int ROWS_PER_ENTRY_MAX = 256;

    private HistoryBook() {}

    /** Writes what stands at a place in the log, and tells it unless this device said it itself. */
    static void append(Turn turn, LiveChannel channel, long seq, StoredMessage row) {
        append(turn, channel, seq, row, Optional.empty());
    }

    /** As {@link #append(Turn, LiveChannel, long, StoredMessage)}, of what a device said and was just read. */
    static void append(Turn turn, LiveChannel channel, long seq, StoredMessage row, ReceivedContent said) {
        append(turn, channel, seq, row, Optional.of(said));
    }

    private static void append(
            Turn turn, LiveChannel channel, long seq, StoredMessage row, Optional<ReceivedContent> said) {
        if (channel.reading().again) {
            return;
        }
        appendSilently(turn, channel, seq, row);
        said.ifPresent(it -> active(turn, channel, it.sentMillis()));
        boolean ownContent = row.getOwn() && idOf(row).isPresent();
        if (!ownContent) {
            turn.unpacks(SaidRows.shownBytes(row, 0));
            turn.tell(new ClientEvent.MessageReceived(message(
                    channel.id(),
                    row,
                    said.<Shown>map(Shown::of).orElseGet(() -> Shown.of(row)),
                    OptionalLong.of(seq),
                    MessageState.ORDERED,
                    Optional.empty())));
        }
    }

    /** As {@link #append}, for what was told before. */
    static void appendSilently(Turn turn, LiveChannel channel, long seq, StoredMessage row) {
        if (channel.reading().again) {
            return;
        }
        Optional<Bytes> key = freeKey(turn.store(), channel, seq)
                .or(() ->
                        idOf(row).isPresent() ? Optional.of(keyToTake(turn.store(), channel, seq)) : Optional.empty());
        if (key.isEmpty()) {
            // Only a commit that changes hundreds of identity keys at once; each was told as an event.
            return;
        }
        turn.store().put(DeviceTable.HISTORY, key.get(), row);
        idOf(row)
                .ifPresent(id -> turn.store()
                        .put(
                                DeviceTable.PLACE,
                                Keys.place(channel.id(), id),
                                StoredPlace.newBuilder().setSeq(seq).build()));
    }

    /** Something was said: the channel goes up in the list. A sender whose clock goes ahead, or who lies, brings it no further up than now. */
    static void active(Turn turn, LiveChannel channel, long sentMillis) {
        channel.row()
                .setActiveMillis(Math.max(channel.row().getActiveMillis(), Math.min(sentMillis, turn.wallMillis())));
    }

    private static Optional<Bytes> freeKey(StoreTransaction store, LiveChannel channel, long seq) {
        return keys(channel, seq)
                .filter(key -> !store.has(DeviceTable.HISTORY, key))
                .findFirst();
    }

    /**
     * Where no row is free, what somebody said takes that of something else: a commit of a membership that is over may have filled the place, and
     * whatever was said has to stand somewhere.
     */
    private static Bytes keyToTake(StoreTransaction store, LiveChannel channel, long seq) {
        return keys(channel, seq)
                .filter(key -> row(store, key).flatMap(HistoryBook::idOf).isEmpty())
                .reduce((earlier, last) -> last)
                .orElseGet(() -> Keys.history(channel.id(), seq, 0));
    }

    /** Of all rows that a place has room for. By key: to look for a range would look at all that the turn has changed. */
    private static Stream<Bytes> keys(LiveChannel channel, long seq) {
        return IntStream.range(0, ROWS_PER_ENTRY_MAX).mapToObj(within -> Keys.history(channel.id(), seq, within));
    }

    private static Optional<StoredMessage> row(StoreTransaction store, Bytes key) {
        return store.get(DeviceTable.HISTORY, key).map(row -> Stored.parse(StoredMessage.parser(), row));
    }

    /** What somebody said in the entry there, in this membership; empty if nothing is kept. */
    static Optional<StoredMessage> messageAt(StoreTransaction store, LiveChannel channel, long seq) {
        return keys(channel, seq)
                .map(key -> row(store, key))
                .takeWhile(Optional::isPresent)
                .flatMap(Optional::stream)
                .filter(row -> idOf(row).isPresent() && !row.getUnproven())
                // A version before this one has not marked what is of a membership that is over; it comes first.
                .reduce((earlier, last) -> last);
    }

    static Optional<StoredPlace> place(StoreTransaction store, ChannelId channel, MessageId id) {
        return store.get(DeviceTable.PLACE, Keys.place(channel, id))
                .map(row -> Stored.parse(StoredPlace.parser(), row));
    }

    static void setPlace(Turn turn, LiveChannel channel, MessageId id, StoredPlace place) {
        turn.store().put(DeviceTable.PLACE, Keys.place(channel.id(), id), place);
    }

    /** The log after a place, as far as it is durable here: as many rows as a page holds, and so many and the rest of the last place's. */
    static List<Message> read(DeviceStore store, LiveChannel channel, long afterSeq, int countMax) {
        if (countMax < 1) {
            return List.of();
        }
        return Stretch.forward(store, channel, Math.max(0, afterSeq) + 1, Long.MAX_VALUE, countMax).rows().stream()
                .map(row -> message(channel, row))
                .toList();
    }

    static Message message(LiveChannel channel, Stretch.Row row) {
        boolean stable =
                row.seq() <= channel.row().getStableSeq() && !row.message().getUnproven();
        return message(
                channel.id(),
                row.message(),
                OptionalLong.of(row.seq()),
                stable ? MessageState.STABLE : MessageState.ORDERED,
                Optional.empty());
    }

    /** What somebody said under that name, in the log; empty if it is not there. */
    static Optional<StoredMessage> find(StoreTransaction store, ChannelId channel, MessageId id) {
        return place(store, channel, id)
                .filter(StoredPlace::hasSeq)
                .flatMap(place -> IntStream.range(0, ROWS_PER_ENTRY_MAX)
                        .mapToObj(within -> row(store, Keys.history(channel, place.getSeq(), within)))
                        .takeWhile(Optional::isPresent)
                        .flatMap(Optional::stream)
                        .filter(row -> idOf(row).equals(Optional.of(id)))
                        .reduce((earlier, last) -> last));
    }

    /** Whether this device has said something here behind a place, has made the channel, or has changed who is in it. */
    static boolean hasOwnActs(DeviceStore store, LiveChannel channel, long afterSeq) {
        boolean[] found = new boolean[1];
        store.scan(
                DeviceTable.HISTORY,
                Keys.numbered(channel.id(), afterSeq + 1),
                Keys.endOf(channel.id()),
                (key, value) -> {
                    found[0] = isOwnAct(Stored.parse(StoredMessage.parser(), value));
                    return !found[0];
                });
        return found[0];
    }

    private static boolean isOwnAct(StoredMessage row) {
        return row.getOwn()
                && switch (row.getBodyCase()) {
                    case SAID, TEXT, UNKNOWN_FALLBACK, PROFILE, CREATED -> true;
                    case MEMBERS_CHANGED ->
                        row.getMembersChanged().getAddedCount() > 0
                                || row.getMembersChanged().getRemovedCount() > 0;
                    default -> false;
                };
    }

    static StoredMessage.Builder ofServer(long millis) {
        return StoredMessage.newBuilder().setSentMillis(millis);
    }

    static StoredMessage.Builder ofDevice(Optional<UserId> sender, MessageId id, boolean own, long millis) {
        StoredMessage.Builder row = StoredMessage.newBuilder()
                .setDevice(Stored.bytes(id.device().bytes()))
                .setIdempotencyKey(Stored.bytes(id.key().bytes()))
                .setOwn(own)
                .setSentMillis(millis);
        sender.ifPresent(user -> row.setSender(user.toString()));
        return row;
    }

    /** What a device said: when, stands in it. */
    static StoredMessage ofSaid(UserId sender, MessageId id, boolean own, StoredSaid said) {
        return ofDevice(Optional.of(sender), id, own, 0).setSaid(said).build();
    }

    static StoredMessage unreadable(StoredMessage.Builder row, UnreadableReason reason, UnreadableDetail detail) {
        return row.setUnreadable(StoredUnreadable.newBuilder()
                        .setReason(reason.name())
                        .setCode(detail.code().name())
                        .addAllArguments(detail.arguments()))
                .build();
    }

    static UnreadableDetail detail(StoredUnreadable row) {
        return row.getCode().isEmpty() && !row.getDetail().isEmpty()
                ? UnreadableDetail.of(UnreadableDetail.Code.SENTENCE, row.getDetail())
                : UnreadableDetail.ofKept(row.getCode(), row.getArgumentsList());
    }

    static StoredMessage membersChanged(StoredMessage.Builder row, List<UserId> added, List<UserId> removed) {
        StoredMembersChanged.Builder changed = StoredMembersChanged.newBuilder();
        added.forEach(user -> changed.addAdded(user.toString()));
        removed.forEach(user -> changed.addRemoved(user.toString()));
        return row.setMembersChanged(changed).build();
    }

    static StoredMessage devicesChanged(StoredMessage.Builder row, List<UserId> members) {
        StoredDevicesChanged.Builder changed = StoredDevicesChanged.newBuilder();
        members.forEach(user -> changed.addMembers(user.toString()));
        return row.setDevicesChanged(changed).build();
    }

    static StoredMessage keysDiffer(Pins.Difference difference, long millis) {
        StoredMessage.Builder row =
                ofServer(millis).setSender(difference.member().toString());
        if (difference instanceof Pins.KeysDiffer differ) {
            return row.setIdentityKeysDiffer(StoredIdentityKeysDiffer.newBuilder()
                            .setMember(differ.member().toString())
                            .setBefore(KeySightings.stored(differ.before()))
                            .setNow(KeySightings.stored(differ.now())))
                    .build();
        }
        Pins.KeyChange change = (Pins.KeyChange) difference;
        return row.setIdentityKeyChanged(StoredIdentityKeyChanged.newBuilder()
                        .setMember(change.member().toString())
                        .setBefore(Stored.bytes(change.before()))
                        .setNow(Stored.bytes(change.now()))
                        .setAccepted(change.accepted()))
                .build();
    }

    static Optional<MessageId> idOf(StoredMessage row) {
        if (row.getDevice().isEmpty() || row.getIdempotencyKey().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MessageId(
                new DeviceId(Stored.bytes(row.getDevice())),
                new IdempotencyKey(Stored.bytes(row.getIdempotencyKey()))));
    }

    static Message message(
            ChannelId channel, StoredMessage row, OptionalLong seq, MessageState state, Optional<Refusal> refusal) {
        return message(channel, row, Shown.of(row), seq, state, refusal);
    }

    /** What is shown of a row. */
    private record Shown(long sentMillis, MessageBody body, MessageAttributes attributes) {
        static Shown of(StoredMessage row) {
            if (!row.hasSaid()) {
                return new Shown(row.getSentMillis(), HistoryBook.body(row), MessageAttributes.NONE);
            }
            try {
                return of(SaidRows.content(row.getSaid()));
            } catch (ContentException e) {
                return new Shown(
                        row.getSaid().getAcceptedMillis(),
                        new MessageBody.Unreadable(
                                UnreadableReason.CONTENT_INVALID,
                                UnreadableDetail.of(UnreadableDetail.Code.CONTENT, e.code())),
                        MessageAttributes.NONE);
            }
        }

        static Shown of(ReceivedContent said) {
            return new Shown(said.sentMillis(), HistoryBook.body(said.content()), said.attributes());
        }
    }

    private static MessageBody body(MessageContent content) {
        if (content instanceof MessageContent.Text text) {
            return new MessageBody.Text(text.text());
        } else if (content instanceof MessageContent.Profile profile) {
            return new MessageBody.Profile(profile.name(), profile.topic());
        }
        return new MessageBody.Unknown(((MessageContent.Unknown) content).fallbackText());
    }

    private static Message message(
            ChannelId channel,
            StoredMessage row,
            Shown shown,
            OptionalLong seq,
            MessageState state,
            Optional<Refusal> refusal) {
        return new Message(
                channel,
                idOf(row),
                seq,
                row.getSender().isEmpty() ? Optional.empty() : Optional.of(user(row.getSender())),
                row.getOwn(),
                shown.sentMillis(),
                state,
                refusal,
                shown.body(),
                shown.attributes());
    }

    private static MessageBody body(StoredMessage row) {
        return switch (row.getBodyCase()) {
            case TEXT -> new MessageBody.Text(row.getText());
            case UNKNOWN_FALLBACK -> new MessageBody.Unknown(row.getUnknownFallback());
            case PROFILE ->
                new MessageBody.Profile(
                        row.getProfile().getName(), row.getProfile().getTopic());
            case CREATED -> new MessageBody.Created();
            case JOINED -> new MessageBody.Joined();
            case MEMBERS_CHANGED ->
                new MessageBody.MembersChanged(
                        users(row.getMembersChanged().getAddedList()),
                        users(row.getMembersChanged().getRemovedList()));
            case DEVICES_CHANGED ->
                new MessageBody.DevicesChanged(users(row.getDevicesChanged().getMembersList()));
            case REMOVED_HERE -> new MessageBody.RemovedHere();
            case RETURNED -> new MessageBody.Returned(row.getUnderNewKey());
            case RETURNED_HERE ->
                new MessageBody.ReturnedHere(
                        row.getReturnedHere().getFromEpoch(),
                        row.getReturnedHere().getToEpoch());
            case MEMBER_BARRED ->
                new MessageBody.MemberBarred(
                        user(row.getMemberBarred().getMember()),
                        row.getMemberBarred().getAccusers());
            case IDENTITY_KEY_CHANGED ->
                new MessageBody.IdentityKeyChanged(
                        user(row.getIdentityKeyChanged().getMember()),
                        Stored.bytes(row.getIdentityKeyChanged().getBefore()),
                        Stored.bytes(row.getIdentityKeyChanged().getNow()),
                        row.getIdentityKeyChanged().getAccepted());
            case IDENTITY_KEYS_DIFFER ->
                new MessageBody.IdentityKeysDiffer(
                        user(row.getIdentityKeysDiffer().getMember()),
                        KeySightings.of(row.getIdentityKeysDiffer().getBefore()),
                        KeySightings.of(row.getIdentityKeysDiffer().getNow()));
            case LOOK_ALIKE ->
                new MessageBody.LookAlike(
                        user(row.getLookAlike().getMember()),
                        user(row.getLookAlike().getKnown()));
            case UNREADABLE ->
                new MessageBody.Unreadable(
                        UnreadableReason.ofKept(row.getUnreadable().getReason()), detail(row.getUnreadable()));
            case SAID -> throw new IllegalStateException("what was said is shown by what it says");
            case BODY_NOT_SET ->
                new MessageBody.Unreadable(UnreadableReason.MADE_BY_NEWER_VERSION, UnreadableDetail.NONE);
        };
    }

    private static List<UserId> users(List<String> names) {
        return names.stream().map(HistoryBook::user).toList();
    }

    static UserId user(String name) {
        try {
            return UserId.fromWire(name);
        } catch (RefusedException e) {
            throw new DeviceStoreException("a row that names a member this engine cannot have written", e);
        }
    }
}
