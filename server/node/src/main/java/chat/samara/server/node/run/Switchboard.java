package chat.samara.server.node.run;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.Protocol;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what happens on connections into the core's events, and the core's effects into what is done with connections. The
 * core's thread only. Connections and operator's questions are numbered; a number that is no longer known is ignored.
 */
final class Switchboard {
    private static final Logger LOG = LoggerFactory.getLogger(Switchboard.class);

    /** Opens connections to peers; answers with a new connection or a failed dial, as inputs. */
    interface PeerDialer {
        void dial(String serverName, List<InetSocketAddress> addresses, List<InetSocketAddress> operatorsOwn);
    }

    private final PeerDialer dialer;
    private final Timers timers;
    private final BiConsumer<Connection, String> onProved;
    private final BiConsumer<Connection, ServerName> onGoOn;
    private final Map<Long, Connection> connections = new HashMap<>();
    private final Set<Connection> unflushed = new LinkedHashSet<>();
    private final Set<Long> stalled = new HashSet<>();
    private final Map<Long, CompletableFuture<AdminResult>> asked = new HashMap<>();
    private long lastRequest;
    private boolean more;

    /** Where each peer has proved itself last, while that connection is open. */
    private final Map<ServerName, Connection> links = new HashMap<>();

    /** Peers of which the core has more to do, and whose turn has not come. */
    private final Set<ServerName> goingOn = new HashSet<>();

    /** The same, of peers without a connection: the one on which they have proved themselves anew may be told of later than that the last one is gone. */
    private final Set<ServerName> goingOnLater = new HashSet<>();

    /**
     * Of a loop.
     *
     * @param onProved told when a connection has proved whose it is
     * @param onGoOn told when the core has more to do of what a peer has sent, with that one's connection
     */
    Switchboard(
            PeerDialer dialer,
            Timers timers,
            BiConsumer<Connection, String> onProved,
            BiConsumer<Connection, ServerName> onGoOn) {
        this.onGoOn = onGoOn;
        this.onProved = onProved;
        this.dialer = dialer;
        this.timers = timers;
    }

    Event opened(Connection connection) {
        connections.put(connection.id(), connection);
        if (connection.protocol() == Protocol.CLIENT) {
            return new Event.SessionOpened(new SessionId(connection.id()));
        }
        Optional<ServerName> dialled = connection.dialledServer().map(ServerName::new);
        return new Event.LinkOpened(
                new LinkId(connection.id()),
                dialled.isPresent(),
                dialled,
                Bytes.wrapUnsafe(connection.acceptorSpkiSha256()));
    }

    Event frame(Connection connection, byte[] frame) {
        Bytes bytes = Bytes.wrapUnsafe(frame);
        return connection.protocol() == Protocol.CLIENT
                ? new Event.SessionFrame(new SessionId(connection.id()), bytes)
                : new Event.LinkFrame(new LinkId(connection.id()), bytes);
    }

    Event closed(Connection connection) {
        connections.remove(connection.id());
        if (unflushed.remove(connection)) {
            // What was gathered in this pass counts as waiting until it is let go.
            connection.flush();
        }
        stalled.remove(connection.id());
        forgetLink(connection);
        return connection.protocol() == Protocol.CLIENT
                ? new Event.SessionClosed(new SessionId(connection.id()))
                : new Event.LinkClosed(new LinkId(connection.id()));
    }

    Event dialFailed(String serverName, List<String> reasons) {
        return new Event.DialFailed(new ServerName(serverName), String.join("; ", reasons));
    }

    /** What the core is told of a device's connection, if that is news. */
    Optional<Event> pressure(Connection connection) {
        boolean known = connections.containsKey(connection.id()) && connection.protocol() == Protocol.CLIENT;
        if (!known || connection.isStalled() == stalled.contains(connection.id())) {
            return Optional.empty();
        }
        SessionId session = new SessionId(connection.id());
        if (stalled.remove(connection.id())) {
            return Optional.of(new Event.SessionFlowing(session));
        }
        stalled.add(connection.id());
        return Optional.of(new Event.SessionStalled(session));
    }

