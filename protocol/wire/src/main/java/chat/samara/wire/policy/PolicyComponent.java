package chat.samara.wire.policy;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ApplicationComponent;
import chat.samara.mls.component.ApplicationComponents;
import chat.samara.mls.component.ComponentId;
import chat.samara.mls.component.MergedData;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.wire.Limits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The component of draft-ietf-mls-extensions that holds a channel's policy, and how changes are merged into it. The rule is for good: it knows keys and
 * bytes, and nothing of what they mean, so that every version comes to the same policy. The changes of one commit touch different keys, so that their order
 * does not matter; each takes out only what is there, so that it was made for this policy and no other.
 */
public final class PolicyComponent implements ApplicationComponent {
    /** Of the range for private use. */
    public static final int ID = 0xf001;

    /** All of Samara's components. */
    public static final ApplicationComponents COMPONENTS = new Registered(new PolicyComponent());

    private record Registered(PolicyComponent policy) implements ApplicationComponents {
        @Override
        public Optional<ApplicationComponent> find(int componentId) {
            return componentId == ID ? Optional.of(policy) : Optional.empty();
        }
    }

    /**
     * Of all updates of one commit: what they put in stands in the policy afterwards, and what they take out stood in it before, with as much again for lengths
     * and marks.
     */
    static final int UPDATES_BYTES_MAX = 4 * Limits.POLICY_BYTES_MAX;

    private PolicyComponent() {}

    /** The extension by which a leaf says that its device merges policies. */
    public static Extension listing() {
        return AppDataDictionary.listing(List.of(ComponentId.APP_COMPONENTS, ID));
    }

    @Override
    public MergedData merge(Optional<Bytes> present, List<Bytes> updates) {
        // Before any is read: a commit can carry a hundred times what a policy can hold.
        long bytes = updates.stream().mapToLong(Bytes::size).sum();
        if (bytes > UPDATES_BYTES_MAX) {
            return new MergedData.Refused(
                    "changes of " + bytes + " bytes together, expected at most " + UPDATES_BYTES_MAX);
        }
        try {
            Optional<PolicyData> before =
                    present.isEmpty() ? Optional.empty() : Optional.of(PolicyData.decode(present.get()));
            OptionalInt rules = OptionalInt.empty();
            TreeMap<Bytes, Optional<Bytes>> edits = new TreeMap<>();
            for (Bytes update : updates) {
                PolicyChange change = PolicyChange.decode(update);
                if (change.rules().isPresent()) {
                    if (rules.isPresent()) {
                        return new MergedData.Refused("two changes raise the version of the rules");
                    }
                    rules = change.rules();
                }
                for (Map.Entry<Bytes, Optional<Bytes>> edit : change.edits().entrySet()) {
                    if (edits.put(edit.getKey(), edit.getValue()) != null) {
                        return new MergedData.Refused("two changes of " + edit.getKey());
                    }
                }
            }
            return merged(before, rules, edits);
        } catch (MlsException e) {
            return new MergedData.Refused(String.valueOf(e.getMessage()));
        }
    }

    private static MergedData merged(
            Optional<PolicyData> before, OptionalInt raised, Map<Bytes, Optional<Bytes>> edits) {
        int present = before.map(PolicyData::rules).orElse(0);
        int rules = raised.orElse(present);
        if (raised.isPresent() ? rules <= present : rules == 0) {
            return new MergedData.Refused(
                    "rules of version " + rules + " after " + present + ", expected a later one, or no word of it");
        }
        TreeMap<Bytes, Bytes> statements =
                new TreeMap<>(before.map(PolicyData::statements).orElseGet(TreeMap::new));
        for (Map.Entry<Bytes, Optional<Bytes>> edit : edits.entrySet()) {
            if (edit.getValue().isPresent()) {
                statements.put(edit.getKey(), edit.getValue().get());
            } else if (statements.remove(edit.getKey()) == null) {
                return new MergedData.Refused("nothing stands under " + edit.getKey() + ", which is to be taken out");
            }
        }
        Bytes data = Bytes.wrapUnsafe(new PolicyData(rules, statements).encode());
        return data.size() > Limits.POLICY_BYTES_MAX
                ? new MergedData.Refused(
                        "a policy of " + data.size() + " bytes, expected at most " + Limits.POLICY_BYTES_MAX)
                : new MergedData.NewData(data);
    }

    /** Any of a bounded size: what it says is judged where it is used. */
    @Override
    public boolean acceptsEphemeral(Bytes data) {
        return data.size() <= Limits.POLICY_EPHEMERAL_BYTES_MAX;
    }
}
