package chat.samara.server.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Primitives;
import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ListDevices;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invites, registration and login. */
final class AccountsTest {
    private static final ByteString NO_SIGNATURE = ByteString.copyFrom(new byte[64]);

    private final World world = new World(2);
    private final TestServer berlin = world.server("berlin.example");

    private TestDevice connected(String name) {
        TestDevice device = TestDevice.stranger(berlin, name);
        device.connect();
        return device;
    }

    private int usesLeft(InviteLink invite) {
        AdminResult.Invites invites = (AdminResult.Invites) berlin.admin(new AdminCommand.ListInvites());
        return invites.invites().stream()
                .filter(it -> it.token().equals(invite.token()))
                .mapToInt(AdminResult.Invite::usesLeft)
                .findFirst()
                .orElse(0);
    }

    @Test
    @DisplayName("an invite opens an account, and then the device can log in")
    void register() {
        TestDevice alice = connected("alice");
        assertThat(alice.register(berlin.invite(1).token()).hasLoggedIn()).isTrue();
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("an account is still there after the server was restarted")
    void durable() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        berlin.restart();
        alice.connect();
        assertThat(alice.login().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("an unknown invite is refused, saying what to do")
    void unknownInvite() {
        Bytes token = Bytes.of(new byte[16]);
        String reason = Expect.error(connected("alice").register(token), ErrorCode.INVITE_INVALID)
                .getReason();
        assertThat(reason).contains("not known").contains("ask the operator");
    }

    @Test
    @DisplayName("an invite for one lets nobody else in, and says that it was used")
    void usedUp() {
        Bytes token = berlin.invite(1).token();
        connected("alice").register(token);
        var error = Expect.error(connected("bob").register(token), ErrorCode.INVITE_INVALID);
        assertThat(error.getReason()).contains("used already");
        assertThat(error.getDetail()).isEqualTo("used-up");
    }

    @Test
    @DisplayName("an invite for two lets two in")
    void multiUse() {
        InviteLink invite = berlin.invite(2);
        assertThat(connected("alice").register(invite.token()).hasLoggedIn()).isTrue();
        assertThat(usesLeft(invite)).isEqualTo(1);
        assertThat(connected("bob").register(invite.token()).hasLoggedIn()).isTrue();
        Expect.error(connected("carol").register(invite.token()), ErrorCode.INVITE_INVALID);
    }

    @Test
    @DisplayName("an invite that has expired is refused as that")
    void expired() {
        Bytes token = berlin.invite(1).token();
        world.pass(3_600_001);
        var error = Expect.error(connected("alice").register(token), ErrorCode.INVITE_INVALID);
        assertThat(error.getDetail()).isEqualTo("expired");
    }

    @Test
    @DisplayName("an invite that was revoked is refused")
    void revoked() {
        Bytes token = berlin.invite(1).token();
        berlin.admin(new AdminCommand.RevokeInvite(token));
        Expect.error(connected("alice").register(token), ErrorCode.INVITE_INVALID);
    }

    @Test
    @DisplayName("registering again with the same keys is a login, and uses nothing up")
    void repeated() {
        InviteLink invite = berlin.invite(2);
        TestDevice alice = connected("alice");
        alice.register(invite.token());
        alice.disconnect();
        alice.connect();
        assertThat(alice.register(invite.token()).hasLoggedIn()).isTrue();
        assertThat(usesLeft(invite)).isEqualTo(1);
    }

    @Test
    @DisplayName("a name belongs to its first owner, and a refused registration leaves the invite its uses")
    void nameTaken() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        InviteLink invite = berlin.invite(1);
        TestDevice other = alice.impostor();
        other.connect();

        Expect.error(other.register(invite.token()), ErrorCode.NAME_TAKEN);
        assertThat(usesLeft(invite)).isEqualTo(1);
    }

    private void refusedBeside(String name, String lookAlike) {
        var error = Expect.error(connected(lookAlike).register(berlin.invite(1).token()), ErrorCode.NAME_TAKEN);
        assertThat(error.getDetail()).isEqualTo("look-alike");
        assertThat(error.getReason())
                .contains("looks like " + name + "@berlin.example")
                .contains("choose another");
    }

    @ParameterizedTest
    @CsvSource({
        "coco, \u0441\u043e\u0441\u043e",
        "alice, \u0430\u04cf\u0456\u0441\u0435",
        "\u0430\u04cf\u0456\u0441\u0435, alice",
        "alice, a1ice",
        "bob, b0b",
        "ipek, i\u0307pek",
        "\u05d01, 1\u05d0"
    })
    @DisplayName("a name that looks like a member's is taken")
    void lookAlike(String name, String lookAlike) {
        assertThat(connected(name).register(berlin.invite(1).token()).hasLoggedIn())
                .isTrue();
        refusedBeside(name, lookAlike);
    }

    @ParameterizedTest
    @CsvSource({"ali, all", "alice, alicia", "\u0438\u0432\u0430\u043d, ivan"})
    @DisplayName("names that a reader tells apart live side by side")
    void noLookAlike(String name, String other) {
        assertThat(connected(name).register(berlin.invite(1).token()).hasLoggedIn())
                .isTrue();
        assertThat(connected(other).register(berlin.invite(1).token()).hasLoggedIn())
                .isTrue();
    }

    @Test
    @DisplayName("members of a data folder of the version before are compared, too: the first start indexes them")
    void lookAlikeOfAnOldFolder() {
        connected("alice").register(berlin.invite(1).token());
        connected("\u0438\u0432\u0430\u043d").register(berlin.invite(1).token());
        berlin.crash();
        MemoryStore old = berlin.disk().copy();
        WriteBatch asBefore = new WriteBatch();
        asBefore.delete(Table.META, Key.of("look-alike-rules").bytes());
        old.scan(Table.LOOK_ALIKE, new byte[0], new byte[0], (key, value) -> {
            asBefore.delete(Table.LOOK_ALIKE, Bytes.of(key));
            return true;
        });
        Bytes oldKey = Key.of("alice@berlin.example").bytes();
        asBefore.put(Table.LOOK_ALIKE, oldKey, Bytes.ofUtf8("alice@berlin.example"));
        old.write(asBefore);
        berlin.restore(old);
        berlin.start();

        refusedBeside("alice", "\u0430\u04cf\u0456\u0441\u0435");
        assertThat(berlin.disk().get(Table.LOOK_ALIKE, oldKey.toByteArray())).isEmpty();
        berlin.restart();
        refusedBeside("alice", "a1ice");
    }

    @Test
    @DisplayName("a member of another server cannot register here")
    void otherServer() {
        TestServer tunis = world.server("tunis.example");
        TestDevice foreign = TestDevice.stranger(tunis, "bob");
        TestDevice here = connected("carol");
        ServerFrame answer =
                here.ask(foreign.registration(berlin, berlin.invite(1).token(), here.challenge()));
        Expect.error(answer, ErrorCode.NAME_INVALID);
    }

    @Test
    @DisplayName("a proof for another challenge is refused: it cannot be replayed")
    void replay() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        ClientFrame.Builder old = alice.loginFrame();
        alice.disconnect();
        alice.connect();
        Expect.error(alice.ask(old), ErrorCode.LOGIN_FAILED);
    }

