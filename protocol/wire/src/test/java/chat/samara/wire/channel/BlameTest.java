package chat.samara.wire.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Who may not commit any more")
class BlameTest {
    private static final Bytes FOUNDER = user("founder");
    private static final Bytes ALICE = user("alice");
    private static final Bytes BOB = user("bob");
    private static final Bytes CAROL = user("carol");
    private static final Bytes MALLORY = user("mallory");

    /** Runs of founder, mallory, alice and founder; bob speaks for mallory, who is barred. */
    private static final String GOLDEN =
            "000307666f756e64657200000000000000001a05616c69636503626f6207666f756e646572076d616c6c6f7279"
                    + "404800000000000000020000000000000002000200000000000000030000000000000004000300000000000000"
                    + "050000000000000005000000000000000000060000000000000006000224000000000000000000020000000100"
                    + "0000000000000300030003000000000000000200030c000300000000000300020002020003";

    /** As version 2 has stored it, in places: bob is accused by alice; mallory, for whom carol speaks, is barred. */
    private static final String OF_PLACES = "000207666f756e646572000000000000000020"
            + "05616c69636503626f62056361726f6c07666f756e646572076d616c6c6f7279"
            + "240000000000000002000000000000000200030000000000000003000000000000000900040c000200000000"
            + "00000003000412000100000000000400000000000400030003020004";

    private final Set<Bytes> present = new TreeSet<>(Set.of(FOUNDER));
    private Blame blame = Blame.begin(FOUNDER);
    private long epoch = 1;

    private static Bytes user(String name) {
        return Bytes.ofUtf8(name);
    }

    private long step(Bytes author, boolean isReturn, long refusedEpoch, Set<Bytes> come, Set<Bytes> gone) {
        blame = blame.after(new Blame.Step(++epoch, author, isReturn, refusedEpoch, come, gone), present);
        present.addAll(come);
        present.removeAll(gone);
        return epoch;
    }

    private long commits(Bytes author) {
        return step(author, false, 0, Set.of(), Set.of());
    }

    private void adds(Bytes author, Bytes... come) {
        step(author, false, 0, Set.of(come), Set.of());
    }

    private void removes(Bytes author, Bytes gone) {
        step(author, false, 0, Set.of(), Set.of(gone));
    }

    private void accuses(Bytes accuser, long refusedEpoch) {
        step(accuser, true, refusedEpoch, Set.of(), Set.of());
    }

    @Test
    @DisplayName("is whose commit two others could not process who had been there")
    void twoOthers() {
        adds(FOUNDER, ALICE, BOB, MALLORY);
        long bad = commits(MALLORY);
        accuses(ALICE, bad);
        assertThat(blame.barred()).isEmpty();
        accuses(BOB, bad);
        assertThat(blame.barred()).containsExactly(MALLORY);
        assertThat(blame.voicesAgainst(MALLORY)).isEqualTo(2);
    }

    @Test
    @DisplayName("is also who hits them one at a time, by different commits")
    void oneAtATime() {
        adds(FOUNDER, ALICE, BOB, MALLORY);
        accuses(ALICE, commits(MALLORY));
        accuses(BOB, commits(MALLORY));
        assertThat(blame.barred()).containsExactly(MALLORY);
    }

    @Test
    @DisplayName("is nobody because of one who says so again and again")
    void oneLiar() {
        adds(FOUNDER, ALICE, MALLORY);
        for (int i = 0; i < 5; i++) {
            accuses(MALLORY, commits(ALICE));
        }
        assertThat(blame.barred()).isEmpty();
        assertThat(blame.voicesAgainst(ALICE)).isOne();
    }

    @Test
    @DisplayName("is nobody because of accounts that came after the commit")
    void cameAfterwards() {
        adds(FOUNDER, ALICE, MALLORY);
        long honest = commits(ALICE);
        adds(FOUNDER, BOB, CAROL);
        accuses(BOB, honest);
        accuses(CAROL, honest);
        assertThat(blame.barred()).isEmpty();
        assertThat(blame.voicesAgainst(ALICE)).isZero();
    }

    @Test
    @DisplayName("is nobody because of who is added by the very commit")
    void cameWithIt() {
        adds(FOUNDER, ALICE);
        adds(ALICE, BOB, CAROL);
        accuses(BOB, epoch);
        accuses(CAROL, epoch - 1);
        assertThat(blame.voicesAgainst(ALICE)).isZero();
    }

    @Test
    @DisplayName("is nobody because of one member with all the accounts that it has added, and these, and these")
    void oneVoice() {
        adds(FOUNDER, ALICE, MALLORY);
        adds(MALLORY, user("second"), user("third"));
        adds(user("second"), user("fourth"));
        removes(MALLORY, user("second"));
        adds(user("third"), user("fifth"));
        long honest = commits(ALICE);
        for (Bytes liar : Set.of(MALLORY, user("third"), user("fourth"), user("fifth"))) {
            accuses(liar, honest);
        }
        assertThat(blame.barred()).isEmpty();
        assertThat(blame.voicesAgainst(ALICE)).isOne();
        accuses(FOUNDER, honest);
        assertThat(blame.barred()).containsExactly(ALICE);
    }

