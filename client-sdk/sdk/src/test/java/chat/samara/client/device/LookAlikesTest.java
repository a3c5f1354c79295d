package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The village's server takes any name; so might another's. */
@DisplayName("A member who can be taken for somebody that a device knows")
class LookAlikesTest {
    private static final String FALSE_ALICE = "\u0430\u04cf\u0456\u0441\u0435";

    private final Village village = new Village(12);
    private Resident alice;
    private Resident bob;
    private Resident falseAlice;
    private ChannelId home;

    @BeforeEach
    void bobKnowsAlice() {
        alice = village.join("alice");
        bob = village.join("bob");
        falseAlice = village.join(FALSE_ALICE);
        home = alice.create("home");
        alice.add(home, bob);
        village.pass(1_000);
    }

    private void isTold(Resident who, ChannelId channel, Resident member, Resident known) {
        assertThat(who.events(ClientEvent.LookAlikeAppeared.class))
                .contains(new ClientEvent.LookAlikeAppeared(channel, member.user(), known.user()));
        assertThat(who.history(channel))
                .extracting(message -> message.body())
                .contains(new MessageBody.LookAlike(member.user(), known.user()));
    }

    @Test
    @DisplayName("is told to everybody when somebody adds them")
    void added() {
        bob.add(home, falseAlice);
        village.pass(1_000);

        isTold(bob, home, falseAlice, alice);
        isTold(alice, home, falseAlice, alice);
    }

    @Test
    @DisplayName("is told to those whom they add to a channel of their own")
    void welcome() {
        ChannelId theirs = falseAlice.create("home");
        falseAlice.add(theirs, bob);
        village.pass(1_000);

        isTold(bob, theirs, falseAlice, alice);
    }

    @Test
    @DisplayName("is told to a device that joins a channel where both are, and again in each channel")
    void bothAreThere() {
        alice.add(home, falseAlice);
        Resident carol = village.join("carol");
        alice.add(home, carol);
        village.pass(1_000);
        assertThat(carol.events(ClientEvent.LookAlikeAppeared.class)).isNotEmpty();

        ChannelId second = alice.create("second");
        alice.add(second, carol);
        alice.add(second, falseAlice);
        village.pass(1_000);
        isTold(carol, second, falseAlice, alice);
    }

    @Test
    @DisplayName(
            "is found before they are added, also when the device has started again; not once their key was compared")
    void askedBefore() {
        assertThat(bob.engine().lookAlikes(falseAlice.user())).containsExactly(alice.user());
        assertThat(bob.engine().lookAlikes(alice.user())).isEmpty();
        bob.stop();
        bob.start();
        assertThat(bob.engine().lookAlikes(falseAlice.user())).containsExactly(alice.user());
        assertThat(bob.engine().lookAlikes(new UserId("alice", new ServerName("horne.example"))))
                .as("on a server whose name looks the same")
                .containsExactly(alice.user());
        assertThat(bob.engine().lookAlikes(new UserId("alice", new ServerName("tunis.example"))))
                .isEmpty();

        bob.add(home, falseAlice);
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.MarkVerified(command, falseAlice.user()));
        assertThat(bob.engine().lookAlikes(falseAlice.user())).isEmpty();
        assertThat(bob.engine().lookAlikes(alice.user())).containsExactly(falseAlice.user());
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("is told once, though there are many of them who resemble each other too; and who joins them gets in")
    void crowd() {
        ChannelId crowded = bob.create("crowded");
        int count = 0;
        for (int bits = 0; bits < 32 && count < 26; bits++, count++) {
            StringBuilder name = new StringBuilder();
            for (int place = 0; place < 5; place++) {
                name.append((bits >> place & 1) == 0 ? "m" : "rn");
            }
            bob.add(crowded, village.join(name.toString()));
        }
        alice.cut();
        bob.add(crowded, falseAlice);
        bob.add(crowded, alice);
        Resident carol = village.join("carol");
        alice.reconnect();
        bob.add(crowded, carol);
        village.pass(1_000);
        assertThat(carol.engine().channel(crowded)).isPresent();
        assertThat(carol.events(ClientEvent.LookAlikeAppeared.class))
                .as("one for each that came after somebody like it")
                .hasSize(count - 1 + 1);
        bob.send(crowded, "hello");
        assertThat(carol.texts(crowded)).containsExactly("hello");
        isTold(alice, crowded, falseAlice, alice);
    }

    @Test
    @DisplayName("nobody is told of names that a reader tells apart")
    void noFalseAlarm() {
        for (String name : new String[] {"alicia", "\u0430\u043b\u0438\u0441\u0430", "bobo"}) {
            alice.add(home, village.join(name));
        }
        village.pass(1_000);

        assertThat(bob.events(ClientEvent.LookAlikeAppeared.class)).isEmpty();
        assertThat(alice.events(ClientEvent.LookAlikeAppeared.class)).isEmpty();
    }
}
