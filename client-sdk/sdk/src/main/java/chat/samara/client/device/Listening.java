package chat.samara.client.device;

import chat.samara.mls.MlsException;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.StagedCommit;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import java.util.Optional;

/**
 * What an old state of this device can still hear. It must not use its keys again, so it goes on under a new device key and returns
 * ({@link Succession}, {@link Returns}); but what others say until it is back is meant for it, and its old group holds the keys to it. So that group, which
 * makes nothing any more, goes along with the log: each handshake is judged first as every observer judges it, and then once more by the group, with its secrets.
 *
 * <p>It ends at the first commit that the group cannot process: as a rule this device's own, whose secrets only a later state of it has. Else it
 * ends with the commit by which this device returns. That removes the group's leaf, and with it go all of the group's secrets but the message keys of epochs that
 * are still open.
 */
final class Listening {
    private final GroupVault vault;

    Listening(GroupVault vault) {
        this.vault = vault;
    }

    /** The group of this channel makes nothing more, and is where the log is read. */
    static void begin(LiveChannel channel) {
        channel.row().setListens(true);
    }

    /** The group is not where the log is, or there is none. */
    static void end(LiveChannel channel) {
        channel.row().clearListens();
    }

    /** A proposal, of which every observer finds that it may stand in the log. */
    void proposed(Turn turn, LiveChannel channel, OwnIdentity own, Record proposal) {
        Optional<Group> group = group(turn, channel, own);
        if (group.isEmpty()) {
            return;
        }
        try {
            group.get().process(proposal.payload().toByteArray());
            vault.save(turn, channel, group.get());
        } catch (MlsException e) {
            // Its membership tag is wrong. What no member has matters only if somebody commits it, and then this group
            // stays behind.
        }
    }

    /** A commit, of which every observer finds that it may stand in the log. */
    void committed(Turn turn, LiveChannel channel, OwnIdentity own, Record commit) throws RefusedException {
        Optional<Group> group = group(turn, channel, own);
        if (group.isPresent() && goesAlong(group.get(), commit)) {
            vault.save(turn, channel, group.get());
            if (group.get().isActive()) {
                channel.row().setLostEpoch(group.get().epoch());
                return;
            }
        }
        end(channel);
    }

    private Optional<Group> group(Turn turn, LiveChannel channel, OwnIdentity own) {
        return channel.row().getListens() ? vault.unlessClosed(turn, channel, own) : Optional.empty();
    }

    private static boolean goesAlong(Group group, Record commit) throws RefusedException {
        try {
            StagedCommit staged = HandshakeReader.staged(group, Payload.commit(commit));
            group.merge(staged);
            return true;
        } catch (MlsException e) {
            // Nobody is to blame here: as a rule it is the state of this device that has too little.
            return false;
        }
    }
}
