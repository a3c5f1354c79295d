package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Processed;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.GenesisControl;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What devices of today make of a log whose members and hub knew no rule {@code one-identity}: Bob stands in it with two identity keys. */
@DisplayName("A log from before rule one-identity, with two identity keys of one member,")
class OldLogTest {
    private final Village village = new Village(22);
    private final Resident alice = village.join("alice");
    private final OldClient old = new OldClient();
    private UserId bob;

    /** Alice's device as an earlier version ran it: its commits are not signed as a whole, and it asks nothing about keys. */
    private final class OldClient {
        private final OwnIdentity own = OwnIdentity.of(
                alice.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        private final GroupEnvironment environment = new GroupEnvironment(
                new DeviceAuthentication(), village.random(), () -> Instant.ofEpochMilli(village.now));
        private Optional<Group> group = Optional.empty();
        private Optional<FakeChannel> channel = Optional.empty();

        Group group() {
            return group.orElseThrow();
        }

        FakeChannel channel() {
            return channel.orElseThrow();
        }

        void found() throws MlsException {
            Genesis genesis = Genesis.sign(
                    own.deviceKey(),
                    new Genesis.Content(
                            own.user(),
                            own.server(),
                            own.serverRootKey(),
                            ChannelSuite.STANDARD.cipherSuite().code(),
                            Bytes.wrapUnsafe(village.random().bytes(GenesisIn.NONCE_BYTES)),
                            village.now,
                            0));
            Group made = Group.create(
                    new GroupConfig(
                            ChannelSuite.STANDARD.cipherSuite(),
                            genesis.channel().mlsGroupId(),
                            List.of(),
                            OwnLeaf.capabilities(),
                            OwnKeyPackages.lifetime(village.now)),
                    own.credential(),
                    own.deviceKey(),
                    environment);
            group = Optional.of(made);
            FakeChannel log = village.server.found(
                    own.device(),
                    GenesisControl.newBuilder()
                            .setSignedGenesis(Stored.bytes(genesis.encoded()))
                            .setGroupInfo(ByteString.copyFrom(made.groupInfo()))
                            .setRatchetTree(ByteString.copyFrom(made.ratchetTree()))
                            .build());
            channel = Optional.of(log);
        }

        void commit(List<FakeServer.FakeDevice> added, List<Integer> removed) throws MlsException {
            IdempotencyKey key = IdempotencyKey.random(village.random());
            CommitBuilder builder =
                    group().commit().authenticatedData(key.bytes().toByteArray());
            removed.forEach(builder::remove);
            for (FakeServer.FakeDevice device : added) {
                ByteString keyPackage =
                        device.take(ChannelSuite.STANDARD.cipherSuite().code()).orElseThrow();
                builder.add(MlsMessage.decode(keyPackage.toByteArray())
                        .requireKeyPackage()
                        .verify(new DeviceAuthentication()));
            }
            CommitBundle bundle = builder.build();
            Bytes payload = Bytes.wrapUnsafe(CommitPayload.newBuilder()
                    .setCommit(Stored.bytes(bundle.commit()))
                    .setWelcome(Stored.bytes(bundle.welcome().orElse(Bytes.EMPTY)))
                    .setGroupInfo(Stored.bytes(bundle.groupInfo()))
                    .build()
                    .toByteArray());
            channel().commitUnruly(key, own.device(), payload);
            Processed processed = group().process(bundle.commit().toByteArray());
            group().merge(((Processed.CommitReceived) processed).commit());
            village.server.welcome(channel(), payload);
            village.server.push();
            village.pass(1_000);
        }

        List<Integer> leavesOf(UserId user) {
            return Rosters.of(group()).devicesOf(user).stream()
                    .map(member -> member.leafIndex())
                    .toList();
        }
    }

    private FakeServer.FakeDevice deviceOf(Resident resident) {
        return Optional.ofNullable(village.server.devices.get(
                        resident.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    @BeforeEach
    void bobStandsInItTwice() throws MlsException {
        old.found();
        Resident first = village.join("bob");
        bob = first.user();
        FakeServer.FakeDevice firstDevice = deviceOf(first);
        village.server.forgetMember(bob);
        village.residents.remove("bob");
        Resident second = village.join("bob");
        village.server.devices.put(firstDevice.id, firstDevice);
        old.commit(List.of(firstDevice), List.of());
        old.commit(List.of(deviceOf(second)), List.of());
        assertThat(Rosters.withTwoKeys(old.group().members())).contains(bob);
    }

    private static Refusal refusedWelcome(Resident resident) {
        List<ClientEvent.WelcomeRefused> told = resident.events(ClientEvent.WelcomeRefused.class);
        assertThat(told).hasSize(1);
        return told.get(0).refusal();
    }

    @Test
    @DisplayName("keeps a newcomer out while it does, who is told whom the members have to remove")
    void keptOut() throws MlsException {
        Resident dave = village.join("dave");

        old.commit(List.of(deviceOf(dave)), List.of());

        assertThat(dave.engine().channel(old.channel().id)).isEmpty();
        Refusal refusal = refusedWelcome(dave);
        assertThat(refusal.code()).isEqualTo(RefusalCode.IDENTITY_KEYS_DIFFER);
        assertThat(refusal.sentence()).contains("has to remove " + bob + " and you");
    }

    @Test
    @DisplayName("lets newcomers in once the member was removed, also one that it had kept out; and with one key anew")
    void letIn() throws MlsException {
        ChannelId id = old.channel().id;
        Resident dave = village.join("dave");
        old.commit(List.of(deviceOf(dave)), List.of());
        List<Integer> leaving = new ArrayList<>(old.leavesOf(bob));
        leaving.addAll(old.leavesOf(dave.user()));

        old.commit(List.of(), leaving);
        old.commit(List.of(deviceOf(dave)), List.of());
        old.commit(List.of(deviceOf(village.resident("bob"))), List.of());

        assertThat(dave.engine().channel(id).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        Resident carol = village.join("carol");
        dave.add(id, carol);
        village.pass(5_000);
        assertThat(carol.engine().channel(id).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(carol.engine().members(id))
                .filteredOn(member -> member.user().equals(bob))
                .singleElement()
                .satisfies(member -> assertThat(member.identityKeys()).hasSize(1));
    }
}
