package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.load.FrameLink;
import chat.samara.benchmarks.load.FrameTaker;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Speaker;
import chat.samara.benchmarks.load.Talk;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Connections to the bare fan-out, and the rooms in which they listen and speak. Made on the benchmark's main thread. */
public final class BareVillage implements AutoCloseable {
    private static final int CONNECTING_MAX = 16;
    private static final int FRAME_BYTES_MIN = BareFanOut.NUMBER_AT + Long.BYTES;

    private final LoadClient client;
    private final List<FrameLink> links = new ArrayList<>();
    private final Map<Integer, Talk> talks = new ConcurrentHashMap<>();
    private final Map<Integer, CompletableFuture<Integer>> welcomes = new ConcurrentHashMap<>();

    private BareVillage(LoadClient client) {
        this.client = client;
    }

    /** Opens so many connections. */
    public static BareVillage open(LoadClient client, InetSocketAddress server, int connections)
            throws BenchFailure, InterruptedException {
        BareVillage village = new BareVillage(client);
        while (village.links.size() < connections) {
            List<CompletableFuture<FrameLink>> connecting = new ArrayList<>();
            int next = Math.min(CONNECTING_MAX, connections - village.links.size());
            for (int i = 0; i < next; i++) {
                connecting.add(client.connect(server, village.new Member()));
            }
            for (CompletableFuture<FrameLink> each : connecting) {
                village.links.add(client.await(each, "connecting to the bare fan-out"));
            }
        }
        return village;
    }

    /**
     * Makes a room.
     *
     * @param listeners and the speaker, by the number of their connection
     * @param frameBytes of each frame that is said, with its length
     */
    public Talk room(int room, List<Integer> listeners, int speaker, int frameBytes)
            throws BenchFailure, InterruptedException {
        int bytes = Math.max(frameBytes, FRAME_BYTES_MIN);
        Talk talk =
                new Talk(client.tally(), List.of(new BareSpeaker(links.get(speaker), room, bytes)), listeners.size());
        talks.put(room, talk);
        for (int listener : listeners) {
            CompletableFuture<Integer> welcomed = new CompletableFuture<>();
            welcomes.put(room, welcomed);
            links.get(listener)
                    .write(frame(BareFanOut.LISTEN, room, FRAME_BYTES_MIN).array());
            links.get(listener).flush();
            int unused = client.await(welcomed, "listening to the bare fan-out");
        }
        return talk;
    }

    private static ByteBuffer frame(byte role, int room, int bytes) {
        return ByteBuffer.allocate(bytes)
                .putInt(bytes - BareFanOut.LENGTH_BYTES)
                .put(role)
                .putInt(room);
    }

    @Override
    public void close() {
        links.forEach(link -> {
            CompletableFuture<Void> unused = link.close();
        });
    }

    private final class Member implements FrameTaker {
        @Override
        public void take(ByteBuf frame) {
            // The length in front is gone.
            int start = frame.readerIndex() - BareFanOut.LENGTH_BYTES;
            int room = frame.getInt(start + BareFanOut.ROOM_AT);
            if (frame.getByte(start + BareFanOut.ROLE_AT) == BareFanOut.LISTEN) {
                welcomes.getOrDefault(room, new CompletableFuture<>()).complete(room);
            } else {
                client.tally().delivered(1, BareFanOut.LENGTH_BYTES + frame.readableBytes());
                client.tally().arrivedIfTimed(frame.getLong(start + BareFanOut.NUMBER_AT));
                Talk talk = talks.get(room);
                if (talk != null) {
                    talk.heard(1);
                }
            }
        }
    }

    private static final class BareSpeaker implements Speaker {
        private final FrameLink link;
        private final int room;
        private final int frameBytes;

        BareSpeaker(FrameLink link, int room, int frameBytes) {
            this.link = link;
            this.room = room;
            this.frameBytes = frameBytes;
        }

        @Override
        public EventLoop loop() {
            return link.loop();
        }

        @Override
        public void say(long number) {
            link.write(frame(BareFanOut.SPEAK, room, frameBytes).putLong(number).array());
        }

        @Override
        public void flush() {
            link.flush();
        }
    }
}
