package chat.samara.server.core.peer;

import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SubmitRecords;

/** What peers say and ask about channels, each as the message of that name in {@code samara.v1}; answered by package {@code channel}. */
public interface PeerChannelRequests {
    void sharedChannels(ServerName peer, SharedChannels channels);

    void submitRecords(ServerName peer, SubmitRecords records);

    void recordReceipts(ServerName peer, RecordReceipts receipts);

    /** Gives what durable entries there are; may be none. */
    Entries pull(ServerName peer, Pull pull) throws RefusedException;

    void headHint(ServerName peer, HeadHint hint);

    void followerState(ServerName peer, FollowerState state);

    void provisional(ServerName peer, Provisional provisional);
}
