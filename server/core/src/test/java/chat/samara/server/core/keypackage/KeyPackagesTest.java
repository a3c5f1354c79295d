package chat.samara.server.core.keypackage;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.tree.Lifetime;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredKeyPackage;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The directory of KeyPackages, here and through a peer. */
final class KeyPackagesTest {
    private final World world = new World(3);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = registered(berlin, "alice");
    private final TestDevice bob = registered(berlin, "bob");

    private static TestDevice registered(TestServer server, String name) {
        TestDevice device = TestDevice.stranger(server, name);
        device.connect();
        device.register(server.invite(1).token());
        return device;
    }

    private Bytes id() {
        return Bytes.of(world.random().bytes(16));
    }

    private static List<ByteString> claimed(ServerFrame answer) {
        return answer.getClaimedKeyPackages().getKeyPackagesList().stream()
                .map(it -> it.getKeyPackage())
                .toList();
    }

    private static ServerFrame publish(TestDevice device, Bytes message) {
        return device.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(PublishKeyPackages.newBuilder().addKeyPackages(Protobuf.toByteString(message))));
    }

    private static ServerFrame publishLastResort(TestDevice device, Bytes message) {
        return device.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(PublishKeyPackages.newBuilder().setLastResort(Protobuf.toByteString(message))));
    }

    @Test
    @DisplayName("each claim gets another KeyPackage, until there are none")
    void consumed() {
        assertThat(bob.publish(3).getKeyPackagesStored().getKeyPackagesLeft()).isEqualTo(3);
        Set<ByteString> all = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            all.addAll(claimed(alice.claim(bob.user(), id())));
        }
        assertThat(all).hasSize(3);
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("the same claim repeated is answered the same and consumes nothing, also after a restart")
    void idempotent() {
        bob.publish(2);
        Bytes claim = id();
        List<ByteString> first = claimed(alice.claim(bob.user(), claim));
        berlin.restart();
        alice.connect();
        alice.login();
        assertThat(claimed(alice.claim(bob.user(), claim))).isEqualTo(first);
        assertThat(claimed(alice.claim(bob.user(), id()))).isNotEqualTo(first).hasSize(1);
    }

    @Test
    @DisplayName("the same claim_id for another member is a conflict; of another asker it is another claim")
    void conflict() {
        bob.publish(3);
        alice.publish(3);
        Bytes claim = id();
        List<ByteString> first = claimed(alice.claim(bob.user(), claim));
        Expect.error(alice.claim(alice.user(), claim), ErrorCode.IDEMPOTENCY_CONFLICT);
        assertThat(claimed(bob.claim(bob.user(), claim))).isNotEqualTo(first);
    }

    @Test
    @DisplayName("when the one-time KeyPackages are gone, the last-resort one is given again and again")
    void lastResort() {
        Bytes last = bob.keyPackage(true);
        publishLastResort(bob, last);
        bob.publish(1);
        ByteString oneTime = claimed(alice.claim(bob.user(), id())).get(0);
        assertThat(oneTime).isNotEqualTo(Protobuf.toByteString(last));
        assertThat(claimed(alice.claim(bob.user(), id()))).containsExactly(Protobuf.toByteString(last));
        assertThat(claimed(alice.claim(bob.user(), id()))).containsExactly(Protobuf.toByteString(last));
    }

    @Test
    @DisplayName("a device whose KeyPackages run low is told so while it is connected")
    void low() {
        bob.publish(25);
        bob.takePushes();
        alice.claim(bob.user(), id());
        assertThat(bob.takePushes())
                .filteredOn(ServerFrame::hasKeyPackagesLow)
                .singleElement()
                .satisfies(it ->
                        assertThat(it.getKeyPackagesLow().getKeyPackagesLeft()).isEqualTo(24));
    }

    @Test
    @DisplayName("a KeyPackage of another device is refused, and nothing of the request is stored")
    void foreign() {
        Bytes own = bob.keyPackage(false);
        Bytes foreign = alice.keyPackage(false);
        ServerFrame answer = bob.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(PublishKeyPackages.newBuilder()
                        .addKeyPackages(Protobuf.toByteString(own))
                        .addKeyPackages(Protobuf.toByteString(foreign))));
        Expect.error(answer, ErrorCode.INVALID_HANDSHAKE);
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("a KeyPackage with a changed byte is refused")
    void tampered() {
        byte[] bytes = bob.keyPackage(false).toByteArray();
        bytes[bytes.length - 1] ^= 1;
        Expect.error(publish(bob, Bytes.of(bytes)), ErrorCode.INVALID_HANDSHAKE);
        Expect.error(publish(bob, Bytes.of((byte) 1, (byte) 2)), ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("a last-resort KeyPackage is one by its extension, and no other may be")
    void lastResortMark() {
        Expect.error(publish(bob, bob.keyPackage(true)), ErrorCode.INVALID_HANDSHAKE);
        Expect.error(publishLastResort(bob, bob.keyPackage(false)), ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("a KeyPackage past its lifetime is neither taken nor handed out")
    void expired() {
        bob.publish(2);
        Bytes old = bob.keyPackage(false);
        world.leap(31 * DAY);
        bob.connect();
        bob.login();
        alice.connect();
        alice.login();
        Expect.error(publish(bob, old), ErrorCode.INVALID_HANDSHAKE);
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    private static final long DAY = 24L * 3600 * 1000;

    private void daysLater(long days) {
        world.leap(days * DAY);
        world.pass(2 * 60_000);
        for (TestDevice device : List.of(alice, bob)) {
            device.connect();
            device.login();
        }
    }

    private int counted() {
        ServerFrame stored = bob.ask(ClientFrame.newBuilder().setPublishKeyPackages(PublishKeyPackages.newBuilder()));
        return stored.getKeyPackagesStored().getKeyPackagesLeft();
    }

    private int rows(Table table) {
        return rows(table, bob.who().device().bytes());
    }

    private int all(Table table) {
        return rows(table, Bytes.EMPTY);
    }

    private int rows(Table table, Bytes prefix) {
        int[] count = new int[1];
        new StoreRows(berlin.disk()).scanPrefix(table, prefix, (key, value) -> ++count[0] > 0);
        return count[0];
    }

    @Test
    @DisplayName("where a KeyPackage cannot be read, claims and what was claimed are swept all the same")
    void damaged() {
        bob.publish(2);
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        Bytes[] damaged = {Bytes.EMPTY};
        new StoreRows(berlin.disk()).scanPrefix(Table.KEY_PACKAGE, Bytes.EMPTY, (key, value) -> {
            damaged[0] = key;
            return false;
        });
        assertThat(all(Table.CLAIM)).isPositive();
        assertThat(all(Table.KEY_PACKAGE_REF)).isPositive();
        berlin.cannotRead(Table.KEY_PACKAGE, damaged[0]);
        daysLater(Limits.KEY_PACKAGE_REF_MILLIS_MAX / DAY + 2);
        assertThat(all(Table.KEY_PACKAGE)).isPositive();
        assertThat(all(Table.CLAIM)).isZero();
        assertThat(all(Table.KEY_PACKAGE_REF)).isZero();
    }

    @Test
    @DisplayName(
            "a KeyPackage that is about to expire is not stock: it is neither counted nor handed out, and then deleted")
    void aboutToExpire() {
        publishLastResort(bob, bob.keyPackage(true));
        bob.publish(2);
        // TestDevice's KeyPackages live for 30 days, of which the last tenth is too late to claim them.
        daysLater(26);
        assertThat(counted()).isEqualTo(2);
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        daysLater(2);
        assertThat(rows(Table.KEY_PACKAGE)).as("swept by housekeeping").isZero();
        assertThat(rows(Table.LAST_RESORT)).isZero();
        assertThat(counted()).isZero();
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
        publishLastResort(bob, bob.keyPackage(true));
        assertThat(claimed(alice.claim(bob.user(), id()))).as("addable again").hasSize(1);
    }

    @Test
    @DisplayName("a claim that is repeated while its answer is kept never gives an expired KeyPackage")
    void repeatedWhileValid() {
        assertThat(Limits.KEY_PACKAGE_REMAINING_MILLIS_MIN).isGreaterThan(Limits.CLAIM_MILLIS_MAX + DAY / 2);
        long start = world.nowMillis() / 1000;
        Lifetime quarter = new Lifetime(start - 3600, start + 90 * DAY / 1000);
        assertThat(Claimability.untilSeconds(quarter)).isEqualTo(start + 82 * DAY / 1000);
    }

    @Test
    @DisplayName("a claim that is repeated when its answer has expired, since the lifetime was short, is answered anew")
    void repeatedWhenExpired() {
        bob.publish(1);
        daysLater(26);
        Bytes claim = id();
        List<ByteString> first = claimed(alice.claim(bob.user(), claim));
        assertThat(first).hasSize(1);
        daysLater(3);
        assertThat(claimed(alice.claim(bob.user(), claim)))
                .as("the same, day 29")
                .isEqualTo(first);
        daysLater(2);
        Expect.error(alice.claim(bob.user(), claim), ErrorCode.NO_KEY_PACKAGE);
        bob.publish(1);
        List<ByteString> fresh = claimed(alice.claim(bob.user(), claim));
        assertThat(fresh).as("another, day 31").hasSize(1).isNotEqualTo(first);
        assertThat(claimed(alice.claim(bob.user(), claim))).isEqualTo(fresh);
    }

    @Test
    @DisplayName("expired KeyPackages do not keep new ones out")
    void expiredMakeRoom() {
        bob.publish(100);
        bob.publish(100);
        daysLater(31);
        assertThat(bob.publish(100).getKeyPackagesStored().getKeyPackagesLeft()).isEqualTo(100);
    }

    @Test
    @DisplayName(
            "a publication that replaces takes the place of all one-time KeyPackages of its suites, and of no others")
    void replaces() {
        CipherSuite other = CipherSuite.MLKEM768X25519_AES128GCM_SHA256_ED25519;
        publish(bob, bob.keyPackage(other, false));
        bob.publish(100);
        bob.publish(99);
        Bytes fresh = bob.keyPackage(false);
        ServerFrame stored = bob.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(PublishKeyPackages.newBuilder()
                        .addKeyPackages(Protobuf.toByteString(fresh))
                        .setReplaces(true)));
        assertThat(stored.getKeyPackagesStored().getKeyPackagesList()).contains(count(1, 1), count(other.code(), 1));
        assertThat(claimed(alice.claim(bob.user(), id()))).containsExactly(Protobuf.toByteString(fresh));
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("rows from before it was kept until when a KeyPackage is handed out are read by their KeyPackages")
    void oldRows() {
        publishLastResort(bob, bob.keyPackage(true));
        bob.publish(2);
        berlin.crash();
        MemoryStore old = berlin.disk().copy();
        WriteBatch batch = new WriteBatch();
        for (Table table : List.of(Table.KEY_PACKAGE, Table.LAST_RESORT)) {
            new StoreRows(old).scanPrefix(table, Bytes.EMPTY, (key, value) -> {
                StoredKeyPackage row = Stored.decode(table, StoredKeyPackage.parser(), value);
                batch.put(
                        table,
                        key,
                        Stored.encode(row.toBuilder()
                                .clearClaimableUntilSeconds()
                                .clearNotAfterSeconds()
                                .build()));
                return true;
            });
        }
        old.write(batch);
        berlin.restore(old);
        berlin.start();
        daysLater(1);
        assertThat(counted()).isEqualTo(2);
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        daysLater(27);
        assertThat(counted()).isZero();
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName(
            "whoever claims those of a device whose keys are of another time hears of its clock, until it is set right")
    void wrongClock() {
        Bytes old = bob.keyPackage(false);
        world.leap(31 * DAY);
        bob.connect();
        bob.login();
        alice.connect();
        alice.login();
        publish(bob, old);

        ServerFrame answer = alice.claim(bob.user(), id());
        Expect.error(answer, ErrorCode.NO_KEY_PACKAGE);
        assertThat(answer.getError().getDetail()).isEqualTo(Refusal.DETAIL_CLOCK);
        assertThat(answer.getError().getReason())
                .startsWith("the clock of bob@berlin.example's device is wrong")
                .doesNotContain("suite");

        bob.publish(1);
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        assertThat(alice.claim(bob.user(), id()).getError().getDetail()).isNotEqualTo(Refusal.DETAIL_CLOCK);
    }

    @Test
    @DisplayName("publishing the same KeyPackage twice stores it once")
    void publishedTwice() {
        Bytes message = bob.keyPackage(false);
        publish(bob, message);
        assertThat(publish(bob, message).getKeyPackagesStored().getKeyPackagesLeft())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("a KeyPackage that one request names twice is stored once: it is handed out once")
    void namedTwice() {
        ByteString message = Protobuf.toByteString(bob.keyPackage(false));
        ServerFrame answer = bob.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(
                        PublishKeyPackages.newBuilder().addKeyPackages(message).addKeyPackages(message)));
        assertThat(answer.getKeyPackagesStored().getKeyPackagesLeft()).isEqualTo(1);
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("a device can have only so many KeyPackages here")
    void tooMany() {
        bob.publish(100);
        bob.publish(100);
        Expect.error(bob.publish(1), ErrorCode.LIMIT_REACHED);
    }

    private static Bytes withBrokenSignature(Bytes message) {
        byte[] bytes = message.toByteArray();
        bytes[bytes.length - 1] ^= 1;
        return Bytes.of(bytes);
    }

    @Test
    @DisplayName("what is too many is refused before anything is verified")
    void tooManyCostsNothing() {
        bob.publish(100);
        bob.publish(100);
        Expect.error(publish(bob, withBrokenSignature(bob.keyPackage(false))), ErrorCode.LIMIT_REACHED);
    }

    @Test
    @DisplayName("a device has only so many KeyPackages verified an hour; another is served, and time gives more")
    void verificationsAreBounded() {
        int atOnce = Limits.KEY_PACKAGES_VERIFIED_PER_HOUR_MAX / 4;
        for (int i = 0; i < atOnce; i++) {
            Expect.error(publish(bob, withBrokenSignature(bob.keyPackage(false))), ErrorCode.INVALID_HANDSHAKE);
        }
        var refusal = Expect.error(publish(bob, bob.keyPackage(false)), ErrorCode.LIMIT_REACHED);
        assertThat(alice.publish(100).hasKeyPackagesStored()).isTrue();
        world.pass(refusal.getRetryAfterMillis());
        assertThat(publish(bob, bob.keyPackage(false)).hasKeyPackagesStored()).isTrue();
    }

    /** Claims so often that its own share is used up, or that of all. Returns how many it got. */
    private int claimAllThatIsLeft(TestDevice asker) {
        int got = 0;
        while (!asker.claim(bob.user(), id()).hasError()) {
            got++;
        }
        return got;
    }

    @Test
    @DisplayName("no more are handed out of one member's device than it keeps private keys for; time gives more")
    void claimsOfOneMemberAreBounded() {
        bob.publish(100);
        int got = 0;
        for (int i = 0; i < chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX; i++) {
            got += claimAllThatIsLeft(berlin.member("asker" + i));
        }
        assertThat(got).isEqualTo(chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX / 4);
        var refusal = Expect.error(alice.claim(bob.user(), id()), ErrorCode.LIMIT_REACHED);
        world.pass(refusal.getRetryAfterMillis());
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
    }

    @Test
    @DisplayName("several who claim all that there is leave some for who has claimed none")
    void firstClaims() {
        bob.publish(100);
        for (int i = 0; i < 10; i++) {
            claimAllThatIsLeft(berlin.member("greedy" + i));
        }
        assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.LIMIT_REACHED);
    }

    @Test
    @DisplayName("a member claims those of as many others as one commit adds at once, and is then told to wait")
    void aCommunityMovesIn() {
        int claimsOfEach = Limits.CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX / 4;
        int atOnce = Limits.CLAIMS_AT_ONCE_HOURS * CoreConfig.standard().claimsPerHour();
        assertThat(atOnce).isGreaterThanOrEqualTo(Limits.ADDITIONS_AT_ONCE_MAX);
        TestDevice target = bob;
        for (int i = 0; i < atOnce; i++) {
            if (i % claimsOfEach == 0) {
                target = berlin.member("member" + i);
            }
            // That one has none left counts as well.
            assertThat(alice.claim(target.user(), id()).getError().getCode())
                    .as("claim %d", i)
                    .isNotEqualTo(ErrorCode.LIMIT_REACHED);
        }
        var refusal = Expect.error(alice.claim(berlin.member("stranger").user(), id()), ErrorCode.LIMIT_REACHED);
        assertThat(refusal.getDetail()).isEqualTo("claims-per-hour<=600");
        bob.publish(1);
        assertThat(claimed(berlin.member("another").claim(bob.user(), id()))).hasSize(1);
    }

    @Test
    @DisplayName("whoever claims one member's again and again uses up its own share of them, and nobody else's")
    void claimsByOneForOne() {
        bob.publish(100);
        TestDevice greedy = berlin.member("greedy");
        int got = 0;
        for (int minute = 0; minute < 60; minute++) {
            for (int i = 0; i < 10; i++) {
                got += claimed(greedy.claim(bob.user(), id())).size();
            }
            world.pass(60_000);
        }
        assertThat(got).isLessThanOrEqualTo(Limits.CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX * 5 / 4);
        for (int i = 0; i < Limits.CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX / 4; i++) {
            assertThat(claimed(alice.claim(bob.user(), id()))).hasSize(1);
        }
    }

    @Test
    @DisplayName("a publication that is repeated after a lost answer takes nothing of that, however often")
    void repeatsAreFree() {
        Bytes message = bob.keyPackage(false);
        for (int i = 0; i < Limits.KEY_PACKAGES_VERIFIED_PER_HOUR_MAX; i++) {
            assertThat(publish(bob, message).hasKeyPackagesStored()).isTrue();
        }
    }

    @Test
    @DisplayName("a wrong suite has no KeyPackage, an unknown member is unknown")
    void unknown() {
        bob.publish(1);
        ServerFrame answer = alice.ask(ClientFrame.newBuilder()
                .setClaimKeyPackages(chat.samara.wire.proto.ClaimKeyPackages.newBuilder()
                        .setUserId(bob.user().toString())
                        .setCipherSuite(3)
                        .setClaimId(Protobuf.toByteString(id()))));
        Expect.error(answer, ErrorCode.NO_KEY_PACKAGE);
        Expect.error(alice.claim(new UserId("nobody", berlin.name()), id()), ErrorCode.UNKNOWN_MEMBER);
    }

    @Test
    @DisplayName("KeyPackages of several suites are counted, claimed and kept for the last resort apart")
    void suites() {
        CipherSuite other = CipherSuite.MLKEM768X25519_AES128GCM_SHA256_ED25519;
        Bytes oneTime = bob.keyPackage(other, false);
        Bytes last = bob.keyPackage(other, true);
        bob.publish(2);
        publishLastResort(bob, last);
        ServerFrame stored = publish(bob, oneTime);
        assertThat(stored.getKeyPackagesStored().getKeyPackagesLeft()).isEqualTo(3);
        assertThat(stored.getKeyPackagesStored().getKeyPackagesList())
                .contains(count(1, 2), withLastResort(count(other.code(), 1), last), count(3, 0));
        assertThat(claimed(alice.claim(bob.user(), other.code(), id())))
                .containsExactly(Protobuf.toByteString(oneTime));
        assertThat(bob.takePushes())
                .filteredOn(ServerFrame::hasKeyPackagesLow)
                .singleElement()
                .satisfies(it -> assertThat(it.getKeyPackagesLow().getKeyPackagesList())
                        .contains(count(1, 2), withLastResort(count(other.code(), 0), last)));
        assertThat(claimed(alice.claim(bob.user(), other.code(), id()))).containsExactly(Protobuf.toByteString(last));
        alice.claim(bob.user(), id());
        alice.claim(bob.user(), id());
        Expect.error(alice.claim(bob.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    private static KeyPackageCount withLastResort(KeyPackageCount count, Bytes message) {
        try {
            Bytes ref =
                    MlsMessage.decode(message.toByteArray()).requireKeyPackage().ref();
            return count.toBuilder()
                    .setLastResortRef(Protobuf.toByteString(ref))
                    .build();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyPackageCount count(int suite, int left) {
        return KeyPackageCount.newBuilder()
                .setCipherSuite(suite)
                .setLeft(left)
                .setLastResortRef(ByteString.EMPTY)
                .build();
    }

    @Test
    @DisplayName("a claim for a member of a peer is answered by the peer, and is idempotent there")
    void remote() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice dina = registered(tunis, "dina");
        dina.publish(2);
        Bytes claim = id();
        List<ByteString> first = claimed(alice.claim(dina.user(), claim));
        assertThat(first).hasSize(1);
        assertThat(claimed(alice.claim(dina.user(), claim))).isEqualTo(first);
        assertThat(claimed(alice.claim(dina.user(), id()))).isNotEqualTo(first);
        Expect.error(alice.claim(dina.user(), id()), ErrorCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("a claim for a member of a server that is no peer, or cannot be reached, says so")
    void remoteRefused() {
        TestServer tunis = world.server("tunis.example");
        Expect.error(alice.claim(new UserId("dina", tunis.name()), id()), ErrorCode.NOT_A_PEER);
        world.peer(berlin, tunis);
        world.cut(berlin, tunis);
        Expect.error(alice.claim(new UserId("dina", tunis.name()), id()), ErrorCode.PEER_UNREACHABLE);
        Expect.error(alice.claim(new UserId("x", new ServerName("nowhere.example")), id()), ErrorCode.NOT_A_PEER);
    }

    @Test
    @DisplayName("a claim whose answer is lost with the link is refused, not left open")
    void remoteLost() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        tunis.tamper(frame -> frame.hasError() || frame.getAnswer()
                ? frame.toBuilder().clearBody().build()
                : frame);
        long request = alice.send(ClientFrame.newBuilder()
                .setClaimKeyPackages(chat.samara.wire.proto.ClaimKeyPackages.newBuilder()
                        .setUserId("dina@tunis.example")
                        .setCipherSuite(1)
                        .setClaimId(Protobuf.toByteString(id()))));
        world.settle();
        world.pass(CoreConfig.standard().retryMillis() + 2_000);
        assertThat(alice.answer(request)).hasValueSatisfying(it -> Expect.error(it, ErrorCode.PEER_UNREACHABLE));
    }

    @Test
    @DisplayName("who claims too often is told to wait, and after that time may claim again")
    void rateLimited() {
        bob.publish(100);
        long wait = 0;
        for (int i = 0; i < 200 && wait == 0; i++) {
            ServerFrame answer = alice.claim(bob.user(), id());
            wait = answer.getError().getRetryAfterMillis();
            if (answer.hasError() && wait == 0) {
                bob.publish(100);
            }
        }
        assertThat(wait).isPositive();
        bob.publish(50);
        world.pass(wait + 1_000);
        assertThat(alice.claim(bob.user(), id()).hasClaimedKeyPackages()).isTrue();
    }
}
