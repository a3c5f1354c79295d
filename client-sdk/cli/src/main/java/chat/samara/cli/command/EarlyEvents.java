package chat.samara.cli.command;

import chat.samara.cli.message.EventSentence;
import chat.samara.client.device.ClientEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Says events in words, once it is known which channel a command is about. Whether one of a channel's history is said depends on that, and such events come while the client
 * is still catching up, before a name can be looked up: they are kept until then. Of very many the later ones are said at once: to be told twice is better than
 * not to be told. Callable from any thread.
 */
final class EarlyEvents {
    private static final int KEPT_MAX = 256;

    private final Function<ClientEvent, Optional<String>> words;
    private final Predicate<ClientEvent> isTold;
    private final Consumer<String> say;
    private final List<Early> kept = new ArrayList<>();
    private boolean isKnown;

    private record Early(ClientEvent event, String sentence) {}

    /**
     * @param words what there is to say of an event, where nothing else tells it
     * @param isTold whether something else does, by what is known when it is asked
     * @param say prints a sentence
     */
    EarlyEvents(Function<ClientEvent, Optional<String>> words, Predicate<ClientEvent> isTold, Consumer<String> say) {
        this.words = words;
        this.isTold = isTold;
        this.say = say;
    }

    void hear(ClientEvent event) {
        words.apply(event).ifPresent(sentence -> hear(event, sentence));
    }

    private synchronized void hear(ClientEvent event, String sentence) {
        if (!isKnown && EventSentence.inHistoryOf(event).isPresent() && kept.size() < KEPT_MAX) {
            kept.add(new Early(event, sentence));
        } else if (!isTold.test(event)) {
            say.accept(sentence);
        }
    }

    /** It is known now, or will not be any more. */
    synchronized void known() {
        isKnown = true;
        kept.stream().filter(early -> !isTold.test(early.event())).forEach(early -> say.accept(early.sentence()));
        kept.clear();
    }
}
