package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.WireFormat;

/**
 * How a commit is made, beside its proposals.
 *
 * @param hasPath whether it has a path even where its proposals do not require one
 * @param leafChange of the committer's leaf, for which it has a path in any case
 * @param authenticatedData what the message is bound to in the clear
 * @param wireFormat of the message, see {@link WireFormat}
 * @param welcome the GroupInfo for those who are added
 * @param groupInfo the GroupInfo of the epoch that it starts
 */
record CommitOptions(
        boolean hasPath,
        LeafChange leafChange,
        Bytes authenticatedData,
        int wireFormat,
        GroupInfoDraft welcome,
        GroupInfoDraft groupInfo) {
    static final CommitOptions USUAL = new CommitOptions(
            true, LeafChange.NONE, Bytes.EMPTY, WireFormat.PUBLIC_MESSAGE, GroupInfoDraft.USUAL, GroupInfoDraft.USUAL);

    CommitOptions withPath(boolean wanted) {
        return new CommitOptions(wanted, leafChange, authenticatedData, wireFormat, welcome, groupInfo);
    }

    CommitOptions withLeafChange(LeafChange change) {
        return new CommitOptions(hasPath, change, authenticatedData, wireFormat, welcome, groupInfo);
    }

    CommitOptions withAuthenticatedData(Bytes data) {
        return new CommitOptions(hasPath, leafChange, data, wireFormat, welcome, groupInfo);
    }

    CommitOptions encrypted() {
        return new CommitOptions(
                hasPath, leafChange, authenticatedData, WireFormat.PRIVATE_MESSAGE, welcome, groupInfo);
    }

    CommitOptions withWelcome(GroupInfoDraft draft) {
        return new CommitOptions(hasPath, leafChange, authenticatedData, wireFormat, draft, groupInfo);
    }

    CommitOptions withGroupInfo(GroupInfoDraft draft) {
        return new CommitOptions(hasPath, leafChange, authenticatedData, wireFormat, welcome, draft);
    }
}
