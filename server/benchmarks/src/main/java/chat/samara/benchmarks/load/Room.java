package chat.samara.benchmarks.load;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/**
 * A channel with its members, and messages for it that were encrypted before. Each of them is said many times, under an idempotency key
 * of its own each time: the server cannot tell, and a message costs it as much as any.
 */
public final class Room {
    private final ByteString id;
    private final long epoch;
    private final List<ByteString> payloads;
    private final AtomicLong orderedThrough;
    private final Tally tally;
    private volatile IntConsumer heard = messages -> {};
    private volatile boolean endsWithReceipt;

    Room(ByteString id, long epoch, long seq, List<ByteString> payloads, Tally tally) {
        this.id = id;
        this.epoch = epoch;
        this.orderedThrough = new AtomicLong(seq);
        this.payloads = List.copyOf(payloads);
        this.tally = tally;
    }

    /** What tells it from other rooms: the beginning of its id. */
    static long key(ByteString id) {
        return id.asReadOnlyByteBuffer().getLong();
    }

    long key() {
        return key(id);
    }

    ByteString id() {
        return id;
    }

    long epoch() {
        return epoch;
    }

    List<ByteString> payloads() {
        return payloads;
    }

    /** A talk in which a message is over when all these listeners have it. */
    public Talk talk(List<Seat> speakers, int listeners) {
        Talk talk = new Talk(tally, speakers, listeners);
        endsWithReceipt = false;
        heard = talk::heard;
        return talk;
    }

    /** A talk in which a message is over when the server has said that it is durable. */
    public Talk talkWithoutListeners(List<Seat> speakers) {
        Talk talk = new Talk(tally, speakers, 1);
        endsWithReceipt = true;
        heard = talk::heard;
        return talk;
    }

    /** Messages have reached one listener. */
    void heard(int messages) {
        if (!endsWithReceipt) {
            heard.accept(messages);
        }
    }

    /** The message of this number is durable. */
    void acknowledged(long number) {
        if (endsWithReceipt) {
            tally.arrivedIfTimed(number);
            heard.accept(1);
        }
    }

    void ordered(long seq) {
        orderedThrough.accumulateAndGet(seq, Math::max);
    }

    /** The place of the last message that the server has acknowledged. Any thread. */
    long orderedThrough() {
        return orderedThrough.get();
    }

    @Override
    public String toString() {
        return "room " + Long.toHexString(key());
    }
}
