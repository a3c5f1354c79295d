package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** An own server bends what it gives of Welcomes, once or for ever, and the connection stands all the time. */
@DisplayName("A device whose own server bends a Welcome asks again in the same session, and")
class AskedAgainTest {
    private static final long HOUR_MILLIS = 3_600_000;

    /** Where the waits have doubled up to the longest. */
    private static final int DOUBLINGS = 7;

    private Village village;
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    /** When bob has asked for Welcomes. */
    private final List<Long> asked = new ArrayList<>();

    private int handshakesAsked;

    @BeforeEach
    void begin() {
        village = new Village(71);
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        asked.clear();
        village.server.check = (device, frame) -> {
            if (frame.hasFetchWelcomes()) {
                asked.add(village.now);
            } else if (frame.hasFetchHandshakes()) {
                handshakesAsked++;
            }
            return Optional.empty();
        };
    }

    /** Bends the Welcomes in so many of its next answers. */
    private void bend(int times, UnaryOperator<Welcomes> lie) {
        int[] left = {times};
        village.server.tamper = frame -> {
            boolean bends = frame.hasWelcomes()
                    && frame.getRequestId() != 0
                    && frame.getWelcomes().getWelcomesCount() > 0
                    && left[0]-- > 0;
            return bends
                    ? frame.toBuilder()
                            .setWelcomes(lie.apply(frame.getWelcomes()))
                            .build()
                    : frame;
        };
    }

    private static UnaryOperator<Welcomes> each(UnaryOperator<WaitingWelcome> lie) {
        return welcomes -> {
            Welcomes.Builder bent = Welcomes.newBuilder();
            welcomes.getWelcomesList().forEach(welcome -> bent.addWelcomes(lie.apply(welcome)));
            return bent.build();
        };
    }

    private static ByteString flipped(ByteString bytes, int at) {
        byte[] bent = bytes.toByteArray();
        bent[at % bent.length] ^= 1;
        return ByteString.copyFrom(bent);
    }

    private static WaitingWelcome withBentGenesis(WaitingWelcome welcome) {
        return welcome.toBuilder()
                .setSignedGenesis(flipped(welcome.getSignedGenesis(), 20))
                .build();
    }

    private void addBob() {
        alice.add(channel, bob);
        alice.send(channel, "hello bob");
    }

    private void assertIn() {
        assertThat(bob.texts(channel)).containsExactly("hello bob");
        assertThat(bob.history(channel)).noneMatch(message -> message.body() instanceof MessageBody.Unreadable);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        bob.send(channel, "hello alice");
        village.pass(1_000);
        assertThat(alice.texts(channel)).containsExactly("hello bob", "hello alice");
    }

    private List<RefusalCode> told() {
        return bob.events(ClientEvent.WelcomeRefused.class).stream()
                .map(event -> event.refusal().code())
                .toList();
    }

    @TestFactory
    @DisplayName("joins by the true one, having told its person of the lie once")
    Stream<DynamicTest> once() {
        Map<String, UnaryOperator<Welcomes>> lies = new TreeMap<>();
        lies.put("a bent genesis", each(AskedAgainTest::withBentGenesis));
        lies.put(
                "another place",
                each(welcome -> welcome.toBuilder().setSeq(welcome.getSeq() + 1).build()));
        lies.put(
                "a bent hash",
                each(welcome -> welcome.toBuilder()
                        .setEntryHash(flipped(welcome.getEntryHash(), 3))
                        .build()));
        return lies.entrySet().stream()
                .map(lie -> DynamicTest.dynamicTest(lie.getKey(), () -> {
                    begin();
                    bend(1, lie.getValue());
                    int sessions =
                            bob.events(ClientEvent.ConnectionChanged.class).size();
                    addBob();
                    village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
                    assertThat(bob.events(ClientEvent.ConnectionChanged.class)).hasSize(sessions);
                    assertThat(told()).hasSize(1);
                    assertIn();
                }));
    }

    @Test
    @DisplayName("joins where not the Welcome was bent, but what was to prove it")
    void handshakesOnce() {
        int[] left = {1};
        village.server.handshakes = (device, frame) -> {
            Handshakes truth = village.server.trueHandshakes(device, frame);
            return left[0]-- > 0
                    ? truth.toBuilder()
                            .removeEntries(truth.getEntriesCount() - 1)
                            .build()
                    : truth;
        };
        addBob();
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertThat(told()).containsExactly(RefusalCode.UNPROVEN_WELCOME);
        assertIn();
    }

    @Test
    @DisplayName("joins where its server has once said that it knows no handshakes")
    void unsupportedOnce() {
        int[] left = {1};
        village.server.check = (device, frame) -> frame.hasFetchHandshakes() && left[0]-- > 0
                ? Optional.of(Refusal.of(ErrorCode.UNSUPPORTED, "not known here"))
                : Optional.empty();
        addBob();
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertThat(told()).containsExactly(RefusalCode.SERVER_OUTDATED);
        assertIn();
    }

    @Test
    @DisplayName("joins by one that was said to wait at login, and was withheld once")
    void withheldOnce() {
        bob.cut();
        addBob();
        bend(1, welcomes -> Welcomes.getDefaultInstance());
        bob.reconnect();
        village.settle();
        assertThat(bob.engine().channels()).isEmpty();
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertThat(told()).isEmpty();
        assertIn();
    }

