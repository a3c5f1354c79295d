package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.MessageContent;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.SubmissionState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredPlace;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.Group;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What this device has said and the log has not shown yet: rows of OUTGOING. A message is composed once, sealed (encrypted, with the
 * ratchet's change and the row in one transaction) as often as its epoch expires, submitted in order, and gone from here when its
 * entry is applied: only the log says that something is in the log.
 */
final class Dispatch {
    private static final int RETRY_ATTEMPT_MAX = 8;

    private final EngineConfig config;
    private final Jitter jitter;
    private final Link link;
    private final GroupVault vault;
    private final RandomSource random;

    Dispatch(EngineConfig config, RandomSource random, Jitter jitter, Link link, GroupVault vault) {
        this.config = config;
        this.random = random;
        this.jitter = jitter;
        this.link = link;
        this.vault = vault;
    }

    /** Composes a message durably; sealed and sent before the turn ends, if that is possible now. */
    MessageId compose(
            Turn turn, LiveChannel channel, OwnIdentity own, ComposedContent composed, MessageContent content) {
        MessageId id = new MessageId(own.device(), Sealing.keyOf(composed));
        StoredOutgoing row = StoredOutgoing.newBuilder()
                .setKind(StoredOutgoingKind.MESSAGE)
                .setState(StoredOutgoingState.COMPOSED)
                .setIdempotencyKey(Stored.bytes(id.key().bytes()))
                .setFrankingKey(Stored.bytes(composed.frankingKey()))
                .setBody(Stored.bytes(composed.body()))
                .setMessage(HistoryBook.withContent(
                        HistoryBook.ofDevice(Optional.of(own.user()), id, true, turn.wallMillis()), content))
                .build();
        long number = add(turn, channel, row);
        HistoryBook.setPlace(
                turn, channel, id, StoredPlace.newBuilder().setOutgoing(number).build());
        return id;
    }

    /** Adds a row, at the end of the queue. Returns its number. */
    long add(Turn turn, LiveChannel channel, StoredOutgoing row) {
        long number = channel.takeNumber();
        channel.save(turn);
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), number), row);
        channel.addOutgoing(new OutgoingHead(number, row));
        turn.touch(channel);
        return number;
    }

    void remove(Turn turn, LiveChannel channel, OutgoingHead head) {
        turn.store().delete(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number));
        channel.removeOutgoing(head);
        turn.touch(channel);
    }

    /** Seals what can be sealed and submits what can be submitted, in order. */
    void pump(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (!own.isSound()) {
            return;
        }
        SubmissionState submissions = channel.submissions();
        if (!link.isOnline() || turn.monotonicMillis() < submissions.pausedUntilMillis) {
            return;
        }
        submissions.waitsUntilMillis = 0;
        long sealedBefore = sealWhatCanBe(turn, channel, own);
        int room = Limits.SUBMISSIONS_IN_FLIGHT_MAX - submissions.inFlight;
        for (OutgoingHead head : channel.queue().ready(sealedBefore, room, it -> mayBeSaid(channel, it))) {
            if (head.state == StoredOutgoingState.AT_SERVER) {
                ask(turn, channel, head);
            } else {
                submit(turn, channel, head);
            }
        }
    }

    /** Of a device that returns, nothing is handed over but the commit by which it does. */
    private static boolean mayBeSaid(LiveChannel channel, OutgoingHead head) {
        return head.state == StoredOutgoingState.AT_SERVER
                || channel.is(Membership.MEMBER)
                || (channel.is(Membership.RETURNING) && head.kind == StoredOutgoingKind.COMMIT);
    }

    /** This device has returned: what was sealed before and is not at the server is sealed in the group that it has now. */
    void sealAnew(Turn turn, LiveChannel channel) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.MESSAGE && head.state == StoredOutgoingState.SEALED) {
                write(
                        turn,
                        channel,
                        head,
                        row(turn.store(), channel, head).toBuilder()
                                .setState(StoredOutgoingState.COMPOSED)
                                .clearPayload()
                                .build());
            }
        }
    }

    /** Returns the number of the first that still is to be sealed: what was said later waits too, one device's messages keep their order. */
    private long sealWhatCanBe(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<OutgoingHead> next = channel.queue().firstComposed();
        if (channel.is(Membership.RETURNING)) {
            // The commit by which this device returns was made later, and goes first.
            return Long.MAX_VALUE;
        }
        while (next.isPresent()) {
            if (turn.isFull()) {
                turn.goOn();
                return next.get().number;
            }
            if (!isOpenFor(channel) || !hasRoom(channel, next.get()) || !seal(turn, channel, own, next.get())) {
                return next.get().number;
            }
            next = channel.queue().firstComposed();
        }
        return Long.MAX_VALUE;
    }

    /**
     * Nothing is encrypted before the hub's own word says that the log is where it is read here: what was composed offline stays
     * composed, so that a device whose state is old does not use a key twice, and one that was lied to sends nothing.
     */
    private boolean isOpenFor(LiveChannel channel) {
        return channel.is(Membership.MEMBER) && link.isOnline() && channel.reading().caughtUp && channel.isVouched();
    }

    /** Nothing is sealed before it can be handed over: if a commit comes first, it would be sealed for an epoch that is over. */
    private static boolean hasRoom(LiveChannel channel, OutgoingHead head) {
        int room = Limits.SUBMISSIONS_IN_FLIGHT_MAX - channel.submissions().inFlight;
        return channel.queue().readyBefore(head.number, room) < room;
    }

    /** When {@link #pump} has something to do again; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        SubmissionState submissions = channel.submissions();
        return LongStream.of(submissions.pausedUntilMillis, submissions.waitsUntilMillis)
                .filter(at -> at > 0 && link.isOnline())
                .boxed()
                .min(Long::compare);
    }

    void resume(Turn turn, LiveChannel channel) {
        SubmissionState submissions = channel.submissions();
        if (submissions.pausedUntilMillis > 0 && turn.monotonicMillis() >= submissions.pausedUntilMillis) {
            submissions.pausedUntilMillis = 0;
            turn.touch(channel);
        }
        if (submissions.waitsUntilMillis > 0 && turn.monotonicMillis() >= submissions.waitsUntilMillis) {
            submissions.waitsUntilMillis = 0;
            turn.touch(channel);
        }
    }

    private boolean seal(Turn turn, LiveChannel channel, OwnIdentity own, OutgoingHead head) {
        Group group = vault.group(turn, channel, own);
        StoredOutgoing row = row(turn.store(), channel, head);
        if (head.expired && group.epoch() <= row.getEpoch()) {
            // The epoch it expired in is still the newest one known here: the log will show the next. A later session
            // does
            // not wait for it: there it is the hub's word that this is the newest, and the server's was perhaps a lie.
            return false;
        }
        if (!SendingOrder.mayFollow(turn, channel, head.number, group.epoch())) {
            return false;
        }
        ComposedContent content = new ComposedContent(Stored.bytes(row.getFrankingKey()), Stored.bytes(row.getBody()));
        byte[] payload;
        try {
            payload = Sealing.seal(group, content, channel.position());
        } catch (MlsException e) {
            if (e.code() == MlsError.PENDING_PROPOSAL) {
                return false;
            }
            refuse(
                    turn,
                    channel,
                    head,
                    new RefusalCause(
                            RefusalCause.Kind.MLS,
                            RefusalCode.PROTOCOL,
                            List.of(e.code().name())));
            return true;
        }
        vault.save(turn, channel, group);
        channel.save(turn);
        StoredOutgoing sealed = row.toBuilder()
                .setState(StoredOutgoingState.SEALED)
                .setEpoch(group.epoch())
                .setPayload(Stored.bytes(Bytes.wrapUnsafe(payload)))
                .addSealedHashes(PayloadForm.hashOf(Bytes.wrapUnsafe(payload)))
                .build();
        write(turn, channel, head, sealed);
        return true;
    }

    private void submit(Turn turn, LiveChannel channel, OutgoingHead head) {
        StoredOutgoing row = row(turn.store(), channel, head);
        SubmissionState submissions = channel.submissions();
        long deviceSeq = submissions.nextDeviceSeq++;
        if (deviceSeq > channel.row().getDeviceSeqUsed()) {
            // Durable before it leaves: a server that has counted further than this knows more of this device than it
            // does.
            channel.row().setDeviceSeqUsed(deviceSeq);
            channel.save(turn);
        }
        Submit.Builder submit = Submit.newBuilder()
                .setChannelId(Stored.bytes(channel.id().bytes()))
                .setKind(head.kind == StoredOutgoingKind.COMMIT ? RecordKind.COMMIT : RecordKind.APPLICATION)
                .setEpoch(row.getEpoch())
                .setIdempotencyKey(row.getIdempotencyKey())
                .setPayload(row.getPayload())
                .setDeviceSeq(deviceSeq);
        channel.launched(head);
        link.request(
                turn,
                ClientFrame.newBuilder().setSubmit(submit),
                new Pending.Submitted(channel.id(), head.number, submissions.numbering));
    }

    private void ask(Turn turn, LiveChannel channel, OutgoingHead head) {
        channel.launched(head);
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setQueryStatus(QueryStatus.newBuilder()
                                .setChannelId(Stored.bytes(channel.id().bytes()))
                                .setIdempotencyKey(Stored.bytes(head.key.bytes()))),
                new Pending.Queried(channel.id(), head.number));
    }

    /**
     * A receipt, as an answer or pushed. Returns a refused or lost commit for whoever carries out its intent.
     */
    Optional<LostCommit> receipt(Turn turn, LiveChannel channel, OutgoingHead head, Receipt receipt) {
        channel.landed(head);
        channel.submissions().failures = 0;
        channel.submissions().heardMillis = turn.monotonicMillis();
        released(turn, channel);
        turn.touch(channel);
        head.ordered = receipt.getStatus() == ReceiptStatus.ORDERED || receipt.getStatus() == ReceiptStatus.STABLE;
        channel.queue().changed(head);
        if (!wasSubmitted(head)) {
            // Of what is not at the server nothing that it says is true.
            return Optional.empty();
        }
        switch (receipt.getStatus()) {
            case STORED -> setAtServer(turn, channel, head);
            case ORDERED, STABLE -> {
                if (isReadNoFurther(channel) && head.kind == StoredOutgoingKind.MESSAGE) {
                    // What was in the log as far as it was read is not here any more, and that it came behind that is
                    // the server's word alone. If this device is added again and reads it there after all, it is.
                    refuseUnread(turn, channel, head);
                } else {
                    setAtServer(turn, channel, head);
                }
            }
            case UNKNOWN -> {
                if (isReadNoFurther(channel)) {
                    refuseUnread(turn, channel, head);
                } else if (head.state == StoredOutgoingState.AT_SERVER) {
                    // The server was restored from a backup: hand it over again.
                    write(
                            turn,
                            channel,
                            head,
                            row(turn.store(), channel, head).toBuilder()
                                    .setState(StoredOutgoingState.SEALED)
                                    .build());
                }
            }
            case REJECTED -> {
                return rejected(turn, channel, head, chat.samara.wire.Refusal.of(receipt.getError()));
            }
            case RECEIPT_STATUS_UNSPECIFIED, UNRECOGNIZED -> {
                // The frame's reader refuses these.
            }
        }
        return Optional.empty();
    }

    /** Whether the log will show no own message any more: this device was removed, or the log is frozen. */
    private static boolean isReadNoFurther(LiveChannel channel) {
        return !channel.hasGroup();
    }

    private static boolean wasSubmitted(OutgoingHead head) {
        return head.state == StoredOutgoingState.SEALED || head.state == StoredOutgoingState.AT_SERVER;
    }

    /** An own commit that will not be in the log. */
    record LostCommit(OutgoingHead head, Refusal refusal, boolean raceLost) {}

    private Optional<LostCommit> rejected(
            Turn turn, LiveChannel channel, OutgoingHead head, chat.samara.wire.Refusal refusal) {
        boolean outdated = refusal.code() == ErrorCode.EPOCH_EXPIRED || refusal.code() == ErrorCode.STALE_EPOCH;
        if (head.kind == StoredOutgoingKind.COMMIT) {
            return Optional.of(new LostCommit(head, Refusal.of(refusal), outdated));
        }
        if (isReadNoFurther(channel)) {
            refuseUnread(turn, channel, head);
            return Optional.empty();
        }
        StoredOutgoing row = row(turn.store(), channel, head);
        if (outdated && row.getRenewals() < Limits.RENEWALS_MAX) {
            head.expired = true;
            write(
                    turn,
                    channel,
                    head,
                    row.toBuilder()
                            .setState(StoredOutgoingState.COMPOSED)
                            .clearPayload()
                            .setRenewals(row.getRenewals() + 1)
                            .build());
        } else {
            refuse(turn, channel, head, RefusalCause.of(refusal));
        }
        return Optional.empty();
    }

    /** A Submit or QueryStatus of the present numbering was answered with an error: nothing was stored. */
    Optional<LostCommit> failed(Turn turn, LiveChannel channel, OutgoingHead head, chat.samara.wire.Refusal refusal) {
        channel.landed(head);
        SubmissionState submissions = channel.submissions();
        submissions.heardMillis = turn.monotonicMillis();
        turn.touch(channel);
        switch (refusal.code()) {
            case GAP -> {
                renumber(channel, refusal.expected());
                pauseIfRepeated(turn, submissions);
            }
            case TOO_LARGE, MALFORMED, UNSUPPORTED, INVALID_HANDSHAKE, STALE_EPOCH, EPOCH_EXPIRED -> {
                // It consumed no number, so what was numbered behind it comes back as a GAP and is numbered afresh.
                return wasSubmitted(head) ? rejected(turn, channel, head, refusal) : Optional.empty();
            }
            default -> {
                submissions.failures++;
                held(turn, channel, refusal);
                pause(turn, submissions, refusal.retryAfterMillis());
            }
        }
        return Optional.empty();
    }

    /** The person is told what keeps the messages here, once; but not of what passes in a moment. */
    static void held(Turn turn, LiveChannel channel, chat.samara.wire.Refusal refusal) {
        boolean passing = refusal.code() == ErrorCode.LIMIT_REACHED || refusal.code() == ErrorCode.SHUTTING_DOWN;
        if (!passing) {
            hold(turn, channel, Refusal.of(refusal));
        }
    }

    /** The person is told what keeps the messages here, once. */
    static void hold(Turn turn, LiveChannel channel, Refusal refusal) {
        Optional<Refusal> why = Optional.of(refusal);
        if (!channel.submissions().heldBy.equals(why)) {
            channel.submissions().heldBy = why;
            turn.tell(new ClientEvent.SendingHeld(channel.id(), why));
        }
    }

    /** The server takes messages again, or there is another session, which begins anew. */
    static void released(Turn turn, LiveChannel channel) {
        if (channel.submissions().heldBy.isPresent()) {
            channel.submissions().heldBy = Optional.empty();
            turn.tell(new ClientEvent.SendingHeld(channel.id(), Optional.empty()));
        }
    }

    private static void renumber(LiveChannel channel, long nextDeviceSeq) {
        SubmissionState submissions = channel.submissions();
        submissions.numbering++;
        submissions.nextDeviceSeq = Math.max(1, nextDeviceSeq);
        for (OutgoingHead head : channel.queue().inFlight()) {
            if (head.state == StoredOutgoingState.SEALED) {
                channel.landed(head);
            }
        }
    }

    private void pauseIfRepeated(Turn turn, SubmissionState submissions) {
        // One renumbering is normal; a second one without any receipt in between means that the two sides disagree.
        if (++submissions.failures > 1) {
            pause(turn, submissions, 0);
        }
    }

    private void pause(Turn turn, SubmissionState submissions, long wantedMillis) {
        long backOff = jitter.backOffMillis(
                Math.min(submissions.failures, RETRY_ATTEMPT_MAX), config.retryMillisMin(), config.retryMillisMax());
        submissions.pausedUntilMillis =
                turn.monotonicMillis() + Math.max(backOff, Math.min(wantedMillis, config.retryMillisMax()));
    }

    /** The entry with this own message was applied. */
    void ordered(Turn turn, LiveChannel channel, OutgoingHead head, long seq) {
        StoredOutgoing row = row(turn.store(), channel, head);
        Footing.own(turn, channel, seq, head.number, row);
        HistoryBook.append(turn, channel, seq, row.getMessage());
        HistoryBook.idOf(row.getMessage()).ifPresent(id -> {
            tell(turn, channel, id, MessageState.ORDERED, OptionalLong.of(seq), Optional.empty());
            channel.reading().unstable.put(seq, id);
        });
        if (channel.reading().unstable.size() > Limits.OUTGOING_MAX) {
            channel.reading().unstable.pollFirstEntry();
        }
        channel.submissions().heardMillis = turn.monotonicMillis();
        remove(turn, channel, head);
    }

    /** Whether a record under an own message's key is that message: one of the payloads that this device made of it, and no other. */
    boolean hasSealed(Turn turn, LiveChannel channel, OutgoingHead head, Record record) {
        return sealedHashes(row(turn.store(), channel, head)).contains(PayloadForm.hashOf(record));
    }

    private static Set<ByteString> sealedHashes(StoredOutgoing row) {
        Set<ByteString> hashes = new HashSet<>(row.getSealedHashesList());
        if (!row.getPayload().isEmpty()) {
            // A row of an older version has no hashes.
            hashes.add(PayloadForm.hashOf(Stored.bytes(row.getPayload())));
        }
        return hashes;
    }

    /**
     * Something else stands in the log under the message's key, which is used up by that (I3): it gets a new franking key, and by it a new
     * idempotency key, and goes on under that as if it had just been composed.
     */
    void rename(Turn turn, LiveChannel channel, OutgoingHead head) {
        DeviceId device = HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .orElseThrow()
                .device();
        rename(turn, channel, head, device);
    }

    /** What was said under a device key that is given up and is not in the log is said under the new one. */
    void renameAll(Turn turn, LiveChannel channel, OwnIdentity own) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.MESSAGE) {
                MessageId id = HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                        .orElseThrow();
                if (!id.device().equals(own.device())) {
                    rename(turn, channel, head, own.device());
                }
            }
        }
    }

    private void rename(Turn turn, LiveChannel channel, OutgoingHead head, DeviceId device) {
        StoredOutgoing row = row(turn.store(), channel, head);
        ComposedContent content = new ComposedContent(Stored.bytes(row.getFrankingKey()), Stored.bytes(row.getBody()))
                .underNewKey(random);
        MessageId before = HistoryBook.idOf(row.getMessage()).orElseThrow();
        MessageId now = new MessageId(device, Sealing.keyOf(content));
        boolean refused = head.state == StoredOutgoingState.REFUSED;
        StoredOutgoing renamed = row.toBuilder()
                .setState(refused ? StoredOutgoingState.REFUSED : StoredOutgoingState.COMPOSED)
                .setIdempotencyKey(Stored.bytes(now.key().bytes()))
                .setFrankingKey(Stored.bytes(content.frankingKey()))
                .setMessage(row.getMessage().toBuilder()
                        .setDevice(Stored.bytes(device.bytes()))
                        .setIdempotencyKey(Stored.bytes(now.key().bytes())))
                .clearEpoch()
                .clearPayload()
                .clearSealedHashes()
                .clearRenewals()
                .build();
        remove(turn, channel, head);
        turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), before));
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number), renamed);
        channel.addOutgoing(new OutgoingHead(head.number, renamed));
        HistoryBook.setPlace(
                turn,
                channel,
                now,
                StoredPlace.newBuilder().setOutgoing(head.number).build());
        turn.tell(new ClientEvent.MessageRenamed(channel.id(), before, now));
    }

    /** The hub has signed that everything up to here is stable. */
    static void stable(Turn turn, LiveChannel channel, long stableSeq) {
        var stable = channel.reading().unstable.headMap(stableSeq, true);
        stable.forEach(
                (seq, id) -> tell(turn, channel, id, MessageState.STABLE, OptionalLong.of(seq), Optional.empty()));
        stable.clear();
    }

    /** The log is read no further: what is not at the server yet never will be; the rest is asked about. */
    void removed(Turn turn, LiveChannel channel) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.COMMIT) {
                remove(turn, channel, head);
            } else if (head.state == StoredOutgoingState.AT_SERVER) {
                head.askStatus = true;
                channel.queue().changed(head);
            } else if (head.state != StoredOutgoingState.REFUSED) {
                refuseUnread(turn, channel, head);
            }
        }
    }

    private void refuseUnread(Turn turn, LiveChannel channel, OutgoingHead head) {
        boolean frozen = channel.is(Membership.FROZEN);
        refuse(
                turn,
                channel,
                head,
                new RefusalCause(
                        frozen ? RefusalCause.Kind.FROZEN : RefusalCause.Kind.REMOVED,
                        frozen ? RefusalCode.CHANNEL_FROZEN : RefusalCode.NOT_A_MEMBER,
                        List.of()));
    }

    void refuse(Turn turn, LiveChannel channel, OutgoingHead head, RefusalCause cause) {
        channel.landed(head);
        StoredOutgoing row = cause.writeTo(row(turn.store(), channel, head).toBuilder()
                        .setState(StoredOutgoingState.REFUSED)
                        .clearPayload())
                .build();
        write(turn, channel, head, row);
        HistoryBook.idOf(row.getMessage())
                .ifPresent(id -> tell(
                        turn, channel, id, MessageState.REFUSED, OptionalLong.empty(), Optional.of(cause.refusal())));
        if (channel.queue().refusedCount() > Limits.REFUSED_KEPT) {
            channel.queue().firstRefused().ifPresent(oldest -> forget(turn, channel, oldest));
        }
    }

    /** A refused message leaves no trace. */
    void forget(Turn turn, LiveChannel channel, OutgoingHead head) {
        HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
        remove(turn, channel, head);
    }

    /** A refused message is to be sent again. */
    void composeAgain(Turn turn, LiveChannel channel, OutgoingHead head) {
        StoredOutgoing row = RefusalCause.clear(row(turn.store(), channel, head).toBuilder()
                        .setState(StoredOutgoingState.COMPOSED)
                        .clearRenewals())
                .build();
        write(turn, channel, head, row);
        HistoryBook.idOf(row.getMessage())
                .ifPresent(id -> tell(turn, channel, id, MessageState.QUEUED, OptionalLong.empty(), Optional.empty()));
    }

    /** Why nothing can be sent in a channel now. */
    static Optional<Refusal> sendingRefused(LiveChannel channel) {
        if (!channel.hasGroup()) {
            return Optional.of(Refusals.notAMember(channel));
        }
        if (channel.queue().waitingCount() >= Limits.OUTGOING_MAX) {
            return Optional.of(new Refusal(
                    RefusalCode.LIMIT_REACHED,
                    Limits.OUTGOING_MAX + " messages of this channel wait to be ordered; try later"));
        }
        return Optional.empty();
    }

    private void setAtServer(Turn turn, LiveChannel channel, OutgoingHead head) {
        if (head.state == StoredOutgoingState.SEALED) {
            StoredOutgoing row = row(turn.store(), channel, head).toBuilder()
                    .setState(StoredOutgoingState.AT_SERVER)
                    .build();
            write(turn, channel, head, row);
            HistoryBook.idOf(row.getMessage())
                    .ifPresent(
                            id -> tell(turn, channel, id, MessageState.STORED, OptionalLong.empty(), Optional.empty()));
        }
    }

    private static void tell(
            Turn turn, LiveChannel channel, MessageId id, MessageState state, OptionalLong seq, Optional<Refusal> why) {
        turn.tell(new ClientEvent.MessageStateChanged(channel.id(), id, true, state, seq, why));
    }

    static StoredOutgoing row(StoreTransaction store, LiveChannel channel, OutgoingHead head) {
        byte[] row = store.get(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number))
                .orElseThrow(() -> new IllegalStateException("row " + head.number + " of OUTGOING is gone"));
        return Stored.parse(StoredOutgoing.parser(), row);
    }

    private static void write(Turn turn, LiveChannel channel, OutgoingHead head, StoredOutgoing row) {
        head.state = row.getState();
        head.epoch = row.getEpoch();
        channel.queue().changed(head);
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number), row);
        turn.touch(channel);
    }

    /** The own messages that are not in the log, in the order of sending. */
    static List<Message> pending(StoreTransaction store, LiveChannel channel) {
        List<Message> messages = new ArrayList<>();
        for (OutgoingHead head : channel.outgoing().values()) {
            if (head.kind == StoredOutgoingKind.MESSAGE) {
                StoredOutgoing row = row(store, channel, head);
                Optional<Refusal> refusal = row.getState() == StoredOutgoingState.REFUSED
                        ? Optional.of(RefusalCause.of(row))
                        : channel.submissions().heldBy.filter(why -> stateOf(row.getState()) == MessageState.QUEUED);
                messages.add(HistoryBook.message(
                        channel.id(), row.getMessage(), OptionalLong.empty(), stateOf(row.getState()), refusal));
            }
        }
        return messages;
    }

    static MessageState stateOf(StoredOutgoingState state) {
        return switch (state) {
            case COMPOSED, SEALED -> MessageState.QUEUED;
            case AT_SERVER -> MessageState.STORED;
            case REFUSED -> MessageState.REFUSED;
            case STORED_OUTGOING_STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException("an outgoing row in state " + state);
        };
    }
}
