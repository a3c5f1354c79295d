package chat.samara.server.core.channel.follower;

import chat.samara.mls.codec.Bytes;
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
import java.util.List;
import java.util.Optional;

/** Proves what hubs give: that it follows on the log that is here, and that hub and origins have said it. Nothing of it is judged by rules here. */
public final class Proving {
    private final Outbox outbox;
    private final Peers peers;
    private final Forks forks;
    private final VerifiedBatches batches = new VerifiedBatches();

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

    /** Proves what a hub gave as what follows on what is here; refuses what is not, which may be evidence against the hub. */
    Given verify(FromHub given, Optional<Channel> before) throws RefusedException {
        Optional<Genesis> genesis = before.isPresent() ? Optional.empty() : Optional.of(genesis(given));
        Bytes hubRootKey = before.map(Channel::hubRootKey)
                .orElseGet(() -> genesis.orElseThrow().hubRootKey());
        LogPosition from = before.map(Channel::position).orElseGet(() -> LogPosition.start(given.channel()));
        LogVerifier.Verified verified;
        try {
            // This server's own records it knows by its outbox.
            verified = new LogVerifier(
                            hubRootKey, origin -> outbox.isOwn(origin) ? Optional.empty() : peers.rootKey(origin))
                    .verify(from, given.entries(), given.head(), batches);
            verifyOwn(given.entries());
        } catch (RefusedException e) {
            if (before.isPresent()) {
                forks.refused(before.get(), given.entries(), given.head(), e);
            }
            throw e;
        }
        return new Given(genesis, from, verified);
    }

    /** What waits here, byte for byte, was proven by this server itself; what does not is to be. */
    private void verifyOwn(List<EntryIn> entries) throws RefusedException {
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
