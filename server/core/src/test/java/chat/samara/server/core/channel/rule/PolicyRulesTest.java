package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.Record;
import chat.samara.wire.policy.PolicyChange;
import chat.samara.wire.policy.PolicyComponent;
import chat.samara.wire.policy.PolicyData;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** No channel has a policy yet, though leaves say that devices merge them: what the hub, who keeps the log, and devices make of one. */
@DisplayName("A channel's policy, before anybody judges by it,")
final class PolicyRulesTest {
    private static final Bytes FOUNDING = Bytes.wrapUnsafe(new PolicyChange(
                    OptionalInt.of(1), new TreeMap<>(Map.of(Bytes.ofUtf8("role"), Optional.of(Bytes.ofUtf8("owner")))))
            .encode());
    private static final int OF_A_LATER_VERSION = 0xf0cd;
    private static final Capabilities CAPABILITIES = Capabilities.of(List.of(Extension.APP_DATA_DICTIONARY), List.of())
            .withProposals(List.of(
                    Proposal.APP_DATA_UPDATE, Proposal.APP_EPHEMERAL, Proposal.SELF_REMOVE, OF_A_LATER_VERSION));

    private final World world = new World(31);
    private final TestServer berlin = world.server("berlin.example");
    private final ServerName hub = berlin.name();
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestChannel home = alice.channel(alice.draft().id());

    /** A channel of one, whose leaf lists all of it. */
    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        home = alice.found();
        LeafChange renewal =
                LeafChange.NONE.withCapabilities(CAPABILITIES).withExtensions(List.of(PolicyComponent.listing()));
        Submission commit = alice.commit(home, builder -> builder.changeLeaf(renewal));
        Expect.receipt(alice.submit(commit), ReceiptStatus.ORDERED);
        alice.follow();
    }

    private Submission founding() {
        return alice.commit(home, builder -> builder.updateAppData(PolicyComponent.ID, FOUNDING));
    }

    private static void refused(ServerFrame answer, String detail) {
        assertThat(Expect.rejected(answer, ErrorCode.INVALID_HANDSHAKE)
                        .getError()
                        .getDetail())
                .isEqualTo(detail);
    }

    private ObservedChannel observed() throws MlsException {
        PublicGroup group =
                PublicGroup.of(home.group().groupInfo(), home.group().ratchetTree(), new DeviceAuthentication());
        return ObservedChannel.resume(home.id(), hub, group, true, Blame.NONE);
    }

    private Record record(Submission it) {
        return Record.of(new Record.Content(
                home.id(),
                hub,
                1,
                1,
                it.kind(),
                it.epoch(),
                it.key(),
                Optional.of(alice.who().device()),
                it.payload(),
                1));
    }

    @Test
    @DisplayName("is not ordered by a hub; nor are data of AppEphemerals, which would stand in the log for nobody")
    void notOrdered() {
        refused(alice.submit(founding()), HandshakeRules.EXTENSIONS_NOT_ORDERED);
        refused(
                alice.submit(alice.commit(home, builder -> builder.ephemeral(PolicyComponent.ID, FOUNDING))),
                HubPolicy.EPHEMERAL_NOT_ORDERED);
        home.group().clearPendingCommit();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("is not changed by a proposal of a type that the hub does not know, though all members list it")
    void custom() {
        refused(
                alice.submit(alice.commit(home, builder -> builder.custom(OF_A_LATER_VERSION, FOUNDING))),
                HubPolicy.CUSTOM_NOT_ORDERED);
        home.group().clearPendingCommit();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("is no channel's from its genesis")
    void genesis() {
        Extension policy = AppDataDictionary.EMPTY
                .with(PolicyComponent.ID, Bytes.wrapUnsafe(new PolicyData(1, new TreeMap<>()).encode()))
                .toExtension();
        TestDevice.Draft draft = alice.draft(berlin, List.of(policy));
        assertThat(Expect.error(alice.create(draft), ErrorCode.INVALID_HANDSHAKE)
                        .getDetail())
                .isEqualTo(HubPolicy.POLICY_NOT_ORDERED);
        assertThatThrownBy(() -> ObservedChannel.begin(HandshakeRules.judgeGenesis(draft.control())))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.refusal().detail()).isEqualTo(ObservedChannel.POLICY_UNKNOWN));
    }

    @Test
    @DisplayName("is kept as bytes by who keeps a log in which another hub has ordered it, merged as everybody does")
    void kept() throws Exception {
        Change change = HandshakeRules.judge(observed(), record(founding()));
        PublicGroup after = ((Change.Committed) change).commit().after();
        PolicyData policy = PolicyData.decode(after.appData(PolicyComponent.ID).orElseThrow());
        assertThat(policy.statements()).containsEntry(Bytes.ofUtf8("role"), Bytes.ofUtf8("owner"));
    }

    @Test
    @DisplayName("is not followed by a device, which would show as done what the policy forbids")
    void notFollowed() throws Exception {
        ObservedChannel channel = observed();
        long epoch = channel.epoch();
        Record record = record(founding());
        assertThatThrownBy(() -> channel.follow(record))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.refusal().detail()).isEqualTo(ObservedChannel.POLICY_UNKNOWN));
        assertThat(channel.epoch()).isEqualTo(epoch);
        home.group().clearPendingCommit();
        channel.follow(record(alice.update(home)));
    }

    @Test
    @DisplayName("is refused by everybody where its difference is none")
    void invalid() throws Exception {
        Submission commit = alice.commit(home, builder -> builder.updateAppData(PolicyComponent.ID, FOUNDING));
        // What a member of another program could send: the same bytes, but for the form in the difference.
        byte[] payload = commit.payload().toByteArray();
        int at = Bytes.of(payload).hex().indexOf(FOUNDING.hex()) / 2;
        payload[at] = 2;
        Submission forged =
                new Submission(commit.channel(), commit.kind(), commit.epoch(), commit.key(), Bytes.of(payload));
        assertThatThrownBy(() -> HandshakeRules.judge(observed(), record(forged)))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.refusal().detail()).isEqualTo("INVALID_PROPOSAL_LIST"));
    }
}
