package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.stored.StoredPinnedKey;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.wire.Refusal;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.OneIdentity;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a device makes of members' identity keys, against servers and members that put other keys under their names. */
@DisplayName("A member's identity key")
class PinsTest {
    private static final int SUITE = 1;

    private final Village village = new Village(21);
    private Resident alice;
    private Resident bob;
    private UserId bobsName;
    private Bytes bobsKey;
    private ChannelId shared;
    private ChannelId other;

    @BeforeEach
    void aliceKnowsBob() {
        alice = village.join("alice");
        bob = village.join("bob");
        bobsName = bob.user();
        bobsKey = identityKeyOf(bob);
        shared = alice.create("shared");
        alice.add(shared, bob);
        other = alice.create("other");
        village.pass(1_000);
    }

    private static Bytes identityKeyOf(Resident resident) {
        return resident.engine().account().orElseThrow().identityKey();
    }

    private void markVerified() {
        alice.command(new DeviceEvent.MarkVerified(alice.nextCommand(), bobsName));
    }

    private Outcome accept(Bytes key) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.AcceptKey(command, bobsName, key));
        return alice.outcome(command);
    }

    /** The server gives out another's KeyPackages under Bob's name; Bob himself is gone, or sits beside. */
    private Resident substitute(boolean beside) {
        FakeServer.FakeDevice device = deviceOf(bob);
        village.server.forgetMember(bobsName);
        village.residents.put("true bob", bob);
        village.residents.remove("bob");
        Resident substitute = village.join("bob");
        if (beside) {
            village.server.devices.put(device.id, device);
        }
        return substitute;
    }

    private RefusalCode refusalOfAdding(ChannelId channel) {
        Outcome outcome = alice.outcome(alice.add(channel, bob));
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        assertThat(((Outcome.Refused) outcome).refusal().sentence()).contains(bobsName.toString());
        return ((Outcome.Refused) outcome).refusal().code();
    }

    private Member bobIn(ChannelId channel) {
        return alice.engine().members(channel).stream()
                .filter(member -> member.user().equals(bobsName))
                .findFirst()
                .orElseThrow();
    }

    private static List<MessageBody.IdentityKeyChanged> changesShown(Resident resident, ChannelId channel) {
        return resident.history(channel).stream()
                .map(message -> message.body())
                .filter(MessageBody.IdentityKeyChanged.class::isInstance)
                .map(MessageBody.IdentityKeyChanged.class::cast)
                .toList();
    }

    @Test
    @DisplayName("that a server substituted is refused: a verified member keeps key and mark, and nobody is added")
    void substitutedOfAVerifiedMember() {
        markVerified();
        Resident substitute = substitute(false);
        long epoch = village.server.channel(other).group.epoch();

        assertThat(refusalOfAdding(other)).isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED);

        assertThat(village.server.channel(other).group.epoch())
                .as("no commit left")
                .isEqualTo(epoch);
        assertThat(alice.events(ClientEvent.IdentityKeyChanged.class))
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.member()).isEqualTo(bobsName);
                    assertThat(change.before()).isEqualTo(bobsKey);
                    assertThat(change.now()).isEqualTo(identityKeyOf(substitute));
                });
        assertThat(bobIn(shared).verified()).as("the mark in another channel").isTrue();
        assertThat(alice.engine().identityKeys(bobsName))
                .extracting(KnownKey::identityKey, KnownKey::current, KnownKey::verified)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(bobsKey, true, true),
                        org.assertj.core.groups.Tuple.tuple(identityKeyOf(substitute), false, false));
        assertThat(refusalOfAdding(other))
                .as("seeing it twice makes it no better")
                .isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED);
    }

    @Test
    @DisplayName("that was only seen and never compared is not given up either")
    void substitutedOfAnUnverifiedMember() {
        substitute(false);

        assertThat(refusalOfAdding(other)).isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED);
        assertThat(alice.engine().safetyNumber(bobsName))
                .contains(alice.engine().identityKeys(bobsName).get(0).safetyNumber());
    }

    @Test
    @DisplayName("that changed is admitted once a person has accepted it, and the adder's history shows it in one line")
    void accepted() {
        markVerified();
        Resident fresh = substitute(false);
        alice.add(other, bob);
        village.pass(1_000);

        assertThat(accept(identityKeyOf(fresh))).isInstanceOf(Outcome.Done.class);
        assertThat(alice.outcome(alice.add(other, bob))).isInstanceOf(Outcome.Changed.class);
        village.pass(1_000);

        assertThat(changesShown(alice, other))
                .containsExactly(new MessageBody.IdentityKeyChanged(bobsName, bobsKey, identityKeyOf(fresh), true));
        assertThat(bobIn(other).verified()).as("the mark was the old key's").isFalse();
        assertThat(bobIn(other).keyChanged()).isFalse();
        assertThat(bobIn(shared)).satisfies(old -> {
            assertThat(old.keyChanged()).as("the old leaf").isTrue();
            assertThat(old.verified()).isFalse();
        });
        assertThat(alice.engine().identityKeys(bobsName))
                .extracting(KnownKey::current, KnownKey::verified, KnownKey::awaitsAcceptance)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(false, true, false),
                        org.assertj.core.groups.Tuple.tuple(true, false, false));

        ChannelId third = alice.create("third");
        alice.add(third, bob);
        village.pass(1_000);
        assertThat(changesShown(alice, third)).as("told once is enough").isEmpty();

        accept(bobsKey);
        assertThat(bobIn(shared).verified())
                .as("the mark came back with its key")
                .isTrue();
    }

    @Test
    @DisplayName("that a person accepted is said in the history also where the entry that said so was taken back")
    void acceptedAndTakenBack() {
        Resident fresh = substitute(false);
        alice.add(other, bob);
        village.pass(1_000);
        assertThat(accept(identityKeyOf(fresh))).isInstanceOf(Outcome.Done.class);
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead())
                        .build()
                : frame;
        alice.add(other, bob);
        assertThat(changesShown(alice, other)).hasSize(1);

        FakeChannel log = village.server.channel(other);
        FakeChannel fork = log.forkBefore(log.position.seq() + 1);
        fork.append(
                RecordKind.COMMIT,
                log.group.epoch(),
                IdempotencyKey.random(village.random()),
                Optional.of(alice.engine().account().orElseThrow().device()),
                Bytes.ofHex("0011"));
        alice.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Stored.bytes(other.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
        assertThat(alice.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        assertThat(changesShown(alice, other)).isEmpty();

        village.server.tamper = frame -> frame;
        alice.reconnect();
        village.pass(120_000);
        assertThat(changesShown(alice, other))
                .containsExactly(new MessageBody.IdentityKeyChanged(bobsName, bobsKey, identityKeyOf(fresh), true));
    }

    @Test
    @DisplayName("that was never seen cannot be accepted")
    void acceptsOnlyWhatWasSeen() {
        Outcome outcome = accept(Bytes.of(new byte[32]));
        assertThat(((Outcome.Refused) outcome).refusal().code()).isEqualTo(RefusalCode.UNKNOWN_MEMBER);
    }

    @Test
    @DisplayName("that another member brings in is shown loudly there, and changes neither pin nor mark elsewhere")
    void broughtByAnother() {
        markVerified();
        Resident carol = village.join("carol");
        alice.add(other, carol);
        village.pass(1_000);
        Resident substitute = substitute(false);

        carol.add(other, substitute);
        village.pass(1_000);

        assertThat(changesShown(alice, other))
                .containsExactly(
                        new MessageBody.IdentityKeyChanged(bobsName, bobsKey, identityKeyOf(substitute), false));
        assertThat(alice.events(ClientEvent.IdentityKeyChanged.class)).hasSize(1);
        assertThat(bobIn(other).keyChanged()).isTrue();
        assertThat(bobIn(other).verified()).isFalse();
        assertThat(bobIn(shared).verified()).isTrue();
        assertThat(changesShown(carol, other)).as("who never knew him before").isEmpty();
        assertThat(carol.events(ClientEvent.IdentityKeysDiffer.class)).isEmpty();
    }

    @Test
    @DisplayName("that another member brings in meanwhile does not pass for the addition that was asked for")
    void addedByAnotherMeanwhile() {
        Resident carol = village.join("carol");
        alice.add(other, carol);
        village.pass(1_000);
        Resident substitute = substitute(false);
        DeviceId alices = alice.engine().account().orElseThrow().device();
        village.server.check = (device, frame) -> device.equals(alices) && frame.hasClaimKeyPackages()
                ? Optional.of(Refusal.of(ErrorCode.DISK_FULL, "later"))
                : Optional.empty();
        long command = alice.add(other, bob);
        carol.add(other, substitute);
        village.pass(60_000);

        assertThat(alice.outcome(command))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED));
    }

    @Test
    @DisplayName("of one's own is never another that came under one's name")
    void ownKey() {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.AcceptKey(command, alice.user(), bobsKey));
        assertThat(((Outcome.Refused) alice.outcome(command)).refusal().code())
                .isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED);
    }

    @Test
    @DisplayName("that differs between the devices which one claim gives out: none of them is added")
    void twoInOneClaim() {
        substitute(true);

        assertThat(refusalOfAdding(other)).isEqualTo(RefusalCode.IDENTITY_KEYS_DIFFER);
        assertThat(alice.engine().members(other)).hasSize(1);
        Resident dave = village.join("dave");
        ChannelId daves = dave.create("dave's");
        Outcome outcome = dave.outcome(dave.add(daves, bob));
        assertThat(((Outcome.Refused) outcome).refusal().code())
                .as("also at first sight")
                .isEqualTo(RefusalCode.IDENTITY_KEYS_DIFFER);
        assertThat(dave.engine().identityKeys(bobsName))
                .as("neither was pinned")
                .isEmpty();
    }

    @Test
    @DisplayName("and its mark survive from a store that kept one key only")
    void oldRow() {
        alice.stop();
        StoredPin old = StoredPin.newBuilder()
                .setIdentityKey(Stored.bytes(bobsKey))
                .setSeenMillis(5)
                .setVerified(true)
                .build();
        alice.store.put(DeviceTable.PIN, Keys.user(bobsName), old.toByteArray());
        alice.store.commit(List.of(new DeviceStore.Write.Delete(DeviceTable.TABLE_VERSION, Bytes.ofUtf8("PIN"))));
        alice.start();
        village.settle();
        substitute(false);

        assertThat(bobIn(shared).verified()).isTrue();
        assertThat(refusalOfAdding(other)).isEqualTo(RefusalCode.IDENTITY_KEY_CHANGED);
        assertThat(alice.engine().identityKeys(bobsName).get(0)).satisfies(key -> {
            assertThat(key.firstSeenMillis()).isEqualTo(5);
            assertThat(key.current() && key.verified()).isTrue();
            assertThat(key.verifiedMillis()).isEmpty();
        });
    }

    @Test
    @DisplayName("is remembered with a bound: who makes up keys does not push out what a person decided")
    void bounded() {
        markVerified();
        Bytes compared = Bytes.of(village.random().bytes(32));
        Bytes accepted = Bytes.of(village.random().bytes(32));
        StoredPin pin = Stored.parse(
                StoredPin.parser(),
                alice.store.get(DeviceTable.PIN, Keys.user(bobsName)).orElseThrow());
        alice.store.put(
                DeviceTable.PIN,
                Keys.user(bobsName),
                pin.toBuilder()
                        .addKeys(StoredPinnedKey.newBuilder()
                                .setIdentityKey(Stored.bytes(compared))
                                .setVerified(true))
                        .addKeys(StoredPinnedKey.newBuilder()
                                .setIdentityKey(Stored.bytes(accepted))
                                .setAcceptedMillis(village.now))
                        .build()
                        .toByteArray());
        flood();
        Bytes newest = alice.engine().identityKeys(bobsName).get(3).identityKey();
        assertThat(accept(newest)).isInstanceOf(Outcome.Done.class);
        flood();
        assertThat(alice.engine().identityKeys(bobsName))
                .hasSize(Limits.KEYS_PER_PIN_MAX)
                .extracting(KnownKey::identityKey)
                .startsWith(bobsKey, compared, accepted, newest);
        assertThat(alice.engine().identityKeys(bobsName).get(0).verified()).isTrue();
        assertThat(alice.engine().identityKeys(bobsName).get(3).current()).isTrue();
    }

    private void flood() {
        Turn turn = new Turn(alice.store, new Now(village.now, village.now), new LookAlikes(alice.store));
        for (int i = 0; i < 10 * Limits.KEYS_PER_PIN_MAX; i++) {
            Pins.observe(
                    turn,
                    bobsName,
                    Bytes.of(village.random().bytes(32)),
                    new KeySighting.InChannel(shared, alice.user(), false, village.now));
        }
        turn.finish();
    }

    // ---- rule one-identity, against a member that builds commits of its own and a hub that orders them ----

    /** A commit of a member who keeps to no rule but MLS's: adds one device of each of these. */
    private Bytes unrulyCommit(
            Resident author, ChannelId channel, IdempotencyKey key, List<FakeServer.FakeDevice> added)
            throws MlsException {
        Group group = GroupVault.load(author.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                .orElseThrow();
        CommitBuilder builder = group.commit().authenticatedData(key.bytes().toByteArray());
        for (FakeServer.FakeDevice device : added) {
            ByteString keyPackage = device.take(SUITE).orElseThrow();
            builder.add(MlsMessage.decode(keyPackage.toByteArray())
                    .requireKeyPackage()
                    .verify(new DeviceAuthentication()));
        }
        CommitBundle bundle = builder.build();
        OwnIdentity own = OwnIdentity.of(
                author.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        return CommitSignature.sign(
                own.deviceKey(),
                channel,
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), 0));
    }

    private void order(Resident author, ChannelId channel, FakeServer.FakeDevice... added) throws MlsException {
        FakeChannel log = village.server.channel(channel);
        IdempotencyKey key = IdempotencyKey.random(village.random());
        DeviceId device = author.engine().account().orElseThrow().device();
        Bytes payload = unrulyCommit(author, channel, key, List.of(added));
        log.commitUnruly(key, device, payload);
        village.server.welcome(log, payload);
        village.server.push();
        village.settle();
    }

    private FakeServer.FakeDevice deviceOf(Resident resident) {
        return Optional.ofNullable(village.server.devices.get(
                        resident.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    @Test
    @DisplayName("stands alone in a group: a commit that adds a second one beside it is refused by every device")
    void secondKeyBeside() throws MlsException {
        Resident carol = village.join("carol");
        alice.add(shared, carol);
        village.pass(1_000);
        Resident substitute = substitute(true);

        order(carol, shared, deviceOf(substitute));

        for (Resident resident : List.of(alice, bob)) {
            assertThat(resident.engine().channel(shared).orElseThrow().membership())
                    .isEqualTo(Membership.FROZEN);
            assertThat(resident.events(ClientEvent.ForkDetected.class))
                    .singleElement()
                    .satisfies(told -> assertThat(told.detail()).contains(OneIdentity.RULE));
        }
    }

    @Test
    @DisplayName("that differs between leaves of a log keeps a newcomer out of it: the rules know no such commit")
    void twoInOneLog() throws MlsException {
        Resident dave = village.join("dave");
        Resident substitute = substitute(true);
        // Alice's own commit, as no version of today makes or orders it: Bob twice, and Dave, who replays what he
        // finds.
        order(alice, other, deviceOf(bob), deviceOf(substitute), deviceOf(dave));
        village.pass(1_000);

        assertThat(dave.engine().channel(other)).isEmpty();
        assertThat(dave.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(event -> assertThat(event.refusal().code()).isEqualTo(RefusalCode.UNPROVEN_WELCOME));
    }
}
