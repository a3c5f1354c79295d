package chat.samara.client.device;

import chat.samara.client.device.HandshakeReplay.Step;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.channel.Change;
import java.util.Optional;

/**
 * Coming into a channel by what its log shows, and by no Welcome that the own server gives: at a commit that adds this device by a KeyPackage whose private keys are
 * here; or, where there is none, at the log's last handshake, if a leaf of this person stands there. A later state may have been there before; so the
 * device makes nothing with what it finds, and returns.
 */
final class Entrance {
    private final OwnKeyPackages keyPackages;
    private final Joining joining;
    private final WelcomeInLog welcomeInLog;
    private final Returns returns;

    Entrance(OwnKeyPackages keyPackages, Joining joining, WelcomeInLog welcomeInLog, Returns returns) {
        this.keyPackages = keyPackages;
        this.joining = joining;
        this.welcomeInLog = welcomeInLog;
        this.returns = returns;
    }

    /**
     * At the commit to which a replay has led: by the Welcome in it, so that all that was said since can be read; and where that does not open, out of its place, so that
     * the history says of each message that it cannot be. What the log holds behind it, another removal and addition, say, comes as to anybody who was added there.
     * Empty where nobody can come in there.
     */
    Optional<LiveChannel> whereAdded(Turn turn, OwnIdentity own, HandshakeReplay addition) {
        Optional<LiveChannel> byWelcome = byWelcome(turn, own, addition);
        if (byWelcome.isPresent()) {
            return byWelcome;
        }
        try {
            return Optional.of(outOfPlace(turn, own, addition));
        } catch (Joining.RefusedWelcomeException e) {
            return Optional.empty();
        }
    }

    private Optional<LiveChannel> byWelcome(Turn turn, OwnIdentity own, HandshakeReplay replay) {
        Step addition = replay.last().orElseThrow();
        try {
            Optional<WelcomeInLog.Opened> opened = welcomeInLog.open(
                    turn,
                    own,
                    (Change.Committed) addition.change(),
                    addition.entry().record(),
                    replay.group().orElseThrow());
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            LiveChannel channel = joining.join(turn, own, replay, opened.get().group());
            WelcomeInLog.opened(channel, addition.entry().seq(), opened.get().keyPackageRef());
            returns.listenOnly(turn, channel, own);
            return Optional.of(channel);
        } catch (Joining.RefusedWelcomeException e) {
            return Optional.empty();
        }
    }

    /** At the end of a replay, if a leaf of this person stands there. */
    LiveChannel outOfPlace(Turn turn, OwnIdentity own, HandshakeReplay replay) throws Joining.RefusedWelcomeException {
        Optional<Bytes> keyPackage = keyPackageOfLeaf(turn, own, replay);
        LiveChannel channel = joining.enterOutOfPlace(turn, own, replay.genesis(), replay);
        keyPackage.ifPresent(
                ref -> WelcomeInLog.opened(channel, channel.position().seq(), ref));
        channel.save(turn);
        return channel;
    }

    /** The private keys by which a later state had joined may be here still. They are erased as those of a Welcome are ({@link Welcomes#settle}). */
    private Optional<Bytes> keyPackageOfLeaf(Turn turn, OwnIdentity own, HandshakeReplay replay) {
        return replay.channel()
                .flatMap(observed -> Returns.ownLeaf(observed, own)
                        .flatMap(leaf -> observed.group().member(leaf.leafIndex())))
                .flatMap(member -> keyPackages.ofLeaf(turn, member.encryptionKey()));
    }
}
