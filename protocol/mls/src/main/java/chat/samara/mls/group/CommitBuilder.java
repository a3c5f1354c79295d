package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import java.util.List;

/** Gathers what a commit shall do (RFC 9420 §12.4.1). Used up by {@link #build}. */
@SuppressWarnings("DoNotCallSuggester") // until the methods do something
public final class CommitBuilder {
    CommitBuilder() {}

    /** Adds a client. Its KeyPackage must be within its lifetime. */
    public CommitBuilder add(KeyPackage keyPackage) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Removes the member at a leaf index. */
    public CommitBuilder remove(int leafIndex) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Makes a path, and so replaces the own keys, even where the proposals do not require one. */
    public CommitBuilder update() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Replaces all extensions of the GroupContext. */
    public CommitBuilder groupContextExtensions(List<Extension> extensions) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whether the proposals that were received in this epoch are committed too; they are, unless this says no. */
    public CommitBuilder includePendingProposals(boolean include) {
        throw new UnsupportedOperationException("not yet");
    }

    /** What the message shall be bound to in the clear. */
    public CommitBuilder authenticatedData(byte[] data) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Builds the commit and keeps it as the group's pending one. Refusals leave the group as it was. */
    public CommitBundle build() throws MlsException {
        throw new UnsupportedOperationException("not yet");
    }
}
