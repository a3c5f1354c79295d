package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reminds the own server of what it has signed as hub, where it says that it has less: it was restored from an older copy, and would sign
 * other entries in the same places, by which this device's log would be forked for good. Its own signature is proof enough for it to stop.
 */
final class HubsWord {
    private HubsWord() {}

    /** When a session begins, before anything is submitted in it. */
    static void remind(
            Turn turn, Link link, OwnIdentity own, ChannelBook channels, List<ChannelState> channelsAtServer) {
        // Only looked up by key.
        Map<ChannelId, Long> ends = new HashMap<>();
        channelsAtServer.forEach(state -> ends.put(new ChannelId(Stored.bytes(state.getChannelId())), state.getSeq()));
        List<SignedHead> heads = new ArrayList<>();
        for (LiveChannel channel : channels.all()) {
            long seqAtServer = ends.getOrDefault(channel.id(), 0L);
            headOf(own, channel)
                    .filter(head -> channel.is(Membership.FROZEN) || seqOf(head) > seqAtServer)
                    .ifPresent(heads::add);
        }
        show(turn, link, heads);
    }

    /** The channel has just left this device: if the hub has contradicted itself, it may not know. */
    static void remindOfFork(Turn turn, Link link, OwnIdentity own, LiveChannel channel) {
        if (channel.is(Membership.FROZEN)) {
            show(turn, link, headOf(own, channel).stream().toList());
        }
    }

    private static void show(Turn turn, Link link, List<SignedHead> heads) {
        for (int from = 0; from < heads.size(); from += Limits.HEADS_PER_FRAME_MAX) {
            List<SignedHead> some = heads.subList(from, Math.min(heads.size(), from + Limits.HEADS_PER_FRAME_MAX));
            link.request(
                    turn,
                    ClientFrame.newBuilder().setShowHeads(ShowHeads.newBuilder().addAllHeads(some)),
                    new Pending.Unheeded());
        }
    }

    private static Optional<SignedHead> headOf(OwnIdentity own, LiveChannel channel) {
        if (!channel.genesis().hub().equals(own.server())
                || channel.row().getSignedHead().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(SignedHead.parseFrom(channel.row().getSignedHead()));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a head of " + channel + " that is stored and cannot be read", e);
        }
    }

    private static long seqOf(SignedHead head) {
        try {
            return HeadIn.of(head).claimedSeq();
        } catch (RefusedException e) {
            throw new IllegalStateException("a stored head that cannot be read: " + e.refusal(), e);
        }
    }
}