    @Test
    @DisplayName("who has no good invite learns of nobody whether he is a member, and has no certificate verified")
    void inviteFirst() {
        connected("alice").register(berlin.invite(1).token());
        Bytes unknown = Bytes.of(new byte[16]);
        var taken = Expect.error(connected("alice").register(unknown), ErrorCode.INVITE_INVALID);
        var free = Expect.error(connected("carol").register(unknown), ErrorCode.INVITE_INVALID);
        assertThat(taken).isEqualTo(free);

        TestDevice dora = connected("dora");
        ClientFrame.Builder unsigned = dora.registration(berlin, unknown, dora.challenge());
        unsigned.getRegisterBuilder().getCertificateBuilder().setIdentitySignature(NO_SIGNATURE);
        Expect.error(dora.ask(unsigned), ErrorCode.INVITE_INVALID);
    }

    @Test
    @DisplayName(
            "whoever holds a member's certificate and not its key hears at a registration what he hears of a stranger's")
    void certificateInAStrangersHand() {
        TestDevice alice = connected("alice");
        ClientFrame.Builder asked = alice.registration(berlin, Bytes.of(new byte[16]), alice.challenge());
        asked.getRegisterBuilder().setSignature(NO_SIGNATURE);
        ServerFrame ofAStranger = alice.ask(asked);
        alice.register(berlin.invite(1).token());

        TestDevice holder = connected("carol");
        ClientFrame.Builder stolen = alice.registration(berlin, Bytes.of(new byte[16]), holder.challenge());
        stolen.getRegisterBuilder().setSignature(NO_SIGNATURE);
        var ofAMember = Expect.error(holder.ask(stolen), ErrorCode.LOGIN_FAILED);
        assertThat(ofAMember).isEqualTo(ofAStranger.getError());
    }

