package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.group.GroupInfoDraft;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.group.PublicGroup;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.ChannelView;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.EpochClosed;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each rule by itself, whatever a hub or an origin refuses before it is asked: by what one who holds the keys can make. */
@DisplayName("A record may not stand in a log")
final class HandshakeRulesTest {
    private static final ServerName TUNIS = new ServerName("tunis.example");

    private final World world = new World(23);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    /** Lets everybody in from outside: for the rules that stand behind what MLS asks. */
    private static final AuthenticationService NAIVE = new AuthenticationService() {
        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return true;
        }
    };

    /** What somebody judges by who has the log. */
    private record Seen(ChannelId id, ServerName hub, PublicGroup group, long firstOpenEpoch) implements ChannelView {
        @Override
        public long epoch() {
            return group.epoch();
        }

        @Override
        public boolean demandsSignedCommits() {
            return true;
        }

        @Override
        public Blame blame() {
            return Blame.NONE;
        }

        @Override
        public Optional<ChannelMember> member(DeviceId device) {
            try {
                return Roster.of(group.members()).device(device);
            } catch (RefusedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
        alice.invite(home, bob);
        bob.join();
    }

    private ChannelView seen(AuthenticationService authentication, long firstOpenEpoch) {
        try {
            PublicGroup group =
                    PublicGroup.of(home.group().groupInfo(), home.group().ratchetTree(), authentication);
            return new Seen(home.id(), berlin.name(), group, firstOpenEpoch);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private Refusal refusal(ChannelView channel, Record record) {
        try {
            HandshakeRules.judge(channel, record);
        } catch (RefusedException e) {
            return e.refusal();
        }
        throw new AssertionError(record + " was accepted, expected it to be refused");
    }

    private Refusal refusal(Record record) {
        return refusal(seen(new DeviceAuthentication(), 0), record);
    }

    private void refused(Record record, ErrorCode code, String id) {
        refused(refusal(record), code, id);
    }

    private static void refused(Refusal refusal, ErrorCode code, String id) {
        assertThat(refusal.detail()).isEqualTo(id);
        assertThat(refusal.code()).isEqualTo(code);
    }

    private Record record(Submission it, TestDevice by) {
        return record(it.kind(), it.epoch(), it.key(), Optional.of(by.who().device()), berlin.name(), it.payload());
    }

    private Record record(
            RecordKind kind,
            long epoch,
            IdempotencyKey key,
            Optional<DeviceId> device,
            ServerName origin,
            Bytes payload) {
        return Record.of(new Record.Content(home.id(), origin, 1, 1, kind, epoch, key, device, payload, 1));
    }

    private IdempotencyKey freshKey() {
        return IdempotencyKey.random(world.random());
    }

    private Record message(long epoch, Bytes payload) {
        return record(
                RecordKind.APPLICATION,
                epoch,
                freshKey(),
                Optional.of(alice.who().device()),
                berlin.name(),
                payload);
    }

    private Record closing(long throughEpoch) {
        return control(
                ControlPayload.newBuilder()
                        .setEpochClosed(EpochClosed.newBuilder().setThroughEpoch(throughEpoch))
                        .build(),
                berlin.name(),
                Optional.empty());
    }

    private Record control(ControlPayload payload, ServerName origin, Optional<DeviceId> device) {
        return record(RecordKind.CONTROL, home.group().epoch(), freshKey(), device, origin, Protobuf.encode(payload));
    }

    // ---- what the hub says ----

    @Test
    @DisplayName("that controls it and is another server's, a device's, or a second genesis (control)")
    void control() {
        ControlPayload closes = ControlPayload.newBuilder()
                .setEpochClosed(EpochClosed.newBuilder().setThroughEpoch(0))
                .build();
        refused(control(closes, TUNIS, Optional.empty()), ErrorCode.NOT_A_MEMBER, "control");
        refused(control(closes, berlin.name(), Optional.of(alice.who().device())), ErrorCode.NOT_A_MEMBER, "control");
        ControlPayload genesis =
                ControlPayload.newBuilder().setGenesis(alice.draft().control()).build();
        refused(control(genesis, berlin.name(), Optional.empty()), ErrorCode.NOT_A_MEMBER, "control");
    }

    @Test
    @DisplayName("that closes the present epoch, or one that is closed (epoch-closed)")
    void closesWrongEpoch() {
        alice.submit(alice.update(home));
        long present = home.group().epoch();
        refused(closing(present), ErrorCode.STALE_EPOCH, "epoch-closed");
        refused(refusal(seen(new DeviceAuthentication(), 1), closing(0)), ErrorCode.STALE_EPOCH, "epoch-closed");
    }

    // ---- whose it is ----

    @Test
    @DisplayName("of a device without a leaf in the present epoch (not-a-member)")
    void notAMember() {
        TestDevice eve = berlin.member("eve");
        refused(record(alice.text(home, "x"), eve), ErrorCode.NOT_A_MEMBER, "not-a-member");
        refused(record(alice.update(home), eve), ErrorCode.NOT_A_MEMBER, "not-a-member");
    }

    @Test
    @DisplayName("that came through another server than its member's (wrong-origin)")
    void wrongOrigin() {
        Submission text = alice.text(home, "x");
        Record elsewhere = record(
                text.kind(), text.epoch(), text.key(), Optional.of(alice.who().device()), TUNIS, text.payload());
        refused(elsewhere, ErrorCode.NOT_A_MEMBER, "wrong-origin");
    }

    // ---- messages ----

    @Test
    @DisplayName("that is a message of an epoch that is closed (epoch-closed)")
    void messageOfAClosedEpoch() {
        Submission early = alice.text(home, "early");
        alice.submit(alice.update(home));
        ChannelView closed = seen(new DeviceAuthentication(), home.group().epoch());
        refused(refusal(closed, record(early, alice)), ErrorCode.EPOCH_EXPIRED, "epoch-closed");
    }

    @Test
    @DisplayName("that is a message of an epoch that has not begun (future-epoch)")
    void messageOfAnEpochToCome() {
        Bytes payload = alice.text(home, "x").payload();
        refused(message(home.group().epoch() + 1, payload), ErrorCode.INVALID_HANDSHAKE, "future-epoch");
    }

    @Test
    @DisplayName("that is a message in the clear, or no application data (private-message)")
    void inTheClear() throws Exception {
        byte[] clear = home.group().propose(new ProposalDraft.Update());
        refused(message(home.group().epoch(), Bytes.of(clear)), ErrorCode.INVALID_HANDSHAKE, "private-message");
        byte[] hidden = home.group().proposeEncrypted(new ProposalDraft.Update(), new byte[0]);
        refused(message(home.group().epoch(), Bytes.of(hidden)), ErrorCode.INVALID_HANDSHAKE, "private-message");
    }

    @Test
    @DisplayName("that is a message of another group, or of another epoch than it says (wrong-group)")
    void ofAnotherGroup() {
        Bytes early = alice.text(home, "early").payload();
        alice.submit(alice.update(home));
        long present = home.group().epoch();
        refused(message(present, early), ErrorCode.INVALID_HANDSHAKE, "wrong-group");
        Bytes elsewhere = alice.text(alice.found(), "x").payload();
        refused(message(0, elsewhere), ErrorCode.INVALID_HANDSHAKE, "wrong-group");
    }

    // ---- proposals and commits ----

    @Test
    @DisplayName("that is a commit or a proposal of another epoch: the refusal says which is present")
    void staleEpoch() {
        Record commit = record(alice.update(home), alice);
        Record proposal = record(bob.proposeRemoval(bob.channel(home.id()), alice), bob);
        alice.submit(alice.update(home));
        String present = Long.toString(home.group().epoch());
        refused(commit, ErrorCode.STALE_EPOCH, present);
        refused(proposal, ErrorCode.STALE_EPOCH, present);
    }

    @Test
    @DisplayName("that is a proposal of somebody outside, also where MLS would let it in (outsider)")
    void outsider() {
        TestDevice eve = berlin.member("eve");
        Record application = record(eve.application(home), alice);
        refused(refusal(seen(NAIVE, 0), application), ErrorCode.INVALID_HANDSHAKE, "outsider");
        assertThat(refusal(application).code()).isEqualTo(ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("that another member has signed (sender)")
    void sender() {
        refused(record(alice.update(home), bob), ErrorCode.INVALID_HANDSHAKE, "sender");
        refused(record(alice.proposeRemoval(home, bob), bob), ErrorCode.INVALID_HANDSHAKE, "sender");
    }

    @Test
    @DisplayName("whose authenticated data is not its key (authenticated-data)")
    void authenticatedData() {
        for (Submission it : new Submission[] {alice.update(home), alice.proposeRemoval(home, bob)}) {
            Submission rekeyed = new Submission(it.channel(), it.kind(), it.epoch(), freshKey(), it.payload());
            refused(record(rekeyed, alice), ErrorCode.INVALID_HANDSHAKE, "authenticated-data");
        }
    }

    @Test
    @DisplayName("that holds the other of proposal and commit (kind)")
    void kind() throws Exception {
        Submission commit = alice.update(home);
        Submission proposal = alice.proposeRemoval(home, bob);
        CommitPayload payload = Payload.commit(commit.payload());
        Submission asProposal = new Submission(
                commit.channel(),
                RecordKind.PROPOSAL,
                commit.epoch(),
                commit.key(),
                Protobuf.toBytes(payload.getCommit()));
        refused(record(asProposal, alice), ErrorCode.INVALID_HANDSHAKE, "kind");
        CommitPayload holdsProposal = payload.toBuilder()
                .setCommit(Protobuf.toByteString(proposal.payload()))
                .build();
        Submission asCommit = new Submission(
                proposal.channel(),
                RecordKind.COMMIT,
                proposal.epoch(),
                proposal.key(),
                Protobuf.encode(holdsProposal));
        refused(record(asCommit, alice), ErrorCode.INVALID_HANDSHAKE, "kind");
    }

    @Test
    @DisplayName("in which a leaf changes its signature key (signature-key)")
    void signatureKey() {
        TestDevice next = alice.successor();
        LeafChange otherKey = LeafChange.NONE
                .withCredential(MemberCredential.of(next.certificate()))
                .withSigner(next.key());
        Submission commit = alice.commit(home, builder -> builder.changeLeaf(otherKey));
        refused(record(commit, alice), ErrorCode.INVALID_HANDSHAKE, "signature-key");
    }

    @Test
    @DisplayName("whose GroupInfo lets nobody return (external-pub)")
    void externalPub() {
        Submission commit =
                alice.commit(home, builder -> builder.update().groupInfo(GroupInfoDraft.USUAL.withoutExternalPub()));
        refused(record(commit, alice), ErrorCode.INVALID_HANDSHAKE, "external-pub");
    }

    // ---- returns ----

    @Test
    @DisplayName("that is a return which removes no leaf, also where MLS would let it in (return-removes-one)")
    void returnsWithoutALeaf() {
        TestDevice eve = berlin.member("eve");
        Record joins = record(eve.externalCommit(home, false), eve);
        refused(refusal(seen(NAIVE, 0), joins), ErrorCode.INVALID_HANDSHAKE, "return-removes-one");
        assertThat(refusal(joins).code()).isEqualTo(ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("that is a return in another's place, also where MLS would let it in (return-identity)")
    void returnsInAnothersPlace() {
        TestDevice eve = berlin.member("eve");
        for (TestDevice other : new TestDevice[] {eve, bob.impostor()}) {
            Record evicts = record(other.externalCommitInPlaceOf(home, bob), other);
            refused(refusal(seen(NAIVE, 0), evicts), ErrorCode.INVALID_HANDSHAKE, "return-identity");
            refused(evicts, ErrorCode.INVALID_HANDSHAKE, "EXTERNAL_EVICTION");
        }
    }

    // ---- the beginning ----

    @Test
    @DisplayName("that is a genesis with the group of another one (genesis-group)")
    void genesisGroup() {
        TestDevice.Draft one = alice.draft();
        TestDevice.Draft other = alice.draft();
        GenesisControl mixed = one.control().toBuilder()
                .setGroupInfo(other.control().getGroupInfo())
                .setRatchetTree(other.control().getRatchetTree())
                .build();
        try {
            HandshakeRules.judgeGenesis(mixed);
        } catch (RefusedException e) {
            refused(e.refusal(), ErrorCode.INVALID_HANDSHAKE, "genesis-group");
            return;
        }
        throw new AssertionError("accepted, expected it to be refused");
    }
}
