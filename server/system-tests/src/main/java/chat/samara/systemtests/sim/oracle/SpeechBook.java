package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.MessageId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What members said, as they would tell it: attempts, what their devices took on, and what was refused to them. */
public final class SpeechBook {
    private final Map<String, Attempt> attemptByText = new LinkedHashMap<>();
    private final Map<String, MessageId> queuedByText = new LinkedHashMap<>();
    private final Set<MessageId> refused = new HashSet<>();

    /** Which texts a device has taken on, in the order of time. */
    private final Map<String, List<String>> textsByHost = new HashMap<>();

    /** How many a device had taken on when its store last confirmed a commit. */
    private final Map<String, Integer> textsAtCommit = new HashMap<>();

    private final Map<MessageId, Set<MessageId>> laterNames = new HashMap<>();
    private final Set<String> goneWithAStore = new HashSet<>();

    /** A member is about to say this. */
    public void attempt(Attempt attempt) {
        attemptByText.put(attempt.text(), attempt);
    }

    /** The member's device says that it has durably taken it on. */
    public void queued(String text, MessageId id, String host) {
        queuedByText.put(text, id);
        textsByHost.computeIfAbsent(host, it -> new ArrayList<>()).add(text);
    }

    /** A device tells that a message goes on under another name. */
    public void renamed(MessageId before, MessageId now) {
        laterNames.computeIfAbsent(before, it -> new HashSet<>()).add(now);
    }

    /** How many texts the device on a host has taken on. */
    public int queuedOn(String host) {
        return textsByHost.getOrDefault(host, List.of()).size();
    }

    /** The store on this host has what its device took on so far. */
    public void committed(String host) {
        textsAtCommit.put(host, queuedOn(host));
    }

    /** The last commit of the store on this host is gone, and what it took on by that. */
    public void lastCommitLost(String host) {
        storeLost(host, textsAtCommit.getOrDefault(host, 0));
    }

    /** The store on this host is gone, and with it what it took on after so many texts, as far as no server has it. */
    public void storeLost(String host, int after) {
        List<String> texts = textsByHost.getOrDefault(host, List.of());
        goneWithAStore.addAll(texts.subList(Math.min(after, texts.size()), texts.size()));
    }

    /** Whether the store is gone that had taken this on. */
    boolean wentWithItsStore(String text) {
        return goneWithAStore.contains(text);
    }

    /** Whether the store that had taken on the message with this name is gone, so that its author's device does not know of it. */
    boolean isForgotten(MessageId name) {
        return queuedByText.entrySet().stream()
                .filter(said -> wentWithItsStore(said.getKey()))
                .anyMatch(said -> namesOf(said.getValue()).contains(name));
    }

    /** All names under which the message with this one may stand in the log. */
    Set<MessageId> namesOf(MessageId first) {
        Set<MessageId> names = new LinkedHashSet<>();
        Deque<MessageId> open = new ArrayDeque<>(List.of(first));
        while (!open.isEmpty()) {
            MessageId name = open.remove();
            if (names.add(name)) {
                open.addAll(laterNames.getOrDefault(name, Set.of()));
            }
        }
        return names;
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
