package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Where a device looks for its server")
class AddressesTest {
    private static final ServerAddress FIRST = new ServerAddress("first.example", 4430);
    private static final ServerAddress SECOND = new ServerAddress("second.example", 4430);
    private static final ServerAddress THIRD = new ServerAddress("third.example", 4430);
    private static final ServerAddress ELSEWHERE = new ServerAddress("elsewhere.example", 4430);
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(59);
    private final Resident alice;
    private final ChannelId channel;

    AddressesTest() {
        village.server.addresses = List.of(FIRST, SECOND, THIRD);
        alice = village.join("alice");
        channel = alice.create("home town");
        village.pass(1_000);
    }

    private boolean isOnline() {
        return alice.engine().connection() == ConnectionState.ONLINE;
    }

    /** The server is elsewhere from now on, and nobody answers where it was. */
    private void move() {
        village.server.addresses = List.of(ELSEWHERE);
        village.server.manifestSequence++;
        village.unreachable.addAll(List.of(FIRST, SECOND, THIRD));
        alice.dropConnection();
    }

    private Outcome join(InviteLink invite) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.Join(command, invite, "alice"));
        village.pass(A_WHILE_MILLIS);
        return alice.outcome(command);
    }

    @Test
    @DisplayName("if something answers at the first address and lets nothing through, at another one next")
    void frozenBehindTls() {
        village.frozen.add(FIRST);
        alice.dropConnection();
        alice.send(channel, "does it get through");
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).containsExactly("does it get through");
    }

    @Test
    @DisplayName("if nobody answers at one and another lets nothing through, at the one that works in the end")
    void oneOfThree() {
        village.unreachable.add(FIRST);
        village.frozen.add(SECOND);
        alice.dropConnection();
        village.pass(3 * A_WHILE_MILLIS);
        assertThat(isOnline()).isTrue();
    }

    @Test
    @DisplayName("where it has come in last, as long as that works")
    void staysWhereItWorks() {
        village.frozen.add(FIRST);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        alice.dropConnection();
        village.pass(Village.CONFIG.reconnectMillisMin());
        assertThat(isOnline()).isTrue();
    }

    @Test
    @DisplayName("where a new link says, if the server has moved while it was off; then where the new manifest says")
    void moved() {
        move();
        village.pass(A_WHILE_MILLIS);
        assertThat(isOnline()).isFalse();
        assertThat(join(village.server.invite())).isEqualTo(new Outcome.Joined(alice.user()));
        alice.stop();
        alice.start();
        village.settle();
        assertThat(isOnline()).isTrue();
    }

    @Test
    @DisplayName("where the link says also if it has been told to stay away: the person takes over at the new place")
    void movedAndStaysAway() {
        OwnIdentity other = OwnIdentity.make(alice.user(), village.server.invite(), village.random());
        alice.receive(chat.samara.wire.proto.ServerFrame.newBuilder()
                .setError(new chat.samara.wire.Refusal(
                                chat.samara.wire.proto.ErrorCode.DEVICE_REPLACED,
                                "another goes on",
                                other.device().bytes().hex(),
                                0,
                                0)
                        .toProto())
                .build());
        move();
        assertThat(join(village.server.invite())).isInstanceOf(Outcome.Refused.class);
        alice.command(new DeviceEvent.TakeOver(alice.nextCommand()));
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(isOnline()).isTrue();
    }

    @Test
    @DisplayName("still where it was, if the link names a place where the server is not")
    void falseAddress() {
        InviteLink own = village.server.invite();
        village.frozen.add(ELSEWHERE);
        alice.cut();
        alice.cutOff = false;
        Outcome outcome = join(new InviteLink(List.of(ELSEWHERE), own.server(), own.rootKey(), own.token()));
        assertThat(outcome).isEqualTo(new Outcome.Joined(alice.user()));
        assertThat(isOnline()).isTrue();
    }

    @Test
    @DisplayName("not where another server's link says")
    void otherServersLink() {
        InviteLink own = village.server.invite();
        byte[] other = own.rootKey().toByteArray();
        other[0] ^= 1;
        alice.cut();
        join(new InviteLink(List.of(ELSEWHERE), own.server(), Bytes.of(other), own.token()));
        village.unreachable.addAll(List.of(FIRST, SECOND, THIRD));
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(isOnline()).isFalse();
    }

    @Test
    @DisplayName(
            "it shows what the server gave at the last login, each once, also after a restart, and nothing when all is used up")
    void returns() {
        assertThat(alice.shownTokens).containsOnly(Bytes.EMPTY);
        village.server.returnTokens = List.of(Bytes.ofUtf8("first"), Bytes.ofUtf8("second"), Bytes.ofUtf8("third"));
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        alice.shownTokens.clear();
        village.server.returnTokens = List.of();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        alice.stop();
        alice.start();
        village.pass(A_WHILE_MILLIS);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.shownTokens)
                .startsWith(Bytes.ofUtf8("first"), Bytes.ofUtf8("second"), Bytes.ofUtf8("third"), Bytes.EMPTY);
        assertThat(isOnline()).isTrue();
    }
}