    private static Bytes[] users(String name, int count) {
        return IntStream.range(0, count).mapToObj(i -> user(name + i)).toArray(Bytes[]::new);
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 128, 134, 170, 1_000})
    @DisplayName("is nobody because of one member, however many accounts it adds at once")
    void manyAccountsOfOne(int accounts) {
        adds(FOUNDER, ALICE, MALLORY);
        adds(FOUNDER, users("other", 11));
        Bytes[] own = users("account", accounts);
        adds(MALLORY, own);
        long honest = commits(ALICE);
        for (Bytes liar : own) {
            accuses(liar, honest);
        }
        assertThat(blame.voicesAgainst(ALICE)).isOne();
        assertThat(blame.barred()).isEmpty();
    }

    @Test
    @DisplayName("is nobody because of who has committed since: it had processed the commit")
    void wentOn() {
        adds(FOUNDER, ALICE, BOB, CAROL);
        long honest = commits(ALICE);
        commits(BOB);
        accuses(CAROL, honest);
        accuses(BOB, honest);
        assertThat(blame.voicesAgainst(ALICE)).isOne();
    }

    @Test
    @DisplayName("is nobody because of commits that bring nobody back: a liar gives up its place for each lie")
    void withoutReturning() {
        adds(FOUNDER, ALICE, BOB, CAROL);
        long honest = commits(ALICE);
        step(BOB, false, honest, Set.of(), Set.of());
        step(CAROL, false, honest, Set.of(), Set.of());
        assertThat(blame.voicesAgainst(ALICE)).isZero();
    }

    @Test
    @DisplayName("is nobody because of an epoch that no commit has begun, or the accuser's own")
    void nobodysCommit() {
        adds(FOUNDER, ALICE, BOB);
        long own = commits(ALICE);
        accuses(BOB, epoch + 100);
        accuses(ALICE, own);
        assertThat(blame.voicesAgainst(ALICE)).isZero();
    }

    @Test
    @DisplayName("is he whose commit is named, and not who committed before or after it")
    void amongSeveral() {
        adds(FOUNDER, ALICE, BOB, CAROL, MALLORY);
        commits(ALICE);
        long bad = commits(MALLORY);
        commits(FOUNDER);
        accuses(BOB, bad);
        accuses(CAROL, bad);
        assertThat(blame.barred()).containsExactly(MALLORY);
    }

    @Test
    @DisplayName("ends with the removal, and what was done before it counts no more for who is added again")
    void removal() {
        adds(FOUNDER, ALICE, BOB, CAROL, MALLORY);
        long bad = commits(MALLORY);
        accuses(ALICE, bad);
        accuses(BOB, bad);
        removes(FOUNDER, MALLORY);
        assertThat(blame.barred()).isEmpty();
        accuses(CAROL, bad);
        adds(FOUNDER, MALLORY);
        accuses(FOUNDER, bad);
        assertThat(blame.voicesAgainst(MALLORY)).isZero();
        long again = commits(MALLORY);
        accuses(ALICE, again);
        accuses(BOB, again);
        assertThat(blame.barred()).containsExactly(MALLORY);
    }

    @Test
    @DisplayName("takes two voices of few members, and one more with every doubling from eight on")
    void grows() {
        assertThat(Blame.voicesNeeded(1)).isEqualTo(2);
        assertThat(Blame.voicesNeeded(7)).isEqualTo(2);
        assertThat(Blame.voicesNeeded(8)).isEqualTo(3);
        assertThat(Blame.voicesNeeded(100)).isEqualTo(6);
        assertThat(Blame.voicesNeeded(1_000)).isEqualTo(9);
        Bytes[] many = new Bytes[16];
        for (int i = 0; i < many.length; i++) {
            many[i] = user("member" + i);
        }
        adds(FOUNDER, many);
        long bad = commits(many[0]);
        for (int i = 1; i <= 3; i++) {
            accuses(many[i], bad);
            assertThat(blame.barred()).isEmpty();
        }
        accuses(many[4], bad);
        assertThat(blame.barred()).containsExactly(many[0]);
    }

    @Test
    @DisplayName("takes no more voices because one member has filled the channel with its accounts")
    void filled() {
        adds(FOUNDER, ALICE, BOB, MALLORY);
        for (int i = 0; i < 50; i++) {
            adds(MALLORY, user("of mallory " + i));
        }
        long bad = epoch;
        accuses(ALICE, bad);
        accuses(BOB, bad);
        assertThat(blame.barred()).containsExactly(MALLORY);
    }

    @Test
    @DisplayName("is not forgotten because one voice accuses many others")
    void floodedAccusations() {
        adds(FOUNDER, ALICE, BOB, CAROL, MALLORY);
        long bad = commits(MALLORY);
        accuses(ALICE, bad);
        for (int i = 0; i < 2 * Blame.ACCUSATIONS_MAX; i++) {
            adds(FOUNDER, user("author" + i));
            accuses(CAROL, commits(user("author" + i)));
        }
        assertThat(blame.voicesAgainst(MALLORY)).isOne();
        assertThat(blame.encode().length).isLessThan(32 * 1024);
    }

    @Test
    @DisplayName("once more came than are remembered, is nobody whom those accuse of what was before them")
    void floodedArrivals() {
        adds(FOUNDER, ALICE, BOB, CAROL);
        long honest = commits(ALICE);
        adds(FOUNDER, user("late"), user("later"));
        adds(FOUNDER, users("member", Blame.ARRIVALS_MAX));
        adds(FOUNDER, users("further member", 10));
        accuses(user("late"), honest);
        accuses(user("later"), honest);
        assertThat(blame.voicesAgainst(ALICE)).isZero();
    }

    @Test
    @DisplayName("is remembered within bounds, whoever commits, comes and accuses, and stored as it is")
    void bounded() throws MlsException {
        adds(FOUNDER, ALICE, BOB, MALLORY);
        for (int i = 0; i < 400; i++) {
            adds(i % 2 == 0 ? ALICE : BOB, Bytes.ofUtf8("a key of thirty-two bytes no. " + (100 + i)));
            accuses(MALLORY, epoch);
        }
        assertThat(blame.encode().length).isLessThan(64 * 1024);
        assertThat(Blame.decode(Bytes.of(blame.encode()), epoch)).isEqualTo(blame);
    }

    @Test
    @DisplayName("is nobody by what a version before has stored, which did not know when its accusers came")
    void storedBefore() throws MlsException {
        TlsWriter run = new TlsWriter().uint64(3).uint64(7).opaque(ALICE);
        TlsWriter accusations =
                new TlsWriter().opaque(ALICE).opaque(BOB).opaque(ALICE).opaque(CAROL);
        Bytes stored = Bytes.of(new TlsWriter()
                .uint16(1)
                .opaque(run.toByteArray())
                .opaque(accusations.toByteArray())
                .opaque(new TlsWriter().opaque(ALICE).toByteArray())
                .toByteArray());
        blame = Blame.decode(stored, 8);
        present.addAll(Set.of(ALICE, BOB, CAROL, MALLORY));
        assertThat(blame.barred()).isEmpty();
        epoch = 8;
        accuses(BOB, 7);
        accuses(CAROL, 7);
        assertThat(blame.voicesAgainst(ALICE)).isZero();
        long bad = commits(MALLORY);
        accuses(BOB, bad);
        accuses(CAROL, bad);
        assertThat(blame.barred()).containsExactly(MALLORY);
        assertThat(Blame.decode(Bytes.of(blame.encode()), epoch)).isEqualTo(blame);
    }

    @Test
    @DisplayName(
            "stays who is barred by what the version before has stored in places; of commits up to there nobody is accused any more")
    void storedInPlaces() throws MlsException {
        epoch = 6;
        blame = Blame.decode(Bytes.ofHex(OF_PLACES), epoch);
        present.addAll(Set.of(ALICE, BOB, CAROL, MALLORY));
        assertThat(blame.barred()).containsExactly(MALLORY);
        assertThat(blame.voicesAgainst(BOB)).isOne();
        accuses(CAROL, 3);
        accuses(CAROL, 6);
        assertThat(blame.voicesAgainst(BOB)).isOne();
        long later = commits(BOB);
        accuses(CAROL, later);
        assertThat(blame.barred()).as("carol speaks for mallory").containsExactlyInAnyOrder(BOB, MALLORY);
        assertThat(Blame.decode(Bytes.of(blame.encode()), epoch)).isEqualTo(blame);
    }

    @Test
    @DisplayName("is stored in version 3 byte for byte as here")
    void golden() throws MlsException {
        adds(FOUNDER, ALICE, MALLORY);
        adds(MALLORY, BOB);
        long bad = commits(MALLORY);
        accuses(ALICE, bad);
        accuses(FOUNDER, bad);
        assertThat(Bytes.wrapUnsafe(blame.encode()).hex()).isEqualTo(GOLDEN);
        assertThat(Blame.decode(Bytes.ofHex(GOLDEN), epoch)).isEqualTo(blame);
    }

    @Test
    @DisplayName("is not read from a later version's store, nor from what is torn")
    void unreadable() {
        assertThatThrownBy(() -> Blame.decode(Bytes.ofHex("0004"), epoch)).isInstanceOf(MlsException.class);
        byte[] whole = blame.encode();
        assertThatThrownBy(() -> Blame.decode(Bytes.of(whole).slice(0, whole.length - 1), epoch))
                .isInstanceOf(MlsException.class);
    }
}
