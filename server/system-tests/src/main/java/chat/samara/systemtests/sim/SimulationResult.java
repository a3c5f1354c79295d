package chat.samara.systemtests.sim;

import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.systemtests.sim.oracle.InvariantViolation;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a run went.
 *
 * @param violation what did not hold; empty if the run passed
 * @param traceHash SHA-256 over the trace, in hex: the same for every run of the seed
 * @param virtualMillis virtual time that passed
 * @param steps scheduled steps that ran
 * @param acknowledged things that servers acknowledged as stored or ordered
 * @param lost acknowledged things that are gone
 * @param entries entries in all logs
 * @param texts texts that members tried to send
 * @param vainReads records that removed devices tried to open, in vain
 * @param happenings how often what happened; what never did is not in it
 * @param lastLines the end of the trace
 */
public record SimulationResult(
        long seed,
        Optional<InvariantViolation> violation,
        String traceHash,
        long virtualMillis,
        long steps,
        long acknowledged,
        long lost,
        long entries,
        long texts,
        long vainReads,
        Map<Happening, Long> happenings,
        List<String> lastLines) {
    public SimulationResult {
        happenings = Map.copyOf(happenings);
        lastLines = List.copyOf(lastLines);
    }

    /** Whether everything held. */
    public boolean passed() {
        return violation.isEmpty();
    }
}
