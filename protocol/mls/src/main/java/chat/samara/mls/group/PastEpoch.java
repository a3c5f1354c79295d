package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.MessageKeys;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.LeafNode;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept of an epoch that is over, to decrypt its late application messages: message secrets only, never tree secrets.
 *
 * @param leavesBefore of the leaves that the commit ending it has changed, what stood there; nothing for a blank one
 */
record PastEpoch(
        GroupContext context,
        Secret senderData,
        SecretTree secretTree,
        int leafPlaces,
        SortedMap<Integer, Optional<LeafNode>> leavesBefore) {
    long epoch() {
        return context.epoch();
    }

    MessageKeys messageKeys() throws MlsException {
        return new MessageKeys(context.suite(), context, senderData, secretTree);
    }

    /** {@code GroupContext; opaque sender_data_secret<V>; uint32 leaf_places}. */
    void writeTo(TlsWriter writer) {
        writer.struct(context).opaque(senderData.reveal()).uint32(leafPlaces);
    }

    /** The epoch without its ratchets and leaves, which are stored beside it. */
    static PastEpoch readFrom(TlsReader reader) throws MlsException {
        GroupContext context = GroupContext.readFrom(reader);
        Secret senderData = Secret.take(reader.opaqueArray());
        int leafPlaces = reader.index32();
        SecretTree secretTree = SecretTree.empty(context.suite(), GroupState.requirePowerOfTwo(leafPlaces));
        return new PastEpoch(context, senderData, secretTree, leafPlaces, new TreeMap<>());
    }

    static PastEpoch of(
            GroupContext context,
            Secret senderData,
            SecretTree secretTree,
            int leafPlaces,
            Map<Integer, Optional<LeafNode>> leavesBefore) {
        return new PastEpoch(context, senderData, secretTree, leafPlaces, new TreeMap<>(leavesBefore));
    }

    /** Overwrites the message secrets. */
    void erase() {
        senderData.erase();
        secretTree.erase();
    }
}
