package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.SeenDevice;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Any member can bring a device of any name into a channel, under a key that it has made up. Bob is in a channel with Mallory, who does so under
 * Alice's name; Bob has never met Alice.
 */
@DisplayName("An identity key that was only seen in a channel")
class SeenKeysTest {
    private final Village village = new Village(23);
    private Resident bob;
    private Resident mallory;
    private Resident carol;
    private Resident alice;
    private ChannelId mallorys;
    private ChannelId carols;
    private UserId alicesName;
    private Bytes alicesKey;
    private Bytes malloryMadeUp;

    @BeforeEach
    void malloryBringsInAnAlice() {
        bob = village.join("bob");
        mallory = village.join("mallory");
        carol = village.join("carol");
        mallorys = mallory.create("mallory's");
        mallory.add(mallorys, bob);
        carols = carol.create("carol's");
        carol.add(carols, bob);
        village.pass(1_000);

        Resident fake = village.join("alice");
        mallory.add(mallorys, fake);
        village.pass(1_000);
        village.server.forgetMember(fake.user());
        village.residents.put("made up", fake);
        village.residents.remove("alice");
        alice = village.join("alice");
        alicesName = alice.user();
        alicesKey = identityKeyOf(alice);
        malloryMadeUp = identityKeyOf(fake);
    }

    private static Bytes identityKeyOf(Resident resident) {
        return resident.engine().account().orElseThrow().identityKey();
    }

