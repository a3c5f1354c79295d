package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import java.util.List;
import java.util.Optional;

/**
 * How a {@link PublicGroup} is stored whole: version (uint16), GroupContext, confirmation tag, ratchet tree ({@code opaque<V>}), the
 * epoch's proposals ({@code AuthenticatedContent<V>}), and since version 2 the ReInit that ended it ({@code optional<Proposal>}).
 */
final class PublicGroupSnapshot {
    private static final int SNAPSHOT_VERSION = 2;

    /** The first version that can still be read: 1 knows no ReInit. */
    private static final int SNAPSHOT_VERSION_MIN = 1;

    private PublicGroupSnapshot() {}

    static byte[] encode(PublicGroup group) {
        return new TlsWriter(4096)
                .uint16(SNAPSHOT_VERSION)
                .struct(group.context())
                .opaque(group.confirmationTag())
                .opaque(group.tree().encode())
                .vector(List.copyOf(group.proposals().values()))
                .optional(group.reInit())
                .toByteArray();
    }

    static PublicGroup decode(byte[] snapshot, AuthenticationService authentication) throws MlsException {
        return TlsReader.decode(snapshot, reader -> readFrom(reader, authentication));
    }

    private static PublicGroup readFrom(TlsReader reader, AuthenticationService authentication) throws MlsException {
        int version = reader.uint16();
        if (version < SNAPSHOT_VERSION_MIN || version > SNAPSHOT_VERSION) {
            throw new MlsException(
                    MlsError.INVALID_STATE,
                    "a snapshot of version " + version + ", expected " + SNAPSHOT_VERSION_MIN + " to "
                            + SNAPSHOT_VERSION);
        }
        GroupContext context = GroupContext.readFrom(reader);
        Bytes tag = reader.opaque();
        RatchetTree tree =
                RatchetTreeIn.decode(context.suite(), reader.opaqueArray()).trusted();
        if (!tree.hash().equals(context.treeHash())) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "a tree with hash " + tree.hash() + ", expected " + context.treeHash());
        }
        List<AuthenticatedContent> proposals = reader.vector(AuthenticatedContent::readTrusted);
        Optional<Proposal.ReInit> reInit =
                version < 2 ? Optional.empty() : reader.optional(PublicGroupSnapshot::readReInit);
        return PublicGroup.restored(context, tree, tag, proposals, reInit, authentication);
    }

    /** The Proposal struct of a ReInit, as it was stored. */
    static Proposal.ReInit readReInit(TlsReader reader) throws MlsException {
        Proposal proposal = Proposal.readFrom(reader);
        if (proposal instanceof Proposal.ReInit reInit) {
            return reInit;
        }
        throw new MlsException(MlsError.INVALID_STATE, "a proposal of type " + proposal.type() + ", expected a ReInit");
    }
}
