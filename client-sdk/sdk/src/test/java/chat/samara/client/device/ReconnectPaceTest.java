package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.RecordKind;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A session that has to be given up each time is not begun anew several times a second. */
@DisplayName("How soon a device connects again")
class ReconnectPaceTest {
    private static final long TEN_MINUTES_MILLIS = 600_000;
    private static final int CONNECTS_IN_TEN_MINUTES_MAX = 30;

    private final Village village = new Village(74);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId broken = alice.create("home town");

    private long logins() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.LOGIN::equals)
                .count();
    }

    @Test
    @DisplayName("after what a channel's log shows is broken each time: later and later")
    void broken() {
        alice.add(broken, bob);
        village.pass(10_000);
        bob.cut();
        alice.send(broken, "one");
        alice.send(broken, "two");
        FakeChannel log = village.server.channel(broken);
        Entry one = log.typed.get((int) log.position.seq() - 2);
        FakeChannel fork = log.forkBefore(one.seq());
        fork.append(
                RecordKind.COMMIT,
                one.record().epoch(),
                IdempotencyKey.random(village.random()),
                one.record().device(),
                Bytes.ofHex("0011"));
        village.server.tamper = frame ->
                frame.hasEntries() && frame.getEntries().getEntriesCount() == 2
                        ? frame.toBuilder()
                                .setEntries(Entries.newBuilder()
                                        .setChannelId(Protobuf.toByteString(broken.bytes()))
                                        .addEntries(fork.entries.get((int) one.seq() - 1)))
                                .build()
                        : frame;
        bob.reconnect();
        long before = logins();
        village.pass(TEN_MINUTES_MILLIS);
        assertThat(logins() - before).isBetween(3L, (long) CONNECTS_IN_TEN_MINUTES_MAX);
        village.server.tamper = frame -> frame;
        village.pass(Village.CONFIG.reconnectMillisMax());
        assertThat(bob.texts(broken)).containsExactly("one", "two");
    }

    @Test
    @DisplayName("after a session that had caught up: soon, each time")
    void caughtUp() {
        alice.add(broken, bob);
        for (int i = 0; i < 20; i++) {
            village.pass(1_000);
            bob.dropConnection();
        }
        village.pass(Village.CONFIG.reconnectMillisMin());
        assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName(
            "after sessions that had caught up and then brought what no server may send: later and later, until one has lasted")
    void brokenBehindCatchingUp() {
        alice.add(broken, bob);
        long before = logins();
        for (long passed = 0; passed < TEN_MINUTES_MILLIS; passed += 1_000) {
            village.pass(1_000);
            receiveGarbage();
        }
        assertThat(logins() - before).isBetween(3L, (long) CONNECTS_IN_TEN_MINUTES_MAX);
        alice.send(broken, "meanwhile");
        village.pass(2 * Village.CONFIG.reconnectMillisMax());
        assertThat(bob.texts(broken)).containsExactly("meanwhile");
        receiveGarbage();
        village.pass(2 * Village.CONFIG.reconnectMillisMin());
        assertThat(bob.engine().connection()).as("once is no habit").isEqualTo(ConnectionState.ONLINE);
    }

    private void receiveGarbage() {
        if (bob.engine().connection() == ConnectionState.ONLINE) {
            bob.receiveRaw(Bytes.ofHex("ffffff"));
        }
    }
}
