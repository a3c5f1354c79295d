package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.channel.hub.HubServing;
import chat.samara.server.core.channel.hub.TakingBack;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.SharedChannel;
import java.util.List;
import java.util.Optional;

/** What this server does for its followers, and hears of them, in the channels of which it is the hub. */
final class AsHub {
    private final HubIntake intake;
    private final HubServing serving;
    private final TakingBack takingBack;
    private final Epochs epochs;

    AsHub(HubIntake intake, HubServing serving, TakingBack takingBack, Epochs epochs) {
        this.intake = intake;
        this.serving = serving;
        this.takingBack = takingBack;
        this.epochs = epochs;
    }

    /** As a link begins, the channels that the two share are named to the peer, step by step. */
    LongWork.Step begin(ServerName peer) {
        return serving.begin(peer);
    }

    /** The link to the peer is gone. */
    void down(ServerName peer, Contained contained) {
        intake.down(peer);
        contained.run("hints to " + peer, () -> serving.down(peer));
        contained.run("what " + peer + " gives back", () -> takingBack.down(peer));
    }

    /** Looks at due times. */
    void tick(Contained contained) {
        serving.tick(contained);
        takingBack.tick(contained);
    }

    /** The channels that the two share are named to the peer again, step by step. */
    LongWork.Step nameAgain(ServerName peer) {
        return serving.nameAgain(peer);
    }

    /** A follower says how far it has a channel. */
    void standsAt(ServerName peer, ChannelId channel, SharedChannel shared) {
        if (stands(peer, channel, shared) && shared.getSeq() > 0) {
            epochs.heardOf(channel);
        }
        serving.standsAt(peer, channel, shared.getSeq());
    }

    /** Whether that place is in the log here. */
    private boolean stands(ServerName peer, ChannelId channel, SharedChannel shared) {
        try {
            LogPosition claimed = shared.getSeq() == 0
                    ? LogPosition.start(channel)
                    : new LogPosition(
                            channel, shared.getTerm(), shared.getSeq(), Protobuf.toBytes(shared.getEntryHash()));
            Optional<HeadIn> head = shared.hasHead() ? Optional.of(HeadIn.of(shared.getHead())) : Optional.empty();
            return takingBack.stands(peer, channel, claimed, head);
        } catch (RefusedException e) {
            throw new IllegalStateException("a head that the frame's reader has read before, expected it again", e);
        }
    }

    /** The follower has named all that it has. */
    void namedAll(ServerName peer) {
        takingBack.namedAll(peer);
    }

    /** Records came from their origin. */
    void submitted(ServerName origin, List<RecordIn> records) {
        intake.submitted(origin, records);
    }

    /** What a follower asks for, as an encoded {@code samara.v1.Entries}. */
    Bytes pull(ServerName follower, Pull pull) throws RefusedException {
        return serving.pull(follower, pull);
    }

    /** A follower says which epochs it has passed. */
    void reported(ServerName follower, FollowerState state) {
        epochs.reported(follower, state);
    }
}
