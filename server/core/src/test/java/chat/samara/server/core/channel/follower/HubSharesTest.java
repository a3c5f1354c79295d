package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Event;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A hub whose members would fill the disk of a server that follows (I7)")
final class HubSharesTest {
    private static final long MIB = 1L << 20;
    private static final long DAY = 24L * 3600 * 1000;
    private static final long HEAL = 90_000;
    private static final String LONG_TEXT = "m".repeat(60_000);
    private static final int TEXTS = 40;

    /** What one pull may bring beyond the share, since it is asked for before its size is known: one entry. */
    private static final long BEYOND = 2L * LONG_TEXT.length();

    private final World world = new World(73, CoreConfig.standard().withHubMebibytesPerDay(1));
    private final CoreConfig config = world.config();
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer cairo = world.server("cairo.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice carl = alice;
    private TestDevice dina = alice;
    private TestChannel loud = alice.channel(alice.draft().id());
    private TestChannel elsewhere = loud;

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        world.peer(cairo, tunis);
        alice = berlin.member("alice");
        carl = cairo.member("carl");
        dina = tunis.member("dina");
        dina.publish(4);
        loud = alice.found();
        Expect.receipt(alice.invite(loud, dina), ReceiptStatus.ORDERED);
        elsewhere = carl.found();
        Expect.receipt(carl.invite(elsewhere, dina), ReceiptStatus.ORDERED);
        dina.join();
        dina.follow();
    }

    private void sayMuch() {
        for (int i = 0; i < TEXTS; i++) {
            Expect.receipt(alice.say(loud, LONG_TEXT), ReceiptStatus.ORDERED);
        }
        world.settle();
    }

    private long here() {
        return tunis.logs().position(loud.id()).orElseThrow().seq();
    }

    /** Bytes of texts that came here after the first places. */
    private long bytesAfter(long seq) {
        return (here() - seq) * LONG_TEXT.length();
    }

    private List<String> warnings() {
        return ((AdminResult.Status) tunis.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private void disk(long roomForLogs) {
        tunis.queue(new Event.DiskState(config.diskFreeBytesMin() / 2 + roomForLogs));
        world.settle();
    }

    @Test
    @DisplayName(
            "has as many bytes pulled at once as the operator allows in a day, and then as many as come back; nothing is dropped")
    void byTheOperatorsWord() {
        long before = here();
        sayMuch();
        world.pass(HEAL);
        assertThat(bytesAfter(before)).isBetween(MIB / 2, MIB + BEYOND);
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("berlin.example", "1 MiB a day", "--hub-mib", "nothing is lost");
        long then = here();
        world.pass(DAY);
        assertThat(bytesAfter(then)).isBetween(MIB / 2, MIB + BEYOND);
        world.pass(DAY);
        assertThat(tunis.logs().position(loud.id())).isEqualTo(berlin.logs().position(loud.id()));
        assertThat(warnings()).isEmpty();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("slows down itself: other hubs and the server's own members go on at once")
    void othersGoOn() {
        sayMuch();
        world.pass(HEAL);
        assertThat(here()).isLessThan(TEXTS);
        carl.say(elsewhere, "of another hub");
        assertThat(tunis.logs().position(elsewhere.id())).isEqualTo(cairo.logs().position(elsewhere.id()));
        TestChannel own = dina.found();
        Expect.receipt(dina.say(own, "of this server"), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "takes at once no more than a fifth of a small disk, as the room gets less with what is taken, and says so")
    void byTheRoom() {
        long room = 2 * MIB;
        disk(room);
        long before = here();
        for (int i = 0; i < TEXTS; i++) {
            Expect.receipt(alice.say(loud, LONG_TEXT), ReceiptStatus.ORDERED);
            disk(room - bytesAfter(before));
        }
        world.pass(HEAL);
        assertThat(bytesAfter(before)).isBetween(room / 8, room / 5 + BEYOND);
        assertThat(warnings())
                .anySatisfy(it ->
                        assertThat(it).contains("berlin.example", "a quarter of the room on the disk", "make room"));
        disk(1L << 40);
        world.pass(HEAL);
        assertThat(bytesAfter(before)).isGreaterThan(room / 5 + BEYOND);
    }

    @Test
    @DisplayName("does not end the room that there is, however long it goes on")
    void neverAll() {
        long room = 2 * MIB;
        long before = here();
        disk(room);
        sayMuch();
        for (int round = 0; round < 3; round++) {
            world.pass(DAY / 2);
            long left = room - bytesAfter(before);
            assertThat(left).as("room after round %d", round).isPositive();
            disk(left);
        }
    }

    @Test
    @DisplayName("of which much is lacking is pulled from to the end at once, by the defaults and where there is room")
    void catchingUp() {
        ManyChannels scene = new ManyChannels(74, 1);
        TestChannel channel = scene.channels.get(0);
        scene.tunis.queue(new Event.DiskState(20L << 30));
        scene.world.cut(scene.berlin, scene.tunis);
        for (int i = 0; i < TEXTS; i++) {
            scene.alice.say(channel, LONG_TEXT);
        }
        scene.world.heal(scene.berlin, scene.tunis);
        scene.world.pass(HEAL);
        assertThat(scene.tunis.logs().position(channel.id()))
                .isEqualTo(scene.berlin.logs().position(channel.id()));
    }
}
