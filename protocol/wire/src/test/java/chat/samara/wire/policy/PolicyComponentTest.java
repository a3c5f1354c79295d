package chat.samara.wire.policy;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.component.ApplicationComponent;
import chat.samara.mls.component.MergedData;
import chat.samara.wire.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How differences change a channel's policy. */
class PolicyComponentTest {
    private static final ApplicationComponent COMPONENT =
            PolicyComponent.COMPONENTS.find(PolicyComponent.ID).orElseThrow();
    private static final Bytes OWNER = Bytes.ofUtf8("role/owner");
    private static final Bytes BAN = Bytes.ofUtf8("ban/mallory");
    private static final Bytes ALICE = Bytes.ofUtf8("alice");
    private static final Bytes BOB = Bytes.ofUtf8("bob");

    private static Bytes encoded(PolicyChange change) {
        return Bytes.wrapUnsafe(change.encode());
    }

    private static Bytes encoded(PolicyData data) {
        return Bytes.wrapUnsafe(data.encode());
    }

    private static Bytes founding() {
        return encoded(new PolicyChange(OptionalInt.of(1), new TreeMap<>(Map.of(OWNER, Optional.of(ALICE)))));
    }

    private static Bytes edit(Bytes key, Optional<Bytes> value) {
        return encoded(new PolicyChange(OptionalInt.empty(), new TreeMap<>(Map.of(key, value))));
    }

    private static Bytes raise(int rules) {
        return encoded(new PolicyChange(OptionalInt.of(rules), new TreeMap<>()));
    }

    private static PolicyData merged(Optional<Bytes> present, Bytes... updates) throws MlsException {
        return PolicyData.decode(((MergedData.NewData) COMPONENT.merge(present, List.of(updates))).data());
    }

    private static Optional<Bytes> founded() throws MlsException {
        return Optional.of(encoded(merged(Optional.empty(), founding())));
    }

    @Test
    @DisplayName("a policy and a change have their one form, for good")
    void form() throws MlsException {
        assertThat(founding().hex())
                .isEqualTo("01" + "01" + "0001" + "12" + "0a" + OWNER.hex() + "01" + "05" + ALICE.hex());
        assertThat(founded().orElseThrow().hex())
                .isEqualTo("01" + "0001" + "11" + "0a" + OWNER.hex() + "05" + ALICE.hex());
        assertThat(edit(BAN, Optional.empty()).hex()).isEqualTo("01" + "00" + "0d" + "0b" + BAN.hex() + "00");
        assertThat(encoded(PolicyChange.decode(founding()))).isEqualTo(founding());
    }

    @Test
    @DisplayName("a change is a difference: whatever it does not name stays as it is, known or not")
    void difference() throws MlsException {
        Bytes unknown = Bytes.ofUtf8("a statement of a later version");
        Optional<Bytes> before = Optional.of(encoded(merged(founded(), edit(unknown, Optional.of(BOB)))));
        PolicyData after = merged(before, edit(BAN, Optional.of(BOB)), edit(OWNER, Optional.of(BOB)), raise(7));
        assertThat(after.statements()).isEqualTo(Map.of(OWNER, BOB, BAN, BOB, unknown, BOB));
        assertThat(after.rules()).isEqualTo(7);
        assertThat(merged(Optional.of(encoded(after)), edit(OWNER, Optional.empty()))
                        .statements())
                .containsOnlyKeys(BAN, unknown);
    }

    @Test
    @DisplayName("changes that are together far more than a policy holds are refused unread")
    void tooMuch() throws MlsException {
        byte[] noChange = new byte[PolicyComponent.UPDATES_BYTES_MAX / 2];
        Bytes half = Bytes.of(noChange);
        assertThat(COMPONENT.merge(founded(), List.of(half, half, Bytes.of(new byte[1]))))
                .isInstanceOfSatisfying(
                        MergedData.Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains("expected at most " + PolicyComponent.UPDATES_BYTES_MAX));
        Bytes all = edit(BAN, Optional.of(Bytes.of(new byte[Limits.POLICY_BYTES_MAX / 2])));
        merged(founded(), all);
    }

