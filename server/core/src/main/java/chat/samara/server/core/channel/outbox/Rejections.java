package chat.samara.server.core.channel.outbox;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.rule.Additions;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Takes records out of the outbox that will not be in the log, and tells their devices why (I1). */
public final class Rejections {
    private final Channels channels;
    private final Sessions sessions;
    private final Outbox outbox;
    private final SubmissionTable submissions;
    private final Additions additions;

    /** Channels that were frozen, and in which some may wait. */
    private final NavigableSet<ChannelId> frozen = new TreeSet<>();

    private Optional<ChannelId> lastRefused = Optional.empty();

    public Rejections(
            Channels channels, Sessions sessions, Outbox outbox, SubmissionTable submissions, Additions additions) {
        this.channels = channels;
        this.sessions = sessions;
        this.outbox = outbox;
        this.submissions = submissions;
        this.additions = additions;
    }

    /** The record at this place will never be in the log in this form; nothing happens if there is none. */
    public void reject(Channel channel, Place place, Refusal why) {
        outbox.find(channel.id(), place).ifPresent(record -> reject(channel, place, record, why));
    }

    private void reject(Channel channel, Place place, Record record, Refusal why) {
        ChannelId id = channel.id();
        DeviceId device = new DeviceId(Protobuf.toBytes(record.getDevice()));
        IdempotencyKey key = new IdempotencyKey(Protobuf.toBytes(record.getIdempotencyKey()));
        Bytes payload = Protobuf.toBytes(record.getPayload());
        outbox.remove(channel, place);
        submissions.rejected(id, device, key, record.getKind(), payload, why);
        channels.save(channel);
        submissions
                .find(id, device, key)
                .ifPresent(row -> sessions.push(
                        device, ServerFrame.newBuilder().setReceipt(SubmissionTable.receipt(id, key, row))));
        additions.notOrdered(id, device, key);
    }

    /**
     * The channel is frozen here: whatever waits for its hub would wait for ever, since nothing is pulled any more. Some of it is refused at once, and the rest
     * in some ticks.
     */
    public void frozen(Channel channel) {
        frozen.add(channel.id());
        refuseSome(channel.id());
    }

    /** Does so for the channels that were frozen before the start, and of which some waits. */
    public void load() {
        frozen.clear();
        for (ChannelId id : outbox.waiting().keySet()) {
            if (ifFrozen(id).isPresent()) {
                frozen.add(id);
            }
        }
    }

    private Optional<Channel> ifFrozen(ChannelId id) {
        return channels.find(id).filter(it -> it.row().getState() == StoredChannelState.CHANNEL_FROZEN);
    }

    /** Refuses some of what waits in one channel that is frozen, of these in turn: what one meets keeps no other from it. */
    public void tick() {
        if (!frozen.isEmpty()) {
            ChannelId next = lastRefused
                    .flatMap(last -> Optional.ofNullable(frozen.higher(last)))
                    .orElseGet(frozen::first);
            lastRefused = Optional.of(next);
            refuseSome(next);
        }
    }

    private void refuseSome(ChannelId id) {
        Optional<Channel> channel = ifFrozen(id);
        List<Place> places =
                channel.isEmpty() ? List.of() : outbox.places(id, Limits.RECORDS_OF_FROZEN_REFUSED_PER_TICK_MAX);
        if (places.isEmpty()) {
            frozen.remove(id);
        }
        channel.ifPresent(it -> {
            Refusal why = ChannelRefusal.stopped(it.row().build());
            places.forEach(place -> reject(it, place, why));
        });
    }
}