    @TestFactory
    @DisplayName(
            "asks a server that lies for ever ever more seldom, tells its person once, and joins when the lies end")
    Stream<DynamicTest> forEver() {
        int[] answer = new int[1];
        Map<String, UnaryOperator<Welcomes>> lies = new TreeMap<>();
        lies.put("the same malformed one", each(AskedAgainTest::withBentGenesis));
        lies.put(
                "another malformed one each time",
                each(welcome -> welcome.toBuilder()
                        .setSignedGenesis(flipped(welcome.getSignedGenesis(), answer[0]++))
                        .build()));
        lies.put(
                "the same unproven one",
                each(welcome -> welcome.toBuilder().setSeq(welcome.getSeq() + 1).build()));
        lies.put(
                "another unproven one each time",
                each(welcome -> welcome.toBuilder()
                        .setEntryHash(flipped(welcome.getEntryHash(), answer[0]++))
                        .build()));
        return lies.entrySet().stream()
                .map(lie -> DynamicTest.dynamicTest(lie.getKey(), () -> {
                    begin();
                    handshakesAsked = 0;
                    bend(Integer.MAX_VALUE, lie.getValue());
                    addBob();
                    int fires = bob.fires;
                    village.pass(3 * HOUR_MILLIS);
                    assertThat(told()).hasSize(1);
                    assertThat(bob.engine().channels()).isEmpty();
                    List<Long> waits = LongStream.range(1, asked.size())
                            .mapToObj(i -> asked.get((int) i) - asked.get((int) i - 1))
                            .toList();
                    assertThat(waits.subList(0, DOUBLINGS))
                            .containsExactlyElementsOf(IntStream.range(0, DOUBLINGS)
                                    .mapToObj(i -> Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN << i)
                                    .toList());
                    assertThat(waits.subList(DOUBLINGS, waits.size()))
                            .isNotEmpty()
                            .containsOnly(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MAX);
                    assertThat(handshakesAsked).isLessThanOrEqualTo(asked.size());
                    // Beside those, it fires for the pings of a connection on which nothing else is said.
                    assertThat(bob.fires - fires)
                            .isLessThan(4 * (int) (3 * HOUR_MILLIS / Village.CONFIG.pingEveryMillis()));
                    village.server.tamper = frame -> frame;
                    village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MAX);
                    assertIn();
                }));
    }

    @Test
    @DisplayName("reaches what waits behind one that is bent for ever")
    void behind() {
        ByteString bent = Protobuf.toByteString(channel.bytes());
        bend(
                Integer.MAX_VALUE,
                each(welcome -> welcome.getChannelId().equals(bent) ? withBentGenesis(welcome) : welcome));
        addBob();
        village.pass(HOUR_MILLIS);
        ChannelId other = alice.create("other");
        alice.add(other, bob);
        alice.send(other, "here too");
        assertThat(bob.texts(other)).containsExactly("here too");
        assertThat(told()).hasSize(1);
    }

    @Test
    @DisplayName("asks soon again once its server has told the truth for longer than the last wait")
    void soonAgain() {
        bend(6, each(AskedAgainTest::withBentGenesis));
        addBob();
        village.pass(HOUR_MILLIS);
        assertIn();
        channel = alice.create("other");
        bend(1, each(AskedAgainTest::withBentGenesis));
        alice.add(channel, bob);
        alice.send(channel, "hello bob");
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertIn();
    }

    @Test
    @DisplayName("looks for a channel that it has lost, in the same session, when the made up Welcome into it is gone")
    void lostChannel() {
        bob.cut();
        MemoryStore copy = bob.store.copy();
        addBob();
        WaitingWelcome genuine = atServer().welcomes.get(0);
        atServer().welcomes.set(0, withBentGenesis(genuine));
        bob.stop();
        bob.store = copy;
        bob.cutOff = false;
        bob.start();
        village.pass(1_000);
        assertThat(bob.engine().channels()).isEmpty();
        atServer().welcomes.clear();
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertThat(bob.engine().channels()).hasSize(1);
        assertThat(told()).hasSize(1);
        // A later state of it may have been there before: it returns.
        village.pass(60_000);
        assertIn();
    }

    private FakeServer.FakeDevice atServer() {
        return village.server.devices.values().stream()
                .filter(it -> it.user.equals(bob.user()))
                .findFirst()
                .orElseThrow();
    }

    /** A frame that this server would not have sent. */
    private static ServerFrame hint() {
        return ServerFrame.newBuilder()
                .setWelcomes(Welcomes.getDefaultInstance())
                .build();
    }

    @Test
    @DisplayName("asks at once at each hint, without putting off when it asks by itself")
    void hints() {
        bend(Integer.MAX_VALUE, each(AskedAgainTest::withBentGenesis));
        addBob();
        long first = village.now;
        village.pass(2_000);
        bob.receive(hint());
        assertThat(asked).endsWith(village.now);
        village.pass(Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN - 2_000);
        assertThat(asked).endsWith(first + Limits.WELCOMES_ASKED_AGAIN_MILLIS_MIN);
        assertThat(told()).hasSize(1);
    }
}
