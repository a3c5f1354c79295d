package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@DisplayName("Of a channel that a restored hub holds, the operator")
final class HeldAlarmTest {
    private final ManyChannels scene = new ManyChannels(37, 1);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestChannel home = scene.channels.get(0);

    private final Logger logger = (Logger) LoggerFactory.getLogger(OwnWord.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void letGo() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private Stream<String> said(Level level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().equals(level))
                .map(ILoggingEvent::getFormattedMessage);
    }

    private void restoreBehind(boolean isSaid) {
        MemoryStore copy = berlin.disk().copy();
        Expect.receipt(scene.alice.say(home, "lost"), ReceiptStatus.ORDERED);
        world.cut(berlin, tunis);
        berlin.crash();
        berlin.restore(copy);
        if (isSaid) {
            berlin.startRestored();
        } else {
            berlin.start();
        }
    }

    @Test
    @DisplayName("is not alarmed where it has what it lacked in a moment, and is told that it goes on")
    void mendsItself() {
        restoreBehind(false);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL + Limits.HELD_UNTIL_ALARM_MILLIS);
        assertThat(said(Level.ERROR)).isEmpty();
        assertThat(said(Level.WARN))
                .anyMatch(line -> line.contains("it takes back what it lacks"))
                .anyMatch(line -> line.contains("goes on as if nothing had happened"));
    }

    @Test
    @DisplayName("is told when new messages are taken, where the start was one with --restored")
    void restored() {
        restoreBehind(true);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(said(Level.ERROR)).isEmpty();
        assertThat(said(Level.WARN))
                .anyMatch(line -> line.matches(".*has what it lacked, up to entry \\d+, and takes new messages at"
                        + " \\d\\d:\\d\\d UTC \\(--restored\\)"))
                .noneMatch(line -> line.contains("as if nothing had happened"));
    }

    @Test
    @DisplayName("is alarmed once, a minute later, where nobody gives back what it lacks")
    void givenByNobody() {
        restoreBehind(false);
        tunis.tamper(
                frame -> frame.hasEntries() ? frame.toBuilder().clearEntries().build() : frame);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL + 3 * Limits.HELD_UNTIL_ALARM_MILLIS);
        assertThat(said(Level.ERROR)).singleElement().asString().contains("ALARM", "Nobody has given back yet");
    }

    @Test
    @DisplayName("is alarmed at once where another entry stands in the place, which nothing mends")
    void forked() {
        TestDevice bob = berlin.member("bob");
        Expect.receipt(scene.alice.invite(home, bob), ReceiptStatus.ORDERED);
        bob.join();
        TestChannel bobs = bob.channel(home.id());
        bob.disconnect();
        restoreBehind(false);
        world.pass(2 * Limits.ASKING_MILLIS_MAX);
        bob.reconnect();
        Expect.receipt(bob.say(bobs, "instead"), ReceiptStatus.ORDERED);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(said(Level.ERROR)).singleElement().asString().contains("ALARM", "two entries");
    }
}