    @Test
    @DisplayName("a login that a member's device has not signed, and one of a device that nobody knows, hear the same")
    void loginTellsNothing() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        TestDevice stranger = connected("carol");
        ClientFrame.Builder ofAlice = alice.loginFrame(stranger.challenge());
        ofAlice.getLoginBuilder().setSignature(NO_SIGNATURE);
        var ofAMember = Expect.error(stranger.ask(ofAlice), ErrorCode.LOGIN_FAILED);
        var ofAnotherName = Expect.error(
                stranger.ask(alice.under("dora").loginFrame(stranger.challenge())), ErrorCode.LOGIN_FAILED);
        var ofNobody = Expect.error(stranger.login(), ErrorCode.LOGIN_FAILED);
        assertThat(ofAMember).isEqualTo(ofNobody).isEqualTo(ofAnotherName);
        assertThat(ofNobody.getReason()).contains("join with an invite");
    }

    @Test
    @DisplayName(
            "a login of a device that nobody knows has a signature verified like a member's, and lets in nobody by it")
    void unknownCostsAsMuch() {
        Primitives.rememberSignatures(1 << 10);
        TestDevice stranger = connected("carol");
        ClientFrame.Builder signed = stranger.loginFrame();
        Bytes body = Bytes.of(signed.getLogin().getLoginBody().toByteArray());
        Bytes byTheServer = SigningLabel.LOGIN.sign(berlin.identity().rootKey(), body);
        signed.getLoginBuilder().setSignature(ByteString.copyFrom(byTheServer.toByteArray()));
        Expect.error(stranger.ask(signed), ErrorCode.LOGIN_FAILED);
        long before = Primitives.signaturesRemembered();
        Expect.error(stranger.ask(signed), ErrorCode.LOGIN_FAILED);
        assertThat(Primitives.signaturesRemembered()).isEqualTo(before + 1);
    }

    @Test
    @DisplayName("a connection on which nobody proves who he is has a few tries and is closed; another goes on")
    void fewTries() {
        TestDevice stranger = connected("carol");
        TestDevice member = connected("dora");
        for (int i = 0; i < Limits.AUTHENTICATION_TRIES_MAX; i++) {
            Expect.error(stranger.login(), ErrorCode.LOGIN_FAILED);
        }
        assertThat(stranger.session()).isEmpty();
        assertThat(member.register(berlin.invite(1).token()).hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("a device that is not registered cannot log in")
    void unknownDevice() {
        Expect.error(connected("alice").login(), ErrorCode.LOGIN_FAILED);
    }

    @Test
    @DisplayName("of two sessions of one device, the newer stays")
    void newestSession() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        var first = alice.session().orElseThrow();
        alice.connect();
        assertThat(alice.login().hasLoggedIn()).isTrue();
        assertThat(alice.session()).isPresent().get().isNotEqualTo(first);
        assertThat(berlin.core().figures().devicesOnline()).isEqualTo(1);
        assertThat(berlin.core().figures().sessions()).isEqualTo(1);
        assertThat(alice.takePushes().stream()
                        .filter(ServerFrame::hasError)
                        .map(it -> it.getError().getCode()))
                .containsExactly(ErrorCode.LIMIT_REACHED);
    }

    @Test
    @DisplayName("a member's devices are listed with their certificates; an unknown member is an error")
    void listDevices() {
        TestDevice alice = connected("alice");
        alice.register(berlin.invite(1).token());
        ServerFrame devices = alice.ask(list("alice@berlin.example"));
        assertThat(devices.getDevices().getDevicesList()).hasSize(1);
        assertThat(devices.getDevices().getDevices(0).getCertificate().getUserId())
                .isEqualTo("alice@berlin.example");
        Expect.error(alice.ask(list("nobody@berlin.example")), ErrorCode.UNKNOWN_MEMBER);
        Expect.error(alice.ask(list("bob@tunis.example")), ErrorCode.UNKNOWN_MEMBER);
    }

    private static ClientFrame.Builder list(String user) {
        return ClientFrame.newBuilder().setListDevices(ListDevices.newBuilder().setUserId(user));
    }

    @Test
    @DisplayName("bounds of invites are kept")
    void inviteBounds() {
        assertThat(refused(new AdminCommand.CreateInvite(0, 1000, ""))).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused(new AdminCommand.CreateInvite(1, 0, ""))).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused(new AdminCommand.CreateInvite(1_000_000, 1000, ""))).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused(new AdminCommand.CreateInvite(1, 1000, "x".repeat(201))))
                .isEqualTo(ErrorCode.MALFORMED);
    }

    private ErrorCode refused(AdminCommand command) {
        Refusal refusal = ((AdminResult.Refused) berlin.admin(command)).refusal();
        return refusal.code();
    }

    private java.util.List<String> warnings() {
        return ((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings();
    }

    @Test
    @DisplayName(
            "after a restore no invite of the copy lets anybody take the name of whom it had let in, and the operator is told how many")
    void restoredInvites() {
        Bytes used = berlin.invite(1).token();
        Bytes open = berlin.invite(3).token();
        connected("before").register(open);
        MemoryStore copy = berlin.disk().copy();
        assertThat(connected("fay").register(used).hasLoggedIn()).isTrue();
        berlin.crash();
        berlin.restore(copy);
        berlin.startRestored();
        // Whoever has seen the link that let her in.
        for (Bytes token : java.util.List.of(used, open)) {
            Expect.error(connected("fay").register(token), ErrorCode.INVITE_INVALID);
        }
        assertThat(warnings()).anySatisfy(it -> assertThat(it).contains("--restored: 2 invites"));
        TestDevice fay = connected("fay");
        assertThat(fay.register(berlin.invite(1).token()).hasLoggedIn()).isTrue();
        TestDevice before = connected("other");
        assertThat(before.register(berlin.invite(1).token()).hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("a restart alone, without the operator's word, leaves invites as they are")
    void restartedInvites() {
        Bytes open = berlin.invite(1).token();
        berlin.restart();
        assertThat(warnings()).noneSatisfy(it -> assertThat(it).contains("--restored"));
        assertThat(connected("fay").register(open).hasLoggedIn()).isTrue();
    }
}
