package chat.samara.client.device;

import chat.samara.client.content.ComposedContent;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.stored.StoredAuthor;
import chat.samara.client.stored.StoredEpoch;
import chat.samara.client.stored.StoredProof;
import chat.samara.client.stored.StoredSaid;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Member;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What proves to others who said what. The franking tag in a message's authenticated data commits to its content and not to who said it; what does is the MLS
 * signature over both, of a leaf, in an epoch. So rows keep the signature and what it covers; what is the same for a whole epoch stands in EPOCH,
 * and what is the same for all that a device says, in AUTHOR.
 */
final class ProofRows {
    /** Contexts of one epoch that are kept; what is said in another beyond is kept without a proof. The last byte of a key has no room for more. */
    static final int CONTEXTS_PER_EPOCH_MAX = 256;

    private ProofRows() {}

    /** What is kept of a channel already, so that not every message looks for it in the store. */
    static final class Kept {
        private Bytes context = Bytes.EMPTY;
        private long epoch;
        private int number;

        private final Set<DeviceId> authors = new HashSet<>();
    }

    /**
     * Keeps what is not kept yet of what proves a message.
     *
     * @param groupContext of the epoch; empty where the group has closed it
     * @param author the sender's leaf as it stood in the epoch
     */
    static Optional<StoredProof> keep(
            Turn turn, LiveChannel channel, Optional<Bytes> groupContext, long epoch, Signed signed, Member author) {
        Optional<Integer> number = groupContext.flatMap(context -> numberOf(turn, channel, epoch, context));
        number.ifPresent(kept -> keepAuthor(turn, channel, author));
        return number.map(kept -> StoredProof.newBuilder()
                .setEpoch(epoch)
                .setContext(kept)
                .setLeaf(author.leafIndex())
                .setSignature(Stored.bytes(signed.signature()))
                .setLastSeenSeq(signed.context().lastSeenSeq())
                .setLastSeenHash(Stored.bytes(signed.context().lastSeenHashStart()))
                .build());
    }

    /**
     * A message's signature.
     *
     * @param context its authenticated data, which the signature covers
     */
    record Signed(Bytes signature, MessageContext context) {}

    private static Optional<Integer> numberOf(Turn turn, LiveChannel channel, long epoch, Bytes context) {
        Kept kept = channel.kept();
        if (kept.epoch == epoch && kept.context.equals(context)) {
            return Optional.of(kept.number);
        }
        for (int number = 0; number < CONTEXTS_PER_EPOCH_MAX; number++) {
            Bytes key = Keys.epoch(channel.id(), epoch, number);
            Optional<Bytes> there = context(turn.store(), key);
            if (there.isEmpty()) {
                turn.store()
                        .put(
                                DeviceTable.EPOCH,
                                key,
                                StoredEpoch.newBuilder()
                                        .setGroupContext(Stored.bytes(context))
                                        .build());
            }
            if (there.isEmpty() || there.get().equals(context)) {
                kept.context = context;
                kept.epoch = epoch;
                kept.number = number;
                return Optional.of(number);
            }
        }
        return Optional.empty();
    }

    private static Optional<Bytes> context(StoreTransaction store, Bytes key) {
        return store.get(DeviceTable.EPOCH, key)
                .map(row -> Stored.bytes(Stored.parse(StoredEpoch.parser(), row).getGroupContext()));
    }

    /** A device keeps its key and its member for as long as it has a leaf, so the first row is good for all that it says. */
    private static void keepAuthor(Turn turn, LiveChannel channel, Member author) {
        DeviceId device = DeviceId.ofSignatureKey(author.signatureKey());
        if (!channel.kept().authors.add(device)) {
            return;
        }
        Bytes key = Keys.author(channel.id(), device);
        if (!turn.store().has(DeviceTable.AUTHOR, key)) {
            turn.store()
                    .put(
                            DeviceTable.AUTHOR,
                            key,
                            StoredAuthor.newBuilder()
                                    .setSignatureKey(Stored.bytes(author.signatureKey()))
                                    .setCertificate(
                                            Stored.bytes(author.credential().content()))
                                    .build());
        }
    }

    /** The evidence of what a device said; empty where its row has no proof. */
    static Optional<MessageEvidence> evidence(
            StoreTransaction store, ChannelId channel, DeviceId device, StoredSaid said) {
        if (!said.hasProof()) {
            return Optional.empty();
        }
        StoredProof proof = said.getProof();
        Optional<Bytes> context = context(store, Keys.epoch(channel, proof.getEpoch(), proof.getContext()));
        Optional<StoredAuthor> author = store.get(DeviceTable.AUTHOR, Keys.author(channel, device))
                .map(row -> Stored.parse(StoredAuthor.parser(), row));
        if (context.isEmpty() || author.isEmpty()) {
            throw new DeviceStoreException("a message of channel " + channel + " whose epoch or author is not kept");
        }
        return Optional.of(new MessageEvidence(
                context.get(),
                proof.getLeaf(),
                authenticatedData(said, proof),
                SaidRows.packed(said),
                Stored.bytes(proof.getSignature()),
                Stored.bytes(author.get().getSignatureKey()),
                Stored.bytes(author.get().getCertificate())));
    }

    private static Bytes authenticatedData(StoredSaid said, StoredProof proof) {
        ComposedContent content = SaidRows.composed(said);
        return new MessageContext(
                        Franking.tag(content.frankingKey(), content.body()),
                        proof.getLastSeenSeq(),
                        Stored.bytes(proof.getLastSeenHash()))
                .encode();
    }
}
