package chat.samara.server.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Connections of devices: what is allowed when, and what bad input does. */
final class SessionsTest {
    private final World world = new World(4);
    private final TestServer berlin = world.server("berlin.example");

    private TestDevice connected() {
        TestDevice device = TestDevice.stranger(berlin, "alice");
        device.connect();
        return device;
    }

    private TestDevice member() {
        TestDevice device = connected();
        device.register(berlin.invite(1).token());
        return device;
    }

    private void raw(TestDevice device, byte[] frame) {
        berlin.queue(new Event.SessionFrame(device.session().orElseThrow(), Bytes.of(frame)));
        world.settle();
    }

    @Test
    @DisplayName("beyond so many connections the next is told so and closed; when one has gone, another comes in (I7)")
    void sessionsMax() {
        long first = 1_000_000;
        for (int i = 0; i < Limits.SESSIONS_MAX; i++) {
            berlin.queue(new Event.SessionOpened(new SessionId(first + i)));
        }
        world.settle();
        berlin.takeEffects();
        TestDevice late = connected();
        assertThat(late.isConnected()).isFalse();
        assertThat(late.takePushes())
                .extracting(it -> it.getError().getDetail())
                .containsExactly("sessions<=" + Limits.SESSIONS_MAX);
        berlin.queue(new Event.SessionClosed(new SessionId(first)));
        assertThat(member().isConnected()).isTrue();
    }

    @Test
    @DisplayName("before the login only login, registration and ping are answered")
    void unauthenticated() {
        TestDevice device = connected();
        ClientFrame.Builder fetch = ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance());
        Expect.error(device.ask(fetch), ErrorCode.UNAUTHENTICATED);
        assertThat(device.ask(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()))
                        .hasPong())
                .isTrue();
        assertThat(device.isConnected()).isTrue();
    }

    @Test
    @DisplayName("a second login on one connection is refused")
    void secondLogin() {
        TestDevice device = member();
        Expect.error(device.login(), ErrorCode.MALFORMED);
    }

    @Test
    @DisplayName("a frame that cannot be parsed ends the connection, with a reason")
    void garbage() {
        TestDevice device = member();
        raw(device, new byte[] {1, 2, 3, 4});
        assertThat(device.isConnected()).isFalse();
        assertThat(device.takePushes()).anyMatch(it -> it.getError().getCode() == ErrorCode.MALFORMED);
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("a body that is not known is answered UNSUPPORTED, and the connection goes on")
    void unknownBody() {
        TestDevice device = member();
        long id = 900;
        raw(
                device,
                ClientFrame.newBuilder()
                        .setRequestId(id)
                        .setUnknownFields(com.google.protobuf.UnknownFieldSet.newBuilder()
                                .addField(
                                        900,
                                        com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                                .addVarint(1)
                                                .build())
                                .build())
                        .build()
                        .toByteArray());
        Expect.error(device.answer(id).orElseThrow(), ErrorCode.UNSUPPORTED);
        assertThat(device.isConnected()).isTrue();
    }

    @Test
    @DisplayName("a connection on which nobody logs in is closed after a while")
    void silent() {
        TestDevice device = connected();
        world.pass(Limits.AUTHENTICATION_MILLIS_MAX + 2_000);
        assertThat(device.isConnected()).isFalse();
        assertThat(berlin.core().figures().sessions()).isZero();
    }

    @Test
    @DisplayName("a session that is logged in stays, however silent")
    void stays() {
        TestDevice device = member();
        world.pass(10 * Limits.AUTHENTICATION_MILLIS_MAX);
        assertThat(device.isConnected()).isTrue();
    }

    @Test
    @DisplayName("a stopping server tells everyone")
    void stopping() {
        TestDevice device = member();
        berlin.queue(new Event.Stopping());
        world.settle();
        assertThat(device.isConnected()).isFalse();
        assertThat(device.takePushes()).anyMatch(it -> it.getError().getCode() == ErrorCode.SHUTTING_DOWN);
    }

    @Test
    @DisplayName("frames of unknown sessions and links are ignored")
    void unknownConnections() {
        berlin.queue(new Event.SessionFrame(new chat.samara.server.core.SessionId(77), Bytes.of((byte) 1)));
        berlin.queue(new Event.SessionClosed(new chat.samara.server.core.SessionId(77)));
        berlin.queue(new Event.LinkFrame(new chat.samara.server.core.LinkId(77), Bytes.of((byte) 1)));
        berlin.queue(new Event.LinkClosed(new chat.samara.server.core.LinkId(77)));
        world.settle();
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("too many requests whose answers wait for the disk are refused, not queued (I7)")
    void inFlight() {
        TestDevice device = member();
        ClientFrame.Builder fetch = ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance());
        for (int i = 0; i <= Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX; i++) {
            device.send(fetch);
        }
        long last = device.send(fetch);
        world.settle();
        Expect.error(device.answer(last).orElseThrow(), ErrorCode.LIMIT_REACHED);
        assertThat(device.ask(fetch).hasWelcomes()).isTrue();
    }

    @Test
    @DisplayName("random and half-random bytes from devices never throw, and never stop another session (I9, seed 99)")
    void fuzz() {
        TestDevice calm = berlin.member("calm");
        Random random = new Random(99);
        List<byte[]> samples = List.of(
                calm.loginFrame().setRequestId(1).build().toByteArray(),
                ClientFrame.newBuilder()
                        .setRequestId(2)
                        .setFetchWelcomes(FetchWelcomes.getDefaultInstance())
                        .build()
                        .toByteArray());
        for (int i = 0; i < 2_000; i++) {
            TestDevice device = TestDevice.stranger(berlin, "x" + i % 7);
            device.connect();
            byte[] frame = samples.get(i % samples.size()).clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            raw(device, frame);
            device.disconnect();
        }
        assertThat(calm.ask(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()))
                        .hasPong())
                .isTrue();
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("an answer leaves only when the batch before it is durable (I1)")
    void durableFirst() {
        TestDevice device = connected();
        Bytes token = berlin.invite(1).token();
        berlin.takeEffects();
        var core = berlin.core();
        core.handle(
                new Event.SessionFrame(
                        device.session().orElseThrow(),
                        Bytes.of(device.registration(berlin, token, device.challenge())
                                .setRequestId(5)
                                .build()
                                .toByteArray())),
                world.now());
        assertThat(core.drainImmediate()).isEmpty();
        var batch = core.seal(world.now()).orElseThrow();
        assertThat(batch.writes().isEmpty()).isFalse();
        assertThat(core.drainImmediate()).isEmpty();
        berlin.disk().write(batch.writes());
        assertThat(core.durable(batch, world.now()))
                .hasAtLeastOneElementOfType(Effect.SessionAuthenticated.class)
                .anySatisfy(effect -> assertThat(effect).isInstanceOfSatisfying(Effect.SendToSession.class, it -> {
                    try {
                        assertThat(ServerFrame.parseFrom(it.frame().toByteArray())
                                        .hasLoggedIn())
                                .isTrue();
                    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                }));
    }
}
