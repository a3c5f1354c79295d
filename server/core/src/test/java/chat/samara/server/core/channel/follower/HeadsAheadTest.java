package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.PeerFrame;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Heads that a hub shows of places that are not here yet")
final class HeadsAheadTest {
    private static final int CHANNELS = 250;
    private static final long FAR = 1_000;

    private final ManyChannels scene = new ManyChannels(33, 1);
    private final TestChannel home = scene.channels.get(0);

    @Test
    @DisplayName("are held against what comes there, and a hub that has signed two logs is found out")
    void heldAgainst() {
        assertThat(isFoundOutBehindFatHeadsOf(10)).isTrue();
    }

    @Test
    @DisplayName(
            "take no more memory than is meant for one hub, by their bytes, however many channels they are of: the eldest are forgotten")
    void bounded() {
        assertThat(((long) CHANNELS) * Limits.HEADS_AHEAD_PER_CHANNEL_MAX * Limits.PART_BYTES)
                .as("what they would count without their bytes")
                .isLessThan(Limits.HEADS_AHEAD_BYTES_PER_HUB_MAX);
        assertThat(isFoundOutBehindFatHeadsOf(CHANNELS)).isFalse();
        assertThat(scene.dina.channel(home.id()).texts()).containsExactly("what is true");
    }

    private boolean isFoundOutBehindFatHeadsOf(int channels) {
        List<ChannelId> others = followedOf(channels);
        scene.world.pass(ManyChannels.HEAL);
        lieOfTheNextPlace();
        scene.world.settle();
        for (ChannelId other : others) {
            for (int i = 0; i < Limits.HEADS_AHEAD_PER_CHANNEL_MAX; i++) {
                showFat(other, FAR + i);
            }
        }
        scene.world.settle();
        scene.alice.say(scene.alice.channel(home.id()), "what is true");
        scene.world.pass(ManyChannels.HEAL);
        return scene.tunis.core().figures().channelsFrozen() > 0;
    }

    /** Writes channels of the hub's to the follower's disk. */
    private List<ChannelId> followedOf(int count) {
        List<ChannelId> ids =
                IntStream.range(0, count).mapToObj(i -> new ChannelId(hash())).toList();
        WriteBatch rows = new WriteBatch();
        for (ChannelId id : ids) {
            rows.put(
                    Table.CHANNEL_OF_HUB,
                    Key.of(scene.berlin.name().value()).and(id.bytes()).bytes(),
                    Bytes.EMPTY);
            rows.put(
                    Table.CHANNEL,
                    id.bytes(),
                    Stored.encode(StoredChannel.newBuilder()
                            .setHub(scene.berlin.name().value())
                            .setState(StoredChannelState.CHANNEL_ACTIVE)
                            .setHadReaders(true)
                            .setTerm(1)
                            .setSeq(1)
                            .setEpoch(1)
                            .setEntryHash(Protobuf.toByteString(hash()))
                            .build()));
        }
        scene.tunis.crash();
        scene.tunis.disk().write(rows);
        scene.tunis.start();
        scene.dina.connect();
        scene.dina.login();
        scene.dina.follow();
        return ids;
    }

    /** The hub signs a head for the next place, of another entry than it will order there. */
    private void lieOfTheNextPlace() {
        LogPosition here = scene.tunis.logs().position(home.id()).orElseThrow();
        Head head = Head.of(new LogPosition(home.id(), here.term(), here.seq() + 1, hash()), 0);
        BatchSigner batch = new BatchSigner();
        int place = batch.add(head);
        show(head, batch.sign(scene.berlin.identity().rootKey()).proof(place));
    }

    /** Nobody verifies it before there is something to hold it against. */
    private void showFat(ChannelId channel, long seq) {
        List<Bytes> path = Collections.nCopies(chat.samara.wire.Limits.PROOF_PATH_HASHES_MAX, hash());
        show(
                Head.of(new LogPosition(channel, 1, seq, hash()), 0),
                new Proof(Bytes.of(new byte[64]), 0, chat.samara.wire.Limits.BATCH_LEAVES_MAX, path));
    }

    private Bytes hash() {
        return Bytes.of(scene.world.random().bytes(32));
    }

    private void show(Head head, Proof proof) {
        scene.world.pushFromPeer(
                scene.berlin,
                scene.tunis,
                PeerFrame.newBuilder()
                        .setHeadHint(HeadHint.newBuilder().setHead(new ProvenHead(head, proof).toProto()))
                        .build());
    }
}
