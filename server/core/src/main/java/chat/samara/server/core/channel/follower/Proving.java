package chat.samara.server.core.channel.follower;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.VerifiedBatches;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Proves what hubs give: that it follows on the log that is here, and that hub and origins have said it. Nothing of it is judged by rules here. */
public final class Proving {
    private static final Logger LOG = LoggerFactory.getLogger(Proving.class);

    private final Outbox outbox;
    private final Peers peers;
    private final Forks forks;

    public Proving(Outbox outbox, Peers peers, Forks forks) {
        this.outbox = outbox;
        this.peers = peers;
        this.forks = forks;
    }

    /**
     * What a hub gave and proved, on the way into the log.
     *
     * @param genesis of a channel that begins with it
     * @param from what it follows on
     */
    record Given(Optional<Genesis> genesis, LogPosition from, LogVerifier.Verified verified) {}

    /** The signatures of origins in what a hub gave, many of which are verified before the rest. */
    final class Signatures {
        /** Of each signature, the first entry that it is of. */
        private final List<EntryIn> signed;

        /** Large enough for all of the frame and its head: none is forgotten before it is verified with the rest. */
        private final VerifiedBatches batches;

        private int verified;

        private Signatures(List<EntryIn> signed, VerifiedBatches batches) {
            this.signed = signed;
            this.batches = batches;
        }

        /**
         * Verifies some of them, if they are more than a step is for. What is found good costs next to nothing when it is verified with the rest; what is not is
         * refused then. Returns whether those that are left may be verified with the rest.
         */
        boolean verifySome(LongWork.Budget budget) {
            long atOnce = budget.left() / Limits.STEP_BYTES_PER_SIGNATURE;
            int left = signed.size() - verified;
            if (left <= atOnce) {
                budget.spend(left * Limits.STEP_BYTES_PER_SIGNATURE);
                verified = signed.size();
                return true;
            }
            do {
                verifyAhead(signed.get(verified++), batches);
                budget.spend(Limits.STEP_BYTES_PER_SIGNATURE);
            } while (!budget.isSpent());
            return false;
        }
    }

    /** What is to be verified of a frame before all else. */
    Signatures signatures(FromHub given) {
        Set<Bytes> seen = new HashSet<>();
        List<EntryIn> signed = given.entries().stream()
                .filter(in -> seen.add(in.originProof().signature()))
                .toList();
        return new Signatures(signed, new VerifiedBatches(given.entries().size() + 1));
    }

    private void verifyAhead(EntryIn in, VerifiedBatches batches) {
        boolean isOwn = outbox.isOwn(in.claimedOrigin());
        if (!isOwn || !outbox.holds(in.unverified().record(), in.originProof())) {
            (isOwn ? Optional.of(outbox.rootKey()) : peers.rootKey(in.claimedOrigin()))
                    .ifPresent(key -> verifyAhead(in, key, batches));
        }
    }

    private static void verifyAhead(EntryIn in, Bytes rootKey, VerifiedBatches batches) {
        try {
            in.verifyOrigin(rootKey, batches);
        } catch (RefusedException e) {
            LOG.debug("refused when its turn comes: {}", e.refusal());
        }
    }

    /**
     * Proves what a hub gave as what follows on what is here; refuses what is not, which may be evidence against the hub.
     *
     * @param signatures of the same, which were verified ahead
     */
    Given verify(FromHub given, Optional<Channel> before, Signatures signatures) throws RefusedException {
        Optional<Genesis> genesis = before.isPresent() ? Optional.empty() : Optional.of(genesis(given));
        Bytes hubRootKey = before.map(Channel::hubRootKey)
                .orElseGet(() -> genesis.orElseThrow().hubRootKey());
        LogPosition from = before.map(Channel::position).orElseGet(() -> LogPosition.start(given.channel()));
        LogVerifier.Verified verified;
        try {
            // This server's own records it knows by its outbox.
            verified = new LogVerifier(
                            hubRootKey, origin -> outbox.isOwn(origin) ? Optional.empty() : peers.rootKey(origin))
                    .verify(from, given.entries(), given.head(), signatures.batches);
            verifyOwn(given.entries(), signatures.batches);
        } catch (RefusedException e) {
            if (before.isPresent()) {
                forks.refused(before.get(), given.entries(), given.head(), e);
            }
            throw e;
        }
        return new Given(genesis, from, verified);
    }

    /** What waits here, byte for byte, was proven by this server itself; what does not is to be. */
    private void verifyOwn(List<EntryIn> entries, VerifiedBatches batches) throws RefusedException {
        for (EntryIn in : entries) {
            if (outbox.isOwn(in.claimedOrigin())
                    && !outbox.holds(in.unverified().record(), in.originProof())) {
                in.verifyOrigin(outbox.rootKey(), batches);
            }
        }
    }

    private Genesis genesis(FromHub given) throws RefusedException {
        ServerName hub = given.hub();
        Record record =
                LogPosition.start(given.channel()).check(given.entries().get(0)).record();
        if (record.kind() != RecordKind.CONTROL) {
            throw RefusedException.of(ErrorCode.INVALID_PROOF, "the first entry is no genesis", "genesis");
        }
        Genesis genesis = HandshakeRules.judgeGenesis(Payload.control(record).getGenesis())
                .genesis();
        if (!genesis.channel().equals(given.channel())
                || !genesis.hub().equals(hub)
                || !peers.rootKey(hub).filter(genesis.hubRootKey()::equals).isPresent()
                || !record.origin().equals(hub)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the genesis is of another channel, or of another hub than " + hub,
                    "genesis");
        }
        return genesis;
    }
}
