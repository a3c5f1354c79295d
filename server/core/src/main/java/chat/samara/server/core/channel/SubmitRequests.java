package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.submit.Founding;
import chat.samara.server.core.channel.submit.Submissions;
import chat.samara.server.core.session.Reply;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.TerseSubmit;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.util.Optional;

/** What devices add to channels, and ask about what they have added; each method answers the message of that name in {@code samara.v1}. */
public final class SubmitRequests {
    private final Channels channels;
    private final Founding founding;
    private final Submissions submissions;
    private final Readers readers;

    SubmitRequests(Channels channels, Founding founding, Submissions submissions, Readers readers) {
        this.channels = channels;
        this.founding = founding;
        this.submissions = submissions;
        this.readers = readers;
    }

    public void create(Reply reply, CreateChannel request) throws RefusedException {
        reply.with(ServerFrame.newBuilder().setReceipt(founding.create(reply.who(), request)));
    }

    public void submit(Reply reply, Submit request) throws RefusedException {
        boolean isTerse = TerseSubmit.isTerse(request);
        Submit whole = isTerse ? TerseSubmit.whole(request, named(reply, request.getChannelStart())) : request;
        requireNotAhead(reply, ChannelId.fromWire("Submit.channel_id", whole.getChannelId()));
        Receipt receipt = submissions.submit(reply.who(), whole);
        reply.with(ServerFrame.newBuilder()
                .setReceipt(
                        isTerse ? receipt.toBuilder().clearChannelId().clearIdempotencyKey() : receipt.toBuilder()));
    }

    private ChannelId named(Reply reply, ByteString start) throws RefusedException {
        return readers.followedTersely(reply.session().id(), Protobuf.toBytes(start))
                .orElseThrow(() -> RefusedException.of(
                        ErrorCode.UNKNOWN_CHANNEL,
                        "this session follows no channel that begins with "
                                + Protobuf.toBytes(start).hex() + "; name it in full"));
    }

    /**
     * A device of a version that shows no heads, and reads on from behind the end of this hub's log, has what the hub has lost. That is no
     * proof, so it holds nobody up but this device, which would find itself in a forked log.
     */
    private void requireNotAhead(Reply reply, ChannelId id) throws RefusedException {
        Optional<Channel> channel = channels.find(id).filter(channels::isHub);
        Optional<Long> after = readers.sentThrough(reply.session().id(), id);
        if (channel.isPresent()
                && after.isPresent()
                && after.get() > channel.get().seq()) {
            throw new Refusal(
                            ErrorCode.HUB_BEHIND,
                            "this hub has the channel up to entry "
                                    + channel.get().seq() + " only, and this device up to " + after.get()
                                    + "; it takes nothing of it before it has that back",
                            "log-ends-at=" + channel.get().seq(),
                            0,
                            Limits.BEHIND_RETRY_MILLIS)
                    .asException();
        }
    }

    public void queryStatus(Reply reply, QueryStatus request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("QueryStatus.channel_id", request.getChannelId());
        channels.requireReadable(id);
        reply.with(ServerFrame.newBuilder()
                .setReceipt(submissions.status(
                        reply.who().device(),
                        id,
                        IdempotencyKey.fromWire("QueryStatus.idempotency_key", request.getIdempotencyKey()))));
    }
}
