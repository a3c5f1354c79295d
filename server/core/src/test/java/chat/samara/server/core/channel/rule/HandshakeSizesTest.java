package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.group.GroupInfoDraft;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.tree.Capabilities;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One member's commit or founding leaves nothing behind that keeps others from joining, returning or being added. */
final class HandshakeSizesTest {
    /** Of a type that nobody knows. */
    private static final int BALLAST = 0xf0a0;

    private static final String LEAF = "leaf-bytes<=" + Limits.LEAF_BYTES_MAX;
    private static final String GROUP_INFO = "group-info-bytes<=" + Limits.GROUP_INFO_BYTES_MAX;

    private final World world = new World(31);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");
    private final TestChannel home = alice.found();

    private static Extension ballast(int bytes) {
        return new Extension(BALLAST, Bytes.wrapUnsafe(new byte[bytes]));
    }

    private static void tooLarge(ServerFrame answer, String detail) {
        assertThat(Expect.rejected(answer, ErrorCode.TOO_LARGE).getError().getDetail())
                .isEqualTo(detail);
    }

    private static Submission withLeaf(TestDevice device, TestChannel channel, int bytes) {
        LeafChange change = LeafChange.NONE
                .withCapabilities(Capabilities.of(List.of(BALLAST), List.of()))
                .withExtensions(List.of(ballast(bytes)));
        return device.commit(channel, builder -> builder.update().changeLeaf(change));
    }

    @Test
    @DisplayName("a leaf is as large as one needs, and no larger")
    void leaf() {
        tooLarge(alice.submit(withLeaf(alice, home, 900 << 10)), LEAF);
        tooLarge(alice.submit(withLeaf(alice, home, Limits.LEAF_BYTES_MAX)), LEAF);
        Expect.receipt(alice.submit(withLeaf(alice, home, Limits.LEAF_BYTES_MAX / 2)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("nor do its capabilities make it larger")
    void capabilities() {
        List<Integer> many = IntStream.range(0x4000, 0x4000 + Limits.LEAF_BYTES_MAX / 2)
                .boxed()
                .toList();
        LeafChange change = LeafChange.NONE.withCapabilities(Capabilities.of(many, List.of()));
        tooLarge(alice.submit(alice.commit(home, builder -> builder.update().changeLeaf(change))), LEAF);
    }

    @Test
    @DisplayName("a large leaf is not passed on to the hub either")
    void atTheOrigin() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice dina = tunis.member("dina");
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.settle();
        dina.join();
        tooLarge(dina.submit(withLeaf(dina, dina.channel(home.id()), 900 << 10)), LEAF);
    }

    @Test
    @DisplayName("what a GroupInfo has in it beside what it must is bounded, in a Welcome as well")
    void groupInfo() {
        GroupInfoDraft large = GroupInfoDraft.USUAL.withExtensions(List.of(ballast(Limits.GROUP_INFO_BYTES_MAX)));
        tooLarge(alice.submit(alice.commit(home, builder -> builder.update().groupInfo(large))), GROUP_INFO);
        TestDevice bob = berlin.member("bob");
        tooLarge(
                alice.submit(alice.commit(
                        home, builder -> builder.add(bob.verifiedKeyPackage()).welcome(large))),
                GROUP_INFO);
        home.group().clearPendingCommit();
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("a channel does not begin with what every GroupInfo would repeat, nor with a tree of blank nodes")
    void genesis() {
        TestDevice.Draft context = alice.draft(berlin, List.of(ballast(Limits.GROUP_CONTEXT_BYTES_MAX)));
        assertThat(Expect.error(alice.create(context), ErrorCode.TOO_LARGE).getDetail())
                .isEqualTo("group-context-bytes<=" + Limits.GROUP_CONTEXT_BYTES_MAX);
        TestDevice.Draft honest = alice.draft();
        GenesisControl blanks = honest.control().toBuilder()
                .setRatchetTree(Protobuf.toByteString(Bytes.wrapUnsafe(new byte[Limits.LEAF_BYTES_MAX + 1])))
                .build();
        assertThat(Expect.error(
                                alice.create(new TestDevice.Draft(honest.id(), blanks, honest.group())),
                                ErrorCode.TOO_LARGE)
                        .getDetail())
                .isEqualTo(LEAF);
        Expect.receipt(alice.create(honest), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "an addition leaves room for the tree that comes about when everybody commits; other commits need no more")
    void roomInTheTree() throws Exception {
        List<TestDevice> others = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            others.add(berlin.member("member-" + i));
        }
        PublicGroup alone = home.group().publicGroup();
        Expect.receipt(alice.invite(home, others.toArray(TestDevice[]::new)), ReceiptStatus.ORDERED);
        PublicGroup added = home.group().publicGroup();
        int needed = added.ratchetTreeBytesWhenFilled() + others.size() * Limits.LEAF_GROWTH_BYTES_MAX;
        HandshakeSizes.requireRoom(alone, added, needed);
        assertThatThrownBy(() -> HandshakeSizes.requireRoom(alone, added, needed - 1))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("the channel is full");

        PublicGroup before = added;
        others.forEach(TestDevice::join);
        for (TestDevice each : others) {
            TestChannel own = each.channel(home.id());
            Expect.receipt(each.submit(each.update(own)), ReceiptStatus.ORDERED);
            PublicGroup after = own.group().publicGroup();
            HandshakeSizes.requireRoom(before, after, needed);
            before = after;
        }
        assertThat(before.ratchetTree().length)
                .isGreaterThan(added.ratchetTree().length)
                .isBetween(added.ratchetTreeBytesWhenFilled(), needed);
    }

    @Test
    @DisplayName(
            "nobody's first commit is refused for what others' leaves take, and no leaf takes the room that first commits need")
    void firstCommits() throws Exception {
        TestDevice bob = berlin.member("bob");
        TestDevice carl = berlin.member("carl");
        Expect.receipt(alice.invite(home, bob, carl), ReceiptStatus.ORDERED);
        PublicGroup added = home.group().publicGroup();
        int full = added.ratchetTreeBytesWhenFilled();
        bob.join();
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        PublicGroup after = bob.channel(home.id()).group().publicGroup();
        assertThat(after.ratchetTreeBytesWhenFilled()).isGreaterThan(full);
        HandshakeSizes.requireRoom(added, after, full);

        carl.join();
        Expect.receipt(alice.submit(withLeaf(alice, home, 20)), ReceiptStatus.ORDERED);
        PublicGroup larger = home.group().publicGroup();
        assertThatThrownBy(() -> HandshakeSizes.requireRoom(after, larger, larger.ratchetTreeBytesWhenFilled()))
                .as("leaves none for carl, who has not committed yet")
                .isInstanceOf(RefusedException.class);
    }

    @Test
    @DisplayName("a channel that is too large from before takes what does not make it larger")
    void tooLargeFromBefore() throws Exception {
        PublicGroup before = home.group().publicGroup();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        PublicGroup after = home.group().publicGroup();
        HandshakeSizes.requireRoom(before, after, before.ratchetTree().length / 2);
        Expect.receipt(alice.submit(withLeaf(alice, home, 1_000)), ReceiptStatus.ORDERED);
        PublicGroup larger = home.group().publicGroup();
        assertThatThrownBy(() -> HandshakeSizes.requireRoom(after, larger, before.ratchetTree().length / 2))
                .isInstanceOf(RefusedException.class);
    }
}
