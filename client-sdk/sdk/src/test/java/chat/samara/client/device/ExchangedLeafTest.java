package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One commit removes a device's leaf and adds a KeyPackage of the same device: in order for every observer, and for the hub. */
@DisplayName("A device whose leaf a member exchanges for a fresh one of it")
class ExchangedLeafTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(54);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carol = village.join("carol");
    private final Resident mallory = village.join("mallory");
    private final ChannelId channel = alice.create("home town");
    private final FakeChannel log = village.server.channel(channel);
    private final Saboteur saboteur = new Saboteur(village, mallory);

    ExchangedLeafTest() {
        for (Resident each : List.of(bob, carol, mallory)) {
            alice.add(channel, each);
        }
        village.pass(10_000);
    }

    private void exchange() {
        assertThat(saboteur.exchange(channel, carol).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.settle();
    }

    private Membership membership() {
        return carol.engine().channel(channel).orElseThrow().membership();
    }

    private Set<Bytes> keyPackages() {
        Set<Bytes> refs = new TreeSet<>();
        carol.store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> refs.add(ref));
        return refs;
    }

    private void assertTheyTalk() {
        alice.send(channel, "alice now");
        carol.send(channel, "carol now");
        village.pass(A_WHILE_MILLIS);
        for (Resident each : List.of(alice, carol)) {
            assertThat(each.texts(channel)).as(each.name).containsOnlyOnce("alice now", "carol now");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
        }
    }

    @Test
    @DisplayName("is in its place by the Welcome in that commit, keeps nothing of its keys, and speaks at once")
    void inItsPlace() {
        Set<Bytes> before = keyPackages();
        exchange();
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertThat(before).as("the one that was used").isNotEmpty();
        before.removeAll(keyPackages());
        assertThat(before).hasSize(1);
        assertTheyTalk();
        assertThat(carol.events(ClientEvent.PlaceLost.class)).isEmpty();
        assertThat(log.blame().barred()).isEmpty();
    }

    @Test
    @DisplayName("has lost nothing of what was said since, where it was away meanwhile")
    void overNight() {
        carol.cut();
        exchange();
        List<String> said = IntStream.range(0, 20).mapToObj(i -> "plan " + i).toList();
        for (String text : said) {
            alice.send(channel, text);
            village.pass(A_WHILE_MILLIS);
        }
        carol.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(carol.texts(channel)).containsExactlyElementsOf(said);
        assertTheyTalk();
    }

    @Test
    @DisplayName("is never out of its place, however often that is done, and reads everything")
    void againAndAgain() {
        log.pace = Optional.of(new HubPace(() -> village.now, true));
        int ordered = 0;
        for (int i = 0; i < 120; i++) {
            // Its own engine takes each such commit for a copy's, and comes back first.
            boolean isInPlace = mallory.engine().channel(channel).orElseThrow().membership() == Membership.MEMBER;
            if (isInPlace && saboteur.exchange(channel, carol).getStatus() == ReceiptStatus.ORDERED) {
                ordered++;
            }
            alice.send(channel, "plan " + i);
            village.settle();
            assertThat(membership()).as("after %d exchanges", ordered).isEqualTo(Membership.MEMBER);
            village.pass(5_000);
        }
        assertThat(ordered).isGreaterThan(10);
        assertThat(carol.texts(channel)).hasSize(120);
        assertTheyTalk();
    }

    @Test
    @DisplayName("says what was on its way, once")
    void onItsWay() {
        carol.cut();
        carol.send(channel, "composed off line");
        exchange();
        carol.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).containsExactly("composed off line");
        assertThat(carol.texts(channel)).containsExactly("composed off line");
        assertTheyTalk();
    }

    @Test
    @DisplayName("reads what was sent before that, and comes to the log only afterwards")
    void late() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "late of alice");
        village.server.hubIsCut = false;
        exchange();
        village.server.reachHub();
        village.settle();
        assertThat(carol.texts(channel)).containsExactly("late of alice");
        assertTheyTalk();
    }

    @Test
    @DisplayName("is told of what comes late that it was sent before it had come at all")
    void fromBeforeItCame() {
        Resident dave = village.join("dave");
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "late of alice");
        village.server.hubIsCut = false;
        bob.add(channel, dave);
        village.settle();
        assertThat(saboteur.exchange(channel, dave).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.settle();
        village.server.reachHub();
        village.settle();
        assertThat(dave.history(channel))
                .filteredOn(message -> message.body() instanceof MessageBody.Unreadable)
                .extracting(message -> ((MessageBody.Unreadable) message.body()).reason())
                .containsExactly(UnreadableReason.JOINED_LATER);
    }

    @Test
    @DisplayName("and whose Welcome is spoilt, says by its return whose fault that was")
    void spoilt() {
        assertThat(saboteur.exchangeUnwelcome(channel, carol).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertThat(carol.events(ClientEvent.PlaceLost.class))
                .singleElement()
                .satisfies(lost -> assertThat(lost.author()).isEqualTo(mallory.user()));
        assertThat(log.blame()
                        .voicesAgainst(mallory.engine().account().orElseThrow().identityKey()))
                .isEqualTo(1);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertTheyTalk();
    }

    private byte[] keyPackageOfAFormerKey() {
        byte[] former = saboteur.keyPackageOf(channel, carol);
        village.server.countsTooMuch = true;
        carol.dropConnection();
        village.pass(A_WHILE_MILLIS);
        village.server.countsTooMuch = false;
        assertThat(carol.events(ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        return former;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "and for one under a key that it has given up besides, goes on in the leaf of its present key, and is heard")
    void forTwo(boolean formerFirst) {
        byte[] former = keyPackageOfAFormerKey();
        byte[] present = saboteur.keyPackageOf(channel, carol);
        List<byte[]> both = formerFirst ? List.of(former, present) : List.of(present, former);
        assertThat(saboteur.exchangeFor(channel, carol, both).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertTheyTalk();
        carol.command(new DeviceEvent.UpdateKeys(carol.nextCommand(), channel));
        village.pass(A_WHILE_MILLIS);
        assertTheyTalkOn();
    }

    private void assertTheyTalkOn() {
        alice.send(channel, "alice later");
        carol.send(channel, "carol later");
        village.pass(A_WHILE_MILLIS);
        for (Resident each : List.of(alice, carol)) {
            assertThat(each.texts(channel)).as(each.name).containsOnlyOnce("alice later", "carol later");
        }
    }

    @Test
    @DisplayName(
            "for one under a key that it has given up alone, returns under its present key, though another leaf of that one stands there")
    void inTheFormerLeaf() {
        MemoryStore copy = carol.store.copy();
        byte[] former = keyPackageOfAFormerKey();
        byte[] present = saboteur.keyPackageOf(channel, carol);
        // The private keys for this one are in a state of it that is lost.
        carol.stop();
        carol.store.clear(DeviceTable.KEY_PACKAGE);
        copy.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            carol.store.put(DeviceTable.KEY_PACKAGE, ref, row);
            return true;
        });
        carol.start();
        village.pass(A_WHILE_MILLIS);
        assertThat(saboteur.exchangeFor(channel, carol, List.of(former, present))
                        .getStatus())
                .isEqualTo(ReceiptStatus.ORDERED);
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "while it is out of its place says in the end that something was said before that which it cannot read")
    void saysWhatItMissed() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == chat.samara.wire.proto.RecordKind.COMMIT
                        && carol.engine().account().orElseThrow().device().equals(device)
                ? Optional.of(chat.samara.wire.Refusal.of(chat.samara.wire.proto.ErrorCode.LIMIT_REACHED, "later"))
                : Optional.empty();
        saboteur.exchangeUnwelcome(channel, carol);
        village.settle();
        long missed = log.group.epoch();
        alice.send(channel, "unheard");
        village.pass(A_WHILE_MILLIS);
        exchange();
        alice.send(channel, "heard");
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * Limits.RETURN_RETRY_MILLIS);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertThat(carol.texts(channel)).containsExactly("heard");
        assertThat(carol.history(channel))
                .extracting(message -> message.body())
                .filteredOn(MessageBody.ReturnedHere.class::isInstance)
                .singleElement()
                .satisfies(body -> {
                    assertThat(((MessageBody.ReturnedHere) body).fromEpoch()).isLessThanOrEqualTo(missed);
                    assertThat(((MessageBody.ReturnedHere) body).toEpoch()).isGreaterThan(missed);
                });
    }

    @Test
    @DisplayName("while it is out of its place reads by the new leaf what is said until it is back")
    void whileReturning() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == chat.samara.wire.proto.RecordKind.COMMIT
                        && carol.engine().account().orElseThrow().device().equals(device)
                ? Optional.of(chat.samara.wire.Refusal.of(chat.samara.wire.proto.ErrorCode.LIMIT_REACHED, "later"))
                : Optional.empty();
        saboteur.exchangeUnwelcome(channel, carol);
        village.settle();
        assertThat(membership()).isEqualTo(Membership.RETURNING);
        village.pass(A_WHILE_MILLIS);
        exchange();
        alice.send(channel, "meet at five, not at six");
        village.pass(A_WHILE_MILLIS);
        assertThat(membership()).isEqualTo(Membership.RETURNING);
        assertThat(carol.texts(channel)).containsExactly("meet at five, not at six");
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * Limits.RETURN_RETRY_MILLIS);
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertThat(log.blame()
                        .voicesAgainst(mallory.engine().account().orElseThrow().identityKey()))
                .as("the first of the two is the one that it could not process")
                .isEqualTo(1);
        assertThat(carol.history(channel)).noneMatch(message -> message.body() instanceof MessageBody.Unreadable);
        assertTheyTalk();
    }
}
