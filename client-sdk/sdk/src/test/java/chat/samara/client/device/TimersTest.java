package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is due and cannot be done now is looked at when something happens, and not every millisecond. */
@DisplayName("A timer that changes nothing does not fire again")
class TimersTest {
    private static final long A_MINUTE_MILLIS = 60_000;

    /** Pings, and whatever has a time of its own. */
    private static final int FIRES_MAX = 30;

    private final Village village = new Village(53);

    @Test
    @DisplayName("for a device that is barred from returning")
    void barred() {
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        Resident carol = village.join("carol");
        Resident mallory = village.join("mallory");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        alice.add(channel, carol);
        alice.add(channel, mallory);
        village.pass(1_000);
        new Saboteur(village, mallory).commit(channel, Fault.CONFIRMATION_TAG);
        village.pass(A_MINUTE_MILLIS);
        assertThat(mallory.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.RETURNING);
        assertThat(village.server
                        .channel(channel)
                        .blame()
                        .isBarred(mallory.engine().account().orElseThrow().identityKey()))
                .isTrue();
        int before = mallory.fires;
        village.pass(A_MINUTE_MILLIS);
        assertThat(mallory.fires - before).isLessThan(FIRES_MAX);
    }

    @Test
    @DisplayName("for a channel of which the server says nothing, while another is not read yet")
    void silentChannel() {
        Resident alice = village.join("alice");
        ChannelId silent = alice.create("silent");
        ChannelId slow = alice.create("slow");
        village.server.tamper = frame -> {
            if (frame.hasEntries()) {
                return ServerFrame.newBuilder()
                        .setPong(Pong.getDefaultInstance())
                        .build();
            }
            if (!frame.hasLoggedIn()) {
                return frame;
            }
            LoggedIn.Builder changed = frame.getLoggedIn().toBuilder().clearChannels();
            frame.getLoggedIn().getChannelsList().stream()
                    .filter(state -> state.getChannelId().equals(Stored.bytes(slow.bytes())))
                    .forEach(state -> changed.addChannels(state.toBuilder().setSeq(state.getSeq() + 1_000)));
            return frame.toBuilder().setLoggedIn(changed).build();
        };
        alice.dropConnection();
        village.pass(20_000);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        assertThat(silent).isNotEqualTo(slow);
        int before = alice.fires;
        village.pass(A_MINUTE_MILLIS);
        assertThat(alice.fires - before).isLessThan(FIRES_MAX);
    }

    @Test
    @DisplayName("for a connection that is given up where there is none: the device stays off line")
    void givenUpOffLine() {
        Link link = new Link(Village.CONFIG, new Jitter(village.random()), new OwnAccount());
        MemoryStore store = new MemoryStore();
        Turn turn = new Turn(store, new Now(village.now, village.now), new LookAlikes(store));
        link.giveUp(turn, "of no use", Optional.empty());
        assertThat(link.state()).isEqualTo(ConnectionState.OFFLINE);
        assertThat(link.nextMillis()).isEmpty();
    }
}