    @Test
    @DisplayName("the changes of one commit come to the same in any order, or are refused in any")
    void anyOrder() throws MlsException {
        int refusals = 0;
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            TreeMap<Bytes, Bytes> statements = new TreeMap<>();
            for (int i = 0; i < random.nextInt(8); i++) {
                statements.put(Bytes.of((byte) random.nextInt(12)), Bytes.of((byte) i));
            }
            Optional<Bytes> before = Optional.of(encoded(new PolicyData(1, statements)));
            List<Bytes> updates = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                Bytes key = Bytes.of((byte) random.nextInt(12));
                updates.add(
                        edit(key, random.nextInt(3) == 0 ? Optional.empty() : Optional.of(Bytes.of((byte) (100 + i)))));
            }
            MergedData merged = COMPONENT.merge(before, updates);
            for (int i = 0; i < 5; i++) {
                List<Bytes> shuffled = new ArrayList<>(updates);
                Collections.shuffle(shuffled, random);
                MergedData other = COMPONENT.merge(before, shuffled);
                assertThat(other.getClass()).as("seed %d", seed).isEqualTo(merged.getClass());
                if (merged instanceof MergedData.NewData) {
                    assertThat(other).as("seed %d", seed).isEqualTo(merged);
                }
            }
            refusals += merged instanceof MergedData.Refused ? 1 : 0;
        }
        assertThat(refusals).isBetween(30, 270);
    }

    @Test
    @DisplayName("whatever the bytes: data or a refusal, never an exception")
    void anyBytes() {
        for (long seed = 1; seed <= 2000; seed++) {
            Random random = new Random(seed);
            byte[] present = new byte[random.nextInt(40)];
            byte[] update = new byte[random.nextInt(40)];
            random.nextBytes(present);
            random.nextBytes(update);
            if (present.length > 0 && update.length > 1) {
                present[0] = 1;
                update[0] = 1;
                update[1] = (byte) random.nextInt(2);
            }
            assertThat(COMPONENT.merge(Optional.of(Bytes.of(present)), List.of(Bytes.of(update))))
                    .as("seed %d", seed)
                    .isNotNull();
        }
    }

    @Nested
    @DisplayName("It refuses")
    class Refuses {
        private void refused(String why, Optional<Bytes> present, Bytes... updates) {
            assertThat(COMPONENT.merge(present, List.of(updates)))
                    .isInstanceOfSatisfying(
                            MergedData.Refused.class,
                            refused -> assertThat(refused.reason()).contains(why));
        }

        @Test
        @DisplayName("two changes of one statement, or of the version")
        void twice() throws MlsException {
            Bytes edit = edit(BAN, Optional.of(BOB));
            refused("two changes of", founded(), edit, edit);
            refused("two changes raise", founded(), raise(2), raise(3));
        }

        @Test
        @DisplayName("to take out what is not there, which is a change of another policy")
        void absent() throws MlsException {
            refused("nothing stands under", founded(), edit(BAN, Optional.empty()));
        }

        @Test
        @DisplayName("a version that does not rise, and a policy without one")
        void version() throws MlsException {
            refused("expected a later one", founded(), raise(1));
            refused("expected a later one", founded(), raise(0));
            refused("expected a later one", Optional.empty(), edit(OWNER, Optional.of(ALICE)));
            refused("expected a later one", Optional.empty(), raise(0));
        }

        @Test
        @DisplayName("more than there is room for in each GroupInfo")
        void tooLarge() throws MlsException {
            Bytes half = Bytes.of(new byte[Limits.POLICY_BYTES_MAX / 2]);
            refused(
                    "expected at most " + Limits.POLICY_BYTES_MAX,
                    founded(),
                    edit(BAN, Optional.of(half)),
                    edit(Bytes.ofUtf8("x"), Optional.of(half)));
            refused(
                    "expected at most " + Limits.POLICY_BYTES_MAX,
                    Optional.of(Bytes.of(new byte[Limits.POLICY_BYTES_MAX + 1])),
                    raise(2));
        }

        @Test
        @DisplayName("another form, keys out of order, a change of nothing, and what is cut off")
        void malformed() throws MlsException {
            refused("of form 2", founded(), Bytes.ofHex("02000401610100"));
            refused("of form 2", Optional.of(Bytes.ofHex("02000100")), raise(2));
            refused("out of order", founded(), Bytes.ofHex("0100" + "06" + "016200" + "016100"));
            refused("out of order", founded(), Bytes.ofHex("0100" + "06" + "016100" + "016100"));
            refused("out of order", Optional.of(Bytes.ofHex("010001" + "06" + "016200" + "016100")), raise(2));
            refused("change of nothing", founded(), Bytes.ofHex("010000"));
            refused("", founded(), Bytes.ofHex("0100"));
            refused("", founded(), new TlsWriter().raw(raise(2)).uint8(0).toBytes());
        }

        @Test
        @DisplayName("ephemeral data that are too large, and every other component")
        void others() {
            assertThat(COMPONENT.acceptsEphemeral(Bytes.of(new byte[Limits.POLICY_EPHEMERAL_BYTES_MAX])))
                    .isTrue();
            assertThat(COMPONENT.acceptsEphemeral(Bytes.of(new byte[Limits.POLICY_EPHEMERAL_BYTES_MAX + 1])))
                    .isFalse();
            assertThat(PolicyComponent.COMPONENTS.find(PolicyComponent.ID + 1)).isEmpty();
        }
    }
}