    private Refusal refusalOf(long command) {
        assertThat(bob.outcome(command)).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused) bob.outcome(command)).refusal();
    }

    private long accept(Bytes key) {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.AcceptKey(command, alicesName, key));
        return command;
    }

    private long verify() {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.MarkVerified(command, alicesName));
        return command;
    }

    private Member aliceIn(ChannelId channel) {
        return bob.engine().members(channel).stream()
                .filter(member -> member.user().equals(alicesName))
                .findFirst()
                .orElseThrow();
    }

    private List<KnownKey> keys() {
        return bob.engine().identityKeys(alicesName);
    }

    private Stream<MessageBody> bodies(ChannelId channel) {
        return bob.history(channel).stream().map(message -> message.body());
    }

    private SeenKey made(long millis) {
        return new SeenKey(malloryMadeUp, new KeySighting.InChannel(mallorys, mallory.user(), false, millis));
    }

    @Test
    @DisplayName("is kept with who brought it in, and this device does not go by it")
    void isASighting() {
        assertThat(keys()).singleElement().satisfies(key -> {
            assertThat(key.current()).isFalse();
            assertThat(key.acceptedMillis()).isEmpty();
            assertThat(key.sightings())
                    .containsExactly(new KeySighting.InChannel(mallorys, mallory.user(), false, key.firstSeenMillis()));
        });
        assertThat(aliceIn(mallorys).standing()).isEqualTo(KeyStanding.SEEN);
        assertThat(bob.engine().safetyNumber(alicesName))
                .as("what there is to compare")
                .contains(keys().get(0).safetyNumber());
    }

    @Test
    @DisplayName("does not refuse the member's true key: the person is asked, and told whose word stands for each")
    void theTrueOneIsAdded() {
        ChannelId own = bob.create("bob's");

        Refusal asked = refusalOf(bob.add(own, alice));

        assertThat(asked.code()).isEqualTo(RefusalCode.IDENTITY_KEY_UNDECIDED);
        assertThat(asked.sentence())
                .contains(alicesName.toString(), mallory.user().toString(), "the own server gave it out");
        assertThat(keys()).extracting(KnownKey::identityKey).containsExactly(malloryMadeUp, alicesKey);
        assertThat(keys()).noneMatch(KnownKey::current);
        assertThat(bob.events(ClientEvent.IdentityKeysDiffer.class))
                .singleElement()
                .satisfies(told -> {
                    assertThat(told.member()).isEqualTo(alicesName);
                    assertThat(told.before()).isEqualTo(made(keys().get(0).firstSeenMillis()));
                    assertThat(told.now().identityKey()).isEqualTo(alicesKey);
                    assertThat(told.now().first()).isInstanceOf(KeySighting.FromDirectory.class);
                });

        assertThat(bob.outcome(accept(alicesKey))).isInstanceOf(Outcome.Done.class);
        assertThat(bob.outcome(bob.add(own, alice))).isInstanceOf(Outcome.Changed.class);
        village.pass(1_000);

        assertThat(aliceIn(own).standing()).isEqualTo(KeyStanding.KNOWN);
        assertThat(aliceIn(mallorys).standing()).as("Mallory's").isEqualTo(KeyStanding.CHANGED);
        assertThat(bodies(own)).noneMatch(MessageBody.IdentityKeyChanged.class::isInstance);
    }

    @Test
    @DisplayName(
            "keeps the own server from passing off another unseen: its answer is not taken before the person has decided")
    void theServerLies() {
        carol.add(carols, alice);
        Resident dave = village.join("dave");
        carol.add(carols, dave);
        ChannelId daves = dave.create("dave's");
        village.pass(1_000);
        village.server.forgetMember(alicesName);
        village.residents.put("true alice", alice);
        village.residents.remove("alice");
        Resident passedOff = village.join("alice");
        long epoch = village.server.channel(daves).group.epoch();

        long command = dave.add(daves, passedOff);

        assertThat(((Outcome.Refused) dave.outcome(command)).refusal().code())
                .isEqualTo(RefusalCode.IDENTITY_KEY_UNDECIDED);
        assertThat(village.server.channel(daves).group.epoch())
                .as("no commit left")
                .isEqualTo(epoch);
        assertThat(dave.engine().identityKeys(alicesName)).noneMatch(KnownKey::current);
    }

    @Test
    @DisplayName("is told beside the one that another member brings into another channel, and neither is refused")
    void twoChannelsShowTwo() {
        carol.add(carols, alice);
        village.pass(1_000);

        assertThat(aliceIn(carols).standing()).isEqualTo(KeyStanding.DISPUTED);
        assertThat(aliceIn(mallorys).standing()).isEqualTo(KeyStanding.DISPUTED);
        SeenKey brought = new SeenKey(
                alicesKey,
                new KeySighting.InChannel(
                        carols, carol.user(), false, keys().get(1).firstSeenMillis()));
        SeenKey made = made(keys().get(0).firstSeenMillis());
        assertThat(bob.events(ClientEvent.IdentityKeysDiffer.class))
                .containsExactly(new ClientEvent.IdentityKeysDiffer(alicesName, made, brought));
        assertThat(bodies(carols)).contains(new MessageBody.IdentityKeysDiffer(alicesName, made, brought));
        alice.send(carols, "hello");
        village.pass(1_000);
        assertThat(bob.texts(carols)).containsExactly("hello");
        assertThat(refusalOf(verify()).code())
                .as("which of the two was compared?")
                .isEqualTo(RefusalCode.IDENTITY_KEY_UNDECIDED);
        assertThat(bob.engine().safetyNumber(alicesName)).isEmpty();
        accept(alicesKey);
        assertThat(bob.outcome(verify())).isInstanceOf(Outcome.Done.class);
        assertThat(aliceIn(carols).standing()).isEqualTo(KeyStanding.COMPARED);
        assertThat(aliceIn(mallorys).standing()).isEqualTo(KeyStanding.CHANGED);
    }

    @Test
    @DisplayName("is the member's from the moment in which the own server gives out the same")
    void theDirectoryAgrees() {
        carol.add(carols, alice);
        village.pass(1_000);
        Resident dave = village.join("dave");
        carol.add(carols, dave);
        village.pass(1_000);
        assertThat(dave.engine().identityKeys(alicesName)).noneMatch(KnownKey::current);
        ChannelId daves = dave.create("dave's");

        assertThat(dave.outcome(dave.add(daves, alice))).isInstanceOf(Outcome.Changed.class);

        assertThat(dave.engine().identityKeys(alicesName))
                .singleElement()
                .satisfies(key -> assertThat(key.current()).isTrue());
    }

    @Test
    @DisplayName("is the member's from the moment in which it was compared")
    void compared() {
        assertThat(bob.outcome(verify())).isInstanceOf(Outcome.Done.class);
        assertThat(aliceIn(mallorys).standing()).isEqualTo(KeyStanding.COMPARED);
        carol.add(carols, alice);
        village.pass(1_000);
        assertThat(bob.events(ClientEvent.IdentityKeyChanged.class))
                .containsExactly(new ClientEvent.IdentityKeyChanged(alicesName, malloryMadeUp, alicesKey));
    }

    @Test
    @DisplayName("of those whom a device finds in a channel is kept with who has added the device")
    void foundThere() {
        carol.add(carols, alice);
        village.pass(1_000);
        Resident dave = village.join("dave");
        carol.add(carols, dave);
        village.pass(1_000);

        assertThat(dave.engine().identityKeys(alicesName))
                .singleElement()
                .satisfies(key -> assertThat(key.sightings())
                        .containsExactly(new KeySighting.InChannel(carols, carol.user(), true, key.firstSeenMillis())));
    }

    @Test
    @DisplayName("does not stand for the directory's answer where somebody else is the first to add the member")
    void addedByAnotherMeanwhile() {
        ChannelId own = bob.create("bob's");
        bob.add(own, carol);
        village.pass(1_000);
        assertThat(refusalOf(bob.add(own, alice)).code()).isEqualTo(RefusalCode.IDENTITY_KEY_UNDECIDED);
        carol.add(own, alice);
        village.pass(1_000);

        assertThat(aliceIn(own).standing()).isEqualTo(KeyStanding.DISPUTED);
        assertThat(keys()).noneMatch(KnownKey::current);
    }

    @Test
    @DisplayName("is kept with the devices that were seen under it, each with its date, within a bound")
    void devices() {
        ChannelId own = carol.create("carol's");
        carol.add(own, bob);
        village.pass(1_000);
        KnownKey bobs = carol.engine().identityKeys(bob.user()).get(0);
        assertThat(bobs.devices())
                .extracting(SeenDevice::device)
                .containsExactly(bob.engine().account().orElseThrow().device());
        assertThat(bobs.devices().get(0).firstSeenMillis()).isPositive();
        Turn turn = new Turn(carol.store, new Now(village.now, village.now), new LookAlikes(carol.store));
        LiveChannel channel = LiveChannel.of(Stored.parse(
                StoredChannel.parser(),
                carol.store.get(DeviceTable.CHANNEL, Keys.channel(own)).orElseThrow()));
        for (int i = 0; i < 3 * Limits.DEVICES_PER_KEY_MAX; i++) {
            Bytes signatureKey = Bytes.of(village.random().bytes(32));
            Pins.observeLeaves(
                    turn,
                    channel,
                    1,
                    village.now,
                    List.of(new ChannelMember(
                            1, bob.user(), bobs.identityKey(), signatureKey, DeviceId.ofSignatureKey(signatureKey))),
                    List.of(),
                    carol.user(),
                    false);
        }
        turn.finish();
        assertThat(carol.engine().identityKeys(bob.user()).get(0).devices())
                .hasSize(Limits.DEVICES_PER_KEY_MAX)
                .startsWith(bobs.devices().get(0));
    }

    @Test
    @DisplayName("is remembered with a bound, and the first sighting stays")
    void bounded() {
        Turn turn = new Turn(bob.store, new Now(village.now, village.now), new LookAlikes(bob.store));
        for (int i = 0; i < 3 * Limits.SIGHTINGS_PER_KEY_MAX; i++) {
            Pins.observe(
                    turn,
                    alicesName,
                    malloryMadeUp,
                    new KeySighting.InChannel(
                            new ChannelId(Bytes.of(village.random().bytes(32))), mallory.user(), false, village.now));
        }
        for (int i = 0; i < 3 * Limits.KEYS_PER_PIN_MAX; i++) {
            Pins.observe(
                    turn,
                    alicesName,
                    Bytes.of(village.random().bytes(32)),
                    new KeySighting.InChannel(mallorys, mallory.user(), false, village.now));
        }
        turn.finish();
        assertThat(keys()).hasSize(Limits.KEYS_PER_PIN_MAX).first().satisfies(key -> {
            assertThat(key.identityKey()).isEqualTo(malloryMadeUp);
            assertThat(key.sightings())
                    .hasSize(Limits.SIGHTINGS_PER_KEY_MAX)
                    .first()
                    .isEqualTo(new KeySighting.InChannel(mallorys, mallory.user(), false, key.firstSeenMillis()));
        });
    }
}
