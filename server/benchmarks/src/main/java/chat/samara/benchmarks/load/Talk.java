package chat.samara.benchmarks.load;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is said in one place, by one speaker or several in turn. Either as fast as it is heard ({@link #pipelined}): so many messages are
 * under way at any time, where a message is under way until the listeners have it, taken on average. Or at a fixed rate whatever comes
 * of it ({@link #atRate}); then a message's time begins when it was to be said, so that a delay of its sender counts.
 */
public final class Talk {
    private static final long TICK_MILLIS = 1;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Tally tally;
    private final List<? extends Speaker> speakers;
    private final int listeners;
    private final AtomicLong said = new AtomicLong();
    private final AtomicLong heard = new AtomicLong();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean asked = new AtomicBoolean();
    private final List<ScheduledFuture<?>> clocks = new ArrayList<>();
    private volatile int underWayMax;

    /** @param listeners how often each message is heard */
    public Talk(Tally tally, List<? extends Speaker> speakers, int listeners) {
        this.tally = tally;
        this.speakers = List.copyOf(speakers);
        this.listeners = listeners;
    }

    /** Begins, with so many messages under way from then on. */
    public void pipelined(int messages) {
        underWayMax = messages;
        speakers.forEach(speaker -> speaker.loop().execute(() -> speak(speaker)));
    }

    /** Begins, with so many messages a second, of all speakers together. */
    public void atRate(double messagesPerSecond) {
        double each = messagesPerSecond / speakers.size();
        for (int i = 0; i < speakers.size(); i++) {
            Speaker speaker = speakers.get(i);
            // They do not all speak at the same moment.
            long first = System.nanoTime() + (long) (SECOND_NANOS / messagesPerSecond * i);
            Pace pace = new Pace(first, each);
            clocks.add(speaker.loop()
                    .scheduleAtFixedRate(() -> keepPace(speaker, pace), 0, TICK_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /** Says nothing more. What is under way is still heard. */
    public void end() {
        underWayMax = 0;
        clocks.forEach(clock -> clock.cancel(false));
        clocks.clear();
    }

    /** How many messages were said. Any thread. */
    public long said() {
        return said.get();
    }

    /** Whether all that was said has been heard. Any thread. */
    boolean isOver() {
        return underWayMax == 0 && heard.get() / listeners >= said.get();
    }

    /** Messages have been heard, by one listener. */
    public void heard(int messages) {
        long after = heard.addAndGet(messages);
        boolean oneIsDone = after / listeners != (after - messages) / listeners;
        if (oneIsDone && underWayMax > 0 && asked.compareAndSet(false, true)) {
            Speaker next = speakers.get(Math.floorMod(turn.getAndIncrement(), speakers.size()));
            next.loop().execute(() -> {
                asked.set(false);
                speak(next);
            });
        }
    }

    @Override
    public String toString() {
        return said.get() + " messages were said, and heard " + heard.get() + " times by " + listeners + " listeners";
    }

    private void speak(Speaker speaker) {
        boolean spoke = false;
        while (mayBeSaid()) {
            speaker.say(tally.number(System.nanoTime()));
            spoke = true;
        }
        if (spoke) {
            speaker.flush();
        }
    }

    /** Takes one of the places under way. */
    private boolean mayBeSaid() {
        long before = said.get();
        while (before - heard.get() / listeners < underWayMax) {
            if (said.compareAndSet(before, before + 1)) {
                return true;
            }
            before = said.get();
        }
        return false;
    }

    private void keepPace(Speaker speaker, Pace pace) {
        boolean spoke = false;
        while (pace.dueNanos() <= System.nanoTime()) {
            said.incrementAndGet();
            speaker.say(tally.number(pace.dueNanos()));
            pace.next();
            spoke = true;
        }
        if (spoke) {
            speaker.flush();
        }
    }

    /** When the next is due. On one event loop. */
    private static final class Pace {
        private final long beganNanos;
        private final double perSecond;
        private long done;

        Pace(long beganNanos, double perSecond) {
            this.beganNanos = beganNanos;
            this.perSecond = perSecond;
        }

        long dueNanos() {
            return beganNanos + (long) (done / perSecond * SECOND_NANOS);
        }

        void next() {
            done++;
        }
    }
}
