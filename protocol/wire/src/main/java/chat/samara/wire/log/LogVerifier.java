package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Checks what a reader pulls, whether it is a following server or a device. It trusts the genesis (by the channel's id) and, through
 * it, the hub's root key; and whichever origin keys it happens to know.
 *
 * <p>Entries are chained to what the reader has, so the sender can only hold back, never change, what lies before a head. Entries
 * that no head has covered yet may be applied (a hub sends one head a batch), but if a later head does not fit them, that is the
 * evidence of a fork: refused with {@code CHANNEL_FROZEN}.
 *
 * @param hubRootKey the hub's root public key, from the genesis
 * @param originRootKeys the root keys that the reader knows; records of others are taken on the hub's word, and so are those of a member that a
 *     device is shown without a proof; what a server itself says is not
 */
public record LogVerifier(Bytes hubRootKey, Function<ServerName, Optional<Bytes>> originRootKeys) {
    /** A verifier that knows the hub only. */
    public static LogVerifier ofHub(Bytes hubRootKey) {
        return new LogVerifier(hubRootKey, origin -> Optional.empty());
    }

    /**
     * What was verified.
     *
     * @param entries consecutive, beginning after the position that was given
     * @param position the last of them, or the position that was given if there is none
     * @param head the hub's word for exactly that position or for a later one, if it came
     */
    public record Verified(List<Entry> entries, LogPosition position, Optional<ProvenHead> head) {
        public Verified {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Checks consecutive entries that follow on the position, and the head that came with them. Nothing is accepted if one of
     * them is wrong.
     */
    public Verified verify(LogPosition from, List<EntryIn> entries, Optional<HeadIn> head) throws RefusedException {
        return verify(from, entries, head, new VerifiedBatches());
    }

    /** As {@link #verify(LogPosition, List, Optional)}; the signatures of batches that were verified before are not verified again. */
    public Verified verify(LogPosition from, List<EntryIn> entries, Optional<HeadIn> head, VerifiedBatches batches)
            throws RefusedException {
        List<Entry> verified = new ArrayList<>(entries.size());
        LogPosition position = from;
        for (EntryIn in : entries) {
            Entry entry = position.check(in);
            verifyOrigin(in, entry, batches);
            verified.add(entry);
            position = entry.position();
        }
        Optional<ProvenHead> proven =
                head.isPresent() ? Optional.of(verifyHead(from, verified, head.get(), batches)) : Optional.empty();
        return new Verified(verified, position, proven);
    }

    /** Checks a head by itself, such as a hint that there is more: that it is the hub's, and of this channel. */
    public ProvenHead verifyHint(ChannelId channel, HeadIn head) throws RefusedException {
        return verifyHint(channel, head, new VerifiedBatches());
    }

    private ProvenHead verifyHint(ChannelId channel, HeadIn head, VerifiedBatches batches) throws RefusedException {
        ProvenHead proven = head.verify(hubRootKey, batches);
        if (!proven.head().channel().equals(channel)) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED,
                    "the head is of channel " + proven.head().channel() + ", expected " + channel,
                    "head-channel");
        }
        return proven;
    }

    private ProvenHead verifyHead(LogPosition from, List<Entry> verified, HeadIn head, VerifiedBatches batches)
            throws RefusedException {
        ProvenHead proven = verifyHint(from.channel(), head, batches);
        boolean contradicts = proven.head().contradicts(from)
                || verified.stream().anyMatch(entry -> proven.head().contradicts(entry.position()));
        if (contradicts) {
            throw RefusedException.of(
                    ErrorCode.CHANNEL_FROZEN,
                    "the hub has signed another entry " + proven.head().seq() + " than the one that is here",
                    "head-fork");
        }
        return proven;
    }

    private void verifyOrigin(EntryIn in, Entry entry, VerifiedBatches batches) throws RefusedException {
        Optional<Bytes> key = originRootKeys.apply(in.claimedOrigin());
        boolean isAuthenticatedByMls = entry.record().kind() != RecordKind.CONTROL;
        if (key.isEmpty() || (!in.hasOriginProof() && isAuthenticatedByMls)) {
            return;
        }
        if (!in.hasOriginProof()) {
            throw in.originNotProven();
        }
        // All records of one batch share a signature: after a long absence this saves nearly all of the checking.
        if (!in.originProof().proves(entry.record().leafHash(), key.get(), batches)) {
            throw in.originNotProven();
        }
    }
}
