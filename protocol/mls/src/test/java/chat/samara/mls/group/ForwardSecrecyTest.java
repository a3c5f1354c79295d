package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Forward secrecy, in what is stored:")
class ForwardSecrecyTest {
    private record Sought(String what, Bytes secret, boolean mustBeThere) {}

    /** Searches the member's whole store after each step, for this step's secrets and all that had gone before. */
    private static final class Search implements ErasureScenario.Witness {
        private final List<Sought> goneForGood = new ArrayList<>();
        private final List<Sought> ofThisStep = new ArrayList<>();
        private final List<String> steps = new ArrayList<>();
        private int looks;

        @Override
        public void gone(String what, byte[] secret) {
            goneForGood.add(new Sought(what, Bytes.of(secret), false));
        }

        @Override
        public void goneHere(String what, byte[] secret) {
            ofThisStep.add(new Sought(what, Bytes.of(secret), false));
        }

        @Override
        public void kept(String what, byte[] secret) {
            ofThisStep.add(new Sought(what, Bytes.of(secret), true));
        }

        @Override
        public void endOfStep(String step, Map<Bytes, Bytes> stored) {
            List<String> contents = stored.values().stream().map(Bytes::hex).toList();
            List<Sought> all = new ArrayList<>(goneForGood);
            all.addAll(ofThisStep);
            for (Sought sought : all) {
                String digits = sought.secret.hex();
                boolean there = contents.stream().anyMatch(content -> content.contains(digits));
                assertThat(there)
                        .as("%s, in the state stored after: %s", sought.what, step)
                        .isEqualTo(sought.mustBeThere);
                looks++;
            }
            ofThisStep.clear();
            steps.add(step);
        }
    }

    @Test
    @DisplayName("after each step no secret is left that has had its day, and those are there that have not")
    void stored() throws MlsException {
        Search search = new Search();
        new ErasureScenario(search).run();
        assertThat(search.steps)
                .containsExactly(
                        "first message sent",
                        "second message sent",
                        "message received",
                        "late message received",
                        "skipped message received",
                        "commit merged",
                        "epoch closed",
                        "own Update committed",
                        "own commit lost",
                        "own commit merged",
                        "Welcome joined",
                        "removed",
                        "removed, and all closed",
                        "destroyed",
                        "the last commit");
        assertThat(search.looks).isGreaterThan(500);
    }
}
