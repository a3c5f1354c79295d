package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.MessageId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What members said, as they would tell it: attempts, what their devices took on, and what was refused to them. */
public final class SpeechBook {
    private final Map<String, Attempt> attemptByText = new LinkedHashMap<>();
    private final Map<String, MessageId> queuedByText = new LinkedHashMap<>();
    private final Set<MessageId> refused = new HashSet<>();

    /** A member is about to say this. */
    public void attempt(Attempt attempt) {
        attemptByText.put(attempt.text(), attempt);
    }

    /** The member's device says that it has durably taken it on. */
    public void queued(String text, MessageId id) {
        queuedByText.put(text, id);
    }

    /** The member was told that this will not be in the log. */
    public void refused(MessageId id) {
        refused.add(id);
    }

    /** Who said this, and where; empty if nobody did. */
    public Optional<Attempt> find(String text) {
        return Optional.ofNullable(attemptByText.get(text));
    }

    /** Whether the member was told. */
    public boolean isRefused(MessageId id) {
        return refused.contains(id);
    }

    /** What devices took on, in the order of time. */
    public List<Map.Entry<String, MessageId>> queued() {
        return new ArrayList<>(queuedByText.entrySet());
    }

    /** How many attempts there were. */
    public int attempts() {
        return attemptByText.size();
    }
}
