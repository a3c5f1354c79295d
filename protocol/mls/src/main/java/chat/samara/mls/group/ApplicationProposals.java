package chat.samara.mls.group;

import chat.samara.mls.proposal.Proposal;
import java.util.List;

/**
 * The proposals of one commit that RFC 9420 does not define and that are for the application, each kind in the order of the list.
 *
 * @param custom of types of the application's own, for it to apply
 * @param ephemeral AppEphemerals, whose data it is handed (draft-ietf-mls-extensions)
 * @param appData AppDataUpdates, which {@link AppDataChanges} has applied (draft-ietf-mls-extensions)
 */
record ApplicationProposals(List<SentProposal> custom, List<SentProposal> ephemeral, List<SentProposal> appData) {
    static ApplicationProposals of(List<SentProposal> list) {
        return new ApplicationProposals(
                list.stream()
                        .filter(sent -> sent.proposal() instanceof Proposal.Custom)
                        .toList(),
                list.stream()
                        .filter(sent -> sent.proposal() instanceof Proposal.AppEphemeral)
                        .toList(),
                list.stream()
                        .filter(sent -> sent.proposal() instanceof Proposal.AppDataUpdate)
                        .toList());
    }

    List<Proposal.AppDataUpdate> updates() {
        return appData.stream()
                .map(sent -> (Proposal.AppDataUpdate) sent.proposal())
                .toList();
    }
}
