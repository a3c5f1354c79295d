package chat.samara.server.core.channel;

import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.peer.Links;
import chat.samara.wire.identity.ServerName;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Says to each peer again and again where this server stands in the channels that the two share: what was lost on the way is said anew by that (I8). */
final class Exchange {
    private final CoreConfig config;
    private final Journal journal;
    private final Links links;
    private final LongWork longWork;
    private final AsHub asHub;
    private final Epochs epochs;
    private final Map<ServerName, Long> exchangedAtMillis = new TreeMap<>();

    /** Peers that are being told where this server stands, step by step. */
    private final Set<ServerName> naming = new TreeSet<>();

    Exchange(CoreConfig config, Journal journal, Links links, LongWork longWork, AsHub asHub, Epochs epochs) {
        this.config = config;
        this.journal = journal;
        this.links = links;
        this.longWork = longWork;
        this.asHub = asHub;
        this.epochs = epochs;
    }

    /**
     * The link to the peer is up, and its time has come.
     *
     * @param then what comes behind all that is said
     */
    void begin(ServerName peer, Runnable then) {
        exchangedAtMillis.put(peer, journal.monotonicMillis());
        tell(peer, asHub.begin(peer), then);
    }

    /** Whether the peer is being told where this server stands. */
    boolean isTelling(ServerName peer) {
        return naming.contains(peer);
    }

    /** The link to the peer is gone. */
    void down(ServerName peer) {
        exchangedAtMillis.remove(peer);
        naming.remove(peer);
        longWork.forget(peer);
    }

    /** Looks at due times. */
    void tick(Contained contained) {
        // By name: what happens has to follow from what came, and Map.copyOf has another order in each process.
        new TreeMap<>(exchangedAtMillis).forEach((peer, last) -> {
            if (journal.monotonicMillis() - last >= config.exchangeMillis()) {
                contained.run("the exchange with " + peer, () -> again(peer, last));
            }
        });
    }

    /** On a slow line not before the peer has had what was said the last time. */
    private void again(ServerName peer, long lastMillis) {
        if (naming.contains(peer)) {
            return;
        }
        if (links.hasAnsweredWhatWasAskedAfter(peer, lastMillis)) {
            exchangedAtMillis.put(peer, journal.monotonicMillis());
            tell(peer, asHub.nameAgain(peer), () -> {});
        } else {
            links.askForSign(peer);
        }
    }

    /** In steps: tens of thousands of channels are more than all others are to wait for. */
    private void tell(ServerName peer, LongWork.Step named, Runnable then) {
        longWork.begin(peer, new Telling(peer, named, epochs.reportAll(peer), then));
    }

    /** Tells a peer where this server stands, and then how far it has drained what that one orders. */
    private final class Telling implements LongWork.Step {
        private final ServerName peer;
        private final LongWork.Step named;
        private final LongWork.Step reported;
        private final Runnable then;
        private boolean isNamed;

        Telling(ServerName peer, LongWork.Step named, LongWork.Step reported, Runnable then) {
            this.peer = peer;
            this.named = named;
            this.reported = reported;
            this.then = then;
        }

        @Override
        public boolean goOn() {
            // A step that is undone is the last one: then it is told anew.
            naming.remove(peer);
            isNamed = isNamed || !named.goOn();
            if (isNamed && !reported.goOn()) {
                then.run();
                return false;
            }
            naming.add(peer);
            return true;
        }
    }
}
