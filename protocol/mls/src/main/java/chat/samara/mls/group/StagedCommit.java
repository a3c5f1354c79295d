package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.List;

/** A verified commit that has not been merged yet (RFC 9420 §12.4.2). It belongs to the group that processed it. */
@SuppressWarnings("DoNotCallSuggester") // until the methods do something
public final class StagedCommit {
    StagedCommit() {}

    /** The leaf of the member who committed. */
    public int committerLeaf() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The member who committed, as it was before. */
    public Member committer() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Who joins, as they will stand in the tree. */
    public List<Member> added() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Who leaves, as they stood in the tree. */
    public List<Member> removed() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whose leaf is replaced, as it will stand in the tree; the committer's among them where the commit has a path. */
    public List<Member> updated() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whether this very member is removed: once merged, the group is inactive. */
    public boolean selfRemoved() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Whether it is the own pending commit. */
    public boolean own() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The epoch that it starts. */
    public long epochAfter() {
        throw new UnsupportedOperationException("not yet");
    }

    /** What the committer's message was bound to in the clear. */
    public Bytes authenticatedData() {
        throw new UnsupportedOperationException("not yet");
    }
}
