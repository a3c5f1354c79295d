package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A device whose clock is set")
class ClockTest {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long YEAR = 365 * DAY;

    private final Village village = new Village(1);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void aliceAndBobTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private void set(Resident resident, long aheadMillis) {
        resident.wallAheadMillis = aheadMillis;
    }

    @ParameterizedTest
    @DisplayName("back, or far ahead, connects again as soon as it otherwise would")
    @ValueSource(longs = {-HOUR, -10 * YEAR, YEAR})
    void reconnects(long aheadMillis) {
        alice.cut();
        village.pass(MINUTE);
        set(alice, aheadMillis);
        alice.cutOff = false;

        // The longest back-off.
        village.pass(Village.CONFIG.reconnectMillisMax());

        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName("a year ahead and back again connects again as soon as it otherwise would")
    void reconnectsAfterAYearAndBack() {
        alice.cut();
        set(alice, YEAR);
        village.pass(MINUTE);
        set(alice, 0);
        alice.cutOff = false;

        village.pass(Village.CONFIG.reconnectMillisMax());

        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName("back notices a server that has fallen silent as soon as it otherwise would")
    void noticesSilence() {
        village.server.check = (device, frame) -> {
            throw new FakeServer.NoAnswer();
        };
        set(alice, -HOUR);

        village.pass(Village.CONFIG.pingEveryMillis() + Village.CONFIG.silenceMillisMax());

        assertThat(alice.events(ClientEvent.ConnectionChanged.class))
                .extracting(ClientEvent.ConnectionChanged::state)
                .contains(ConnectionState.WAITING);
    }

    @Test
    @DisplayName("back sends again what its server could not take, as soon as it otherwise would")
    void submitsAgain() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.INTERNAL, "the server stumbled"))
                : Optional.empty();
        alice.send(channel, "selam");
        village.server.check = (device, frame) -> Optional.empty();
        set(alice, -HOUR);

        village.pass(Village.CONFIG.retryMillisMax());

        assertThat(bob.texts(channel)).containsExactly("selam");
    }

    @Test
    @DisplayName("back tries a change again that lost its race, as soon as it otherwise would")
    void changesAgain() {
        Resident carol = village.join("carol");
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.PEER_UNREACHABLE, "the other server is away"))
                : Optional.empty();
        long command = alice.add(channel, carol);
        village.server.check = (device, frame) -> Optional.empty();
        set(alice, -HOUR);

        village.pass(Village.CONFIG.retryMillisMax());

        assertThat(alice.outcome(command)).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName("shows the time that it was set to on what is said then")
    void showsItsClock() {
        set(alice, -HOUR);
        alice.send(channel, "an hour early");

        Message said = bob.history(channel).stream()
                .filter(message -> message.body() instanceof MessageBody.Text)
                .findFirst()
                .orElseThrow();
        assertThat(said.sentMillis()).isEqualTo(village.now - HOUR);
    }

    @Test
    @DisplayName(
            "far ahead, as after a sleep, tries at once rather than after the back-off, and probes a quiet connection")
    void looksAfterASleep() {
        alice.cut();
        village.pass(30 * MINUTE);
        alice.cutOff = false;
        set(alice, 8 * HOUR);
        alice.command(new DeviceEvent.MarkVerified(alice.nextCommand(), bob.user())); // any event
        village.settle();
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);

        List<ClientFrame.BodyCase> sent = village.server.log;
        sent.clear();
        set(alice, 16 * HOUR);
        alice.command(new DeviceEvent.MarkVerified(alice.nextCommand(), bob.user()));
        assertThat(sent).containsExactly(ClientFrame.BodyCase.PING);
    }

    @ParameterizedTest
    @DisplayName("years off is told so at login, once; a few hours are no news")
    @ValueSource(longs = {-5 * YEAR, -13 * HOUR, 13 * HOUR, 5 * YEAR})
    void isTold(long aheadMillis) {
        set(bob, aheadMillis / Math.abs(aheadMillis) * 11 * HOUR);
        bob.dropConnection();
        village.pass(MINUTE);
        assertThat(bob.events(ClientEvent.ClocksDiffer.class)).isEmpty();

        set(bob, aheadMillis);
        bob.dropConnection();
        village.pass(MINUTE);
        bob.dropConnection();
        village.pass(MINUTE);

        assertThat(bob.events(ClientEvent.ClocksDiffer.class))
                .hasSize(1)
                .first()
                .satisfies(told -> {
                    assertThat(told.ownMillis() - told.serverMillis()).isEqualTo(aheadMillis);
                });
        assertThat(alice.events(ClientEvent.ClocksDiffer.class)).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("rightly is not misled by a server that lies about the time: it is told, and all goes on")
    @ValueSource(longs = {0, 1, Long.MAX_VALUE})
    void isNotMisled(long serverMillis) {
        village.server.clock = () -> serverMillis;
        bob.dropConnection();
        village.pass(MINUTE);
        Resident carol = village.join("carol");
        bob.add(channel, carol);
        bob.send(channel, "selam");

        assertThat(carol.texts(channel)).containsExactly("selam");
        assertThat(bob.events(ClientEvent.ClocksDiffer.class)).hasSize(1);
        assertThat(bob.history(channel))
                .allSatisfy(message -> assertThat(Duration.between(
                                        Instant.ofEpochMilli(message.sentMillis()), Instant.ofEpochMilli(village.now))
                                .abs())
                        .isLessThan(Duration.ofHours(1)));
    }

    @ParameterizedTest
    @DisplayName("years off is named to whoever adds it")
    @ValueSource(longs = {-5 * YEAR, 5 * YEAR})
    void isNamed(long aheadMillis) {
        Resident dunya = village.arrive("dunya");
        set(dunya, aheadMillis);
        dunya.command(new DeviceEvent.Join(dunya.nextCommand(), village.server.invite(), "dunya"));
        village.settle();

        Refusal refusal = ((Outcome.Refused) alice.outcome(alice.add(channel, dunya))).refusal();

        assertThat(refusal.code()).isEqualTo(RefusalCode.CLOCK_WRONG);
        assertThat(refusal.sentence())
                .startsWith("the clock of dunya@home.example's device is wrong, or this device's: ")
                .contains("here it is 2023-11-14T22:13:00Z")
                .doesNotContain("suite");
    }

    @Test
    @DisplayName("years off is named to whoever adds it, too, where its server does not take its keys")
    void isNamedByItsServer() {
        Resident dunya = village.join("dunya");
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages()
                ? Optional.of(chat.samara.wire.Refusal.of(
                        ErrorCode.NO_KEY_PACKAGE, "a server's sentence", chat.samara.wire.Refusal.DETAIL_CLOCK))
                : Optional.empty();

        Refusal refusal = ((Outcome.Refused) alice.outcome(alice.add(channel, dunya))).refusal();

        assertThat(refusal.code()).isEqualTo(RefusalCode.CLOCK_WRONG);
        assertThat(refusal.sentence())
                .startsWith("the clock of dunya@home.example's device is wrong: ")
                .doesNotContain("suite");
    }
}
