package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Member;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.LeafNode;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a device lists in its leaf, and when it makes it anew. */
@DisplayName("A device's leaf")
class LeafRenewalTest {
    private static final long HOUR = 60L * 60 * 1000;
    private static final long DAY = 24 * HOUR;

    private final Village village = new Village(97);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carol = village.join("carol");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);

    /** Bob's leaf is one of before. */
    @BeforeEach
    void oldMember() {
        OldVersion.publishes(village, bob);
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private LeafNode leafOf(Resident member) {
        int leaf = log.roster().devicesOf(member.user()).get(0).leafIndex();
        return log.group.leafNode(leaf).orElseThrow();
    }

    private List<String> lacking(Resident who) {
        return who.engine().members(channel).stream()
                .filter(member -> !member.listsAll())
                .map(member -> member.user().local())
                .toList();
    }

    private long commits() {
        return log.group.epoch();
    }

    /** Nobody is on for a while. */
    private void sleep(long millis, Resident... residents) {
        for (Resident resident : residents) {
            resident.stop();
        }
        village.now += millis;
        for (Resident resident : residents) {
            resident.start();
        }
        village.settle();
    }

    @Test
    @DisplayName("lists what this version processes, of who founds a channel and of who is added")
    void lists() {
        alice.add(channel, carol);
        for (Resident member : List.of(alice, carol)) {
            // What a hub of an earlier version would order, and devices refuse, is not listed before such hubs are
            // gone.
            assertThat(leafOf(member).capabilities().proposals()).containsExactly(Proposal.SELF_REMOVE);
            assertThat(leafOf(member).capabilities().extensions()).doesNotContain(Extension.APP_DATA_DICTIONARY);
            assertThat(leafOf(member).extensions()).isEqualTo(OwnLeaf.extensions());
        }
    }

    @Test
    @DisplayName("of an earlier version goes with those of this one, and is named by whoever asks")
    void mixed() {
        assertThat(leafOf(bob).capabilities()).isEqualTo(OldVersion.capabilities());
        assertThat(lacking(alice)).containsExactly("bob");
        assertThat(lacking(bob)).containsExactly("bob");
        alice.send(channel, "to an old leaf");
        bob.send(channel, "from an old leaf");
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("to an old leaf", "from an old leaf");
        assertThat(alice.texts(channel)).containsExactly("to an old leaf", "from an old leaf");
    }

    @Test
    @DisplayName("of an earlier version is made anew with the device's first commit, whatever that is for")
    void firstCommit() {
        bob.add(channel, carol);
        village.pass(1_000);
        assertThat(leafOf(bob).capabilities()).isEqualTo(OwnLeaf.capabilities());
        assertThat(leafOf(bob).extensions()).isEqualTo(OwnLeaf.extensions());
        assertThat(lacking(alice)).isEmpty();
        assertThat(alice.engine().members(channel)).hasSize(3).allMatch(Member::listsAll);
    }

    /** All are off for so long, and on again for long enough that what is due is done. */
    private void sleep(long millis) {
        sleep(millis, alice, bob);
        village.pass(HOUR / 2);
    }

    @Test
    @DisplayName("is made anew within a week of what its member says, and nobody is told of it")
    void whenItTalks() {
        bob.send(channel, "hello");
        village.pass(1_000);
        int told = bob.events(ClientEvent.ChangeSettled.class).size();
        Bytes key = leafOf(bob).encryptionKey();
        sleep(7 * DAY);
        assertThat(leafOf(bob).encryptionKey()).isNotEqualTo(key);
        assertThat(lacking(alice)).isEmpty();
        assertThat(bob.events(ClientEvent.ChangeSettled.class)).hasSize(told);
        assertThat(bob.engine().waitingChanges(channel)).isEmpty();
        assertThat(bob.texts(channel)).containsExactly("hello");
    }

    @Test
    @DisplayName("stays as it is while its member says nothing, is off, or out of the channel")
    void silent() {
        Bytes key = leafOf(bob).encryptionKey();
        sleep(9 * DAY);
        assertThat(leafOf(bob).encryptionKey()).isEqualTo(key);
        bob.send(channel, "hello");
        bob.cut();
        sleep(9 * DAY);
        assertThat(bob.engine().waitingChanges(channel)).isEmpty();
        assertThat(leafOf(bob).encryptionKey()).isEqualTo(key);
        alice.remove(channel, bob);
        long removed = commits();
        bob.reconnect();
        village.pass(HOUR);
        assertThat(commits()).isEqualTo(removed);
        assertThat(bob.events(ClientEvent.ChangeSettled.class)).isEmpty();
    }

    @Test
    @DisplayName("is made anew once a week, or a day later, of who says something every day")
    void weekly() {
        Set<Bytes> keys = new HashSet<>();
        for (int day = 0; day < 36; day++) {
            bob.send(channel, "day " + day);
            sleep(DAY);
            keys.add(leafOf(bob).encryptionKey());
        }
        assertThat(keys).hasSizeBetween(4, 6);
        assertThat(bob.texts(channel)).hasSize(36);
    }

    @Test
    @DisplayName("waits no longer than that for a clock that went back")
    void clockWentBack() {
        bob.wallAheadMillis = 365 * DAY;
        bob.send(channel, "from next year");
        village.pass(1_000);
        bob.wallAheadMillis = 0;
        village.pass(60_000);
        Bytes key = leafOf(bob).encryptionKey();
        sleep(7 * DAY);
        assertThat(leafOf(bob).encryptionKey()).isNotEqualTo(key);
    }

    @Test
    @DisplayName(
            "goes without what it would list where the tree has no room for that, so that the change itself is made")
    void tooLarge() {
        Set<Integer> refused = new HashSet<>();
        village.server.check = (device, frame) -> {
            boolean isLarge = frame.hasSubmit()
                    && frame.getSubmit().getKind() == RecordKind.COMMIT
                    && listsMore(frame.getSubmit().getPayload().toByteArray());
            if (!isLarge) {
                return Optional.empty();
            }
            refused.add(frame.getSubmit().getIdempotencyKey().hashCode());
            return Optional.of(new Refusal(ErrorCode.TOO_LARGE, "the tree", "ratchet-tree", 0, 0));
        };
        long adding = bob.add(channel, carol);
        village.pass(10_000);
        assertThat(bob.outcome(adding)).isInstanceOf(Outcome.Changed.class);
        assertThat(refused).hasSize(1);
        assertThat(leafOf(bob).capabilities()).isEqualTo(OldVersion.capabilities());
        assertThat(lacking(alice)).containsExactly("bob");
    }

    /** Whether a leaf in it lists what one of this version does. */
    private static boolean listsMore(byte[] payload) {
        String listing = Bytes.wrapUnsafe(OwnLeaf.capabilities().encode()).hex();
        // Of the KeyPackage that is added as well: that is no larger than it was.
        return Bytes.of(payload).hex().split(listing, -1).length > 2;
    }

    @Test
    @DisplayName("is due at another time than others': of a thousand, some six in any hour of the week")
    void spread() {
        Random random = new Random(5);
        int[] perHour = new int[7 * 24];
        byte[] channelId = new byte[32];
        random.nextBytes(channelId);
        for (int i = 0; i < 1_000; i++) {
            byte[] device = new byte[16];
            random.nextBytes(device);
            long at = Renewals.spreadMillis(Bytes.of(device), Bytes.of(channelId), Limits.LEAF_AGE_MILLIS);
            perHour[(int) (at / HOUR)]++;
        }
        for (int count : perHour) {
            assertThat(count).isBetween(0, 17);
        }
    }

    @Test
    @DisplayName("is held up by one member once a day: who commits again and again keeps nobody from it")
    void restlessMember() {
        bob.send(channel, "hello");
        village.pass(1_000);
        Bytes key = leafOf(bob).encryptionKey();
        sleep(7 * DAY - HOUR, alice, bob);
        for (int minute = 0; minute < 120; minute += 5) {
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.pass(5 * 60_000);
        }
        assertThat(leafOf(bob).encryptionKey()).isNotEqualTo(key);
    }

    @Test
    @DisplayName("waits for others' where many are due at once: six an hour, however many they are")
    void noStorm() {
        List<Resident> members = new ArrayList<>(List.of(alice, bob));
        for (int i = 0; i < 10; i++) {
            Resident member = village.join("member" + i);
            alice.add(channel, member);
            members.add(member);
        }
        village.pass(10_000);
        members.forEach(member -> member.send(channel, "I am " + member.name));
        village.pass(10_000);
        sleep(40 * DAY, members.toArray(Resident[]::new));
        // All of them know by now when they are due: long ago.
        members.forEach(member -> member.send(channel, "it is time"));
        long before = commits();
        int hours = 0;
        while (commits() - before < members.size() && hours < 6) {
            long atStart = commits();
            village.pass(HOUR);
            hours++;
            assertThat(commits() - atStart).as("in hour %d", hours).isBetween(1L, 7L);
        }
        assertThat(commits() - before).isEqualTo(members.size());
        assertThat(lacking(alice)).isEmpty();
    }
}
