package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The valid proposals that were sent in the present epoch, by ProposalRef, in the order in which they came. Immutable. */
final class ProposalCache {
    static final ProposalCache EMPTY = new ProposalCache(Map.of());

    private final Map<Bytes, AuthenticatedContent> byRef;

    private ProposalCache(Map<Bytes, AuthenticatedContent> byRef) {
        this.byRef = byRef;
    }

    /** With one more; the same once more changes nothing. {@link MlsError#LIMIT} beyond {@code CACHED_PROPOSALS_MAX}. */
    ProposalCache with(Bytes ref, AuthenticatedContent proposal) throws MlsException {
        if (byRef.containsKey(ref)) {
            return this;
        }
        if (byRef.size() >= Limits.CACHED_PROPOSALS_MAX) {
            throw new MlsException(
                    MlsError.LIMIT, byRef.size() + " proposals in one epoch, expected fewer than CACHED_PROPOSALS_MAX");
        }
        Map<Bytes, AuthenticatedContent> more = new LinkedHashMap<>(byRef);
        more.put(ref, proposal);
        return new ProposalCache(Collections.unmodifiableMap(more));
    }

    Optional<SentProposal> find(Bytes ref) {
        return Optional.ofNullable(byRef.get(ref)).map(ProposalCache::sent);
    }

    static SentProposal sent(AuthenticatedContent content) {
        if (content.content().content() instanceof Content.OfProposal proposal) {
            return new SentProposal(content.content().sender(), proposal.proposal());
        }
        throw new IllegalStateException(
                "content of type " + content.content().content().type() + " among the proposals, expected a proposal");
    }

    /** All of them, in order. */
    Map<Bytes, AuthenticatedContent> byRef() {
        return byRef;
    }
}
