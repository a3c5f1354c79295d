package chat.samara.server.core.channel;

import chat.samara.server.core.Contained;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.identity.ServerName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What is to be done in channels when peers come and go, and as time passes between. */
final class Federation {
    private static final Rate LINKS_BEGUN = new Rate(Limits.LINKS_BEGUN_AT_ONCE_MAX, Limits.LINK_BEGUN_EVERY_MILLIS);

    private final Journal journal;
    private final Exchange exchange;
    private final AsHub asHub;
    private final Follower follower;
    private final Outbox outbox;
    private final Epochs epochs;
    private final Provisionals provisionals;
    private final Rates<ServerName> begun = new Rates<>(Limits.PEERS_MAX);

    /** Peers with a link that is to be begun with when its time has come. */
    private final Set<ServerName> toBegin = new TreeSet<>();

    Federation(
            Journal journal,
            Exchange exchange,
            AsHub asHub,
            Follower follower,
            Outbox outbox,
            Epochs epochs,
            Provisionals provisionals) {
        this.journal = journal;
        this.exchange = exchange;
        this.asHub = asHub;
        this.follower = follower;
        this.outbox = outbox;
        this.epochs = epochs;
        this.provisionals = provisionals;
    }

    /** Both sides have proved who they are: frames can be sent. */
    void up(ServerName peer) {
        // That the link is up must stand, whatever its beginning meets: so that is work of its own.
        toBegin.add(peer);
    }

    /** Begins with the peers whose link has come up and whose time has come. */
    void beginDue(Contained contained) {
        List.copyOf(toBegin).forEach(peer -> contained.run("the beginning with " + peer, () -> beginDue(peer)));
    }

    /** To begin costs as much as the two share, so a peer that opens link after link has that done now and then only. */
    private void beginDue(ServerName peer) {
        if (!exchange.isTelling(peer) && begun.tryTake(peer, LINKS_BEGUN, journal.monotonicMillis())) {
            exchange.begin(peer, () -> {
                outbox.up(peer);
                provisionals.up(peer);
                // Only now: if a row of a channel cannot be read, this is done again without that channel.
                toBegin.remove(peer);
            });
        }
    }

    /** The link is gone; another may come. Each part of what is forgotten then is work of its own. */
    void down(ServerName peer, Contained contained) {
        toBegin.remove(peer);
        exchange.down(peer);
        asHub.down(peer, contained);
        contained.run("pulls from " + peer, () -> follower.down(peer));
        contained.run("what has no place yet, for " + peer, () -> provisionals.down(peer));
    }

    /** Looks at due times: what may have been lost on the way is said again. */
    void tick(Contained contained) {
        beginDue(contained);
        outbox.tick(contained);
        epochs.tick(contained);
        contained.run("what has no place yet", provisionals::tick);
        asHub.tick(contained);
        follower.tick(contained);
        exchange.tick(contained);
    }
}