    /** It is the peer's turn. */
    Event goOn(ServerName peer) {
        goingOn.remove(peer);
        return new Event.GoOn(peer);
    }

    /** No turn that was asked for comes on a connection that is gone. */
    private void forgetLink(Connection connection) {
        List<ServerName> peers = links.entrySet().stream()
                .filter(link -> link.getValue() == connection)
                .map(Map.Entry::getKey)
                .toList();
        peers.forEach(links::remove);
        peers.forEach(goingOn::remove);
    }

    private void askForTurn(ServerName peer) {
        Connection link = links.get(peer);
        if (link == null) {
            goingOnLater.add(peer);
        } else if (goingOn.add(peer)) {
            onGoOn.accept(link, peer);
        }
    }

    private void linked(ServerName peer, Connection link) {
        links.put(peer, link);
        if (goingOnLater.remove(peer)) {
            askForTurn(peer);
        }
    }

    /** Whether the core has more to send once what it gave is carried out; asked once. */
    boolean takeMore() {
        boolean asked = more;
        more = false;
        return asked;
    }

    /** Empty if too many questions wait already. */
    Optional<Event> ask(Input.Ask ask) {
        asked.values().removeIf(CompletableFuture::isDone);
        if (asked.size() >= Limits.ASKS_MAX) {
            ask.answer()
                    .completeExceptionally(
                            new IllegalStateException(Limits.ASKS_MAX + " commands wait already; try again later"));
            return Optional.empty();
        }
        lastRequest++;
        asked.put(lastRequest, ask.answer());
        return Optional.of(new Event.Admin(lastRequest, ask.command()));
    }

    void carryOut(Effect effect, long monotonicMillis) {
        if (effect instanceof Effect.SendToSession send) {
            send(send.session().number(), send.frame());
        } else if (effect instanceof Effect.SendToLink send) {
            send(send.link().number(), send.frame());
        } else if (effect instanceof Effect.SessionAuthenticated proved) {
            authenticated(proved.session().number(), "member " + proved.user());
        } else if (effect instanceof Effect.LinkAuthenticated proved) {
            LOG.debug("linked with {}", proved.peer());
            authenticated(proved.link().number(), "peer " + proved.peer());
            Optional.ofNullable(connections.get(proved.link().number())).ifPresent(link -> linked(proved.peer(), link));
        } else if (effect instanceof Effect.CloseSession close) {
            close(close.session().number(), close.reason());
        } else if (effect instanceof Effect.CloseLink close) {
            close(close.link().number(), close.reason());
        } else if (effect instanceof Effect.Dial dial) {
            dialer.dial(
                    dial.peer().value(),
                    dial.addresses().stream().map(Switchboard::unresolved).toList(),
                    dial.operatorsOwn().stream().map(Switchboard::unresolved).toList());
        } else if (effect instanceof Effect.SetTimer set) {
            timers.set(set.timer(), set.atMillis(), monotonicMillis, System.nanoTime());
        } else if (effect instanceof Effect.SendMore) {
            more = true;
        } else if (effect instanceof Effect.GoOn more) {
            askForTurn(more.peer());
        } else if (effect instanceof Effect.AdminReply reply) {
            CompletableFuture<AdminResult> answer = asked.remove(reply.requestId());
            if (answer != null) {
                answer.complete(reply.result());
            }
        }
    }

    /** One flush a connection a pass (design §2). */
    void flush() {
        for (Connection connection : unflushed) {
            connection.flush();
        }
        unflushed.clear();
    }

    private void send(long number, Bytes frame) {
        Connection connection = connections.get(number);
        if (connection != null) {
            connection.send(frame.arrayUnsafe());
            unflushed.add(connection);
        }
    }

    private void authenticated(long number, String whose) {
        Connection connection = connections.get(number);
        if (connection != null) {
            onProved.accept(connection, whose);
            connection.authenticated(whose);
        }
    }

    private void close(long number, String reason) {
        @Nullable Connection connection = connections.get(number);
        if (connection != null) {
            LOG.debug("closing {}: {}", connection, reason);
            connection.close();
        }
    }

    private static InetSocketAddress unresolved(ServerAddress address) {
        return InetSocketAddress.createUnresolved(address.host(), address.port());
    }
}
