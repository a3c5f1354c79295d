package chat.samara.server.core.channel.state;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredGroup;
import chat.samara.wire.proto.ReceiptStatus;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The snapshot of a public group")
final class GroupSnapshotTest {
    /** Together dearer than what may be verified again. */
    private static final int MANY = 200;

    private final World world = new World(61);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        home = alice.found();
    }

    /** Members of a peer whom nobody has registered: they cost whoever adds them nothing. */
    private static List<KeyPackage> phantoms(TestServer of) {
        try {
            List<KeyPackage> phantoms = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                phantoms.add(TestDevice.stranger(of, "phantom" + i).verifiedKeyPackage());
            }
            return phantoms;
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private Submission addMany() {
        List<KeyPackage> phantoms = phantoms(tunis);
        Submission commit = alice.commit(home, builder -> phantoms.forEach(builder::add));
        assertThat(commit.payload().size()).isGreaterThan(Limits.SNAPSHOT_HANDSHAKE_BYTES_MAX);
        return commit;
    }

    private long snapshotSeq() {
        return group().getSeq();
    }

    private StoredGroup group() {
        try {
            return StoredGroup.parseFrom(berlin.disk().get(Table.GROUP, key()).orElseThrow());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] key() {
        return home.id().bytes().toByteArray();
    }

    private long lastSeq() {
        return berlin.logs().position(home.id()).orElseThrow().seq();
    }

    private void sendAndFollow(Submission commit) {
        Expect.receipt(alice.submit(commit), ReceiptStatus.ORDERED);
        world.settle();
        home.group().clearPendingCommit();
    }

    @Test
    @DisplayName("is taken with a commit that would be dear to verify again")
    void dearCommit() {
        sendAndFollow(addMany());
        assertThat(snapshotSeq()).isEqualTo(lastSeq());
    }

    @Test
    @DisplayName("of a large group is not taken anew with each small commit")
    void smallCommits() {
        alice.follow();
        sendAndFollow(addMany());
        long large = snapshotSeq();
        alice.join();
        sendAndFollow(alice.update(home));
        assertThat(lastSeq()).isEqualTo(large + 1);
        assertThat(snapshotSeq()).isEqualTo(large);
    }

    @Test
    @DisplayName("is taken with the next message where the version before has left much to be verified again")
    void folderOfTheVersionBefore() {
        StoredGroup early = group();
        sendAndFollow(addMany());
        WriteBatch asBefore = new WriteBatch();
        asBefore.put(Table.GROUP, home.id().bytes(), Stored.encode(early));
        asBefore.put(
                Table.CHANNEL,
                home.id().bytes(),
                Stored.encode(row().toBuilder()
                        .setSnapshotSeq(early.getSeq())
                        .setHandshakesSinceSnapshot(1)
                        .build()));
        berlin.crash();
        berlin.disk().write(asBefore);
        berlin.start();
        alice.reconnect();
        TestDevice bystander = berlin.member("bystander");
        TestChannel elsewhere = bystander.found();
        Expect.receipt(bystander.say(elsewhere, "this channel alone is loaded"), ReceiptStatus.ORDERED);
        assertThat(snapshotSeq()).isEqualTo(early.getSeq());
        Expect.receipt(alice.say(home, "the group is read for this"), ReceiptStatus.ORDERED);
        assertThat(snapshotSeq()).isEqualTo(lastSeq());
    }

    private StoredChannel row() {
        try {
            return StoredChannel.parseFrom(
                    berlin.disk().get(Table.CHANNEL, key()).orElseThrow());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
