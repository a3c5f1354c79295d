package chat.samara.server.core.batch;

import chat.samara.server.core.Limits;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * What the log says because of somebody else: for each of them now and then, however often there is reason for it, and in so many characters. Or a peer, or
 * anybody who can connect, could fill the disk with it.
 */
public final class Remarks {
    /** On whose account it is said what nobody in particular gives reason for. */
    public static final String STRANGERS = "strangers";

    private static final Rate RATE = new Rate(Limits.REMARKS_AT_ONCE_MAX, Limits.REMARK_EVERY_MILLIS);

    private final Logger log;
    private final Journal journal;
    private final Rates<String> said = new Rates<>(Limits.PEERS_MAX);
    private final Map<String, Long> unsaid = new LinkedHashMap<>(16, 0.75f, true);

    /** @param log what they go to */
    public Remarks(Logger log, Journal journal) {
        this.log = log;
        this.journal = journal;
    }

    /**
     * Something that an operator should look at.
     *
     * @param who on whose account it is said: a server's or a member's name, or {@link #STRANGERS}
     */
    public void warn(String who, String sentence, Object... arguments) {
        say(Level.WARN, who, sentence, arguments);
    }

    /** Something that an operator must look at; {@code who} as for {@link #warn}. */
    public void error(String who, String sentence, Object... arguments) {
        say(Level.ERROR, who, sentence, arguments);
    }

    /** Something that an operator may want to know; {@code who} as for {@link #warn}. */
    public void info(String who, String sentence, Object... arguments) {
        say(Level.INFO, who, sentence, arguments);
    }

    private void say(Level level, String who, String sentence, Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = shortened(arguments[i]);
        }
        if (!said.tryTake(who, RATE, journal.monotonicMillis())) {
            unsaid.merge(who, 1L, Long::sum);
            if (unsaid.size() > Limits.PEERS_MAX) {
                unsaid.remove(unsaid.keySet().iterator().next());
            }
            log.debug(sentence, arguments);
            return;
        }
        Long before = unsaid.remove(who);
        String more = before == null ? "" : " (and " + before + " lines like this on account of " + who + ")";
        log.atLevel(level).log(sentence + more.replace("{}", ""), arguments);
    }

    private static Object shortened(Object argument) {
        if (!(argument instanceof Refusal) && !(argument instanceof String)) {
            return argument;
        }
        String text = argument.toString();
        return text.codePointCount(0, text.length()) <= Limits.REMARK_CHARACTERS_MAX
                ? text
                : text.substring(0, text.offsetByCodePoints(0, Limits.REMARK_CHARACTERS_MAX)) + "…";
    }
}
