package chat.samara.server.core.session;

import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.Submit;

/** What devices ask about channels, each as the message of that name in {@code samara.v1}; answered by package {@code channel}. */
public interface ChannelRequests {
    /** A device takes the place of one that was struck off: it reads what that one could read. */
    void replaced(DeviceId device, DeviceId successor);

    /** What a device is told of its channels and Welcomes when it logs in. */
    LoggedIn.Builder loggedIn(DeviceId device);

    void create(Reply reply, CreateChannel request) throws RefusedException;

    void submit(Reply reply, Submit request) throws RefusedException;

    void queryStatus(Reply reply, QueryStatus request) throws RefusedException;

    void follow(Reply reply, Follow request) throws RefusedException;

    void showHeads(Reply reply, ShowHeads request) throws RefusedException;

    void credit(Reply reply, Credit request) throws RefusedException;

    void acknowledge(Reply reply, Acknowledge request) throws RefusedException;

    void fetchWelcomes(Reply reply) throws RefusedException;

    void acknowledgeWelcome(Reply reply, AcknowledgeWelcome request) throws RefusedException;

    void fetchHandshakes(Reply reply, FetchHandshakes request) throws RefusedException;

    void fetchRatchetTree(Reply reply, FetchRatchetTree request) throws RefusedException;

    void fetchGroupInfo(Reply reply, FetchGroupInfo request) throws RefusedException;
}
