package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.SharedChannels;
import java.util.List;

/** What peers say and ask about channels, each as the message of that name in {@code samara.v1}, or what was read of it; answered by package {@code channel}. */
public interface PeerChannelRequests {
    void sharedChannels(ServerName peer, SharedChannels channels);

    void submitRecords(ServerName peer, List<RecordIn> records);

    void recordReceipts(ServerName peer, RecordReceipts receipts);

    /** Gives what durable entries there are, as an encoded {@code samara.v1.Entries}; may be none. */
    Bytes pull(ServerName peer, Pull pull) throws RefusedException;

    /** Entries may have come beside it. */
    void headHint(ServerName peer, HeadIn head, List<EntryIn> entries);

    void followerState(ServerName peer, FollowerState state);

    void provisional(ServerName peer, Provisional provisional);
}
