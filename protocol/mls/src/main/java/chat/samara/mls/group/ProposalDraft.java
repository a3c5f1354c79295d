package chat.samara.mls.group;

import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import java.util.List;

/** A proposal that a member wants to send (RFC 9420 §12.1). */
public sealed interface ProposalDraft {
    /** Add the client of a KeyPackage. */
    record Add(KeyPackage keyPackage) implements ProposalDraft {}

    /** Remove the member at a leaf index. */
    record Remove(int leafIndex) implements ProposalDraft {}

    /** Replace the key of the own leaf. */
    record Update() implements ProposalDraft {}

    /** Replace all extensions of the GroupContext. */
    record GroupContextExtensions(List<Extension> extensions) implements ProposalDraft {
        public GroupContextExtensions {
            extensions = List.copyOf(extensions);
        }
    }
}
