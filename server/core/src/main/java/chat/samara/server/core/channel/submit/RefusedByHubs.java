package chat.samara.server.core.channel.submit;

import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.rule.VerifiedInVain;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;

/**
 * What each member has had each other hub verify in vain. A hub charges it to all members of the server together, so that one who goes on would use up what
 * its fellows have. By hubs: one that refuses what is right costs its members nothing anywhere else.
 *
 * <p>How far a hub had looked it does not say. What it refuses for another commit that came first, or for how much there was, it had not verified: that counts a sixteenth, since this server had,
 * and so often nobody loses who does not mean to. Anything else counts in full.
 */
public final class RefusedByHubs {
    private final Journal journal;
    private final VerifiedInVain<MemberAtHub> inVain;

    private record MemberAtHub(UserId user, ServerName hub) {
        @Override
        public String toString() {
            return user + " at " + hub;
        }
    }

    public RefusedByHubs(Journal journal) {
        this.journal = journal;
        this.inVain = VerifiedInVain.ofMembers(journal);
    }

    /** A record for the hub is about to be taken. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    void begins(UserId user, ServerName hub, RecordKind kind, int bytes) throws RefusedException {
        inVain.begins(new MemberAtHub(user, hub), kind, bytes);
    }

    /** The hub has refused a record of one of this server's devices for good. */
    void refused(Channel channel, Record record, Refusal why) {
        boolean verified = !VerifiedInVain.costNothing(why) && why.code() != ErrorCode.LIMIT_REACHED;
        // Whose it is this server knows itself: a device that wants to come back the channel does not know.
        Accounts.memberOf(journal, new DeviceId(Protobuf.toBytes(record.getDevice())))
                .ifPresent(user -> inVain.count(
                        new MemberAtHub(user, channel.hub()),
                        record.getKind(),
                        record.getPayload().size(),
                        verified));
    }
}
