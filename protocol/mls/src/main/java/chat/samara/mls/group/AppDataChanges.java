package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ApplicationComponent;
import chat.samara.mls.component.ApplicationComponents;
import chat.samara.mls.component.MergedData;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.proposal.Proposal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The AppDataUpdates of one commit, applied to the GroupContext's extensions as all its other proposals leave them
 * (draft-ietf-mls-extensions, "Updating Application Data in the GroupContext"): all of one component together, in their order.
 */
final class AppDataChanges {
    private final ApplicationComponents components;

    AppDataChanges(ApplicationComponents components) {
        this.components = components;
    }

    /**
     * @return the extensions of the GroupContext of the new epoch
     * @throws MlsException {@link MlsError#INVALID_PROPOSAL_LIST} for updates that a component refuses, or that do not go together, {@link
     *     MlsError#INVALID_PROPOSAL}, {@link MlsError#LIMIT}
     */
    List<Extension> applied(List<Extension> extensions, List<Proposal.AppDataUpdate> updates) throws MlsException {
        if (updates.isEmpty()) {
            return extensions;
        }
        if (updates.size() > Limits.APP_DATA_UPDATES_MAX) {
            throw new MlsException(
                    MlsError.LIMIT,
                    updates.size() + " AppDataUpdates, expected at most " + Limits.APP_DATA_UPDATES_MAX);
        }
        AppDataDictionary dictionary =
                AppDataDictionary.inGroupContext(extensions).orElse(AppDataDictionary.EMPTY);
        for (Map.Entry<Integer, List<Proposal.AppDataUpdate>> one :
                byComponent(updates).entrySet()) {
            dictionary = applied(dictionary, one.getKey(), one.getValue());
        }
        return dictionary.requireInLimits().putInto(extensions);
    }

    private static Map<Integer, List<Proposal.AppDataUpdate>> byComponent(List<Proposal.AppDataUpdate> updates) {
        Map<Integer, List<Proposal.AppDataUpdate>> byComponent = new TreeMap<>();
        for (Proposal.AppDataUpdate update : updates) {
            byComponent
                    .computeIfAbsent(update.componentId(), id -> new ArrayList<>())
                    .add(update);
        }
        return byComponent;
    }

    private AppDataDictionary applied(
            AppDataDictionary dictionary, int componentId, List<Proposal.AppDataUpdate> changes) throws MlsException {
        ApplicationComponent component = requireKnown(components, componentId);
        if (changes.stream().anyMatch(Proposal.AppDataUpdate::isRemoval)) {
            if (changes.size() > 1) {
                throw invalid(
                        componentId, changes.size() + " AppDataUpdates, one a removal, expected the removal alone");
            }
            requireRemovable(dictionary, componentId);
            return dictionary.without(componentId);
        }
        List<Bytes> updates =
                changes.stream().map(change -> change.update().orElseThrow()).toList();
        MergedData merged = component.merge(dictionary.find(componentId), updates);
        if (merged instanceof MergedData.NewData fresh) {
            return dictionary.with(componentId, fresh.data());
        }
        throw invalid(componentId, "updates that it refuses: " + ((MergedData.Refused) merged).reason());
    }

    /** The application has registered rules for it: {@link MlsError#INVALID_PROPOSAL}. */
    static ApplicationComponent requireKnown(ApplicationComponents components, int componentId) throws MlsException {
        return components
                .find(componentId)
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_PROPOSAL,
                        String.format(
                                "component 0x%04x, expected one that the application knows (draft-ietf-mls-extensions)",
                                componentId)));
    }

    /** There is something to remove: {@link MlsError#INVALID_PROPOSAL}. */
    static void requireRemovable(AppDataDictionary dictionary, int componentId) throws MlsException {
        if (dictionary.find(componentId).isEmpty()) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    String.format(
                            "a removal of the data of component 0x%04x, which has none (draft-ietf-mls-extensions)",
                            componentId));
        }
    }

    private static MlsException invalid(int componentId, String detail) {
        return new MlsException(
                MlsError.INVALID_PROPOSAL_LIST,
                String.format("of component 0x%04x %s (draft-ietf-mls-extensions)", componentId, detail));
    }
}
