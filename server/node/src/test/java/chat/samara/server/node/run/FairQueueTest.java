package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class FairQueueTest {
    private static final long CHEAP = 10_000;
    private static final long DEAR = 30_000_000;

    private long now;
    private final Set<String> notReady = new HashSet<>();
    private final FairQueue<String> queue = new FairQueue<>(() -> now, new FairQueue.Items<>() {
        @Override
        public boolean isReady(String item) {
            return !notReady.contains(item);
        }

        @Override
        public long nanosExpected(String item) {
            return item.startsWith("dear-known") ? DEAR : 0;
        }
    });

    private FairQueue.Lane<String> lane() {
        return queue.lane(() -> false);
    }

    private void fill(FairQueue.Lane<String> lane, String name, int count) {
        for (int i = 0; i < count; i++) {
            queue.add(lane, name + i);
        }
    }

    /** Takes so many, each at the cost that its name says. */
    private List<String> take(int count) {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String next = queue.poll();
            if (next == null) {
                break;
            }
            long cost = next.startsWith("dear") ? DEAR : CHEAP;
            now += cost;
            queue.charge(cost);
            taken.add(next);
        }
        return taken;
    }

    @Test
    @DisplayName("within a lane the order is kept, and nothing is lost")
    void order() {
        FairQueue.Lane<String> one = lane();
        fill(one, "a", 1_000);
        List<String> taken = take(2_000);
        assertThat(taken).hasSize(1_000);
        for (int i = 0; i < 1_000; i++) {
            assertThat(taken.get(i)).isEqualTo("a" + i);
        }
        assertThat(queue.size()).isZero();
    }

    @Test
    @DisplayName("whoever sends a thousand dear ones delays all others by one of them, not by all")
    void dear() {
        FairQueue.Lane<String> hostile = lane();
        FairQueue.Lane<String> honest = lane();
        fill(hostile, "dear", 1_000);
        assertThat(take(1)).containsExactly("dear0");
        fill(honest, "good", 500);
        assertThat(take(501).stream().filter(it -> it.startsWith("dear"))).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    @DisplayName("who is dear gets a fair part all the same, and all of the time when nobody else has anything")
    void dearIsServed() {
        FairQueue.Lane<String> dear = lane();
        FairQueue.Lane<String> cheap = lane();
        fill(dear, "dear", 10);
        fill(cheap, "good", 20_000);
        List<String> taken = take(20_010);
        assertThat(taken).hasSize(20_010);
        assertThat(taken.subList(0, 10_000).stream().filter(it -> it.startsWith("dear")))
                .hasSizeGreaterThanOrEqualTo(2);
        fill(dear, "dear", 5);
        assertThat(take(5)).hasSize(5);
    }

    @Test
    @DisplayName("many cheap lanes have their turns: none waits for another to be done")
    void turns() {
        FairQueue.Lane<String> much = lane();
        FairQueue.Lane<String> little = lane();
        fill(much, "much", 10_000);
        fill(little, "little", 1);
        assertThat(take(200)).contains("little0");
    }

    @Test
    @DisplayName("nothing of a blocked lane is taken until it is looked at again")
    void blocked() {
        boolean[] blocked = {true};
        FairQueue.Lane<String> lane = queue.lane(() -> blocked[0]);
        fill(lane, "a", 3);
        assertThat(take(3)).isEmpty();
        assertThat(queue.size()).isEqualTo(3);
        blocked[0] = false;
        queue.look(lane);
        assertThat(take(1)).containsExactly("a0");
        blocked[0] = true;
        assertThat(take(1)).isEmpty();
        blocked[0] = false;
        queue.look(lane);
        assertThat(take(3)).containsExactly("a1", "a2");
    }

    @Test
    @DisplayName(
            "what is not ready holds up what is behind it in its lane, and nobody else, until it is looked at again")
    void notReady() {
        FairQueue.Lane<String> lane = lane();
        notReady.add("a1");
        fill(lane, "a", 3);
        fill(lane(), "b", 2);
        assertThat(take(10)).containsExactlyInAnyOrder("a0", "b0", "b1");
        assertThat(queue.size()).isEqualTo(2);
        notReady.clear();
        queue.look(lane);
        assertThat(take(10)).containsExactly("a1", "a2");
    }

    @Test
    @DisplayName(
            "what is known to be dear is paid for before: of many senders' first ones none comes before what is cheap")
    void knownBefore() {
        for (int i = 0; i < 5; i++) {
            fill(lane(), "dear-known" + i + "-", 1);
        }
        fill(lane(), "good", 100);
        List<String> taken = take(105);
        assertThat(taken).hasSize(105);
        assertThat(taken.subList(0, 100)).allMatch(it -> it.startsWith("good"));
        assertThat(taken.stream().filter(it -> it.startsWith("dear"))).hasSize(5);
    }

    private void hold(int accounts, int lanesOfEach) {
        for (int account = 0; account < accounts; account++) {
            for (int i = 0; i < lanesOfEach; i++) {
                FairQueue.Lane<String> lane = lane();
                queue.bill(lane, "member eve" + account, true);
                fill(lane, "dear-known" + account + "-" + i + "-", 1);
            }
        }
    }

    @Test
    @DisplayName(
            "somebody's cheap item waits for one that is known to be dear, not for one of each device of a member, nor of each of many members")
    void notInARow() {
        for (int accounts : List.of(1, 16)) {
            hold(accounts, 64 / accounts);
            assertThat(take(1)).allMatch(it -> it.startsWith("dear"));
            FairQueue.Lane<String> honest = lane();
            int others = 0;
            for (int i = 0; i < 20; i++) {
                // It comes while the one before it is served.
                queue.add(honest, "good" + i);
                while (!take(1).equals(List.of("good" + i))) {
                    others++;
                }
            }
            assertThat(others)
                    .as("dear ones meanwhile, for %d accounts", accounts)
                    .isLessThanOrEqualTo(20);
            assertThat(take(100)).as("nobody is forgotten").hasSize(63 - others);
        }
    }

    @Test
    @DisplayName(
            "a wait of all others because of an item is owed on top of what the item is expected to cost, and that not again")
    void waitedFor() {
        FairQueue.Lane<String> dear = lane();
        fill(dear, "dear-known", 1);
        assertThat(queue.poll()).isEqualTo("dear-known0");
        now += DEAR;
        queue.waitedFor(DEAR);
        now += DEAR;
        queue.charge(DEAR);
        fill(dear, "next", 1);
        fill(lane(), "good", 10_000);
        int place = take(10_000).indexOf("next0");
        assertThat(place).as("turns of 100 that it sits out").isBetween(4_000, 6_200);
    }

    @Test
    @DisplayName(
            "a wait of all others ends the turn like what an item costs: who has many waited for has one in a turn")
    void waitEndsTheTurn() {
        fill(lane(), "waits", 10);
        FairQueue.Lane<String> other = lane();
        fill(other, "good", 10);
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String next = queue.poll();
            taken.add(next);
            if (String.valueOf(next).startsWith("waits")) {
                now += DEAR;
                queue.waitedFor(DEAR);
            }
            queue.charge(CHEAP);
        }
        assertThat(taken.stream().filter(it -> it.startsWith("waits"))).hasSize(1);
    }

    @Test
    @DisplayName("what an item cost less than was expected is not owed any more")
    void lessThanExpected() {
        FairQueue.Lane<String> dear = lane();
        fill(dear, "dear-known", 1);
        assertThat(queue.poll()).isEqualTo("dear-known0");
        queue.charge(CHEAP);
        fill(dear, "next", 1);
        fill(lane(), "good", 10_000);
        assertThat(take(10_000).indexOf("next0")).isBetween(0, 200);
    }

    @Test
    @DisplayName("what was paid for before is not owed again")
    void paidOnce() {
        FairQueue.Lane<String> dear = lane();
        fill(dear, "dear-known", 1);
        assertThat(take(1)).containsExactly("dear-known0");
        fill(dear, "next", 1);
        fill(lane(), "good", 10_000);
        int place = take(10_000).indexOf("next0");
        assertThat(place).as("turns of 100 that it sits out").isBetween(2_000, 3_200);
    }

    @Test
    @DisplayName("whoever comes again by another lane owes what it owed")
    void comesAgain() {
        FairQueue.Lane<String> first = lane();
        queue.bill(first, "member eve", true);
        fill(first, "dear", 1);
        assertThat(take(1)).containsExactly("dear0");
        queue.close(first);
        FairQueue.Lane<String> again = lane();
        queue.bill(again, "member eve", true);
        fill(again, "dear-again", 1);
        fill(lane(), "good", 1_000);
        assertThat(take(1_000)).noneMatch(it -> it.startsWith("dear"));
        FairQueue.Lane<String> other = lane();
        queue.bill(other, "member bob", true);
        fill(other, "dear-bob", 1);
        fill(lane(), "good", 1_000);
        assertThat(take(150)).contains("dear-bob0");
    }

    @Test
    @DisplayName("many lanes of one member have the turns of one; many of one address have their own")
    void manyLanes() {
        assertThat(dearAmong(true)).isLessThanOrEqualTo(dearAmong(false) / 4);
    }

    /** How many dear items of a sender with eight lanes are taken while another sends two thousand. */
    private long dearAmong(boolean together) {
        FairQueue.Lane<String> honest = lane();
        List<FairQueue.Lane<String>> many = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            FairQueue.Lane<String> lane = lane();
            queue.bill(lane, "someone " + together, together);
            fill(lane, "dear", 100);
            many.add(lane);
        }
        fill(honest, "good", 60_000);
        long dear = take(50_000).stream().filter(it -> it.startsWith("dear")).count();
        take(100_000);
        many.forEach(queue::close);
        return dear;
    }

    @Test
    @DisplayName("what is owed is remembered of a bounded number of senders")
    void accounts() {
        for (int i = 0; i < 2 * Limits.ACCOUNTS_MAX; i++) {
            FairQueue.Lane<String> lane = lane();
            queue.bill(lane, "stranger " + i, false);
            queue.close(lane);
        }
        assertThat(queue.accounts()).isEqualTo(Limits.ACCOUNTS_MAX);
    }

    @Test
    @DisplayName("what a sender with an open lane owes is never forgotten, whoever else comes and goes")
    void openLanes() {
        FairQueue.Lane<String> hostile = lane();
        queue.bill(hostile, "mallory", false);
        fill(hostile, "dear", 1);
        take(1);
        for (int i = 0; i < 2 * Limits.ACCOUNTS_MAX; i++) {
            FairQueue.Lane<String> lane = lane();
            queue.bill(lane, "stranger " + i, false);
            queue.close(lane);
        }
        FairQueue.Lane<String> another = lane();
        queue.bill(another, "mallory", false);
        FairQueue.Lane<String> honest = lane();
        fill(another, "m", 1);
        fill(honest, "h", 5);

        assertThat(take(6)).as("pays what the first lane owes").startsWith("h0").endsWith("m0");
    }

    @Test
    @DisplayName("how long a lane has waited is told that was charged no more than its part")
    void waits() {
        assertThat(queue.waitedNanos()).isZero();
        fill(lane(), "first", 1);
        now += 3 * DEAR;
        fill(lane(), "second", 1);
        now += DEAR;
        assertThat(queue.waitedNanos()).isEqualTo(4 * DEAR);
        assertThat(take(1)).containsExactly("first0");
        assertThat(queue.waitedNanos()).isEqualTo(DEAR + CHEAP);
        assertThat(take(1)).containsExactly("second0");
        assertThat(queue.waitedNanos()).isZero();
    }

    @Test
    @DisplayName("of a lane that is in debt nobody says that it waits, however long it is passed over")
    void waitsInDebt() {
        FairQueue.Lane<String> flood = lane();
        fill(flood, "dear", 2);
        assertThat(take(1)).containsExactly("dear0");
        fill(lane(), "good", 2_000);
        long longest = 0;
        List<String> taken = new ArrayList<>();
        while (!taken.contains("dear1")) {
            longest = Math.max(longest, queue.waitedNanos());
            taken.addAll(take(1));
        }
        assertThat(taken).as("passed over meanwhile").hasSizeGreaterThan(500);
        assertThat(longest).isLessThan(DEAR / 10);
    }

    @Test
    @DisplayName("from many threads nothing is lost and nothing comes twice")
    void threads() throws InterruptedException {
        int senders = 8;
        int each = 5_000;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < senders; i++) {
            FairQueue.Lane<String> lane = lane();
            String name = "s" + i + "-";
            Thread thread = new Thread(() -> fill(lane, name, each));
            threads.add(thread);
            thread.start();
        }
        List<String> taken = new ArrayList<>();
        while (taken.size() < senders * each) {
            taken.addAll(take(1_000));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(queue.poll()).isNull();
        assertThat(taken).doesNotHaveDuplicates().hasSize(senders * each);
    }
}
