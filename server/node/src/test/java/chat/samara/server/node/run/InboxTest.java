package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.Protocol;
import chat.samara.server.node.transport.TestConnections;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Of the core's time")
final class InboxTest {
    private static final int STRANGERS = 200;
    private static final int TRIES = 8;

    /** A signature, and what is about it. */
    private static final long TRY_NANOS = 150_000;

    private static final long MEMBERS_FRAME_NANOS = 20_000;
    private static final byte[] FRAME = {1};

    private final Ahead ahead = new Ahead(System::nanoTime);
    private long now;
    private final Inbox inbox = new Inbox(ahead, () -> now);
    private long lastId;

    @AfterEach
    void close() {
        ahead.close();
    }

    private Connection comes(Protocol protocol, OptionalLong returning) {
        Connection connection = TestConnections.behindAForwarder(++lastId, protocol, returning);
        inbox.opened(connection);
        assertThat(take()).isEqualTo(connection);
        return connection;
    }

    private Connection member(String name) {
        Connection member = comes(Protocol.CLIENT, OptionalLong.empty());
        inbox.proved(member, "member " + name);
        return member;
    }

    private List<Connection> strangers(Protocol protocol) {
        List<Connection> strangers = new ArrayList<>();
        for (int i = 0; i < STRANGERS; i++) {
            strangers.add(comes(protocol, OptionalLong.empty()));
        }
        return strangers;
    }

    /** Each tries to log in as often as it may. */
    private void flood(List<Connection> strangers) {
        strangers.forEach(stranger -> says(stranger, TRIES));
    }

    private void says(Connection connection, int frames) {
        for (int i = 0; i < frames; i++) {
            inbox.frame(connection, FRAME);
        }
    }

    /** Takes what is next, as the core's thread does, at what it costs. Returns whose it is. */
    private Connection take() {
        Input input = Objects.requireNonNull(inbox.poll(), "nothing waits");
        if (input instanceof Input.Opened opened) {
            inbox.begin(opened.connection());
            inbox.charge(0);
            return opened.connection();
        }
        Connection whose = ((Input.Frame) input).connection();
        long nanos = whose.id() <= members ? MEMBERS_FRAME_NANOS : TRY_NANOS;
        now += nanos;
        inbox.charge(nanos);
        return whose;
    }

    /** Connections up to this number are members'. */
    private long members;

    private Connection firstMember() {
        Connection alice = member("alice");
        members = alice.id();
        return alice;
    }

    /** How many of the others' frames come before this one's last. */
    private int othersBefore(Connection one, int frames) {
        int own = 0;
        int others = 0;
        while (own < frames) {
            if (take().equals(one)) {
                own++;
            } else {
                others++;
            }
        }
        return others;
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    @DisplayName("strangers behind a forwarder have one member's part between them, however many connections they have")
    void oneOfManyStrangers(Protocol protocol) {
        Connection alice = firstMember();
        flood(strangers(protocol));
        says(alice, 500);
        long strangersNanos = othersBefore(alice, 500) * TRY_NANOS;
        assertThat(strangersNanos)
                .as("beside 500 frames of a member")
                .isLessThanOrEqualTo(2 * 500 * MEMBERS_FRAME_NANOS);
    }

    @Test
    @DisplayName("a returning device behind the same forwarder has a part of its own, and logs in while they flood")
    void returning() {
        Connection alice = firstMember();
        List<Connection> strangers = strangers(Protocol.CLIENT);
        Connection bob = comes(Protocol.CLIENT, OptionalLong.of(7));
        flood(strangers);
        says(alice, 5_000);
        says(bob, 1);
        long before = now;
        int unused = othersBefore(bob, 1);
        assertThat(now - before).as("nanoseconds until its login").isLessThanOrEqualTo(10_000_000);
    }

    @Test
    @DisplayName("a newcomer behind the same forwarder waits for one turn of each of them at the most")
    void newcomer() {
        List<Connection> strangers = strangers(Protocol.CLIENT);
        Connection carol = comes(Protocol.CLIENT, OptionalLong.empty());
        flood(strangers);
        says(carol, 1);
        assertThat(othersBefore(carol, 1)).isLessThan(STRANGERS * TRIES);
    }

    @Test
    @DisplayName("strangers who call themselves peers are in no device's way")
    void peersAndDevices() {
        List<Connection> strangers = strangers(Protocol.PEER);
        Connection carol = comes(Protocol.CLIENT, OptionalLong.empty());
        flood(strangers);
        says(carol, 1);
        assertThat(othersBefore(carol, 1)).isLessThanOrEqualTo(2 * TRIES);
    }
}
